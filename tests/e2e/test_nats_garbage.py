"""What somebody with a gateway's rights on NATS may put there: it stops no gateway, now or at its next start."""

import asyncio
import secrets
from typing import cast

import pytest
from nats.aio.msg import Msg

from gateway.messages import Hole, Message
from gateway.stores.jetstream import JetStreamStore
from gateway.stores.jetstream.entries import keys_of
from gateway.stores.jetstream.nats import Place
from gateway.stores.jetstream.shortcut import ShortcutClient
from gateway.stores.nodes import Census, Event
from gateway.tasks import end

from ..nats import NatsServer, url
from ..patience import PATIENCE
from ..samples import a_draft
from ..tables import in_worlds

DEEP = b"NATS/1.0\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 1500 + b"\r\n\r\n"
"""Mail in mail in mail, to whom takes headers for those of mail."""

HEADERS = [
    DEEP,
    b"NATS/1.0\r\nNats-Marker-Reason: x\r\n\r\n",
    b"NATS/1.0\r\nKV-Operation: FOO\r\n\r\n",
    b"NATS/1.0 100 Idle Heartbeat\r\n\r\n",
    b"NATS/1.0 100 FlowControl Request\r\n\r\n",
    b"NATS/1.0\r\n" + b"a:\r\n" * 15_000 + b"\r\n",
    b"NATS/1.0\r\n" + b"a" * 60_000 + b": b\r\n\r\n",
    *(b"A" * size + b"\r\n\r\n" for size in range(1, 10)),
    b"NATS/1.0 \xff\xff\xff\r\n\r\n",
    b"NATS/1.0 100\r\n\r\n",
    b"NATS/1.0 503 \xff\r\n\r\n",
    b"NATS/1.0\r\n\r\n",
    b"NATS/1.0\r\nNats-Sequence: x\r\nStatus: 408\r\n\r\n",
    b"NATS/1.0\r\n\xff: \xff\r\n:\r\n\r\n",
]


@pytest.fixture
async def place(nats: NatsServer) -> Place:
    """Where a room of its own is."""
    return Place.parse(url([nats], secrets.token_hex(4)))


async def opened(place: Place) -> JetStreamStore:
    return await JetStreamStore.open(place, 1000, 10**6, 65536)


async def publish(server: NatsServer, *subjects: bytes) -> None:
    """Publish garbage to each of these, and wait until the server has it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    await reader.readline()
    writer.write(b'CONNECT {"verbose":false,"headers":true}\r\n')
    for subject in subjects:
        for headers in HEADERS:
            for data in (b"hi", b""):
                size = len(headers), len(headers) + len(data)
                writer.write(b"HPUB %b %d %d\r\n%b%b\r\n" % (subject, *size, headers, data))
        writer.write(b"PUB %b \xff\xfe 2\r\nhi\r\n" % subject)
    writer.write(b"PING\r\n")
    while b"PONG" not in await reader.readline():
        pass
    writer.close()
    await writer.wait_closed()


async def followed(store: JetStreamStore, after: int, text: str) -> list[Message | Hole]:
    """All that comes until that is said."""
    got: list[Message | Hole] = []
    async for batch in store.follow(after):
        got += batch
        if any(isinstance(each, Message) and each.text == text for each in batch):
            break
    return got


async def test_records_of_the_stream_are_gaps(nats: NatsServer, place: Place) -> None:
    store = await opened(place)
    async with asyncio.timeout(PATIENCE):
        await store.append([a_draft("before")])
        following = asyncio.create_task(followed(store, 0, "after"))
        await publish(nats, f"chat.{place.room}".encode())
        await store.append([a_draft("after")])
        again = await opened(place)  # as a gateway does that starts
        for got in (await following, await followed(again, 0, "after")):
            assert [each.text for each in got if isinstance(each, Message)] == ["before", "after"]
            assert sum(each.last - each.first + 1 for each in got if isinstance(each, Hole)) == 2 * len(HEADERS) + 1
        for each in (store, again):
            assert [message.text for message in await each.page(10**6, 100)] == ["before", "after"]
            assert [message.text for message in await each.read(0, 100)] == ["before", "after"]
            assert store.skipped.count > 0
            await each.close()


async def test_words_of_nodes_are_passed_over(nats: NatsServer, place: Place) -> None:
    store, other = await opened(place), await opened(place)
    came = asyncio.Event()

    def hear(node: str, event: Event) -> None:
        if isinstance(event, Census) and event.members == 7:
            came.set()

    store.nodes.listen(hear)
    async with asyncio.timeout(PATIENCE):
        await publish(nats, f"chat-nodes.{place.room}".encode())
        other.nodes.tell(Census(7, ()))
        await came.wait()
        await store.append([a_draft("well")])
    for each in (store, other):
        await each.close()


@pytest.mark.parametrize("bucket", ["bans", "names", "leases"])
async def test_entries_of_a_bucket_are_passed_over(nats: NatsServer, place: Place, bucket: str) -> None:
    store = await opened(place)
    async with asyncio.timeout(PATIENCE):
        await store.bans.put("bob", "spam")
        subjects = [f"$KV.CHAT_{place.room}_{bucket}.{secrets.token_hex(8)}".encode() for _ in range(2)]
        await publish(nats, *subjects, subjects[0] + b"\xff")
        await store.append([a_draft("well")])
        assert await store.names.claim("Ann", "ann")
        again = await opened(place)
        for each in (store, again):
            assert await each.bans.all() == {"bob": "spam"}
            assert await each.names.recall("ann") == "Ann"
            await each.close()


@pytest.mark.parametrize("headers", HEADERS, ids=range(len(HEADERS)))
@pytest.mark.parametrize("data", [in_worlds(b""), b"x"])
async def test_a_record_under_each_key_that_is_read_stops_nobody(
    nats: NatsServer, place: Place, headers: bytes, data: bytes
) -> None:
    store = await opened(place)
    await store.bans.put("bob", "spam")
    assert await store.names.claim("Ann", "ann")
    buckets = f"$KV.CHAT_{place.room}_"
    names = [f"{buckets}names.{key}" for key in (*keys_of("Ann"), *keys_of("Bob"), "owner.ann", "owner.bob")]
    others = [f"{buckets}{bucket}.{key}" for bucket in ("bans", "names", "leases") for key in ("try", "x")]
    async with asyncio.timeout(PATIENCE):
        await put(nats, headers, data, *names, *others, f"{buckets}leases.{store._link.node}")
        again = await opened(place)
        for each in (store, again):
            assert await each.bans.all() == {"bob": "spam"}
            assert await each.names.recall("ann") is None
        await store.names._lease.renew()  # as it does in time
        await store.names._affirm("ann")
        assert not await again.names.claim("Ann", "another")
        assert await again.names.claim("Bob", "bob")
        assert not await store.names.claim("Bob", "another")
        await store.close()
        await again.close()


async def put(server: NatsServer, headers: bytes, data: bytes, *subjects: str) -> None:
    """Store a record of each of these subjects, and wait until the server has them."""
    client = ShortcutClient()
    await client.connect(f"nats://127.0.0.1:{server.port}")
    stored = asyncio.Event()
    left = len(subjects)

    async def hear(message: Msg) -> None:
        nonlocal left
        assert b'"seq"' in message.data, message.data
        left -= 1
        if not left:
            stored.set()

    await client.subscribe("stored", cb=hear)
    size = len(headers), len(headers) + len(data)
    for subject in subjects:
        await client._send_command(b"HPUB %b stored %d %d\r\n%b%b\r\n" % (subject.encode(), *size, headers, data))
    await client.flush()
    async with asyncio.timeout(PATIENCE):
        await stored.wait()
    await client.close()


async def test_bans_are_read_however_many_records_come_meanwhile(nats: NatsServer, place: Place) -> None:
    store = await opened(place)
    await store.bans.put("bob", "spam")
    client = ShortcutClient()
    await client.connect(f"nats://127.0.0.1:{nats.port}")
    flooding = asyncio.create_task(flood(client, f"$KV.CHAT_{place.room}_bans.z"))
    async with asyncio.timeout(PATIENCE):
        for _ in range(20):
            assert await store.bans.all() == {"bob": "spam"}
    await end(flooding)
    await client.close()
    await store.close()


async def flood(client: ShortcutClient, subject: str) -> None:
    while True:
        await client.publish(subject, b"", headers={"Nats-Marker-Reason": "x"})
        await asyncio.sleep(0.001)


async def test_bans_are_read_however_long_records_are(nats: NatsServer, place: Place) -> None:
    store = await opened(place)
    await put(nats, b"NATS/1.0\r\n\r\n", b"x" * 1_000_000, *(f"$KV.CHAT_{place.room}_bans.{n}" for n in range(30)))
    await store.bans.put("bob", "spam")
    async with asyncio.timeout(PATIENCE):
        assert await store.bans.all() == {"bob": "spam"}
    assert store.skipped.count == 30
    await store.close()


async def test_nodes_are_told_more_after_a_fault(nats: NatsServer, place: Place) -> None:
    """The task that tells died, and moderation stopped at this node."""
    store, other = await opened(place), await opened(place)
    came = asyncio.Event()

    other.nodes.listen(lambda node, event: came.set() if isinstance(event, Census) and event.members == 7 else None)
    store.nodes.tell(cast(Event, object()))
    store.nodes.tell(Census(7, ()))
    async with asyncio.timeout(PATIENCE):
        await came.wait()
    await store.close()
    await other.close()


async def test_the_stream_is_followed_however_long_records_are(nats: NatsServer, place: Place) -> None:
    """nats-server ended the connection of who asked for a thousand at once that are long."""
    store = await JetStreamStore.open(place, 1000, 10**8, 65536)
    await put(nats, b"NATS/1.0\r\n\r\n", b"x" * 1_000_000, *[f"chat.{place.room}"] * 30)
    await store.append([a_draft("after")])
    async with asyncio.timeout(PATIENCE):
        got = await followed(store, 0, "after")
    assert sum(each.last - each.first + 1 for each in got if isinstance(each, Hole)) == 30
    await store.close()
