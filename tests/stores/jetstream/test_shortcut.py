"""The short way against nats-py's own, by the real nats-server."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from nats import connect
from nats.aio.msg import Msg
from nats.aio.transport import TcpTransport

from gateway.config import LoopName
from gateway.serving.loops import loop_factory
from gateway.stores.jetstream.nats import Link, Place, status_of
from gateway.stores.jetstream.shortcut import ShortcutClient

from ...nats import NatsServer, url
from ...patience import PATIENCE
from ...tables import each_of


@pytest_asyncio.fixture
async def client(nats: NatsServer) -> AsyncIterator[ShortcutClient]:
    client = ShortcutClient()
    await client.connect(f"nats://127.0.0.1:{nats.port}")
    yield client
    await client.close()


class Ear:
    """What comes to a subject, by either way."""

    def __init__(self) -> None:
        self.by_callback: list[Msg] = []
        self.taken: list[tuple[bytes, bytes, bytes]] = []
        self._came = asyncio.Event()

    async def hear(self, message: Msg) -> None:
        self.by_callback.append(message)
        self._came.set()

    def take(self, reply: bytes, headers: bytes, data: bytes) -> None:
        self.taken.append((reply, headers, data))
        self._came.set()

    async def has(self, count: int) -> None:
        """Wait for so many."""
        async with asyncio.timeout(PATIENCE):
            while len(self.by_callback) + len(self.taken) < count:
                self._came.clear()
                await self._came.wait()


def head(headers: dict[str, str]) -> bytes:
    """Headers as they are on the wire."""
    return "".join(["NATS/1.0\r\n", *(f"{name}: {value}\r\n" for name, value in headers.items()), "\r\n"]).encode()


async def test_both_ways_hear_the_same(client: ShortcutClient) -> None:
    long, short = Ear(), Ear()
    await client.subscribe("here", cb=long.hear)
    client.short_cut(await client.subscribe("here", cb=short.hear), short.take)
    headers = {"Nats-Msg-Id": "a.1", "Two": "2"}
    await client.publish("here", b"plain")
    await client.publish("here", "你好".encode(), reply="there", headers=headers)
    await client.publish("here", b"", headers=headers)
    await long.has(3)
    await short.has(3)
    assert short.by_callback == []
    assert [(reply.decode(), data) for reply, _, data in short.taken] == [
        (message.reply, message.data) for message in long.by_callback
    ]
    assert [headers for _, headers, _ in short.taken] == [b"", head(headers), head(headers)]


async def test_what_is_published_by_the_short_way_is_as_by_the_long(nats: NatsServer, client: ShortcutClient) -> None:
    ear = Ear()
    other = await connect(f"nats://127.0.0.1:{nats.port}")
    await other.subscribe("here", cb=ear.hear)
    await other.flush()
    said = [({"Nats-Msg-Id": f"k{number}", "N": str(number)}, f"text {number} 😀".encode()) for number in range(1000)]
    await client.publish_all("here", [(head(headers), data) for headers, data in said])
    await client.publish("here", b"last")
    await ear.has(len(said) + 1)
    assert [(message.headers, message.data) for message in ear.by_callback] == [*said, (None, b"last")]
    await other.close()


async def test_a_status_comes_by_the_callback(client: ShortcutClient) -> None:
    ear = Ear()
    client.short_cut(await client.subscribe("answers", cb=ear.hear), ear.take)
    await client.publish("nobody.is.here", b"?", reply="answers")
    await ear.has(1)
    assert ear.taken == []
    assert [status_of(message.headers) for message in ear.by_callback] == ["503"]


async def test_the_short_way_ends(client: ShortcutClient) -> None:
    ear = Ear()
    subscription = await client.subscribe("here", cb=ear.hear)
    client.short_cut(subscription, ear.take)
    client.forget(subscription)
    await client.publish("here", b"by the callback")
    await ear.has(1)
    assert ear.taken == []
    assert [message.data for message in ear.by_callback] == [b"by the callback"]


@each_of(
    ("headers", "found"),
    [
        (b"NATS/1.0\r\n\r\n", {}),
        (b"NATS/1.0 404 No Messages\r\n\r\n", {"Status": "404", "Description": "No Messages"}),
        (b"NATS/1.0 503\r\n\r\n", {"Status": "503", "Description": ""}),
        (
            b"NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 7\r\nNats-Pending-Bytes: 0\r\n\r\n",
            {"Status": "408", "Description": "Request Timeout", "Nats-Pending-Messages": "7"},
        ),
        (b"NATS/1.0\r\nStatus: 503\r\nNats-Sequence: x\r\nNats-Sequence: 5\r\n\r\n", {"Nats-Sequence": "5"}),
        (b"NATS/1.0 \xff \xff" + b"x" * 9999, {"Status": "\ufffd", "Description": "\ufffd" + "x" * 244}),
        (b"Nats-Sequence: 5", {}),
        (b"\r\nNats-Sequence:", {}),
    ],
)
async def test_of_headers_only_what_we_go_by_is_looked_up(headers: bytes, found: dict[str, str]) -> None:
    assert await ShortcutClient()._process_headers(headers) == found


async def test_what_takes_what_came_may_raise_and_more_is_heard(client: ShortcutClient) -> None:
    """nats-py heard nothing any more, and seemed to be well."""
    ear = Ear()

    def take(reply: bytes, headers: bytes, data: bytes) -> None:
        if data == b"bad":
            raise ZeroDivisionError
        ear.take(reply, headers, data)

    client.short_cut(await client.subscribe("here", cb=ear.hear), take)
    await client.publish("here", b"bad")
    await client.publish("here", b"good")
    await ear.has(1)
    assert [data for _, _, data in ear.taken] == [b"good"]


@pytest.mark.parametrize("loop", ["uvloop", "epoll"])
def test_it_ends_with_what_it_could_not_send_any_more(nats: NatsServer, loop: LoopName) -> None:
    """NATS ends, and then we do: uvloop calls it a RuntimeError to write to what was lost."""

    async def lost() -> None:
        link = await Link.open(Place.parse(url([nats], secrets.token_hex(4))))
        connection = link.client._transport
        assert isinstance(connection, TcpTransport)
        assert connection._io_writer is not None
        connection._io_writer.transport.abort()
        async with asyncio.timeout(PATIENCE):
            while link.client.is_connected:
                await asyncio.sleep(0)
        await link.client.publish("a", b"")
        await link.close()

    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        runner.run(lost())
