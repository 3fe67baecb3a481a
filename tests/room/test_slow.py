"""Slow mode: who may speak when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.room import slow as slow_module
from gateway.room.slow import Slow
from gateway.stores import KEY_SECONDS


def mode(seconds: int) -> Slow:
    slow = Slow()
    slow.set(seconds)
    return slow


def test_where_it_is_off_nobody_waits_and_nobody_is_remembered() -> None:
    slow = Slow()
    assert [slow.take("ann", "203.0.113.9", None, 1.0) for _ in range(9)] == [0.0] * 9
    assert not slow._spoke


@pytest.mark.parametrize(
    ("by", "host", "waits"),
    [
        ("ann", "203.0.113.9", 7),
        ("ann", "198.51.100.7", 7),  # another address
        ("bob", "203.0.113.9", 7),  # another session
        ("bob", "::ffff:203.0.113.9", 7),
        ("bob", "203.0.113.8", 0),
        ("bob", "2001:db8::1", 0),
    ],
)
def test_a_person_and_an_address_wait(by: str, host: str, waits: float) -> None:
    slow = mode(10)
    assert slow.take("ann", "203.0.113.9", None, 100.0) == 0
    assert slow.take(by, host, None, 103.0) == waits


def test_who_is_refused_waits_no_longer_for_it() -> None:
    slow = mode(10)
    slow.take("ann", "203.0.113.9", None, 100.0)
    assert [slow.take("ann", "203.0.113.9", None, now) for now in (101.0, 109.5, 110.0, 111.0)] == [9, 0.5, 0, 9]


def test_a_turn_that_was_given_back_is_had_again_and_no_other() -> None:
    slow = mode(10)
    slow.take("ann", "203.0.113.9", b"first", 100.0)
    assert slow.take("ann", "203.0.113.9", b"first", 105.0) == 0
    slow.give_back("ann", "203.0.113.9", b"first", 105.0)  # it took none
    assert slow.take("ann", "203.0.113.9", b"second", 106.0) == 4
    slow.give_back("ann", "203.0.113.9", b"second", 106.0)
    assert slow.take("ann", "203.0.113.9", b"second", 106.0) == 4
    assert slow.take("ann", "203.0.113.9", b"second", 110.0) == 0
    slow.give_back("ann", "203.0.113.9", b"second", 110.0)
    assert slow.take("bob", "203.0.113.9", b"third", 111.0) == 0


def test_on_our_own_machine_only_the_person_waits() -> None:
    slow = mode(10)
    assert slow.take("ann", "127.0.0.1", None, 100.0) == 0
    assert slow.take("bob", "127.0.0.1", None, 100.0) == 0
    assert slow.take("ann", "127.0.0.1", None, 100.0) == 10


def test_what_was_said_before_it_was_off_does_not_count() -> None:
    slow = mode(10)
    assert slow.take("ann", "203.0.113.9", None, 100.0) == 0
    slow.set(0)
    slow.set(10)
    assert slow.take("ann", "203.0.113.9", None, 101.0) == 0
    slow.set(20)  # it was not off
    assert slow.take("ann", "203.0.113.9", None, 102.0) == 19


def test_the_same_message_may_come_again() -> None:
    slow = mode(10)
    assert slow.take("ann", "203.0.113.9", b"one", 100.0) == 0
    assert slow.take("ann", "203.0.113.9", b"one", 104.0) == 0
    assert slow.take("ann", "203.0.113.9", b"two", 104.0) == 6


def test_a_new_number_counts_from_when_one_spoke() -> None:
    slow = mode(10)
    slow.take("ann", "203.0.113.9", None, 100.0)
    slow.set(60)
    assert slow.take("ann", "203.0.113.9", None, 120.0) in (0, 40)
    slow.set(0)
    assert slow.take("ann", "203.0.113.9", None, 120.0) == 0


def test_what_was_said_elsewhere_counts_and_shortens_nothing() -> None:
    slow = mode(10)
    slow.note("ann", 100.0)
    assert slow.take("ann", "203.0.113.9", None, 104.0) == 6
    slow.take("bob", "198.51.100.7", None, 104.0)
    slow.note("bob", 95.0)
    assert slow.take("bob", "198.51.100.7", None, 106.0) == 8


def test_who_speaks_on_two_nodes_in_turn_speaks_no_more_often() -> None:
    slow = Slow()
    slow.set(5)
    assert slow.take("ann", "203.0.113.7", b"k", 0.0) == 0.0
    slow.note("ann", 5.5)  # on the other one, after the time
    assert slow.take("ann", "203.0.113.7", None, 6.0) == 4.5
    slow.note("ann", 1.0)  # late news
    assert slow.take("ann", "203.0.113.7", None, 6.0) == 4.5


def test_as_many_are_remembered_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_module, "REMEMBERED", 10)
    slow = mode(10)
    for number in range(100):
        slow.take(f"by {number}", "127.0.0.1", None, 100.0)
        assert len(slow._spoke) <= 10
    assert slow.take("by 99", "127.0.0.1", None, 100.0) == 10


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 3), st.integers(0, 2)), max_size=60), st.integers(1, 20))
def test_nobody_speaks_twice_in_the_time_and_nobody_is_forgotten_too_late(
    steps: list[tuple[float, int, int]], seconds: int
) -> None:
    slow, now = mode(seconds), 100.0
    spoke: dict[str, float] = {}
    for pause, by, host in steps:
        now += pause
        who = (f"by {by}", f"203.0.113.{host}")
        expected = max((spoke[each] + seconds - now for each in who if each in spoke), default=0.0)
        wait = slow.take(*who, None, now)
        assert wait == max(0.0, expected)
        if not wait:
            spoke |= dict.fromkeys(who, now)
            assert all(at > now - seconds for at, _ in slow._spoke.values())


def test_the_same_message_may_come_again_after_it_came_out_of_the_log() -> None:
    slow = mode(10)
    assert slow.take("ann", "127.0.0.1", b"one", 100.0) == 0
    slow.note("ann", 100.0)
    assert slow.take("ann", "127.0.0.1", b"one", 104.0) == 0


def test_the_same_message_may_come_again_only_as_long_as_every_log_knows_it() -> None:
    """Or it is stored anew: slow mode was passed every ten minutes by the same Idempotency-Key."""
    slow = Slow()
    slow.set(3600)
    assert not slow.take("ann", "", b"key", 0.0)
    assert not slow.take("ann", "", b"key", KEY_SECONDS - 1.0)
    assert slow.take("ann", "", b"key", float(KEY_SECONDS)) == 3600 - KEY_SECONDS
