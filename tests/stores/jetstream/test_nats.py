"""A connection to NATS, where it is not NATS that answers; what it is for is in the tests of who uses it."""

import asyncio

import pytest

from gateway.stores import StoreError
from gateway.stores.jetstream.nats import Link, Place

from ...client.server import server


async def test_a_server_that_takes_the_connection_and_says_nothing_is_left_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else one of three that hangs would keep a room from coming back, which two of them serve."""
    for name, seconds in (("CONNECT_SECONDS", 0.02), ("RECONNECT_SECONDS", 0.01)):
        monkeypatch.setattr(f"gateway.stores.jetstream.nats.{name}", seconds)
    visits = 0

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal visits
        visits += 1
        while await reader.read(65536):
            pass

    async with server(serve) as port:
        with pytest.raises(StoreError, match="does not answer in time"):
            await Link.open(Place.parse(f"nats://127.0.0.1:{port}/Room"))
    assert visits > 2
