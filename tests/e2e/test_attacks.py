"""What was considered in docs/security.md and is not tested elsewhere: floods, storms, and what gets into the log."""

import asyncio
import re
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from ..bench.load import resident
from ..patience import PATIENCE
from .conftest import Start
from .gateway import Gateway
from .peers import chat, raw, upgrade_request
from .test_faults import small_disk

HELLO = b"\x81\x90" + bytes(4) + b'{"type":"hello"}'
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [ -~\u00a0-\U0010ffff]*")

__all__ = ["small_disk"]


async def flood(gateway: Gateway, data: bytes, times: int) -> bytes:
    """Come in by chat.v1.json, send something again and again without reading, then read what there is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http_port)
    writer.write(upgrade_request("Sec-WebSocket-Protocol: chat.v1.json") + HELLO)
    with suppress(ConnectionError, TimeoutError):
        for _ in range(times):
            writer.write(data)
            async with asyncio.timeout(1):
                await writer.drain()
    answered = b""
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(1):
            while more := await reader.read(65536):
                answered += more
    writer.transport.abort()
    await gone(writer)
    return answered


async def gone(writer: asyncio.StreamWriter) -> None:
    """Close a connection, and wait until it is: else it may be left to the garbage collector."""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def is_well(gateway: Gateway, before: int) -> None:
    """Others talk at once, and memory is as it was."""
    async with asyncio.timeout(PATIENCE), chat(gateway) as ann, chat(gateway) as bob:
        await ann.say("still here")
        assert await bob.texts(1) == ["still here"]
    assert resident(gateway.pid) < before + 8 * 2**20


async def test_a_million_empty_fragments(gateway: Gateway) -> None:
    before = resident(gateway.pid)
    begun, empty = b"\x01\x80" + bytes(4), b"\x00\x80" + bytes(4)
    answered = await flood(gateway, begun + empty * 10_000, 100)
    assert b"fragments" in answered or not answered  # closed by 1008, or reset while we still wrote
    await asyncio.to_thread(gateway.wait_for_log, "ended: fragments")
    await is_well(gateway, before)


async def test_a_hundred_thousand_pings_that_nobody_reads_the_pongs_of(gateway: Gateway) -> None:
    before = resident(gateway.pid)
    ping = b"\x89\x84" + bytes(4) + b"ping"
    answered = await flood(gateway, ping * 1000, 100)
    assert answered.count(b"\x8a\x04ping") < 50_000  # what was read at once; then it is not read for 10 s
    await is_well(gateway, before)


async def test_a_storm_of_telnet_options(gateway: Gateway) -> None:
    before = resident(gateway.pid)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.tcp_port)
    await reader.readuntil(b"\n\n")
    writer.write(b"\xff\xfd\x01\xff\xfb\x03" * 10_000 + b"\xff\xfa\x18" + b"x" * 200_000 + b"\xff\xf0")
    writer.write(b"and a text\r\n")
    writer.write_eof()
    answered = await reader.read(-1)
    assert answered.count(b"\xff") <= 64
    await gone(writer)
    async with chat(gateway, history=1) as ann:
        assert await ann.texts(1) == ["and a text"]
    await is_well(gateway, before)


async def test_five_hundred_connections_of_one_address(start: Start) -> None:
    gateway = start("--trust-proxy", "127.0.0.1")
    writers, told = [], 0
    for _ in range(500):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.tcp_port)
        writer.write(b"PROXY TCP4 192.0.2.9 198.51.100.7 50000 8001\r\n")
        told += "too many connections" in (await reader.readuntil(b"\n")).decode()
        writers.append(writer)
    assert told == 500 - 64
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.tcp_port)
    writer.write(b"PROXY TCP4 192.0.2.10 198.51.100.7 50000 8001\r\n")
    assert "你已连接" in (await reader.readuntil(b"\n\n")).decode()
    for each in [*writers, writer]:
        await gone(each)


async def test_dripping_bytes_are_no_message_before_their_end(gateway: Gateway) -> None:
    async with raw(gateway) as dripping, raw(gateway) as other:
        for byte in "一滴一滴".encode():
            await dripping.send(bytes([byte]))
            await other.send(b"quick\n\n")
        assert "滴" not in dripping.seen
        await dripping.send(b"\n\n")
        assert "的消息:一滴一滴\n\n" in await other.until("一滴一滴\n\n")


@pytest.mark.parametrize(
    "name", ["x\n2026-01-01 00:00:00,000 ERROR forged", "\x1b[31mred", "a\x85b", "\u202eevil", "a\u2028b"]
)
async def test_nothing_forges_a_line_of_the_log(start: Start, name: str) -> None:
    gateway = start("--log-level", "debug", "--admin-password", "secret")
    async with chat(gateway) as ann:
        for event in ({"type": "name", "name": name}, {"type": "command", "text": f"/kick {name}"}, {"type": name}):
            await ann.send(event)
            await ann.next("error", "name")
        await ann.say(name)
        await ann.next("message")
    async with raw(gateway) as bob:
        await bob.send(f"/name {name}\n\n".encode())
        await bob.send(f"GET /{name} HTTP/1.1\n\n".encode())
    assert gateway.interrupt() == 0
    lines = [line for line in gateway.log.split("\n") if line and not line.startswith(("the room is open", "  "))]
    assert all(LOG_LINE.fullmatch(line) for line in lines), lines
    assert not any("forged" in line and " ERROR " in line[:40] for line in lines)


async def test_sql_in_names_and_texts_is_only_text(gateway: Gateway) -> None:
    text = "'); DROP TABLE messages; --"
    async with chat(gateway, name="O'Brien") as ann:
        assert ann.welcome["name"] == "O'Brien"
        await ann.say(text)
        assert await ann.texts(1) == [text]
        await ann.send({"type": "name", "name": "x' OR '1'='1"})
        assert (await ann.next("name"))["name"] == "x' OR '1'='1"
    async with chat(gateway, history=5) as late:
        assert await late.texts(1) == [text]


async def test_a_disk_that_can_only_be_read_is_told(start: Start, small_disk: Path) -> None:
    gateway = start(folder=small_disk)
    async with chat(gateway) as ann:
        await ann.say("before")
        await ann.next("message")
    assert gateway.interrupt() == 0
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    ended = subprocess.run(gateway._command, capture_output=True, text=True, timeout=20, check=False)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert str(gateway.store) in ended.stderr


async def test_oversized_messages_on_each_wire(start: Start) -> None:
    gateway = start("--max-text", "1000", "--rate-kib", "0")
    async with chat(gateway) as ann, raw(gateway) as bob:
        await ann.say("x" * 2000, "1")
        assert (await ann.next("error"))["code"] == "too-long"
        await bob.send(b"y" * 2_000_000 + b"\n\nshort\n\n")
        assert "over 1000 bytes" in await bob.until("\n\n")
        assert await ann.texts(1) == ["short"]
        await ann.send({"type": "say", "text": "z" * 500_000})  # past what any event can have
        with pytest.raises(ConnectionClosed) as closed:
            await ann.next("error")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
