"""What is shown between messages: where a day begins, what is new, and where older ones begin and end."""

from datetime import date

import pytest

from gateway.client import told
from gateway.client.timeline import SOON_SECONDS, Timeline

TODAY = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def message(seq: int, at: str = "2026-11-26T10:00:00Z", label: str = "bob", text: str = "hi") -> told.Message:
    return told.Message(label, text, seq, at)


def shown(timeline: Timeline, *events: told.Told, now: float = 0.0, me: str = "ann") -> list[str]:
    return [
        "".join(text for _, text in line) for event in events for line in timeline.lines(event, now, me, ["ann", "bob"])
    ]


def test_a_day_is_a_line_where_it_begins() -> None:
    """A message of 30 days ago said `19:01`, as if it were of now."""
    timeline = Timeline(TODAY)
    log = [message(1, "2026-10-27T19:01:00Z"), message(2, "2026-10-27T19:02:00Z"), message(3), message(4)]
    assert shown(timeline, *log) == [
        "—— Tue 27 Oct 2026 ——", "19:01 bob  hi", "19:02 bob  hi",
        "—— Thu 26 Nov 2026 ——", "10:00 bob  hi", "10:00 bob  hi",
    ]  # fmt: skip
    assert shown(timeline, told.Page([message(1, "2026-10-27T19:01:00Z")]), message(5)) == [
        "      * the last message:", "—— Tue 27 Oct 2026 ——", "19:01 bob  hi", "—— Thu 26 Nov 2026 ——", "10:00 bob  hi",
    ]  # fmt: skip


def test_what_was_found_is_no_part_of_what_was_read() -> None:
    timeline = Timeline(TODAY)
    found = told.Found([message(9), message(2, "2026-10-27T19:01:00Z")], more=True, before=2)
    assert shown(timeline, found, told.Found([message(9)]), told.Found()) == [
        "      * 2 messages found, the newest first:", "10:00 bob  hi", "—— Tue 27 Oct 2026 ——", "19:01 bob  hi",
        "      * older ones were not looked at: add before:2",
        "      * 1 message found:", "—— Thu 26 Nov 2026 ——", "10:00 bob  hi", "      * nothing found",
    ]  # fmt: skip
    assert timeline.seen == timeline.oldest == 0


def test_what_was_said_while_one_was_away_is_below_a_line_once() -> None:
    timeline = Timeline(TODAY)
    timeline.came_in("e", 0.0)
    assert shown(timeline, message(1), message(2)) == ["10:00 bob  hi"] * 2  # who was never here was not away
    timeline.came_in("e", 100.0)
    new = shown(timeline, message(3, label="ann"), message(4), message(5), now=100.1)
    assert new == ["10:00 ann  hi", "—— new since you were away ——", "10:00 bob  hi", "10:00 bob  hi"]
    timeline.came_in("e", 200.0)
    assert shown(timeline, message(6), now=200.0 + SOON_SECONDS) == ["10:00 bob  hi"]  # said while we were here


@pytest.mark.parametrize(("epoch", "is_marked"), [("e", True), ("another log", False)])
def test_what_was_seen_in_an_earlier_run_is_not_new(epoch: str, is_marked: bool) -> None:
    timeline = Timeline(TODAY)
    timeline.remember("e", 7)
    timeline.came_in(epoch, 0.0)
    lines = shown(timeline, message(6), message(7), message(8))
    assert lines == ["10:00 bob  hi"] * 2 + ["—— new since you were away ——"] * is_marked + ["10:00 bob  hi"]


def test_another_log_or_one_that_was_set_back_is_told_once() -> None:
    """The page said so, and a terminal nothing."""
    welcome = told.Welcome("ann", "s", "e", 7)
    fresh = ["—— a new log begins here · 以下是新的记录 ——"]
    timeline = Timeline(TODAY)
    timeline.came_in("e", 0.0, resumed=False)
    assert shown(timeline, welcome) == []
    timeline.came_in("e", 1.0, resumed=True)
    assert shown(timeline, welcome) == []
    timeline.came_in("another", 2.0, resumed=False)
    assert shown(timeline, welcome, welcome) == fresh
    timeline.came_in("another", 3.0, resumed=False)
    assert shown(timeline, told.State("connected", "back"), welcome) == ["      * connected again", *fresh]


@pytest.mark.parametrize("epoch", ["e", "another"])
def test_of_a_log_that_is_gone_nothing_older_is_asked_for(epoch: str) -> None:
    timeline = Timeline(TODAY)
    timeline.came_in("e", 0.0)
    shown(timeline, message(40), message(41))
    timeline.came_in("e", 1.0)
    assert (timeline.seen, timeline.oldest) == (41, 40)
    timeline.came_in(epoch, 2.0, resumed=False)
    assert (timeline.seen, timeline.oldest) == (0, 0)
    shown(timeline, message(50), message(51))
    assert (timeline.seen, timeline.oldest) == (51, 50)


def test_older_messages_stand_between_lines_of_their_own() -> None:
    timeline = Timeline(TODAY)
    shown(timeline, message(40), message(41))
    assert timeline.oldest == 40
    page = told.Page([message(38), message(39)], more=True)
    lines = ["".join(text for _, text in line) for line in timeline.older(page, "ann", [])]
    assert lines == ["—— older messages ——", "10:00 bob  hi", "10:00 bob  hi", "—— that was older ——"]
    assert timeline.oldest == 38
    assert [*timeline.older(told.Page([]), "ann", [])] == [[("class:rule", "—— there is nothing older ——")]]


def test_an_answer_tells_whom_and_what() -> None:
    timeline = Timeline(TODAY)
    answers = [told.Message("cy", "@bob yes", seq, "2026-11-26T10:00:00Z", re=re) for seq, re in ((42, 41), (43, 7))]
    assert shown(timeline, message(41, text="is it\ndone?"), *answers) == [
        "10:00 bob  is it\n  done?", "      > bob: is it … +1 line", "10:00 cy  @bob yes",
        "      > an older message", "10:00 cy  @bob yes",
    ]  # fmt: skip
    timeline.recent.take_back([41])
    assert shown(timeline, answers[0])[0] == "      > bob: message deleted"


def test_what_is_deleted_is_told_below_and_is_so_in_its_place_where_it_was_not_shown_yet() -> None:
    timeline = Timeline(TODAY)
    gone = told.Message("bob", "", 41, "2026-11-26T10:00:00Z", kind=told.DELETED)
    old = message(40, "2026-10-27T19:01:00Z", label="ann")
    assert shown(timeline, old, message(39), gone)[-1] == "10:00 bob  message deleted"
    deletions = [told.Deleted(of, 50, "bob") for of in ([41], [40], [7], [41, 40])]
    assert shown(timeline, *deletions) == [
        "      * bob's message of 10:00 is deleted",
        "      * ann's message of Tue 27 Oct, 19:01 is deleted, by bob",
        "      * an older message is deleted, by bob",
        "      * 2 messages are deleted, by bob",
    ]
    assert timeline.seen == 50
    timeline.came_in("another", 1.0)
    assert shown(timeline, told.Deleted([41], 51, "bob")) == ["      * an older message is deleted, by bob"]


def test_who_is_mentioned_sees_it() -> None:
    timeline = Timeline(TODAY)
    styles = {
        text: {
            style
            for line in timeline.lines(message(1, label=label, text=text), 0, "ann", ["annual"])
            for style, _ in line
        }
        for label, text in (("bob", "hi @ann"), ("bob", "planning"), ("bob", "@annual"), ("ann", "I am @ann, see?"))
    }
    assert {text: "class:mention" in found for text, found in styles.items()} == {
        "hi @ann": True, "planning": False, "@annual": False, "I am @ann, see?": False,
    }  # fmt: skip
