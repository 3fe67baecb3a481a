"""Who speaks when, told the time."""

import pytest

from gateway.swarm.talk import Talk

SECOND = 1_000_000


def talk(senders: range, total: int, **more: float | int | None) -> Talk:
    settings: dict[str, float | int | None] = {"rate": 1.0, "window": 0, "messages": None, "seconds": 10.0, **more}
    return Talk(senders, total, **settings)  # type: ignore[arg-type]


def speak(one: Talk, now: int) -> list[tuple[int, int]]:
    """Let those speak who have to."""
    spoken = []
    for speaker, since in one.due(now):
        speaker.spoken += 1
        speaker.under_way += 1
        speaker.unheard.append((speaker.spoken, "text"))
        spoken.append((speaker.sender, since))
    return spoken


def test_by_rate_they_speak_in_turn_evenly_spread() -> None:
    one = talk(range(4), 4, rate=1.0)
    assert speak(one, 0) == [(0, 0)]
    assert one.next_at() == SECOND / 4
    assert speak(one, SECOND - 1) == [(1, SECOND // 4), (2, SECOND // 2), (3, SECOND * 3 // 4)]


def test_who_is_late_is_measured_from_when_it_should_have_spoken() -> None:
    one = talk(range(1), 1, rate=10.0)
    assert [since for _, since in speak(one, SECOND // 2)] == [0, 100_000, 200_000, 300_000, 400_000, 500_000]


def test_processes_share_the_turns() -> None:
    even, odd = talk(range(0, 4, 2), 4), talk(range(1, 4, 2), 4)
    assert [sender for sender, _ in speak(even, SECOND - 1)] == [0, 2]
    assert [sender for sender, _ in speak(odd, SECOND - 1)] == [1, 3]


def test_by_window_one_speaks_again_when_it_was_heard() -> None:
    one = talk(range(2), 2, window=2)
    assert [sender for sender, _ in speak(one, 0)] == [0, 0, 1, 1]
    assert speak(one, 1) == []
    one.hear(1, 1)
    assert speak(one, 2) == [(1, 2)]


def test_what_was_heard_is_not_said_again() -> None:
    one = talk(range(1), 1, window=3)
    speak(one, 0)
    one.hear(0, 2)
    assert [number for number, _ in one.speakers[0].unheard] == [3]


@pytest.mark.parametrize(("settings", "step"), [({"rate": 100.0}, SECOND), ({"window": 3}, 1)])
def test_each_has_its_share_of_the_messages(settings: dict[str, float], step: int) -> None:
    one = talk(range(3), 3, messages=10, **settings)
    now = 0
    while not one.is_over(now):
        for sender, _ in speak(one, now):
            one.hear(sender, one.speakers[sender].spoken)
        now += step
    assert [speaker.spoken for speaker in one.speakers.values()] == [4, 3, 3]


def test_they_talk_so_many_seconds() -> None:
    one = talk(range(1), 1, window=1, seconds=2.0)
    assert not one.is_over(2 * SECOND - 1)
    assert one.is_over(2 * SECOND)
    assert speak(one, 2 * SECOND) == []


def test_a_stop_makes_it_no_longer_and_what_was_due_is_due_once() -> None:
    one = talk(range(1), 1, rate=10.0, seconds=2.0)
    one.stop(3 * SECOND)
    assert [len(speak(one, now)) for now in (SECOND - 1, SECOND // 2, SECOND - 1)] == [10, 0, 0]
    assert one.is_over(2 * SECOND)


def test_before_the_start_nobody_speaks() -> None:
    assert speak(talk(range(1), 1, window=1), -1) == []


def test_who_is_stopped_speaks_no_more() -> None:
    one = talk(range(2), 2, rate=10.0, messages=1000)
    assert len(speak(one, SECOND - 1)) == 20
    one.stop(SECOND)
    assert one.is_over(SECOND)
    assert speak(one, 2 * SECOND) == []


def test_of_who_was_cut_off_what_nobody_heard_is_doubtful() -> None:
    one = talk(range(3), 3)
    for speaker in one.speakers.values():
        speaker.spoken, speaker.doubtful = 4, speaker.sender > 0
    assert one.doubtful({0: [], 1: [1, 2], 2: [1, 2, 3, 4]}) == 2
