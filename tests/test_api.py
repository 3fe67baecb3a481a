"""Plain requests; with real clients in e2e/test_api."""

import asyncio
import json
from collections.abc import Sequence

from gateway.inbox import MAX_BYTES
from gateway.messages import Draft
from gateway.stores.memory import MemoryStore

from .doors import SayPeer
from .fakes import scene


class StuckStore(MemoryStore):
    """Answers no append before it is told to."""

    def __init__(self) -> None:
        super().__init__(10**6, 10**9)
        self.may_go_on = asyncio.Event()

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        await self.may_go_on.wait()
        return await super().append(drafts)


async def test_what_is_refused_while_nothing_can_be_stored_is_not_kept() -> None:
    # Each draft was, though it was answered 503: 35 MB sent in 25 s were 150 MB of memory, and all said afterwards.
    store = StuckStore()
    async with scene(store, rate=0.0, rate_kib=0.0) as here:
        asking = [asyncio.ensure_future(SayPeer(here, "203.0.113.9").ask("x" * 60_000)) for _ in range(200)]
        await here.settle()
        assert here.room.inbox.size < MAX_BYTES + 60_300
        refused = [json.loads(each.result()) for each in asking if each.done()]
        assert {(each["status"], each["code"]) for each in refused} == {(503, "not-stored")}
        assert len(refused) > 50
        store.may_go_on.set()
        told = await asyncio.gather(*asking)
        assert store.head == told.count("") == len(asking) - len(refused)
