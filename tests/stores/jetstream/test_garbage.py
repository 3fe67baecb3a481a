"""What somebody with a gateway's rights on NATS may put there: it stops no gateway, now or at its next start."""

import asyncio
import secrets

import pytest

from gateway.messages import Hole, Message
from gateway.stores.jetstream import JetStreamStore
from gateway.stores.jetstream.nats import Place
from gateway.stores.nodes import Census, Event

from ...nats import NatsServer, url
from ...samples import a_draft

HEADERS = [
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
            writer.write(b"HPUB %b %d %d\r\n%b%b\r\n" % (subject, len(headers), len(headers) + 2, headers, b"hi"))
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
    async with asyncio.timeout(20):
        await store.append([a_draft("before")])
        following = asyncio.create_task(followed(store, 0, "after"))
        await publish(nats, f"chat.{place.room}".encode())
        await store.append([a_draft("after")])
        again = await opened(place)  # as a gateway does that starts
        for got in (await following, await followed(again, 0, "after")):
            assert [each.text for each in got if isinstance(each, Message)] == ["before", "after"]
            assert sum(each.last - each.first + 1 for each in got if isinstance(each, Hole)) == len(HEADERS) + 1
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
    async with asyncio.timeout(8):
        await publish(nats, f"chat-nodes.{place.room}".encode())
        other.nodes.tell(Census(7, ()))
        await came.wait()
        await store.append([a_draft("well")])
    for each in (store, other):
        await each.close()


@pytest.mark.parametrize("bucket", ["bans", "names", "leases"])
async def test_entries_of_a_bucket_are_passed_over(nats: NatsServer, place: Place, bucket: str) -> None:
    store = await opened(place)
    async with asyncio.timeout(20):
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
