"""A path on which nothing arrives any more, whatever was typed: the connection is lost, soon, and comes back."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

import pytest
from websockets.frames import Opcode

from gateway.client import dead, told
from gateway.client.framing import MARK, MARK_ANSWER
from gateway.client.link import Link

from .server import SECONDS, server
from .test_hostile import GREETING, WELCOME, event, shake_hands, tcp, ws


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is waited for takes a moment."""
    for module in ("json_session", "marks"):
        monkeypatch.setattr(f"gateway.client.{module}.QUIET_SECONDS", 0.2)
        monkeypatch.setattr(f"gateway.client.{module}.PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr("gateway.client.raw_session.BEAT_SECONDS", 0.05)
    for name in ("GREETING_SECONDS", "DOOR_SECONDS"):
        monkeypatch.setattr(f"gateway.client.raw.{name}", 0.2)


async def states_of(link: Link, heard: list[told.Told], *, say: str = "", until: Callable[[], bool]) -> list[str]:
    """The states of a link that says something once it is connected."""
    running = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(SECONDS):
            while not link.session.is_in:
                await asyncio.sleep(0.01)
            if say:
                await link.say(say)
            while not until():
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return [each.state for each in heard if isinstance(each, told.State)]


@pytest.mark.parametrize("say", ["", "something that is not acked"])
async def test_by_websocket_who_says_nothing_is_left(say: str) -> None:
    """Whatever is pending: HELD_SECONDS are for who has said that it can't store."""
    heard: list[told.Told] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        writer.write(event(**WELCOME))
        while await reader.read(65536):
            pass

    async with server(serve) as port:
        link = ws(port, heard.append, patience=SECONDS)
        await states_of(link, heard, say=say, until=lambda: told.State("lost", "closed") in heard)
    assert bool(link.session.ledger.pending) is bool(say)


async def test_by_websocket_who_can_not_store_is_waited_for() -> None:
    heard: list[told.Told] = []
    pings = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal pings
        await shake_hands(reader, writer)
        writer.write(event(**WELCOME) + event(type="notice", text="x", code="store-failed"))
        while data := await reader.read(65536):
            if pings > 1 and data[0] & 0x0F == Opcode.CLOSE:  # who waits for an answer to it waits two seconds
                return
            if data[0] & 0x0F == Opcode.TEXT:
                pings += 1
            if pings == 2:  # what was said, and a ping
                await asyncio.sleep(0.6)  # three times as long as anybody else is waited for
                writer.write(event(type="ack", id="1", seq=2))

    async with server(serve) as port:
        link = ws(port, heard.append, patience=SECONDS)
        states = await states_of(link, heard, say="kept", until=lambda: any(isinstance(e, told.Ack) for e in heard))
    assert states == ["connected"]


@pytest.mark.parametrize("answers", [True, False])
async def test_by_the_raw_wire_a_gateway_is_asked(answers: bool) -> None:
    heard: list[told.Told] = []
    marks = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal marks
        writer.write(GREETING + b"* you are now Ann\n\n")
        while data := await reader.read(65536):
            marks += data.count(MARK)
            if answers:
                writer.write(MARK_ANSWER * data.count(MARK))

    async with server(serve) as port:
        link = tcp(port, heard.append, patience=SECONDS)
        is_over = (lambda: marks > 3) if answers else (lambda: told.State("lost", "closed") in heard)
        states = await states_of(link, heard, say="hi", until=is_over)
    assert states[:2] == (["connected"] if answers else ["connected", "lost"])
    assert not any("\ufffd" in each.text for each in heard if isinstance(each, told.Notice | told.Message))


async def test_what_may_be_the_posts_server_is_never_asked() -> None:
    """It can't bear a mark before more text: whether it knows marks is asked on a connection of its own."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at = len(got)
        got.append(b"")
        writer.write(GREETING + "来自('127.0.0.1', 5)的消息:first".encode())
        while data := await reader.read(65536):
            got[at] += data

    async with server(serve, visits=2) as port:
        heard: list[told.Told] = []
        running = asyncio.create_task(asyncio.sleep(0.6))
        await states_of(tcp(port, heard.append), heard, say="hi", until=running.done)
    assert got == [b"hi\n\n", MARK]


async def test_what_is_acknowledged_is_not_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under way and unanswered is what counts, in the kernel's own words; the words of a dead one are made up here."""

    class Kernel:
        """Answers as Linux does."""

        family = socket.AF_INET

        def __init__(self, unacked: int, since: int) -> None:
            self.info = bytearray(60)
            struct.pack_into("=I", self.info, 24, unacked)
            struct.pack_into("=I", self.info, 56, since)

        def getsockopt(self, *asked: object) -> bytes:
            return bytes(self.info)

    class Writer:
        def __init__(self, kernel: Kernel) -> None:
            self.kernel = kernel
            self.transport = self

        def is_closing(self) -> bool:
            return False

        def get_extra_info(self, name: str) -> Kernel:
            return self.kernel

    for unacked, since, expected in ((1, 26_000, True), (1, 24_000, False), (0, 10**6, False)):
        assert dead.is_dead(cast(asyncio.StreamWriter, Writer(Kernel(unacked, since)))) is expected

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(serve) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        dead.watch(writer)
        sock = writer.get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        writer.write(b"x")
        assert not dead.is_dead(writer)
        writer.close()
        await writer.wait_closed()
