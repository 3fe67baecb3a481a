"""What an answered mark tells of, what a refusal is of, and whether somebody is there."""

from gateway.client.framing import MARK
from gateway.client.ledger import Said
from gateway.client.marks import PATIENCE_SECONDS, QUIET_SECONDS, Marks

ONE, TWO = (Said(f"id {number}", "x", 0.0, number) for number in (1, 2))


def test_each_answer_is_of_the_oldest_and_tells_what_stood_before_it() -> None:
    marks = Marks(0)
    assert [marks.put(said) for said in (ONE, None, TWO)] == [MARK] * 3
    assert [marks.answered() for _ in range(3)] == [ONE, None, TWO]
    assert not marks


def test_a_refusal_is_of_what_stands_before_the_oldest_and_only_once() -> None:
    marks = Marks(0)
    marks.put(ONE)
    marks.put(TWO)
    assert (marks.refused(), marks.refused()) == (ONE, None)
    assert len(marks) == 2
    assert (marks.answered(), marks.refused(), marks.answered()) == (None, TWO, None)


def test_who_is_quiet_is_asked_once_and_is_silent_without_an_answer() -> None:
    marks = Marks(0)
    assert marks.question(1000) == b"", "a question would come before all that is said"
    marks.sent(100)
    assert marks.question(100 + QUIET_SECONDS) == b""
    asked_at = 100.5 + QUIET_SECONDS
    assert marks.question(asked_at) == MARK
    assert marks.question(asked_at + 1000) == b""
    assert not marks.is_silent(asked_at + PATIENCE_SECONDS)
    assert marks.is_silent(asked_at + PATIENCE_SECONDS + 0.5)


def test_a_question_is_answered_once_all_before_it_is() -> None:
    marks = Marks(0)
    marks.sent(0)
    marks.put(ONE)
    assert marks.question(QUIET_SECONDS + 1) == MARK
    marks.answered()
    assert marks.is_silent(1000)
    marks.answered()
    assert not marks.is_silent(1000)
    assert marks.question(1000) == MARK


def test_nobody_is_silent_who_was_not_asked() -> None:
    marks = Marks(0)
    marks.put(ONE)
    assert not marks.is_silent(1000)
