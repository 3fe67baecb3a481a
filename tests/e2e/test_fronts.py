"""Behind nginx, HAProxy and Caddy as documented: a client is who the proxy saw, whatever it says of itself."""

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Origin

from ..nats import free_ports
from ..patience import PATIENCE
from ..processes import need
from ..tables import of_these
from .conftest import Start
from .fronts import FLAGS, KINDS, NAME, Front, certify, front
from .gateway import Gateway
from .peers import JSON_PROTOCOL, chat

PASSWORD = "sesame"
RIGHT, WRONG = f"Authorization: Bearer {PASSWORD}", "Authorization: Bearer wrong"

FORGED = [
    [],
    ["Forwarded: for={0}"],
    ["forwarded: For={0};Proto=https;by={0}"],
    ["Forwarded: for={0}", "Forwarded: for={0}, for={0}"],
    ['FORWARDED: for="{0}:4711";host="evil"'],
    ["X-Forwarded-For: {0}"],
    ["x-forwarded-for: {0}, {0}"],
    ["X-FORWARDED-FOR: {0}", "X-Forwarded-For: {0}"],
    ["X_Forwarded_For: {0}", "X-Forwarded-For : {0}"],
    ["X-Real-IP: {0}", "X-Client-IP: {0}", "CF-Connecting-IP: {0}", "True-Client-IP: {0}"],
    ["X-Forwarded-Proto: http", "X-Forwarded-Host: evil.example", "X-Forwarded-Port: 1"],
    ["Forwarded: for={0}", "X-Forwarded-For: {0}", "X-Real-IP: {0}", "X-Forwarded-Proto: gopher"],
    ["Connection: close, X-Forwarded-For, X-Forwarded-Proto", "X-Forwarded-For: {0}", "Forwarded: for={0}"],
    ['Forwarded: "', "X-Forwarded-For: junk"],
]  # fmt: skip


def forged(fields: list[str], address: str) -> list[str]:
    return [field.format(address) for field in fields]


@contextmanager
def behind(kind: str, start: Start, folder: Path, *flags: str) -> Iterator[tuple[Front, Gateway]]:
    gateway = start(*FLAGS, *flags)
    with front(kind, gateway, folder) as proxy:
        yield proxy, gateway


@pytest.mark.parametrize("kind", KINDS)
async def test_the_page_and_its_websocket(start: Start, tmp_path: Path, kind: str) -> None:
    with behind(kind, start, tmp_path) as (proxy, _):
        page = proxy.ask(proxy.client(1), "/")
        assert page.startswith(b"HTTP/1.1 200 ")
        assert b"<title>" in page
        address, origin = f"wss://{NAME}:{proxy.port}/ws", Origin(f"https://{NAME}:{proxy.port}")
        peer = proxy.connect(proxy.client(1), proxy.port)
        async with connect(address, sock=peer, ssl=proxy.tls, origin=origin, subprotocols=[JSON_PROTOCOL]) as member:
            await member.send('{"type":"hello"}')
            assert json.loads(await member.recv())["type"] == "welcome"


@pytest.mark.parametrize("kind", of_these(KINDS, "nginx"))
def test_the_sixth_guess_is_too_many_whatever_is_said_and_nobody_else_is_locked_out(
    start: Start, tmp_path: Path, kind: str
) -> None:
    with behind(kind, start, tmp_path, "--password", PASSWORD) as (proxy, _):
        victim = proxy.client(99)
        for number, fields in enumerate(FORGED, 1):
            client = proxy.client(number)
            statuses = [proxy.status(client, "/messages", WRONG, *forged(fields, victim)) for _ in range(6)]
            # What makes it no request at all may be refused by the proxy itself, and is no guess then.
            assert statuses in ([401] * 5 + [429], [400] * 6), fields
        assert proxy.status(victim, "/messages", RIGHT) == 200
        assert proxy.status(victim, "/events", RIGHT) == 200


@pytest.mark.parametrize("kind", of_these(KINDS, "haproxy"))
async def test_a_ban_is_of_who_is_banned(start: Start, tmp_path: Path, kind: str) -> None:
    with behind(kind, start, tmp_path, "--admin-password", "secret") as (proxy, gateway):
        banned = "192.0.2.50"
        async with chat(gateway) as operator:
            for text in ("/op secret", f"/ban {banned}"):
                await operator.send({"type": "command", "text": text})
                await operator.next("notice")
        for fields in FORGED:
            # Nobody becomes the banned one by saying so,
            assert proxy.status(proxy.client(1), "/messages", *forged(fields, banned)) in (200, 400), fields
            # nor does that one become somebody else. (Who comes from our own machine can't be banned.)
            if proxy.takes_proxy:
                assert proxy.status(banned, "/messages", *forged(fields, "203.0.113.1")) in (403, 400), fields


@pytest.mark.parametrize("accept", ["text/event-stream", "text/plain"])
@pytest.mark.parametrize("kind", of_these(KINDS, "nginx"))
async def test_a_stream_comes_at_once(start: Start, tmp_path: Path, kind: str, accept: str) -> None:
    with behind(kind, start, tmp_path) as (proxy, gateway):
        async with chat(gateway) as ann:
            with proxy.request(proxy.client(1), "/events", f"Accept: {accept}") as stream:
                while (await ann.next("presence"))["members"] < 2:
                    pass
                await ann.say("hello")
                read = b""
                while b"hello" not in read:
                    read += await asyncio.to_thread(stream.recv, 65536)


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
async def test_who_leaves_a_stream_is_gone(start: Start, tmp_path: Path, kind: str) -> None:
    """HAProxy finds out when it is to write; so would Caddy with flush_interval -1, which the file had."""
    with behind(kind, start, tmp_path) as (proxy, gateway):
        async with chat(gateway) as ann:
            with proxy.request(proxy.client(1), "/events"):
                while (await ann.next("presence"))["members"] < 2:
                    pass
            await asyncio.to_thread(gateway.wait_for_log, f"from {proxy.client(1)} ended: ")


def test_the_raw_port_behind_haproxy(start: Start, tmp_path: Path) -> None:
    with behind("haproxy", start, tmp_path) as (proxy, _):
        first, second = (proxy.connect(proxy.client(number), proxy.raw_port) for number in (1, 2))
        with first, second:
            assert "你已连接到服务器".encode() in first.recv(1000)
            second.sendall(b"hello\n\n")
            assert first.recv(1000).decode() == "来自('192.0.2.2', 50000)的消息:hello\n\n"


PASSING = """\
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen passed-through
    bind 127.0.0.1:{0} accept-proxy
    server gateway 127.0.0.1:{tcp} send-proxy-v2
listen encrypted-anew
    bind 127.0.0.1:{1} accept-proxy
    server gateway 127.0.0.1:{tcp} ssl verify none send-proxy-v2
listen web-passed-through
    bind 127.0.0.1:{2} accept-proxy
    server gateway 127.0.0.1:{web} send-proxy-v2
"""


def test_a_gateway_that_speaks_tls_behind_haproxy(start: Start, tmp_path: Path) -> None:
    """It writes its header before TLS, whether that is its client's or its own."""
    client = ssl.create_default_context()
    certify(tmp_path, NAME).configure_trust(client)
    flags = ("--tls-cert", str(tmp_path / f"{NAME}.pem"), "--tls-key", str(tmp_path / f"{NAME}.key"))
    gateway = start(*FLAGS, *flags, "--log-level", "info")
    ports = free_ports(3)
    file, pid = tmp_path / "haproxy.cfg", tmp_path / "pid"
    file.write_text(PASSING.format(*ports, tcp=gateway.tcp_port, web=gateway.http_port))
    subprocess.run([need("haproxy"), "-D", "-q", "-p", str(pid), "-f", str(file)], check=True, timeout=PATIENCE)
    try:
        passed, anew, web = (proxied(number, port) for number, port in enumerate(ports, 1))
        with passed, anew, web:
            first = client.wrap_socket(passed, server_hostname=NAME)
            assert "你已连接到服务器".encode() in first.recv(1000)
            anew.sendall(b"hello\n\n")
            assert first.recv(1000).decode() == "来自('192.0.2.2', 50000)的消息:hello\n\n"
            page = client.wrap_socket(web, server_hostname=NAME)
            page.sendall(f"GET /events HTTP/1.1\r\nHost: {NAME}:{gateway.http_port}\r\n\r\n".encode())
            assert page.recv(1000).startswith(b"HTTP/1.1 200 ")
            page.close()
            first.close()
        gateway.wait_for_log("from 192.0.2.3 ended")
    finally:
        os.kill(int(pid.read_text()), signal.SIGTERM)


def proxied(number: int, port: int) -> socket.socket:
    peer = socket.create_connection(("127.0.0.1", port), PATIENCE)
    peer.sendall(f"PROXY TCP4 192.0.2.{number} 127.0.0.1 50000 {port}\r\n".encode())
    return peer
