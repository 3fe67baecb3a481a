"""Nodes of one room in NATS whose machines' clocks are off: what none of them may end for all the others.

The whole server, in this process: so its machine's clock can be handed in.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import pytest

from gateway.config import Settings
from gateway.room.expiry import DAY
from gateway.room.sanctions import Note, encode_note
from gateway.serving import server
from gateway.serving.ports import PORTS
from gateway.serving.server import Server
from gateway.stores import Store
from gateway.stores.jetstream import JetStreamStore
from gateway.stores.jetstream.nats import Place
from gateway.stores.wall import machine_time

from ..nats import NatsServer, url
from ..samples import a_draft

HOUR = 3_600_000


class Room:
    """A room of its own, and nodes of it, which keep messages for seven days."""

    def __init__(self, nats: NatsServer) -> None:
        self._place = Place.parse(url([nats], secrets.token_hex(4)))

    async def store(self, off: int = 0) -> JetStreamStore:
        """As a node has it whose machine's clock is so far off."""
        return await JetStreamStore.open(self._place, 1000, 10**6, 65536, machine=lambda: machine_time() + off)

    @asynccontextmanager
    async def node(self, off: int) -> AsyncIterator[Server]:
        """A whole one."""

        async def opened(_: Settings) -> Store:
            return await self.store(off)

        chosen: dict[str, Any] = {"keep_days": 7, **{port.setting: 0 for port in PORTS}}
        with patch.object(server, "open_store", opened):
            running = Server(Settings(**chosen))
            await running.start()
        try:
            yield running
        finally:
            await running.stop()


@pytest.fixture
async def room(nats: NatsServer) -> Room:
    return Room(nats)


@pytest.mark.parametrize("off", [10 * DAY, 1000 * DAY, -10 * DAY])
async def test_a_node_erases_nothing_that_is_not_too_old(room: Room, off: int) -> None:
    """It did so for all as it started."""
    store = await room.store()
    now = machine_time()
    await store.append([a_draft("too old", at=now - 8 * DAY), a_draft("young", at=now - 6 * DAY)])
    for each in (off, 0):
        async with room.node(each):
            texts = [message.text for message in await store.read(0, 10)]
        assert texts[-1:] == ["young"]
        if off > 0 or not each:
            assert texts == ["young"], "by the clock of all"
    await store.close()


@pytest.mark.parametrize("off", [HOUR, 10 * DAY, -HOUR])
async def test_a_node_lifts_nothing_that_is_not_over(room: Room, off: int) -> None:
    store = await room.store()
    now = machine_time()
    notes = {
        "address:192.0.2.1": Note("Mal", "Op", now + HOUR // 2),
        "mute:address:192.0.2.1": Note("Mal", "Op", now + HOUR // 2),
        "address:192.0.2.2": Note("Bob", "Op", now - 2 * HOUR),
    }
    for subject, note in notes.items():
        await store.bans.put(subject, encode_note(note))
    async with room.node(off) as node:
        moderation = node._house.moderation
        await node._reconciler._keep()
        assert moderation.bars("192.0.2.1", "by")
        assert moderation.mute_of("192.0.2.1", "by") is not None
        assert not moderation.bars("192.0.2.2", "by")
        assert [*await store.bans.all()] == [*notes][:2]
    await store.close()


@pytest.mark.parametrize("off", [HOUR, -HOUR])
async def test_what_is_said_by_a_node_has_the_time_of_all(room: Room, off: int) -> None:
    async with room.node(off) as node:
        house = node._house
        assert abs(house.wall() - machine_time()) < HOUR // 2
        assert house.moderation.wall == house.wall


async def test_a_server_of_nats_whose_clock_is_ahead_ends_nothing_either(room: Room) -> None:
    """It looks so to a node whose own is behind by as much: which of them is wrong it can't know."""
    store = await room.store()
    now = machine_time()
    await store.append([a_draft("young by the machine's clock", at=now - 12 * DAY)])
    await store.bans.put("address:192.0.2.1", encode_note(Note("Mal", "Op", now - 9 * DAY)))
    async with room.node(-10 * DAY) as node:
        await node._reconciler._keep()
        assert len(await store.read(0, 10)) == 1
        assert len(await store.bans.all()) == 1
    await store.close()
