"""Names are cleaned once, on the way in; which are the same; labels of those without one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from gateway.names import MAX_GUEST_LETTERS, BadNameError, clean_name, guest_label, name_key


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


def test_guests_have_six_letters_or_more_and_keep_them() -> None:
    label = guest_label("Ann-Ann_Ann0")
    assert label == guest_label("Ann-Ann_Ann0") != guest_label("Bob-Bob_Bob0")
    assert len(label) == len("guest-") + 6
    longest = guest_label("Ann-Ann_Ann0", MAX_GUEST_LETTERS)
    assert longest.startswith(label)
    assert re.fullmatch("guest-[a-z]{24}", longest)
