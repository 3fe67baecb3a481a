"""Text is cleaned once, on the way in; whose it is can be told and not be forged."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from gateway.messages import (
    MAX_DELETED,
    MAX_SEQ,
    TEXTS,
    clean_text,
    deletion_of,
    draft_of,
    erased,
    is_session,
    message_of,
    new_secret,
    new_session,
    owner_of,
    public_ids,
    say_key,
)

from .samples import FULL, a_draft, a_message, same
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


@given(st.lists(st.integers(1, MAX_SEQ), min_size=1, max_size=MAX_DELETED))
def test_a_deletion_tells_what_it_is_of(seqs: list[int]) -> None:
    text = deletion_of(seqs)
    assert clean_text(text) == text
    for said in (a_draft(text, kind="deleted"), a_message(text, kind="deleted")):
        assert said.of == tuple(seqs)
    for kind in (*TEXTS, "erased"):
        assert a_message(text, kind=kind).of == ()


@each_of(
    "text",
    ["", " ", "0", "01", "1  2", "1 ", " 1", "1\n2", "-1", "x", "１", "1" * 17, " ".join(["1"] * (MAX_DELETED + 1))],
)
def test_what_is_no_list_of_seqs_takes_nothing_back(text: str) -> None:
    assert a_message(text, kind="deleted").of == ()


def test_what_no_client_can_hold_is_not_taken_back() -> None:
    assert a_message(f"1 {MAX_SEQ} {MAX_SEQ + 1}", kind="deleted").of == (1, MAX_SEQ)


def test_of_what_was_erased_its_place_and_its_time_are_left() -> None:
    said = a_message("a secret", **FULL, seq=42)
    left = erased(said)
    assert same(left, said) == {"seq", "at", "via"}
    assert left == erased(a_message("", seq=42, at=FULL["at"], via=FULL["via"]))
    assert (left.kind, len(left.label)) == ("erased", 1)


def test_a_message_has_all_that_its_draft_had_and_its_draft_is_made_of_it_again() -> None:
    draft = a_draft("said", **FULL)
    message = message_of(42, draft, "Ann-Ann_Ann0")
    assert same(message, draft) == {*draft.__struct_fields__} - {"key", "id_key"}
    assert draft_of(message) == draft
