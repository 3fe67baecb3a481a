"""A room in a stream, on a real nats-server: what is stored once, though nobody heard that it is."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.msg import Msg

from gateway.messages import MAX_DELETED, MAX_SEQ, Draft, clean_text, deletion_of, say_key
from gateway.stores import EndedError, StoreError
from gateway.stores.jetstream import BYTES_OF_JSON, DELETION_BYTES, MESSAGE_OVERHEAD, JetStreamStore
from gateway.stores.jetstream.bucket import Bucket, Entry
from gateway.stores.jetstream.nats import Place
from gateway.stores.records import record_of

from ...nats import NatsServer, lone_server, url
from ...patience import PATIENCE
from ...samples import a_draft


@pytest.fixture
async def store(nats: NatsServer) -> AsyncIterator[JetStreamStore]:
    """A room of its own."""
    opened = await JetStreamStore.open(Place.parse(url([nats], secrets.token_hex(4))), 1000, 10**6, 65536)
    yield opened
    await opened.close()


@pytest.fixture
async def another(nats: NatsServer, store: JetStreamStore) -> AsyncIterator[JetStreamStore]:
    """The same room on another node, which has heard nothing of it."""
    opened = await JetStreamStore.open(Place.parse(url([nats], store._link.place.room)), 1000, 10**6, 65536)
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

    async def one(self: Bucket, key: str) -> Entry:
        raise AssertionError("one by one")

    monkeypatch.setattr(Bucket, "get", one)
    for _ in range(20):
        assert len(await store.bans.all()) == 299


class Spied:
    """How a stream is published to, counted, by the texts of what is; `failing` is not stored."""

    def __init__(self, store: JetStreamStore, monkeypatch: pytest.MonkeyPatch, failing: str = "") -> None:
        stream = store._stream
        self.batches: list[int] = []
        self.singles: list[str] = []
        one, many = stream.publish, stream.publish_batch

        async def publish(draft: Draft, name: str) -> int:
            self.singles.append(draft.text)
            if draft.text == failing:
                raise StoreError("no answer in time")
            return await one(draft, name)

        async def publish_batch(drafts: Sequence[tuple[Draft, str]]) -> int:
            self.batches.append(len(drafts))
            return await many(drafts)

        monkeypatch.setattr(stream, "publish", publish)
        monkeypatch.setattr(stream, "publish_batch", publish_batch)


def keyed(text: str, owner: str = "ann's") -> Draft:
    return a_draft(text, key=say_key(owner, "", text), owner=owner)


async def test_what_is_said_again_and_again_in_one_group_costs_once(
    store: JetStreamStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    spied = Spied(store, monkeypatch)
    assert await store.append([keyed("a"), keyed("b"), keyed("a"), *[keyed("b")] * 197]) == [1, 2, 1] + [2] * 197
    assert (spied.batches, spied.singles) == ([2], [])


async def test_what_this_node_stored_or_heard_of_is_not_given_again(
    store: JetStreamStore, another: JetStreamStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """48 legal repeats a second of one connection had all that others said in that time synced one by one."""
    old = [keyed(f"{number}") for number in range(20)]
    await store.append(old)
    heard = 0
    async for batch in another.follow(0):
        heard += len(batch)
        if heard == 20:
            break
    for number, node in enumerate((store, another), 1):
        spied = Spied(node, monkeypatch)
        new = [keyed(f"new {number} {each}") for each in range(20)]
        assert (await node.append([*old, *new]))[:20] == [*range(1, 21)]
        assert (spied.batches, spied.singles) == ([20], [])


@pytest.mark.parametrize(
    ("old", "of", "batches", "singles"), [(1, 500, 20, 2), (200, 200, 40, 200), (20, 500, 40, 500)]
)
async def test_what_the_stream_alone_knows_is_found_by_halves_or_given_one_by_one(
    store: JetStreamStore, another: JetStreamStore, monkeypatch: pytest.MonkeyPatch, old: int, of: int, batches: int,
    singles: int,
) -> None:  # fmt: skip
    """It was halved until no half had any of it: 50 legal messages a second kept a node from all else."""
    said = [keyed(f"{number}", f"owner {number % 7}") for number in range(old)]
    await store.append(said)
    spied = Spied(another, monkeypatch)
    new = [keyed(f"new {number}", f"owner {number % 9}") for number in range(of - old)]
    step = len(new) // old
    mixed = [draft for at, one in enumerate(said) for draft in (one, *new[at * step : (at + 1) * step])]
    seqs = await another.append([*mixed, *new[old * step :]])
    assert len(set(seqs)) == len(seqs)
    assert {seqs[mixed.index(one)] for one in said} == {*range(1, old + 1)}
    assert len(spied.batches) <= batches
    assert len(spied.singles) <= singles
    for owner in range(9):
        texts = [message.text for message in await another.read(0, 1000) if message.owner == f"owner {owner}"]
        assert [text for text in texts if "new" in text] == [one.text for one in new if one.owner == f"owner {owner}"]


async def test_what_one_said_keeps_its_order_though_some_of_it_fails(
    store: JetStreamStore, another: JetStreamStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.stores.jetstream.storing.MAX_HALVINGS", 0)
    await store.append([keyed("old")])
    drafts = [keyed("old"), keyed("first"), keyed("second"), keyed("third"), keyed("of bob", "bob's")]
    with monkeypatch.context() as patch:
        Spied(another, patch, failing="first")
        with pytest.raises(StoreError):
            await another.append(drafts)
    await another.append(drafts)
    texts = [message.text for message in await another.read(0, 100)]
    assert [text for text in texts if text != "of bob"] == ["old", "first", "second", "third"]
    assert texts.count("of bob") == 1


@given(st.text(max_size=200).map(clean_text), st.text(max_size=32).map(clean_text))
def test_a_record_is_no_larger_than_is_reckoned_with(text: str, label: str) -> None:
    draft = a_draft(text, label=label, owner="o" * 64, origin="o" * 64)
    assert len(record_of(draft)) <= BYTES_OF_JSON * len(text.encode()) + MESSAGE_OVERHEAD


async def test_a_server_that_takes_too_little_is_named_at_the_start(tmp_path: Path) -> None:
    """One message of quotation marks was tried again for ever, and kept all others out."""
    server = lone_server(tmp_path, "max_payload: 100000")
    place = Place.parse(url([server], "room"))
    try:
        with pytest.raises(StoreError, match="its max_payload is 100000, and --max-text 65536 needs 133120: mend one"):
            await JetStreamStore.open(place, 100, 10**6, 65536)
        store = await JetStreamStore.open(place, 100, 10**6, 32768)
        await store.append([a_draft('"' * 32768), a_draft("\\" * 32768)])
        for count in (1, 2):
            with pytest.raises(StoreError, match="maximum payload exceeded"):
                await store.append([a_draft('"' * 65536)] * count)
        assert await store.append([a_draft("well")]) == [3]
        await store.close()
    finally:
        server.kill()


async def test_a_server_that_takes_too_little_for_a_deletion_is_named_at_the_start(tmp_path: Path) -> None:
    """The largest would be tried again for ever, and keep all others out."""
    largest = record_of(
        a_draft(deletion_of(range(MAX_SEQ - MAX_DELETED, MAX_SEQ)), kind="deleted", label="名" * 32, owner="o" * 64),
        {f"{seq:032x}": seq for seq in range(MAX_SEQ - MAX_DELETED, MAX_SEQ)},
    )
    assert len(largest) <= DELETION_BYTES + MESSAGE_OVERHEAD
    server = lone_server(tmp_path, "max_payload: 30000")
    try:
        with pytest.raises(StoreError, match="its max_payload is 30000, and to take messages back needs 37048"):
            await JetStreamStore.open(Place.parse(url([server], "room")), 100, 10**6, 8192)
    finally:
        server.kill()


async def test_a_connection_that_is_closed_for_good_ends_the_gateway(store: JetStreamStore) -> None:
    """It was tried again for ever, and nothing was: nats-py comes back from all but what it does not know."""
    client: Any = store._link.client
    await client._process_err("'Unknown Protocol Operation'")
    async with asyncio.timeout(PATIENCE):
        while not client.is_closed:
            await asyncio.sleep(0)
    with pytest.raises(EndedError, match="closed the connection for good: Unknown Protocol Operation; start again"):
        await store.append([a_draft("x")])
    with pytest.raises(EndedError):
        async for _ in store.follow(0):
            pass


async def test_credentials_that_end_are_read_again(store: JetStreamStore, caplog: pytest.LogCaptureFixture) -> None:
    """All gateways of one .creds file ended at the moment at which it did, though a new one lay there."""
    client: Any = store._link.client
    await client._process_err("'User Authentication Expired'")
    assert not client.is_connected
    async with asyncio.timeout(PATIENCE):
        while not client.is_connected:
            await asyncio.sleep(0.01)
    assert await store.append([a_draft("x")]) == [1]
    assert f"{store._link.place}: user authentication expired" in caplog.messages


async def test_a_wait_that_is_just_over_keeps_no_connection_from_coming_back(store: JetStreamStore) -> None:
    """It can't be put off, and what nats-py is told then ended the task that connects again."""
    link = store._link
    wait = asyncio.timeout(None)

    async def waits() -> None:
        async with wait:
            link._waits.add(wait)
            wait.reschedule(0)
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                await link._disconnected()
                raise
            finally:
                link._waits.discard(wait)

    with pytest.raises(TimeoutError):
        await waits()


async def test_a_fault_in_who_hears_is_told_and_it_hears_more(
    store: JetStreamStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = asyncio.Event()
    told: list[type[BaseException]] = []
    monkeypatch.setattr("gateway.stores.jetstream.nats.report", lambda fault: told.append(type(fault)))

    async def hear(message: Msg) -> None:
        if message.data == b"bad":
            raise ZeroDivisionError
        heard.set()

    async with store._link.inbox(hear) as inbox, asyncio.timeout(PATIENCE):
        await store._link.client.publish(inbox, b"bad")
        await store._link.client.publish(inbox, b"good")
        await heard.wait()
    assert told == [ZeroDivisionError]
    await store.check()
