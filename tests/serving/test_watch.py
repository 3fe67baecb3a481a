"""What the metrics tell of how things are; with a real gateway in e2e/test_metrics."""

import os
from unittest.mock import patch

import pytest

from gateway.guard.holds import Hold
from gateway.serving import watch
from gateway.serving.watch import LAG_SECONDS, Lag, Process, Watch
from gateway.stores import StoreError
from gateway.stores.memory import MemoryStore

from ..doors import RawPeer
from ..fakes import scene
from ..test_metrics import values


async def test_how_late_the_loop_is_is_seen_at_each_look() -> None:
    async with scene() as here:
        lag = Lag(here.house)
        here.clock.pass_by(LAG_SECONDS * 4)
        found = values(here.room.metrics)
        assert (found["gateway_loop_lag_seconds_count"], found["gateway_loop_lag_seconds_sum"]) == (4, 0)
        here.clock.time += LAG_SECONDS + 0.3  # nobody had the time to ring
        here.clock.pass_by(0)
        found = values(here.room.metrics)
        assert found["gateway_loop_lag_seconds_count"] == 5
        assert found["gateway_loop_lag_seconds_sum"] == pytest.approx(0.3)
        assert lag.wake(here.clock.now()) == pytest.approx(here.clock.now() + LAG_SECONDS)  # too early: nothing is seen
        assert values(here.room.metrics)["gateway_loop_lag_seconds_count"] == 5
        here.room.deadlines.forget(lag)


@pytest.mark.parametrize("is_counted", sorted({watch._IS_COUNTED, False}))
async def test_descriptors_are_counted_with_and_without_a_linux_that_knows_them(is_counted: bool) -> None:
    process = Process()
    with patch.object(watch, "_IS_COUNTED", is_counted):
        await process.look()
        before = process._open
        held = [os.open(os.devnull, os.O_RDONLY) for _ in range(5)]
        try:
            await process.look()
        finally:
            for each in held:
                os.close(each)
    assert process._open == before + 5


async def test_who_has_gone_and_is_here_for_what_it_said_is_neither_behind_nor_stalled() -> None:
    async with scene() as here:
        gone, slow, speaker = (RawPeer(here, f"203.0.113.{number}") for number in range(3))
        for each in (gone, slow, speaker):
            await each.come()
        gone.member.hold(Hold.INBOX)
        gone.member.connection_lost(None)
        await speaker.say("hello")
        state = watch.state_of(here.house, None, 0)
        assert (state.members["raw"], state.stalled, state.lag) == (3, 0, 0)
        slow.transport.fill()
        await speaker.say("hello")
        state = watch.state_of(here.house, None, 0)
        assert (state.members["raw"], state.stalled, state.lag) == (3, 1, 1)
        slow.transport.empty()
        gone.member.let_go(Hold.INBOX)
        await here.settle()


class Unreachable(MemoryStore):
    """Nobody answers."""

    is_connected = False  # type: ignore[assignment]  # as of a store on a network

    async def look(self) -> None:
        """See Store."""
        raise StoreError("away")


async def test_a_store_that_does_not_answer_is_told_and_keeps_nothing_else_from_being_told() -> None:
    async with scene(Unreachable(100, 10**6)) as here:
        told = (await Watch(here.house, None, 3).expose()).decode()
    assert "gateway_nats_connected 0.0\n" in told
    assert "gateway_worker_restarts_total 3.0\n" in told
    assert "process_open_fds " in told
