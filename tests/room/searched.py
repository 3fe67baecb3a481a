"""A log that is searched: what was said in it, and how long it takes to read or to compare it."""

import asyncio
from typing import Any

from gateway.messages import Message
from gateway.room.query import Query
from gateway.stores.memory import MemoryStore
from gateway.wires.answers import Found
from gateway.wires.events import Find

from ..fakes import Scene
from ..samples import a_draft

MANY = 10**9
NOON = 1_795_521_600_000  # 2026-11-24T12:00Z
DEAR_SECONDS = 0.000_4
"""That the dearest piece of a text takes."""


class Slow(MemoryStore):
    """Each slice takes a step of the test's to be read."""

    at_once = 100

    def __init__(self) -> None:
        super().__init__(MANY, MANY)
        self.steps = asyncio.Semaphore(0)
        self.reading = self.most = 0
        self.asked: list[tuple[int, int]] = []

    async def page(self, before: int, limit: int) -> list[Message]:
        self.asked.append((before, limit))
        self.reading += 1
        self.most = max(self.most, self.reading)
        found = await super().page(before, limit)
        await self.steps.acquire()
        self.reading -= 1
        return found


async def say(store: MemoryStore, *texts: str, **fields: Any) -> None:
    for start in range(0, len(texts), 1000):
        await store.append([a_draft(text, **fields) for text in texts[start : start + 1000]])


async def search(here: Scene, words: str, **fields: Any) -> Found:
    """Whatever anybody could look for."""
    query = Query.of(Find(words, **fields), here.room.store.head)
    return await here.room.finder.search(query, "lane", lambda: True, lambda _: None)


def seqs(found: Found) -> list[int]:
    return [message.seq for message in found.messages]


def make_dear(here: Scene) -> None:
    """Time passes by each piece of a text that is looked at, as it were."""

    def now() -> float:
        here.clock.pass_by(DEAR_SECONDS)
        return here.clock.now()

    async def rest(seconds: float) -> None:
        here.clock.pass_by(seconds)
        await asyncio.sleep(0)

    here.room.finder._now = now
    here.room.finder._sleep = rest
