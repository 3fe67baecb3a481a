"""What is pulled out of a stream, on a real nats-server."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from gateway.stores import StoreError
from gateway.stores.jetstream import JetStreamStore, consumer
from gateway.stores.jetstream.consumer import NONE_TIMES, Consumer
from gateway.stores.jetstream.nats import Link, Place

from ...nats import NatsServer, url
from ...patience import PATIENCE


@pytest.fixture
async def store(nats: NatsServer) -> AsyncIterator[JetStreamStore]:
    """A room with a ban."""
    opened = await JetStreamStore.open(Place.parse(url([nats], secrets.token_hex(4))), 1000, 10**6, 65536)
    await opened.bans.put("bob", "spam")
    yield opened
    await opened.close()


def answered_by(monkeypatch: pytest.MonkeyPatch, *statuses: bytes) -> None:
    """The first pulls are answered so, and the others by the server."""
    ask_for = consumer.ask_for
    due = list(statuses)

    async def ask(link: Link, whom: Consumer, inbox: str, **question: object) -> None:
        if not due:
            await ask_for(link, whom, inbox, **question)
            return
        head = b"NATS/1.0 %b\r\n\r\n" % due.pop(0)
        await link.client._send_command(b"HPUB %b %d %d\r\n%b\r\n" % (inbox.encode(), len(head), len(head), head))
        await link.client.flush()

    monkeypatch.setattr(consumer, "ask_for", ask)


@pytest.mark.parametrize("status", [b"409 Leadership Change", b"409 Consumer Deleted", b"500 Oops"])
async def test_what_may_not_be_all_is_a_failure(
    store: JetStreamStore, monkeypatch: pytest.MonkeyPatch, status: bytes
) -> None:
    """No bans would be in force."""
    answered_by(monkeypatch, status)
    with pytest.raises(StoreError, match=status[4:].decode()):
        await store.bans.all()
    assert await store.bans.all() == {"bob": "spam"}


async def test_who_is_not_heard_of_yet_is_asked_again(store: JetStreamStore, monkeypatch: pytest.MonkeyPatch) -> None:
    answered_by(monkeypatch, b"503", b"503")
    async with asyncio.timeout(PATIENCE):
        assert await store.bans.all() == {"bob": "spam"}


async def test_there_may_be_fewer_than_were_counted(store: JetStreamStore, monkeypatch: pytest.MonkeyPatch) -> None:
    none = b"404 No Messages"
    for told, expected in ((NONE_TIMES - 1, {"bob": "spam"}), (NONE_TIMES, {})):  # the server may be wrong about it
        answered_by(monkeypatch, *[none] * told)
        async with asyncio.timeout(PATIENCE):
            assert await store.bans.all() == expected
