"""One heap and one timer for everything that members wait for: no member has a timer of its own."""

import heapq
from collections.abc import Callable
from itertools import count
from math import inf
from typing import Protocol

from ..faults import Blamed, contained

MILLISECOND = 0.001


class Handle(Protocol):
    """What the loop gives for a timer."""

    def cancel(self) -> None:
        """Never mind."""


class Waiter(Blamed, Protocol):
    """Someone who waits. `alarm` belongs to Deadlines."""

    alarm: "Alarm | None"

    def wake(self, now: float) -> float:
        """Do what is due; returns when to be woken next, inf for not at all. It may come too early, never too late."""


class Alarm:
    """A place in the heap; without its waiter it is dead, and holds nothing until its time has come."""

    __slots__ = ("waiter", "when")

    def __init__(self, waiter: Waiter, when: float) -> None:
        self.waiter: Waiter | None = waiter
        self.when = when


class Deadlines:
    """Wakes waiters. `call_at` and `now` are the loop's."""

    def __init__(self, now: Callable[[], float], call_at: Callable[[float, Callable[[], None]], Handle]) -> None:
        self.now = now
        self._call_at = call_at
        self._heap: list[tuple[float, int, Alarm]] = []
        self._order = count()
        self._timer: Handle | None = None
        self._timer_at = inf

    def wake_at(self, waiter: Waiter, when: float) -> None:
        """Wake a waiter at `when`, or earlier if that was asked for before."""
        if waiter.alarm is not None and waiter.alarm.when <= when:
            return
        self.forget(waiter)
        if when < inf:
            waiter.alarm = Alarm(waiter, when)
            heapq.heappush(self._heap, (when, next(self._order), waiter.alarm))
            self._arm()

    def forget(self, waiter: Waiter) -> None:
        """Wake it no more."""
        if waiter.alarm is not None:
            waiter.alarm.waiter = None
            waiter.alarm = None

    def _arm(self, not_before: float = 0.0) -> None:
        earliest = max(self._heap[0][0], not_before) if self._heap else inf
        if earliest >= self._timer_at:
            return
        if self._timer:
            self._timer.cancel()
        self._timer_at = earliest
        self._timer = self._call_at(earliest, self._ring)

    def _ring(self) -> None:
        self._timer, self._timer_at = None, inf
        now = self.now()
        due = []
        while self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[2])
        # Who wants to be woken at once is woken in a later turn: the loop runs between.
        for alarm in due:
            if (waiter := alarm.waiter) is not None:
                self.forget(waiter)
                again = contained(waiter, waiter.wake, now)
                if again is not None:
                    self.wake_at(waiter, max(again, now + MILLISECOND))
        # uvloop rounds, and rings a little early: to ask it for the rest at once would have it ring until that is over.
        self._arm(not_before=now + MILLISECOND)
