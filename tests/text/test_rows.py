"""What a terminal would wrap to the beginning of a row: no head gets there by blanks, of whatever kind they are."""

import unicodedata
from unittest.mock import Mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.text import rows
from gateway.text.lookalikes import COLONS, MAX_LOOKS, STARS
from gateway.text.rows import INDENT, KEPT, LOOK, MARGIN, MAX_RUNS, RUN, Unwrapped, is_narrow, unwrapped

from ..tables import each_of

HEADS = [
    "Bob: ok", "20:17 Bob: ok", "20:17 Bob  ok", "[20:17] Bob: ok", "[Tue 24 Nov 20:17] Bob *waves*", "Bob *waves*",
    "来自bob的消息:ok", "Bob： ok", "Bob꞉ ok", "* Bob left", "＊ Bob left", "★ Bob left", "B\u200bob\u0301: ok",
    "\u200b" * LOOK + "Bob: ok",
]  # fmt: skip
BLANKS = " \t\u00a0\u2003\u2800\u3000\u3164\uffa0"
NOTHING = ["\u200b", "\u0301", "\ufeff", "\u00ad", "\U000e0020", "\u0600", "\u20dd"]


def columns(character: str) -> int:
    if character == "\t":
        return 8
    return (1 + (unicodedata.east_asian_width(character) in "WF")) if character in BLANKS else 0


RUNS = (
    st.lists(st.sampled_from([*BLANKS, *NOTHING]), min_size=1, max_size=60)
    .map("".join)
    .filter(lambda run: run[0] in BLANKS and run[-1] not in "\u0301\u0600\u20dd")
)


@given(RUNS, st.sampled_from(HEADS), st.sampled_from(["x", "Ann: hi", "来自ann的消息:嗨", "a\nb"]))
def test_a_head_behind_so_many_columns_of_blanks_begins_a_line_of_its_own(run: str, head: str, before: str) -> None:
    sent = unwrapped(f"{before}{run}{head}")
    if sum(map(columns, run)) >= RUN:
        assert sent.endswith(f"\n  {head}".replace("\u200b" * LOOK, ""))
        assert sent.startswith(before)
    else:
        assert sent == f"{before}{run}{head}"


@pytest.mark.parametrize("tabs", [3, 40, 4000])
def test_a_tab_stops_at_the_end_of_a_row_and_what_follows_begins_the_next(tabs: int) -> None:
    assert unwrapped(f"hi{chr(9) * tabs}x20:17 Bob: ok") == "hi\n  x20:17 Bob: ok"


@each_of("sign", [*STARS, *COLONS])
def test_whatever_reads_like_a_sign_makes_a_head(sign: str) -> None:
    assert unwrapped(f"hi{' ' * RUN}{sign} b") == f"hi\n  {sign} b"
    assert unwrapped(f"hi{' ' * RUN}Bob{sign} b") == f"hi\n  Bob{sign} b"


@each_of(
    "text",
    [
        "hi",
        "hi  there\tyou",
        f"a{' ' * (RUN - 1)}Bob: ok",
        f"{'/dev/sda1':40}{'20G':>40}",
        f"total\n{' ' * (MARGIN - 1)}case 1: return *x",
        "a\n\t\t\tname: value",
        f"Name:{' ' * 40}value",
        f"a{' ' * 40}\nBob: ok",
        " 。" * (RUN - 1) + "他说:好",
    ],
)
def test_what_is_no_run_or_stands_before_no_head_is_left_alone(text: str) -> None:
    assert unwrapped(text) == text


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (f"a\n{' ' * MARGIN}Bob: ok", "a\n  Bob: ok"),
        (f"a\n{chr(9) * 5}Bob: ok\nb", "a\n  Bob: ok\nb"),
        (f"{' ' * RUN}Bob: ok", "\n  Bob: ok"),
        (f"a{' ' * RUN}\u0301{' ' * RUN}Bob: ok", f"a{' ' * RUN}\u0301\n  Bob: ok"),  # what may be seen stays
        (f"a{' ' * RUN}😀 {' ' * RUN}Bob: ok", f"a{' ' * RUN}😀\n  Bob: ok"),
        (f"a{' ' * RUN}b:{' ' * RUN}c:", "a\n  b:\n  c:"),
    ],
)
def test_what_becomes_of_it(text: str, sent: str) -> None:
    assert unwrapped(text) == sent


def test_after_so_many_looks_each_is_taken_for_a_head() -> None:
    text = f"a{' ' * RUN}{'b' * LOOK}" * MAX_LOOKS
    assert unwrapped(text) == text
    assert unwrapped(f"{text}{' ' * RUN}c{' ' * RUN}Bob: ok") == f"{text}\n  c\n  Bob: ok"


# --- the same, a character after the other ------------------------------------------------------------------------

PIECES = st.sampled_from(
    [*BLANKS, *NOTHING, "\t\t", " " * (RUN - 1), " " * RUN, "\t" * 4, " " * (MARGIN - 1), " " * MARGIN, "\n", "\n",
     "a", "来", "Bob: ", "*", "。", "😀", "\U0001f7af", "\U00012345", "𝐁", "x" * (LOOK + 9), "\u0301" * (LOOK + 9)]
)  # fmt: skip


def is_unseen(each: str) -> bool:
    return each in BLANKS or not (each.isascii() or each.isalnum() or each in STARS + COLONS)


def is_like_a_head(rest: str) -> bool:
    beginning, _, _ = rest[:LOOK].partition("\n")
    has_sign = any(each in STARS + COLONS + "来" for each in beginning)
    unseen = [each for each in beginning if is_unseen(each) and each not in " \t"]  # between words: as in a table
    return has_sign or (len(beginning) == LOOK and len(unseen) > LOOK // 2)


def unwrapped_by_steps(text: str) -> str:
    sent, at = "", 0
    while at < len(text):
        end = at
        while end < len(text) and text[at] in BLANKS and is_unseen(text[end]):
            end += 1
        gap = text[at:end]
        begins_line = text[at - 1 : at] == "\n"
        if sum(map(columns, gap)) >= (MARGIN if begins_line else RUN) and is_like_a_head(text[end:]):
            kept = gap.rstrip(BLANKS + "".join(NOTHING[:1] + NOTHING[2:5]))
            sent += kept + (INDENT if begins_line and not kept else "\n" + INDENT)
        else:
            sent += gap or text[at]
        at = max(end, at + 1)
    return sent


@example(f"{' ' * RUN}中{' ' * (LOOK // 2 - 1)}{NOTHING[1] * (LOOK // 2)}")
@given(st.lists(PIECES, max_size=40).map("".join))
def test_it_comes_to_what_the_steps_come_to(text: str) -> None:
    assert unwrapped(text) == unwrapped_by_steps(text)


@given(st.lists(PIECES, max_size=20).map("".join))
def test_behind_a_head_it_is_what_it_is_there(text: str) -> None:
    """The head's own blank counts, if it has one or not."""
    told = Unwrapped().behind_a_head(text)
    assert unwrapped(f"ann: {text}") in (f"ann: {told}", f"ann:{told}")
    assert unwrapped(f"ann: a{text}") == f"ann: {Unwrapped().behind_a_head(f'a{text}')}"


def test_a_text_is_unwrapped_once_for_all_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Mock(side_effect=unwrapped)
    monkeypatch.setattr(rows, "unwrapped", counted)
    kept = Unwrapped()
    text = f"a{' ' * RUN}Bob: ok"
    assert [kept.behind_a_head(text) for _ in range(3)] == ["a\n  Bob: ok"] * 3
    assert counted.call_count == 1


def test_what_is_kept_for_that_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Mock(side_effect=unwrapped)
    monkeypatch.setattr(rows, "unwrapped", counted)
    kept = Unwrapped()
    texts = [f"{number} {'x' * 64 * 1024}" for number in range(KEPT // (64 * 1024))]
    for text in texts:
        kept.behind_a_head(text)
    assert sum(len(text) + len(known) for text, known in kept._kept.items()) <= KEPT
    counted.reset_mock()
    kept.behind_a_head(texts[-1])
    assert not counted.called, "the newest is kept"
    kept.behind_a_head(texts[0])
    assert counted.called, "the oldest is not"


@given(
    st.lists(PIECES | st.sampled_from([" \u0301", " 来", " \u00a0", "\u3164", " é", "中 "]), max_size=60).map("".join)
)
def test_what_is_narrow_at_a_glance_is_narrow_to_the_steps(text: str) -> None:
    assert not is_narrow(text) or unwrapped_by_steps(text) == text


@each_of("blank", [" \u00a0", " \u0301", "\u3000", "\u3164", "\u2800", " 。", " 😀", "\t", "  "])
@each_of("count", [9, 10, 19, 20, 40])
def test_a_wide_run_is_never_narrow(blank: str, count: int) -> None:
    """The fewest bytes that make one are as many as the glance allows for."""
    text = f"中x{blank * count}Bob: ok"
    assert not is_narrow(text) or unwrapped_by_steps(text) == text


def test_what_people_write_is_told_at_a_glance() -> None:
    assert is_narrow(f"{'中' * 99}。{'x y ' * 99}")


def test_runs_with_something_unseen_inside_are_measured_as_long_as_they_are_few() -> None:
    """Of more it is believed that they are wide, if they are half as long as that takes."""
    narrow = f"a{' ' * 9}\u0301 "
    assert unwrapped(narrow * MAX_RUNS) == narrow * MAX_RUNS
    assert unwrapped(narrow * (MAX_RUNS + 2)) == f"{narrow * MAX_RUNS}a{' ' * 9}\u0301\n{INDENT}a{' ' * 9}\u0301"
    assert unwrapped(f"{narrow * (MAX_RUNS + 1)}a b{' ' * (RUN - 1)}c").endswith(f"a b{' ' * (RUN - 1)}c")


def test_of_the_rest_each_wide_run_alone_is_broken() -> None:
    looks = f"a{' ' * RUN}b" * MAX_LOOKS
    rest = f"\n\tif x:\n\t\treturn 1{' ' * (RUN - 1)}# y\n\n{' ' * (MARGIN - 1)}z\t\t\tb\n{' ' * MARGIN}c"
    broken = f"\n\tif x:\n\t\treturn 1{' ' * (RUN - 1)}# y\n\n{' ' * (MARGIN - 1)}z\n  b\n  c"
    assert unwrapped(f"{looks}{rest}") == f"{looks}{broken}"
    assert unwrapped(f"{looks}é{rest}") == f"{looks}é{broken}"
