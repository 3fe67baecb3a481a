"""A connection to NATS, where it is not NATS that answers; what it is for is in the tests of who uses it."""

import asyncio
import json

import msgspec
import pytest
from nats.aio.msg import Msg

from gateway.stores import StoreError
from gateway.stores.jetstream.nats import AwayError, DuplicateError, Link, Place

from ...client.server import server
from ...nats import NatsServer, url


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


@pytest.mark.parametrize(
    ("code", "err_code", "kind"),
    [
        (400, 10005, AwayError),  # a server of a cluster that has just begun does not know all others
        (503, 10008, AwayError),
        (400, 10201, DuplicateError),
        (400, 10025, StoreError),
    ],
)
async def test_what_jetstream_refuses_is_known_by_its_number(
    nats: NatsServer, code: int, err_code: int, kind: type[StoreError]
) -> None:
    """What is away is tried again, also by a start; of the rest an operator is told at once."""
    link = await Link.open(Place.parse(url([nats], "Room")))

    async def refuse(asked: Msg) -> None:
        error = {"code": code, "err_code": err_code, "description": "it refused"}
        await asked.respond(json.dumps({"error": error}).encode())

    await link.client.subscribe("asked", cb=refuse)
    with pytest.raises(StoreError, match="it refused") as refused:
        await link.ask(msgspec.Raw, "asked")
    assert type(refused.value) is kind
    await link.close()
