"""Plain requests; with real clients in e2e/test_api."""

import asyncio
import json
from collections.abc import Sequence

from gateway.addresses import network_of
from gateway.messages import Draft
from gateway.room.inbox import MAX_BYTES
from gateway.room.sanctions import Note, network_subject
from gateway.room.whom import visitor_owner
from gateway.stores.memory import MemoryStore

from ..books import holders
from ..doors import SayPeer
from ..fakes import WaitingNames, a_store, scene


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


async def test_a_ban_reaches_who_waits_for_its_name() -> None:
    """Of a crowd that took names, 400 more said something after the operator had read that its address was banned."""
    store = a_store()
    names = store.names = WaitingNames()
    async with scene(store, rate=0.0, rate_kib=0.0, admin_password="secret") as here:
        crowd = [asyncio.ensure_future(SayPeer(here, "203.0.113.9", f"N{number}").ask("x")) for number in range(50)]
        await here.settle()
        assert names.asked == 1
        note = Note("203.0.113.9", "Op", 0)
        ordering = asyncio.ensure_future(
            here.house.moderation.order({network_subject("ban", network_of("203.0.113.9")): note})
        )
        await here.settle()
        await ordering
        names.may_go_on.set()
        told = [json.loads(each) for each in await asyncio.gather(*crowd)]
        assert {(each["status"], each["code"]) for each in told} == {(403, "you-are-banned")}
        assert names.asked == 1
        assert store.head == 0
        assert await store.names.recall(visitor_owner("203.0.113.9", "N0")) == "N0"
        assert holders(store) == set()
