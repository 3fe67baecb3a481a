"""Timing marks, and what was refused behind them."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.members.marks import MARK_BYTES, Marks

REFUSED = b"no"


@given(st.lists(st.sampled_from(["text", "mark", "refuse", "log"]), max_size=60))
def test_all_is_told_in_the_order_of_what_came_and_no_mark_before_the_log_has_its_texts(steps: list[str]) -> None:
    marks = Marks()
    expected: list[tuple[int, bytes]] = []  # after how many texts, what
    told = b""
    said = logged = 0
    for step in [*steps, *["log"] * 60]:
        if step == "text":
            said += 1
        elif step == "log" and logged < said:
            logged += 1
            told += marks.logged()
        elif step == "mark" and logged < said:  # else it is answered at once
            reply = b"%d;" % said
            assert marks.wait(reply, said - logged) is (not marks_wait_for(expected, said))
            expected.append((said, reply))
        elif step == "refuse" and marks:
            marks.follow(REFUSED)
            expected.append((0, REFUSED))
        assert bool(marks) is (marks.size >= MARK_BYTES) is any(texts > logged for texts, _ in expected)
    assert told == b"".join(what for _, what in expected)


def marks_wait_for(expected: list[tuple[int, bytes]], texts: int) -> bool:
    return any(at == texts for at, _ in expected)


def test_who_is_sent_away_hears_why_something_was_refused_and_no_mark() -> None:
    marks = Marks()
    marks.wait(b"mark", 1)
    marks.follow(REFUSED)
    assert (marks.end(), bool(marks), marks.size) == (REFUSED, False, 0)
    assert marks.logged() == b""
