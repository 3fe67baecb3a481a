"""The way to a room, without one."""

import asyncio

import pytest

from gateway.client.link import Link

from ..patience import PATIENCE
from .world import Json


class Idle(Link):
    """On which nothing moves."""

    async def close(self) -> None: ...

    async def finish(self) -> None: ...

    async def _visit(self) -> None: ...

    async def _write(self, data: bytes) -> None: ...

    def _abort(self) -> None: ...


async def test_who_says_more_than_may_be_pending_waits_until_it_may_whatever_else_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = Json()
    link = Idle(world.session)
    monkeypatch.setattr(type(world.session.ledger), "is_full", True)
    saying = asyncio.create_task(link.say("one too many"))
    for _ in range(3):
        link.command("/who")  # something moves
        for _ in range(5):
            await asyncio.sleep(0)
    assert (saying.done(), world.pending) == (False, [])
    monkeypatch.setattr(type(world.session.ledger), "is_full", False)
    link.command("/who")
    await saying
    assert world.pending == ["one too many"]


async def test_who_was_there_before_does_not_hurry_it_now() -> None:
    link = Idle(Json().session)
    link.hurry()
    pausing = asyncio.create_task(link._pause(60))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not pausing.done()
    link.hurry()
    async with asyncio.timeout(PATIENCE):
        await pausing


@pytest.mark.parametrize("sign", ["is_silent", "_is_dead"])
async def test_a_connection_that_is_dead_is_left_however_that_is_known(
    sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Json().session
    link = Idle(session)
    left: list[str] = []
    monkeypatch.setattr(type(session), "beat_in", lambda self, now: 0)
    monkeypatch.setattr(type(session) if sign == "is_silent" else Idle, sign, lambda *_: True)
    monkeypatch.setattr(Idle, "_abort", lambda self: left.append("left"))
    async with asyncio.timeout(PATIENCE):
        await link._beat()
    assert left == ["left"]
