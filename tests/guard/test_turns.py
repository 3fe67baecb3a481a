"""The turns of input, with a clock and a loop that the test holds."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from gateway.guard.turns import SLICE_SECONDS, Turns

from ..fakes import NeverBlamed


class Loop:
    """A clock that stands still, and what is to run in the next turn."""

    def __init__(self) -> None:
        self.time = 0.0
        self.soon: list[Callable[[], None]] = []

    def turn(self) -> None:
        soon, self.soon = self.soon, []
        for call in soon:
            call()


class Worker(NeverBlamed):
    """Has so many things to do, each of which takes a while."""

    def __init__(self, loop: Loop, turns: Turns, left: int, seconds: float, lane: str = "") -> None:
        self.loop, self.turns, self.left, self.seconds = loop, turns, left, seconds
        self.lane = lane or str(id(self))
        self.done_in: list[int] = []

    def go_on(self) -> None:
        done = 0
        with self.turns:
            while self.left:
                if self.turns.is_over():
                    self.turns.line_up(self, self.lane)
                    break
                self.left -= 1
                done += 1
                self.loop.time += self.seconds
        self.done_in.append(done)


def turns() -> tuple[Loop, Turns]:
    loop = Loop()
    return loop, Turns(lambda: loop.time, lambda call: loop.soon.append(call))


def test_of_many_busy_lanes_each_keeps_a_bystander_for_a_moment() -> None:
    """200 addresses with 58 KB of telnet each kept everybody else for a second: each lane had a slice of its own."""
    loop, line = turns()
    busy = [Worker(loop, line, 10_000, 0.0001) for _ in range(200)]
    for worker in busy:
        worker.go_on()
    while not all(worker.done_in for worker in busy):
        loop.turn()
    bystander, begin = Worker(loop, line, 1, 0.0001), loop.time
    bystander.go_on()
    while bystander.left:
        loop.turn()
    assert loop.time - begin < 0.1


def test_one_read_is_done_in_slices() -> None:
    loop, line = turns()
    worker = Worker(loop, line, 1000, SLICE_SECONDS / 10)
    worker.go_on()
    while worker.left:
        before = loop.time
        loop.turn()
        assert loop.time - before < 1.2 * SLICE_SECONDS
    assert sum(worker.done_in) == 1000


def test_all_together_have_one_slice_a_turn_and_go_on_in_order() -> None:
    loop, line = turns()
    workers = [Worker(loop, line, 30, SLICE_SECONDS / 10) for _ in range(10)]
    for worker in workers:  # all in one turn of the loop
        worker.go_on()
    assert sum(worker.done_in[0] for worker in workers) <= 12
    order = []
    while any(worker.left for worker in workers):
        counts = [len(worker.done_in) for worker in workers]
        before = loop.time
        loop.turn()
        assert loop.time - before < 1.2 * SLICE_SECONDS
        order += [number for number, worker in enumerate(workers) if len(worker.done_in) > counts[number]]
    assert order[:20] == [*range(10), *range(10)]


def test_a_crowd_of_one_address_keeps_another_waiting_for_one_of_them() -> None:
    loop, line = turns()
    crowd = [Worker(loop, line, 100, 4 * SLICE_SECONDS, "198.51.100.1") for _ in range(60)]
    bystander = Worker(loop, line, 1, 0.0, "203.0.113.1")
    for worker in (*crowd, bystander):
        worker.go_on()
    while bystander.left:
        loop.turn()
    assert loop.time <= 3 * 4 * SLICE_SECONDS
    while any(worker.left for worker in crowd):
        loop.turn()
    assert [sum(worker.done_in) for worker in crowd] == [100] * 60


def test_time_begins_anew_when_something_comes_after_a_while() -> None:
    loop, line = turns()
    with line:
        assert not line.is_over()
    loop.time += 1
    with line:
        assert not line.is_over()
    assert loop.soon == [], "no turn of the loop was asked for"


def test_who_takes_long_has_used_its_time() -> None:
    loop, line = turns()
    with line:
        loop.time += 1
    assert loop.soon, "it is known at the end of what it did"
    with line:
        assert line.is_over(), "others who come in the same turn of the loop wait"
    loop.turn()
    assert not line.is_over()
    loop.turn()
    assert loop.soon == []


async def test_an_errand_is_done_in_the_same_line() -> None:
    loop, line = turns()

    def work(number: int) -> int:
        loop.time += SLICE_SECONDS
        if number == 2:
            raise ValueError(number)
        return number

    crowd = [asyncio.ensure_future(line.do("crowd", partial(work, number))) for number in range(5)]
    crowd.append(asyncio.ensure_future(line.do("bystander", partial(work, 7))))
    await asyncio.sleep(0)
    assert [each.done() for each in crowd] == [True, False, False, False, False, False]
    crowd[1].cancel()
    for done in ({0, 1}, {0, 1, 5}, {0, 1, 2, 5}):
        loop.turn()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert {number for number, each in enumerate(crowd) if each.done()} >= done
    while not all(each.done() for each in crowd):
        loop.turn()
        await asyncio.sleep(0)
    assert crowd[1].cancelled()
    assert isinstance(crowd[2].exception(), ValueError)
    assert [crowd[number].result() for number in (0, 3, 4, 5)] == [0, 3, 4, 7]


async def test_an_errand_that_fails_leaves_nothing_to_the_garbage_collector() -> None:
    loop, line = turns()

    class What:
        """What a peer sent."""

    def take_all() -> None:
        loop.time += SLICE_SECONDS

    async def ask() -> weakref.ref[What]:
        what = What()

        def fail(what: What = what) -> None:
            raise ValueError

        kept = weakref.ref(what)
        await line.do("another's", take_all)
        with suppress(ValueError):
            await line.do("somebody's", fail)
        return kept

    gc.disable()
    try:
        asked = asyncio.ensure_future(ask())
        await asyncio.sleep(0)
        assert not asked.done()
        loop.turn()
        assert (await asked)() is None
    finally:
        gc.enable()
