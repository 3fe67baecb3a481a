"""The line of what is asked of the store."""

import asyncio
import json

import pytest

from gateway.questions import OURS
from gateway.stores import StoreError
from gateway.stores.memory import MemoryStore

from .doors import DOORS, Peer
from .fakes import Scene, scene


class SlowStore(MemoryStore):
    """Each name takes a step of the test's to be claimed."""

    def __init__(self) -> None:
        super().__init__(1000, 10**6)
        self.steps = asyncio.Semaphore(0)
        self.claimed: list[str] = []

    async def claim(self, name: str, owner: str) -> bool:
        await self.steps.acquire()
        self.claimed.append(name)
        return await super().claim(name, owner)


def come(door: str, here: Scene, host: str, name: str) -> Peer:
    """Somebody comes and wants a name, which is not waited for."""
    peer = DOORS[door](here, host, name)
    if door == "/say":
        visits.append(asyncio.ensure_future(peer.ask("hi")))
    else:
        peer.connect()
        peer.send(json.dumps({"type": "hello", "name": name}) if door == "json" else f"/name {name}")
    return peer


visits: list[asyncio.Future[str]] = []


@pytest.mark.parametrize("door", ["raw", "json", "/say"])
async def test_a_crowd_of_one_address_waits_for_itself(door: str) -> None:
    store = SlowStore()
    async with scene(store) as here:
        for number in range(20):
            come(door, here, "203.0.113.9", f"Mob{number}")
        await here.settle()
        come("json", here, "198.51.100.7", "Ann")
        for _ in range(3):
            await here.settle()
            store.steps.release()
        await here.settle()
        assert "Ann" in store.claimed
        assert len(store.claimed) == 3
        for _ in range(20):
            store.steps.release()
        await here.settle()
        assert len(store.claimed) == 21
        while visits:
            await visits.pop()


async def test_a_visitor_hears_what_came_of_its_question() -> None:
    async def fails() -> None:
        raise StoreError("gone", "the disk is full")

    async def breaks() -> None:
        raise RuntimeError("a fault")

    async def answers() -> int:
        return 7

    async with scene() as here:
        assert await here.room.questions.answer(OURS, answers) == 7
        with pytest.raises(StoreError):
            await here.room.questions.answer(OURS, fails)
        with pytest.raises(asyncio.CancelledError):
            await here.room.questions.answer(OURS, breaks)
        left = asyncio.ensure_future(here.room.questions.answer(OURS, answers))
        await asyncio.sleep(0)
        left.cancel()
        assert await here.room.questions.answer(OURS, answers) == 7  # the line goes on
