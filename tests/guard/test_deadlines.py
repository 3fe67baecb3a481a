"""One heap and one timer, with a clock and a timer that the test holds."""

from collections.abc import Callable
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.guard.deadlines import Alarm, Deadlines

from ..fakes import NeverBlamed


class Loop:
    """A clock that stands still until it is moved, and at most one timer."""

    def __init__(self) -> None:
        self.time = 0.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def call_at(self, when: float, call: Callable[[], None]) -> "Timer":
        self.timers.append((when, call))
        return Timer(self, self.timers[-1])

    def go_to(self, time: float) -> None:
        while self.timers and min(self.timers, key=lambda timer: timer[0])[0] <= time:
            timer = min(self.timers, key=lambda timer: timer[0])
            self.timers.remove(timer)
            self.time = max(self.time, timer[0])
            timer[1]()
        self.time = time


class Timer:
    def __init__(self, loop: Loop, entry: tuple[float, Callable[[], None]]) -> None:
        self.loop, self.entry = loop, entry

    def cancel(self) -> None:
        self.loop.timers.remove(self.entry)


class Sleeper(NeverBlamed):
    def __init__(self, *again: float) -> None:
        self.alarm: Alarm | None = None
        self.woken: list[float] = []
        self.again = list(again)

    def wake(self, now: float) -> float:
        self.woken.append(now)
        return self.again.pop(0) if self.again else inf


def deadlines() -> tuple[Loop, Deadlines]:
    loop = Loop()
    return loop, Deadlines(lambda: loop.time, loop.call_at)


def test_waiters_are_woken_in_order_with_one_timer() -> None:
    loop, waits = deadlines()
    early, late = Sleeper(), Sleeper()
    waits.wake_at(late, 5)
    waits.wake_at(early, 3)
    assert len(loop.timers) == 1
    loop.go_to(4)
    assert (early.woken, late.woken) == ([3], [])
    loop.go_to(10)
    assert late.woken == [5]
    assert not loop.timers


def test_earlier_wins_and_later_is_ignored() -> None:
    loop, waits = deadlines()
    sleeper = Sleeper()
    waits.wake_at(sleeper, 5)
    waits.wake_at(sleeper, 2)
    waits.wake_at(sleeper, 9)
    alarm = sleeper.alarm
    waits.wake_at(sleeper, 2)
    assert sleeper.alarm is alarm
    loop.go_to(20)
    assert sleeper.woken == [2]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 8) | st.none(), st.integers(0, 3)), max_size=30))
def test_each_is_woken_once_at_the_earliest_it_asked_for_and_who_is_forgotten_never(
    steps: list[tuple[int, int | None, int]],
) -> None:
    """From the first moment of a machine on."""
    step = 1 / 512  # no sum of these is rounded; and none is within a millisecond of another
    loop, waits = deadlines()
    people = [Sleeper() for _ in range(3)]
    asked = [inf] * 3
    for who, ahead, passed in steps:
        if ahead is None:
            waits.forget(people[who])
            asked[who] = inf
        else:
            waits.wake_at(people[who], loop.time + ahead * step)
            asked[who] = min(asked[who], loop.time + max(ahead, 0) * step)
        loop.go_to(loop.time + passed * step)
        for number, sleeper in enumerate(people):
            assert sleeper.woken == [asked[number]] * (asked[number] <= loop.time)
            if sleeper.woken:
                sleeper.woken.clear()
                asked[number] = inf


def test_a_waiter_says_when_it_wants_to_be_woken_again() -> None:
    loop, waits = deadlines()
    sleeper = Sleeper(7, inf)
    waits.wake_at(sleeper, 2)
    loop.go_to(20)
    assert sleeper.woken == [2, 7]
    assert sleeper.alarm is None
    assert not loop.timers


def test_forgotten_is_not_woken_and_not_held() -> None:
    loop, waits = deadlines()
    sleeper = Sleeper()
    waits.wake_at(sleeper, 2)
    alarm = sleeper.alarm
    waits.forget(sleeper)
    waits.forget(sleeper)
    assert alarm is not None
    assert alarm.waiter is None
    loop.go_to(20)
    assert sleeper.woken == []


def test_who_wants_to_be_woken_at_once_does_not_stop_the_loop() -> None:
    loop, waits = deadlines()
    sleeper = Sleeper(0, 0, 0)
    waits.wake_at(sleeper, 1)
    loop.go_to(2)
    assert sleeper.woken == pytest.approx([1, 1.001, 1.002, 1.003])


def test_who_asks_for_the_past_while_it_is_woken_is_woken_in_a_later_turn() -> None:
    loop, waits = deadlines()

    class Eager(Sleeper):
        def wake(self, now: float) -> float:
            waits.wake_at(self, now - 1)
            return super().wake(now)

    eager = Eager()
    waits.wake_at(eager, 1)
    when, ring = loop.timers.pop()
    loop.time = when
    ring()
    assert eager.woken == [1]
    assert len(loop.timers) == 1


def test_a_loop_that_rings_early_rings_once_more() -> None:
    """uvloop counts in whole milliseconds: it rang some fifty times in the last half one before each deadline."""
    loop = Loop()
    waits = Deadlines(lambda: loop.time, lambda when, call: loop.call_at(round(when, 3), call))
    waiter = Sleeper()
    waits.wake_at(waiter, 1.0004)
    for _ in range(2):
        when, ring = loop.timers.pop()
        loop.time = max(loop.time, when)
        ring()
    assert waiter.woken == [1.001]
    assert not loop.timers


def test_who_fails_as_it_is_woken_fails_alone() -> None:
    loop, waits = deadlines()

    class Broken(Sleeper):
        has_failed = False

        def wake(self, now: float) -> float:
            raise ZeroDivisionError

        def fail(self) -> None:
            self.has_failed = True

    broken, sleeper = Broken(), Sleeper()
    waits.wake_at(broken, 1)
    waits.wake_at(sleeper, 1)
    loop.go_to(2)
    assert broken.has_failed
    assert broken.alarm is None
    assert sleeper.woken == [1]
