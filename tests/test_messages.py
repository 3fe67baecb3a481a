"""Text and names are cleaned once, on the way in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from gateway.messages import (
    BadNameError,
    clean_name,
    clean_text,
    guest_label,
    is_session,
    name_key,
    new_session,
    owner_of,
    say_key,
)


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
    ("raw", "name"),
    [("ann", "ann"), ("  Ann   B ", "Ann B"), ("ＡＮＮ", "ANN"), ("安娜", "安娜"), ("x" * 32, "x" * 32), ("😀", "😀")],
)
def test_good_names(raw: str, name: str) -> None:
    assert clean_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "name-empty"),
        (" \t", "name-empty"),
        ("x" * 33, "name-long"),
        ("安" * 17, "name-long"),
        ("x" * 10_000, "name-long"),
        ("a\nb", "name-characters"),
        ("a\u200bb", "name-characters"),
        ("a\u202eb", "name-characters"),
        ("a\x1bb", "name-characters"),
        ("('127.0.0.1', 1)", "name-reserved"),
        ("（x", "name-reserved"),
        ("GUEST-abc", "name-reserved"),
        ("a的消息:b", "name-reserved"),
        ("a的消息：b", "name-reserved"),
    ],
)
def test_bad_names(raw: str, code: str) -> None:
    with pytest.raises(BadNameError, match=f"^{code}$"):
        clean_name(raw)


@given(st.text(max_size=40))
def test_any_name_is_good_or_bad(raw: str) -> None:
    try:
        name = clean_name(raw)
    except BadNameError:
        return
    assert 0 < wcswidth(name) <= 32
    assert clean_name(name) == name
    assert name_key(name) == name_key(name.upper()) or name.upper().lower() != name.lower()


def test_names_that_look_alike_are_one() -> None:
    assert name_key(clean_name("ANN")) == name_key(clean_name("ａｎｎ")) == name_key("ann")


def test_guests_have_six_letters_and_keep_them() -> None:
    label = guest_label("owner")
    assert label == guest_label("owner") != guest_label("other")
    assert len(label) == len("guest-") + 6
    assert label.removeprefix("guest-").isalpha()


def test_sessions_and_keys() -> None:
    session = new_session()
    assert is_session(session)
    assert not is_session(session + "x")
    assert not is_session("x" * 21 + "!")
    assert session not in owner_of(session)
    assert say_key("s", "i", "t") == say_key("s", "i", "t")
    assert len({say_key("s", "i", "t"), say_key("si", "", "t"), say_key("s", "it", ""), say_key("s", "i", "u")}) == 4
