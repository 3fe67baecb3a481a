"""What a terminal obeys is taken out of texts, whole; nothing else is."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.text.controls import clean, escape_json, one_line

from ..tables import each_of

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
OBEYED_POINTS = [
    *(point for point in range(0xA0) if OBEYED.match(chr(point))),
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
    *(0xD800, 0xDBFF, 0xDC00, 0xDFFF),
]


@each_of(
    ("raw", "text"),
    [
        ("hi", "hi"),
        ("a\r\nb\rc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf"),
        ("10%\r50%\r100% done", "10%\n50%\n100% done"),
        ("\x1b[31mFAIL\x1b[0m", "FAIL"),
        ("\x1b[1;38:5:196mred\x1b[m", "red"),
        ("\x1b[?25l\x1b[2J\x1b[Hx\x1b[10 q", "x"),
        ("\x9b31mred\x9bm", "red"),
        ("\x1b[31", ""),
        ("a\x1b[31\nb", "a\nb"),
        ("a\r\x1b[0m\nb", "a\n\nb"),
        ("\x1b]no end\u2028next\x07", "no end\nnext"),
        ("\x1b[", ""),
        ("\x1b]0;a title\x07x", "x"),
        ("\x1b]0;a title\x1b\\x", "x"),
        ("\x1b]0;a title\x9cx", "x"),
        ("\x9d0;a title\x9cx", "x"),
        ("\x1b]8;;http://example.org/\x1b\\a link\x1b]8;;\x1b\\.", "a link."),
        ("\x1b]no end\nnext", "no end\nnext"),
        ("\x1b]no end \x1b[1mbold", "no end bold"),
        ("\x1bP1$r0m\x1b\\x\x1b_app\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\y", "xy"),
        ("\x90dcs\x9cx\x9fapc\x9c\x9epm\x9c\x98sos\x9cy", "xy"),
        ("\x1bOA\x1bOPx\x8fAy", "xy"),
        ("\x1b(Bx\x1b)0y\x1b#8z\x1b=\x1b>\x1bc", "xyz"),
        ("\x1b\x1b[1mb\x1b", "b"),
        ("\x1b你好", "你好"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\x00\x08\x7f\x07b", "ab"),
        ("\u202eevil\u2066x\u2069", "evilx"),
        ("a\u2066b\u2069c", "abc"),
        ("\ud800", "\ufffd"),
        ("[31m ]0; \\", "[31m ]0; \\"),
    ],
)
def test_clean(raw: str, text: str) -> None:
    assert clean(raw) == text


PIECES = st.sampled_from([*"\x1b[]\x9b\x9d\x07\x9c\\0;m\n\ra你 PO\x85"])
RARE = st.sampled_from([*"\x1b\x1b\x8e\x90\x01N!~\x1a\x7f\u2028\u202a\u2066\ud800\t"])

_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_SEQUENCES = re.compile(
    r"(?:(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?"
    r"|(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])(?:[^\x00-\x08\n-\x1f\x7f-\x9f]*+(?:\x07|\x1b\\|\x9c))?"
    r"|(?:\x1b[NO]|[\x8e\x8f])[!-~]?|\x1b[ -/]*+[0-~]?)++"
)
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean_by_steps(text: str) -> str:
    """Line ends, then sequences, then the rest, a match for each: as plain as that can be, and some times slower."""
    text = _SEQUENCES.sub("", _LINE_ENDS.sub("\n", text))
    return re.sub("[\ud800-\udfff]", "\ufffd", _UNWANTED.sub("", text))


@given(st.text() | st.lists(PIECES | RARE).map("".join))
def test_it_comes_to_what_the_steps_come_to(raw: str) -> None:
    assert clean(raw) == clean_by_steps(raw)


@given(st.text() | st.lists(PIECES).map("".join))
def test_nothing_is_left_that_is_obeyed(raw: str) -> None:
    text = clean(raw)
    assert not OBEYED.search(text)
    assert clean(text) == text
    assert "\n" not in one_line(raw)
    assert not OBEYED.search(one_line(raw))


@given(st.lists(PIECES).map("".join))
def test_no_sequence_takes_more_than_its_line(raw: str) -> None:
    assert clean(raw).count("\n") == len(re.findall("\r\n|[\r\n\x85]", raw))


def test_each_is_seen_where_it_is_the_only_one() -> None:
    """A text is looked at by a set first, which has to know all of them."""
    alone = [f"a{chr(point)}b" for point in OBEYED_POINTS]
    assert [raw for raw in alone if OBEYED.search(clean(raw))] == []
    assert "".join(raw[1] for raw in alone if "\n" in clean(raw)) == "\r\x85\u2028\u2029"
    encoded = [json.dumps(raw, ensure_ascii=False) for raw in alone if not re.search("[\ud800-\udfff]", raw)]
    assert [raw for raw in encoded if OBEYED.search(escape_json(raw))] == []


def test_one_line() -> None:
    assert one_line("a\nb: \x1b[1mhi\r\n\tc ") == "a b: hi c"


@given(st.text())
def test_escaped_json_says_the_same_and_is_not_obeyed(text: str) -> None:
    text = clean(text) + "\x9b\u202e\x7f\u2028\x85"
    escaped = escape_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(escaped) == text
    assert not OBEYED.search(escaped)
