"""What a line reads like; and which lines are secrets that are not to be said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from precis_i18n.unicode import UnicodeData

from gateway.messages import clean_text
from gateway.text.lookalikes import (
    ENOUGH,
    IGNORABLE,
    MAX_LOOKS,
    SLASHES,
    begins_plainly,
    has_slash,
    holds_secret,
    reading,
)

from ..tables import each_of

IGNORED = re.compile(f"[{IGNORABLE}]")


def test_what_unicode_calls_default_ignorable_is_ignored() -> None:
    unicode = UnicodeData()
    codes = [*range(0x10000), *range(0x1B000, 0x1E000), *range(0xE0000, 0xE2000)]  # the rest is quick to know
    ours = {code for code in codes if IGNORED.match(chr(code))}
    theirs = {code for code in codes if unicode.default_ignorable(code)}
    assert theirs <= ours
    # Not yet assigned, and the two vowels of Khmer and the musical ones that the library leaves out.
    assert all(code in range(0xFFF0, 0xFFF9) or code in range(0xE0000, 0xE1000) for code in ours - theirs)


@each_of(
    ("text", "seen"),
    [
        ("hello", "hello"),
        ("\u200b来\U000e0100\u2f83", "来自"),
        ("\uff0a\u3000x", "* x"),
        ("\u2217 x", "* x"),
        ("e\u0301\u00e9", "ee"),
        ("one\ntwo", "one"),
        ("", ""),
        ("\nx", ""),
        ("\u200b\u200b", ""),
    ],
)
def test_reading(text: str, seen: str) -> None:
    assert reading(text) == (seen, False)
    assert reading("x\n" + text, 2) == (seen, False)


def test_reading_is_of_the_beginning() -> None:
    assert reading("x" * 100) == ("x" * ENOUGH, True)
    assert reading(("\u200b" * 100 + "x") * 100) == ("x" * (ENOUGH // 2), True)
    assert reading("\u0301" * 100 + "x") == ("", True)


SECRETS = [
    "/op secret", "/pass open sesame", "/op", "/OP secret", "/Pass x", " /op secret", "\t/op x", "\u3000/op x",
    "\ufeff/op x", "\u00a0\u2800/op x", "\uff0fop x", "\uff0f\uff4f\uff50 x", "\u2044op x", "\u200b/op x",
    "/\u200bop x", "/o\u200bp x", "/op\u200bsecret", "/op\u2060", "/\u200bo\u200bp\u200bsecret", "/op:secret",
    "/op=secret", "/op,", "/op\u00a0secret", "/op\u3000secret", "hello\n/op secret", "a\n\n  /pass x\nb",
    "/pa\u00adss x", "/pass\tx", "/\U0001d428\U0001d429 x",
]  # fmt: skip
NONE = [
    "", "hello", "//op secret", "/opt/x", "/ops x", "/option", "/op/x", "/op-ed", "/pass-through", "/passes",
    "/pass.txt", "a /op secret", "/etc/op", "op secret", "/o p x", "/who", "a/op", "- /op x", "/ op x",
]  # fmt: skip


@each_of("text", SECRETS)
def test_a_secret(text: str) -> None:
    assert holds_secret(text)
    assert holds_secret(f"first\n{text}\nlast")


@each_of("text", NONE)
def test_none(text: str) -> None:
    assert not holds_secret(text)


@given(st.text(), st.text("ｏＯoｐPp\u200b\u0301 ", max_size=6))
def test_any_text_is_a_secret_or_not(before: str, word: str) -> None:
    holds_secret(clean_text(f"{before}/{word}"))
    assert holds_secret(clean_text(f"{before}\n/op {word}"))


def test_of_many_lines_that_need_a_closer_look_the_rest_is_believed_to_be_one() -> None:
    assert not holds_secret("/ö\n" * MAX_LOOKS)
    assert holds_secret("/ö\n" * (MAX_LOOKS + 1))


@pytest.mark.parametrize("slash", SLASHES)
def test_every_slash_is_seen_at_a_glance(slash: str) -> None:
    assert has_slash(f"well{slash}known")
    assert has_slash(f"中{slash}")
    assert not has_slash("well known")
    assert not has_slash("中")


@pytest.mark.parametrize("text", ["well, known", "中文", "7 of 9", "é", "-5", "(/op x)", "a /op x"])
def test_most_begin_plainly(text: str) -> None:
    assert begins_plainly(text)
