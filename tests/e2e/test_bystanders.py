"""What one peer sends, another does not feel: the inputs that froze, filled or ended the gateway once."""

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from ..bench.load import resident
from ..patience import PATIENCE
from ..tables import of_these
from .conftest import Start
from .gateway import Gateway
from .peers import chat, raw, upgrade_request
from .test_attacks import gone
from .test_tls import Authority, authority

__all__ = ["authority"]

JSON = "Sec-WebSocket-Protocol: chat.v1.json"
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"
DEEP = b'{"type":"ping","x":' + b"[" * 1000
WAIT = 0.2
"""Seconds of the gateway's own work between a bystander's question and its answer, while three peers attack at once on
a core that is shared; the faults were of seconds. What else this machine does meanwhile is not counted."""

A_WHILE = 1.0
"""Seconds. A bystander who is not answered by then goes on waiting, and that counts."""


def deflated(payload: bytes) -> bytes:
    return Frame(Opcode.TEXT, payload).serialize(mask=True, extensions=[PerMessageDeflate(True, True, 15, 15)])


def plain(payload: bytes) -> bytes:
    return Frame(Opcode.TEXT, payload).serialize(mask=True)


def worked(gateway: Gateway) -> float:
    """Seconds that the gateway's loop has had a processor for."""
    return int(Path(f"/proc/{gateway.pid}/schedstat").read_text().split()[0]) / 1e9


@asynccontextmanager
async def bystander(gateway: Gateway) -> AsyncIterator[list[float]]:
    """Somebody who asks whether the server is there, again and again; the list has its longest wait in it."""
    waits, is_over = [0.0], asyncio.Event()

    async def ask() -> None:
        async with chat(gateway) as ann:
            while not is_over.is_set():
                asked = worked(gateway)
                await ann.send({"type": "ping"})
                while (await ann.next("pong", "message", "presence"))["type"] != "pong":
                    pass
                waits[0] = max(waits[0], worked(gateway) - asked)

    asking = asyncio.create_task(ask())
    yield waits
    is_over.set()  # and the answer that is waited for now is waited for too
    await asking


async def is_well(gateway: Gateway, before: int) -> None:
    """Others talk, and memory is much as it was."""
    async with asyncio.timeout(PATIENCE), chat(gateway) as ann, chat(gateway) as bob:
        await ann.say("still here")
        while (await bob.next("message", "presence")).get("text") != "still here":
            pass
    assert resident(gateway.pid) < before + 32 * 2**20


async def send_all(port: int, *pieces: bytes) -> None:
    """Connect, send, and go when the server closes, or after a while: it may take no more, or answer for ever."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(A_WHILE):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            while await reader.read(65536):
                pass
    writer.transport.abort()
    await gone(writer)


HELLO = plain(b'{"type":"hello","name":"eve"}')
MANY = deflated(b'{"type":"say","text":"x"}\n' * 15_000)
DEAR = "\n".join("\uff0f\u0301" + "\ufdfa\ufdfb\u3316\u33ae" * 8 for _ in range(500)).encode()
ON_THE_WEB = {
    "54 bytes that ended it": (JSON, [deflated(b'{"type":"hello","name":"a"}\n' + DEEP)]),
    "deep behind a question": (JSON, [deflated(b'{"type":"hello"}\n{"type":"history","limit":1}\n' + DEEP)]),
    "deep and deep": (JSON, [deflated(DEEP + b"\n" + DEEP)]),
    "pings and deep": (JSON, [HELLO, plain(b"\n".join([b'{"type":"ping"}'] * 204) + b"\n" + DEEP)]),
    "blank lines": (JSON, [HELLO, deflated(b"\n" * 450_000) * 20]),
    "small frames that inflate": ("", [deflated(b"a" * 60_000) * 3000]),
    "many sayings and a broken frame": (JSON, [HELLO, MANY, b"\x82\x80" + bytes(4)]),
    "fragments of one byte": ("", [b"\x01\x81" + bytes(4) + b"a" + (b"\x00\x81" + bytes(4) + b"a") * 200_000]),
    "lines that may be secrets": ("", [plain(DEAR) * 16]),
    "a long ban": (JSON, [HELLO, deflated(b'{"type":"command","text":"/ban a' + b" " * 65_000 + b'1"}') * 5]),
}  # fmt: skip


@pytest.mark.parametrize(
    "what",
    of_these(ON_THE_WEB, "54 bytes that ended it", "many sayings and a broken frame", "small frames that inflate"),
)
async def test_on_the_web_port_nobody_else_waits(gateway: Gateway, what: str) -> None:
    fields, pieces = ON_THE_WEB[what]
    before = resident(gateway.pid)
    request = upgrade_request(f"{DEFLATE}\r\n{fields}" if fields else DEFLATE)
    async with bystander(gateway) as waits:
        await asyncio.gather(*(send_all(gateway.http_port, request, *pieces) for _ in range(3)))
    assert waits[0] < WAIT
    await is_well(gateway, before)


ON_THE_RAW_PORT = {
    "telnet commands": [b"x\r\n" + b"\xff\xf1" * 100_000],
    "erasing": [b"\xff\xf1" + (b"a" * 1000 + b"\xff\xf8" * 1000) * 100],
    "erased lines": [b"x\r\n" + b"a\xff\xf8" * 100_000],
    "backspaces": [b"\xff\xf1" + b"\x08" * 200_000 + b"\r\n"],
    "blank lines": [b"x\r\n" + b"\r\n" * 500_000],
    "lines": [b"x\r\n" * 200_000],
    "an endless request line": [b"GET " + b"/" * 1_000_000],
}


@pytest.mark.parametrize("what", of_these(ON_THE_RAW_PORT, "telnet commands", "erasing", "lines"))
async def test_on_the_raw_port_nobody_else_waits(gateway: Gateway, what: str) -> None:
    before = resident(gateway.pid)
    async with bystander(gateway) as waits:
        await asyncio.gather(*(send_all(gateway.tcp_port, *ON_THE_RAW_PORT[what]) for _ in range(3)))
    assert waits[0] < WAIT
    await is_well(gateway, before)


async def test_seven_kilobytes_do_not_roll_the_history_away(start: Start) -> None:
    gateway = start("--keep", "1000")
    async with chat(gateway) as ann:
        await ann.say("worth keeping")
        await ann.texts(1)
        beginning = {"epoch": ann.welcome["epoch"], "seq": 0}
    request = upgrade_request(f"{DEFLATE}\r\n{JSON}")
    await send_all(gateway.http_port, request, HELLO, MANY * 7, b"\x82\x80" + bytes(4))
    async with chat(gateway, after=beginning) as bob:
        assert await bob.texts(1) == ["worth keeping"]


async def test_streams_that_ended_are_gone(gateway: Gateway) -> None:
    request = b"GET /events HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % gateway.http_port
    for _ in range(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
        writer.write(request)
        await reader.readuntil(b"\r\n\r\n")
        writer.write_eof()
        await reader.read()
        await gone(writer)
    async with chat(gateway) as ann:
        await ann.send({"type": "who"})
        assert (await ann.next("who"))["members"] == 1


async def test_who_sends_and_resets_at_once_says_nothing_without_an_address(start: Start) -> None:
    gateway = start("--log-level", "debug", "--trust-proxy", "127.0.0.1")
    for _ in range(300):
        with socket.create_connection(("127.0.0.1", gateway.tcp_port)) as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.sendall(b"PROXY nothing\n\nhello\n\n")
    async with chat(gateway, history=100) as ann:
        await ann.say("mark")
        assert await ann.texts(1) == ["mark"]


async def test_silent_connections_count_before_their_tls_handshake(start: Start, authority: Authority) -> None:
    gateway = start(*authority.flags, descriptors=160)
    silent = []
    for _ in range(110):
        silent.append(await asyncio.open_connection("127.0.0.1", gateway.http_port))
    await asyncio.to_thread(gateway.wait_for_log, "refused 127.0.0.1: full")
    for _, writer in silent:
        await gone(writer)
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(ConnectionError, ssl.SSLError):
                reader, writer = await asyncio.open_connection("localhost", gateway.tcp_port, ssl=authority.client)
                assert (await reader.readuntil(b"\n\n")).startswith("你已".encode())
                break
    await gone(writer)


async def test_a_thousand_ends_leave_no_place_taken(start: Start) -> None:
    gateway = start(descriptors=200)
    for number in range(300):  # more than there are places
        peer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
        peer[1].write(upgrade_request(f"{DEFLATE}\r\n{JSON}") + deflated(DEEP + b"\n" + DEEP))
        if number % 2:
            await peer[0].readuntil(b"\r\n\r\n")
        await gone(peer[1])
    async with raw(gateway) as ann, chat(gateway) as bob:
        await ann.send(b"still here\n\n")
        assert await bob.texts(1) == ["still here"]
        assert len(os.listdir(f"/proc/{gateway.pid}/fd")) < 100
