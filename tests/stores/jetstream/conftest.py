"""Nodes of a room on a real nats-server."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gateway.stores.jetstream import JetStreamStore
from gateway.stores.jetstream.nats import Place

from ...nats import NatsServer, url

Open = Callable[[], Awaitable[JetStreamStore]]


@pytest.fixture
async def node(nats: NatsServer) -> AsyncIterator[Open]:
    """Opens nodes of one room."""
    place = Place.parse(url([nats], secrets.token_hex(4)))
    opened: list[JetStreamStore] = []

    async def factory() -> JetStreamStore:
        opened.append(await JetStreamStore.open(place, 1000, 10**6, 65536))
        return opened[-1]

    yield factory
    for store in opened:
        await store.close()
