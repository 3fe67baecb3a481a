"""The way to a room, without one."""

import asyncio

import pytest

from gateway.client.link import Link

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
    monkeypatch.setattr(type(world.session), "is_full", True)
    saying = asyncio.create_task(link.say("one too many"))
    for _ in range(3):
        link.command("/who")  # something moves
        for _ in range(5):
            await asyncio.sleep(0)
    assert (saying.done(), world.pending) == (False, [])
    monkeypatch.setattr(type(world.session), "is_full", False)
    link.command("/who")
    await saying
    assert world.pending == ["one too many"]
