"""A room in a stream, on a real nats-server: what is stored once, though nobody heard that it is."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from nats.js.kv import KeyValue

from gateway.messages import Draft
from gateway.stores import StoreError
from gateway.stores.jetstream import JetStreamStore
from gateway.stores.jetstream.nats import Place

from ...nats import NatsServer, url
from ...samples import a_draft


@pytest.fixture
async def store(nats: NatsServer) -> AsyncIterator[JetStreamStore]:
    """A room of its own."""
    opened = await JetStreamStore.open(Place.parse(url([nats], secrets.token_hex(4))), 100, 10**6, 65536)
    yield opened
    await opened.close()


def losing(answered: Callable[..., Awaitable[int]], times: int) -> Callable[..., Awaitable[int]]:
    """Stores it, but the first so many answers are lost."""

    async def publish(*what: Any) -> int:
        nonlocal times
        seq = await answered(*what)
        times -= 1
        if times >= 0:
            raise StoreError("no answer in time")
        return seq

    return publish


@pytest.mark.parametrize("count", [1, 2, 5])
async def test_what_was_stored_and_not_answered_is_there_once(store: JetStreamStore, count: int) -> None:
    """However often that is; with a key, as what is said by JSON has one, and without.

    Each time there is more to store than the time before, as the inbox gives it.
    """
    stream: Any = store._stream
    one, many = stream.publish, stream.publish_batch
    stream.publish, stream.publish_batch = losing(one, 3), losing(many, 3)
    drafts: list[Draft] = []
    seqs: list[int] = []
    while not seqs:
        number = len(drafts)
        drafts += [a_draft(f"{number + each}", key=b"k%d" % number if each == 1 else None) for each in range(count)]
        with suppress(StoreError):
            seqs = await store.append(drafts)
    assert [message.text for message in await store.read(0, 100)] == [draft.text for draft in drafts]
    assert seqs == list(range(1, len(drafts) + 1))
    assert len(drafts) > 3 * count
    stream.publish, stream.publish_batch = one, many
    await store.append([a_draft("again"), a_draft("again")])
    assert [message.text for message in await store.read(len(drafts), 100)] == ["again", "again"]


async def test_all_bans_are_read_at_once(store: JetStreamStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one 6,000 took longer than the store has for an answer: no gateway started any more."""
    for number in range(300):
        await store.bans.put(f"person {number}", "spam")
    await store.bans.delete("person 7")

    async def one(self: KeyValue, key: str) -> None:
        raise AssertionError("one by one")

    monkeypatch.setattr(KeyValue, "get", one)
    for _ in range(20):  # nats-py says now and then that there are none, before they come
        assert len(await store.bans.all()) == 299
