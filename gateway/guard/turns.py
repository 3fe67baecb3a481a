"""The input of all members, in turns of some milliseconds: no peer holds the loop, and no crowd of them does.

1. What members do with what they read lasts SLICE_SECONDS in one turn of the loop, all of them together, and the one
   request more that was begun.
2. Who has not done all by then is not read, and goes to the back of the line. There is a lane for each address, and
   they take turns: a thousand connections of one keep others waiting no longer than one does. They share the slice: of
   many busy lanes each has LEAST_SECONDS at a time.
3. What is no member and has work of that kind MUST have it done by `do`, in the same line.
4. Whoever works does it `with` the turns: who comes next has to know when the time is used up, whatever ends the work.
"""

from asyncio import Future, get_running_loop
from collections.abc import Callable
from math import inf
from typing import Generic, Protocol, TypeVar

from ..faults import Blamed, contained
from .lanes import Lanes

SLICE_SECONDS = 0.005
LEAST_SECONDS = 0.00025

T = TypeVar("T")


class Worker(Blamed, Protocol):
    """Someone with input."""

    def go_on(self) -> None:
        """It is your turn again."""


class _Errand(Generic[T]):
    """One thing to do, for who waits for it."""

    def __init__(self, job: Callable[[], T]) -> None:
        self._job = job
        self.done: Future[T] = get_running_loop().create_future()

    def go_on(self) -> None:
        """Do it, unless nobody waits any more; what it raises is for who waits."""
        done = self.done
        del self.done  # the error holds the frames that it went through, these hold us: nothing may hold it there
        try:
            if not done.done():
                done.set_result(self._job())
        except Exception as fault:  # noqa: BLE001 - raised where it is waited for
            done.set_exception(fault)
        finally:
            del done

    def fail(self) -> None:
        """See Blamed. It has failed by itself."""

    cut = fail


class Turns:
    """The line. `now` is the loop's clock, `call_soon` its way to run something in the next turn."""

    def __init__(self, now: Callable[[], float], call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._now = now
        self._call_soon = call_soon
        self._waiting: Lanes[Worker] = Lanes()
        self._end = -inf  # of the time that is for input now
        self._is_due = False  # the next turn is asked for

    def __enter__(self) -> None:
        """There is input. New time begins for it if the last one has passed and nobody has used it up."""
        if not self._is_due and (now := self._now()) >= self._end:
            self._end = now + SLICE_SECONDS

    def __exit__(self, *raised: object) -> None:
        """What was done is known from here on."""
        self.is_over()

    def is_over(self) -> bool:
        """Whether this turn's time is used up; asked before each thing that is done, within."""
        if self._now() < self._end:
            return False
        self._ask_for_turn()
        return True

    def _ask_for_turn(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._call_soon(self._take_turns)

    def line_up(self, worker: Worker, lane: str) -> None:
        """Let it go on in a later turn."""
        self._waiting.put(lane, worker)

    async def do(self, lane: str, job: Callable[[], T]) -> T:
        """Do something with what came, when its turn has come, and wait for it. Raises what it raises."""
        with self:
            if not self.is_over():
                return job()
        errand = _Errand(job)
        self.line_up(errand, lane)
        return await errand.done

    def _take_turns(self) -> None:
        """A new turn of the loop."""
        self._is_due = False
        end = self._now() + SLICE_SECONDS
        share = max(LEAST_SECONDS, SLICE_SECONDS / max(1, self._waiting.lanes))
        for _ in range(len(self._waiting)):
            self._end = min(end, self._now() + share)
            worker = self._waiting.take()
            contained(worker, worker.go_on)
            if self._now() >= end:
                break
        self._end = end
        if self._waiting:
            self._ask_for_turn()
