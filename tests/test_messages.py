"""Text is cleaned once, on the way in; whose it is can be told and not be forged."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from gateway.messages import clean_text, is_session, new_secret, new_session, owner_of, public_ids, say_key

from .tables import each_of


@each_of(
    ("raw", "clean"),
    [
        ("hi", "hi"),
        ("a\r\nb\rc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf"),
        ("\n\r\na\n\nb\n\n", "a\n\nb"),
        ("\x1b[31mred\x9b0m\x07", "red"),
        ("\x1b[1m\n", ""),
        ("a\tb", "a\tb"),
        ("a\x00\x08\x7fb", "ab"),
        ("\u202eevil\u2066x\u2069", "evilx"),
        ("\ud800", "\ufffd"),
        ("  indented", "  indented"),
    ],
)
def test_clean_text(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@given(st.text())
def test_clean_text_is_clean_for_any_input(raw: str) -> None:
    text = clean_text(raw)
    assert clean_text(text) == text
    assert text == text.strip("\n")
    assert not any(unicodedata.category(each) == "Cc" and each not in "\n\t" for each in text)
    assert not set(text) & set("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    text.encode()


def test_sessions_and_keys() -> None:
    session = new_session()
    assert is_session(session)
    assert not is_session(session + "x")
    assert not is_session("x" * 21 + "!")
    assert session not in owner_of(session)
    assert say_key("s", "i", "t") == say_key("s", "i", "t")
    assert (
        len(
            {
                say_key("s", "i", "t"),
                say_key("si", "", "t"),
                say_key("s", "it", ""),
                say_key("s", "i", "u"),
                say_key("z", "i", "t"),
            }
        )
        == 5
    )


def test_a_public_id_is_made_of_an_owner_and_a_rooms_secret() -> None:
    here, elsewhere = public_ids(new_secret()), public_ids(new_secret())
    owner, other = owner_of(new_session()), owner_of(new_session())
    assert re.fullmatch("[A-Za-z0-9_-]{12}", here(owner))
    assert here(owner) == here(owner)
    assert len({here(owner), here(other), elsewhere(owner), elsewhere(other)}) == 4
    assert here("") == ""
