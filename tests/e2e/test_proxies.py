"""Behind proxies: whose connection it is, and that nobody can pretend."""

import asyncio
import json
import socket
import ssl
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from ..patience import PATIENCE
from .conftest import Start
from .gateway import Gateway
from .peers import JSON_PROTOCOL, raw
from .test_tls import Authority

TRUST = ("--trust-proxy", "127.0.0.0/8")
HEADER = b"PROXY TCP4 192.0.2.%d 198.51.100.7 50000 8001\r\n"


def heard(gateway: Gateway, authority: Authority, *before: bytes) -> str:
    """What is said at first by TLS on the raw port, behind these, which come one by one."""
    with socket.create_connection(("127.0.0.1", gateway.tcp_port), PATIENCE) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in before:
            peer.sendall(piece)
        with authority.client.wrap_socket(peer, server_hostname="localhost") as secured:
            return secured.recv(100).decode()


V2 = bytes.fromhex("0d0a0d0a000d0a515549540a2111000cc0000207c6336407c3501f41")
"""From 192.0.2.7, port 50000, to 198.51.100.7, port 8001."""


@pytest.mark.parametrize("loop", ["uvloop", "epoll", "select"])
def test_a_header_may_stand_before_tls(start: Start, tmp_path: Path, loop: str) -> None:
    """So HAProxy writes it: one that only passes TLS through can't write it anywhere else."""
    authority = Authority(tmp_path)
    gateway = start(*TRUST, *authority.flags, "--per-ip", "1", "--loop", loop)
    greeting = "你已连接到服务器,IP为198.51.100.7:8001\n\n"
    header = HEADER % 7
    for pieces in ((V2,), (header,), (header[:1], header[1:30], header[30:]), (V2[:5], V2[5:17], V2[17:])):
        assert heard(gateway, authority, *pieces) == greeting
        gateway.wait_for_log("from 192.0.2.7 ended", 1)
    for nonsense in (b"PROXY nonsense\r\n", b"hello\r\n"):
        with pytest.raises((ssl.SSLError, OSError)):
            heard(gateway, authority, nonsense)
    gateway.wait_for_log("refused 127.0.0.1: proxy-header", 2)


def test_before_tls_too_connections_are_counted_by_who_is_behind(start: Start, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    gateway = start(*TRUST, *authority.flags, "--per-ip", "1")
    with socket.create_connection(("127.0.0.1", gateway.tcp_port), PATIENCE) as peer:
        peer.sendall(V2)
        with authority.client.wrap_socket(peer, server_hostname="localhost") as first:
            assert first.recv(100)
            with pytest.raises((ssl.SSLError, OSError)):
                heard(gateway, authority, V2)
            gateway.wait_for_log("refused 192.0.2.7: full-address")
            assert heard(gateway, authority, HEADER % 8)


NAMELESS = {
    "unknown": b"PROXY UNKNOWN\r\n",
    "local": bytes.fromhex("0d0a0d0a000d0a515549540a20000000"),
    "unix": bytes.fromhex("0d0a0d0a000d0a515549540a213100d8") + bytes(216),
}
"""Headers by which a proxy names nobody: proxy-protocol.txt, sections 2.1 and 2.2."""


@pytest.mark.parametrize("nameless", NAMELESS.values(), ids=NAMELESS)
def test_behind_a_header_that_names_nobody_nobody_else_is_named(start: Start, tmp_path: Path, nameless: bytes) -> None:
    """Its client is it that speaks by TLS then: whoever that is chose its own address, and had no limit of guesses."""
    authority = Authority(tmp_path)
    gateway = start(*TRUST, *authority.flags, "--admin-password", "right")
    with socket.create_connection(("127.0.0.1", gateway.tcp_port), PATIENCE) as peer:
        peer.sendall(nameless)
        with authority.client.wrap_socket(peer, server_hostname="localhost") as secured:
            secured.sendall(HEADER % 66 + b"hello\n\n")
            gateway.wait_for_log("from 127.0.0.1 came by raw")
    statuses = [guessed(gateway, authority, nameless, f"192.0.2.{number}") for number in range(6)]
    assert statuses == [b"401"] * 5 + [b"429"]


def guessed(gateway: Gateway, authority: Authority, header: bytes, forwarded: str) -> bytes:
    """What a wrong password of operators is answered with."""
    fields = f"Host: localhost\r\nX-Forwarded-For: {forwarded}\r\nAuthorization: Bearer no"
    with socket.create_connection(("127.0.0.1", gateway.http_port), PATIENCE) as peer:
        peer.sendall(header)
        with authority.client.wrap_socket(peer, server_hostname="localhost") as secured:
            secured.sendall(f"DELETE /messages/1 HTTP/1.1\r\n{fields}\r\n\r\n".encode())
            return secured.recv(12)[-3:]


def test_without_trust_nobody_s_header_is_read_before_tls(start: Start, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    gateway = start(*authority.flags)
    with pytest.raises((ssl.SSLError, OSError)):
        heard(gateway, authority, V2)
    gateway.wait_for_log("refused 127.0.0.1: tls-handshake")


async def through(gateway: Gateway, header: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.tcp_port)
    writer.write(header)
    return reader, writer


async def line(reader: asyncio.StreamReader) -> str:
    async with asyncio.timeout(PATIENCE):
        return (await reader.readuntil(b"\n\n")).decode()


@pytest.mark.parametrize("loop", ["uvloop", "epoll"])
async def test_a_raw_member_is_who_the_proxy_says(start: Start, loop: str) -> None:
    gateway = start(*TRUST, "--loop", loop)
    (ann, ann_writer), (bob, bob_writer) = [await through(gateway, HEADER % number) for number in (1, 2)]
    assert await line(ann) == "你已连接到服务器,IP为198.51.100.7:8001\n\n"
    await line(bob)
    bob_writer.write(b"hello\n\n")
    assert await line(ann) == "来自('192.0.2.2', 50000)的消息:hello\n\n"
    for writer in (ann_writer, bob_writer):
        writer.close()


async def test_header_and_text_in_one_segment(start: Start) -> None:
    gateway = start(*TRUST)
    ann, ann_writer = await through(gateway, HEADER % 1)
    await line(ann)
    _, bob_writer = await through(gateway, HEADER % 2 + b"at once\n\n")
    assert "的消息:at once" in await line(ann)
    ann_writer.close()
    bob_writer.close()


@pytest.mark.parametrize("data", [b"hello\n\n", b"PROXY TCP4 nonsense\r\n"])
async def test_a_proxy_that_does_not_say_is_closed(start: Start, data: bytes) -> None:
    gateway = start(*TRUST)
    reader, writer = await through(gateway, data)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await line(reader)
    writer.close()
    await asyncio.to_thread(gateway.wait_for_log, "PROXY header")


async def test_connections_are_counted_by_who_is_behind(start: Start) -> None:
    gateway = start(*TRUST, "--per-ip", "2")
    peers = [await through(gateway, HEADER % number) for number in (1, 1, 1, 2)]
    lines = [await line(reader) for reader, _ in peers]
    assert [text.startswith("你已连接") for text in lines] == [True, True, False, True]
    for _, writer in peers:
        writer.close()


async def test_without_trust_a_header_is_only_text(gateway: Gateway) -> None:
    async with raw(gateway) as ann:
        _, writer = await through(gateway, HEADER.replace(b"\r\n", b"\n") % 1 + b"spoofed\n\n")
        said = await ann.until("\n\n")
        assert said.startswith("来自('127.0.0.1', ")
        assert "PROXY TCP4 192.0.2.1" in said
        writer.close()


async def test_forwarded_addresses_are_counted_and_spoofed_ones_are_not(start: Start) -> None:
    gateway = start(*TRUST, "--per-ip", "1")
    first = await connect(gateway.url, additional_headers={"X-Forwarded-For": "203.0.113.9, 192.0.2.1"})
    for spoofed in ("192.0.2.1", "198.51.100.1, 192.0.2.1"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(gateway.url, additional_headers={"X-Forwarded-For": spoofed})
        assert refused.value.response.status_code == 503
    other = await connect(gateway.url, additional_headers={"Forwarded": "for=192.0.2.2"})
    await first.close()
    again = await connect(gateway.url, additional_headers={"X-Forwarded-For": "192.0.2.1"})
    for connection in (other, again):
        await connection.close()
    with pytest.raises(InvalidStatus) as refused:
        await connect(gateway.url, additional_headers={"X-Forwarded-For": "junk"})
    assert refused.value.response.status_code == 400


async def test_behind_a_proxy_that_speaks_tls_the_origin_is_of_https(start: Start) -> None:
    gateway = start(*TRUST)
    fields = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
    origin = Origin(f"https://127.0.0.1:{gateway.http_port}")
    async with connect(gateway.url, additional_headers=fields, origin=origin, subprotocols=[JSON_PROTOCOL]) as peer:
        await peer.send('{"type":"hello"}')
        assert json.loads(await peer.recv())["type"] == "welcome"
    with pytest.raises(InvalidStatus):
        await connect(gateway.url, origin=origin)
