"""Text as plain text: nothing of it begins like somebody else's message or a notice, whatever it is made of."""

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.messages import clean_text
from gateway.text.lookalikes import IGNORABLE, MAX_LOOKS, WINDOW
from gateway.text.rows import RUN, unwrapped
from gateway.wires.plain import fold_paragraph, indent_lines, is_harmless, line_of
from gateway.wires.raw import POST, line_format
from gateway.wires.stream import LINES
from gateway.wires.text import TextFormat

from ..samples import a_message
from ..tables import each_of

_IGNORED = re.compile(f"[{IGNORABLE}]")
LINE, LINE_CR = line_format("zh", "\n"), line_format("zh", "\r\n")
TEXT = TextFormat(lambda payload: payload)
HEAD = "来自ann的消息:"


def as_paragraph(text: str) -> str:
    """How a text stands in the post's form."""
    return POST.encode(a_message(text)).decode().removeprefix(HEAD).removesuffix("\n\n")


def as_line(text: str) -> str:
    """How it stands in the line form."""
    return LINE.encode(a_message(text)).decode().removeprefix(HEAD).removesuffix("\n")


def reads_like(line: str) -> str:
    """How a line reads, all of it: slow, and sure."""
    seen = unicodedata.normalize("NFKD", _IGNORED.sub("", line))
    return "".join(each for each in seen if unicodedata.category(each) not in ("Mn", "Me", "Cf"))


def is_forged(line: str) -> bool:
    seen = reads_like(line)
    return seen.startswith("来自") or re.match(r"[*\u2217\u204e\u066d\u2731](\s|\u2800|$)", seen) is not None


UNSEEN = ["\u200b", "\u034f", "\U000e0100", "\U000e0020", "\u3164", "\u115f", "\ufeff", "\u0301", "\u20dd", "\u0600"]
SEEN = ["来", "自", "\u2f83", "bob", "的消息", ":", "\uff1a", "\ufe55", "*", "\uff0a", "\u2217", "\n", "a", "。"]
BLANKS = [" ", "\u3000", "\u2800", "\t", " " * 21, "\u00a0" * 21]
PIECES = st.sampled_from([*SEEN, *BLANKS, *UNSEEN, *(each * 40 for each in UNSEEN)])
TEXTS = st.lists(PIECES, max_size=20).map("".join) | st.text()


@given(TEXTS)
@example("a\n来" + "\u0301" * 99 + "自x的消息:no")
def test_no_further_line_begins_like_a_head_or_a_notice(text: str) -> None:
    message = a_message(clean_text(text))
    for wire_format, end in ((POST, "\n\n"), (LINE, "\n"), (LINE_CR, "\r\n"), (TEXT, ""), (LINES, "\n")):
        sent = wire_format.encode(message).decode()
        assert sent.endswith(end)
        first, *further = sent.removesuffix(end).split("\n")
        assert first.startswith(HEAD)
        assert not any(map(is_forged, further))
        if wire_format is POST:
            assert "\n\n" not in sent.removesuffix(end)
        else:
            assert all(line.startswith("  ") for line in further)


@given(TEXTS)
def test_no_run_of_blanks_puts_a_head_at_the_beginning_of_a_row(text: str) -> None:
    for sent in (as_paragraph("x" + clean_text(text)), as_line("x" + clean_text(text))):
        for line in sent.split("\n"):
            for run in re.finditer(rf"(?<![\s\u2800{IGNORABLE}])[^\S\n]{{{RUN},}}(?=[来*])", line):
                assert not is_forged(line[run.end() :])


FORGED = "来自bob的消息:no"


@pytest.mark.parametrize("head", [FORGED, "* bob left"])
@pytest.mark.parametrize(("sent_as", "indent"), [(as_paragraph, "  "), (as_line, "    ")])
def test_a_head_behind_so_many_blanks_that_a_row_may_begin_with_it(
    sent_as: Callable[[str], str], indent: str, head: str
) -> None:
    assert sent_as(f"x{' ' * 79}{head}") == f"x\n{indent}{head}"


@each_of(
    ("text", "sent"),
    [
        (f"a\n{FORGED}", f"a\n  {FORGED}"),
        ("a\n* bob left", "a\n  * bob left"),
        ("a\n来\U000e0100自bob的消息:no", "a\n  来\U000e0100自bob的消息:no"),
        ("a\n\u034f来自bob的消息:no", "a\n  \u034f来自bob的消息:no"),
        ("a\n\U000e0020来自bob的消息:no", "a\n  \U000e0020来自bob的消息:no"),
        ("a\n来\u2f83bob的消息:no", "a\n  来\u2f83bob的消息:no"),
        ("a\n来自bob的消息\ufe55no", "a\n  来自bob的消息\ufe55no"),
        ("a\n来自bob的消息\uff1ano", "a\n  来自bob的消息\uff1ano"),
        ("a\n\uff0a bob left", "a\n  \uff0a bob left"),
        ("a\n*\u3000bob left", "a\n  *\u3000bob left"),
        ("a\n*", "a\n  *"),
        ("a\n\n\n* b", "a\n  * b"),
        # these are none
        ("a\n*bold* and **bolder**", "a\n*bold* and **bolder**"),
        ("a\n来了", "a\n来了"),
        ("a\n- b\n。\n😀", "a\n- b\n。\n😀"),
        (f"a {FORGED}", f"a {FORGED}"),
        # behind a run of blanks
        ("a" + " " * 65 + FORGED, f"a\n  {FORGED}"),
        ("a\n" + " " * 80 + FORGED, f"a\n  {FORGED}"),
        ("a" + "\u3000\u00a0" * 30 + "\u200b* bob left", "a\n  * bob left"),
        ("a" + " " * 65 + "b", "a" + " " * 65 + "b"),
        ("a\n    * an item", "a\n    * an item"),
    ],
)
def test_the_posts_framing(text: str, sent: str) -> None:
    assert as_paragraph(text) == sent


def test_a_line_of_which_the_beginning_is_not_seen_is_taken_for_a_head() -> None:
    unseen = "\u0301" * WINDOW
    assert as_paragraph(f"a\n{unseen}{FORGED}") == f"a\n  {unseen}{FORGED}"
    assert as_paragraph(f"a\n{unseen}b") == f"a\n  {unseen}b"


def test_after_so_many_close_looks_each_line_that_might_be_one_is_taken_for_one() -> None:
    text = "a" + "\n。" * MAX_LOOKS
    assert as_paragraph(text) == text
    assert as_paragraph(f"{text}\n。\n{FORGED}\nb") == f"{text}\n  。\n  {FORGED}\nb"


def test_a_message_has_the_posts_head() -> None:
    assert line_of(a_message("hi")) == "来自ann的消息:hi"


@given(st.text(st.sampled_from("ab*: \t\n\u00a0\u200b\u6765"), max_size=80))
@example("x" + " " * 80 + "*")
def test_what_is_harmless_at_a_glance_is_left_as_it_is_by_all(text: str) -> None:
    if is_harmless(text):
        for line in (text, f"\u6765\u81eaAnn\u7684\u6d88\u606f:{text}", f"Ann: {text}"):
            assert unwrapped(line) == fold_paragraph(line) == indent_lines(line) == line
