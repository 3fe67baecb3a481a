"""TLS on both listeners, with real certificates."""

import asyncio
import json
import signal
import socket
import ssl
import struct
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import psutil
import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from ..nats import until
from ..patience import PATIENCE
from .conftest import Start
from .gateway import Gateway, ended
from .peers import JSON_PROTOCOL, Raw


class Authority:
    """A certificate authority, its certificate for us in files, and what a client that trusts it uses."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        self.client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # which reads no other authority
        self._authority.configure_trust(self.client)
        self.trusted = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.trusted))
        self.issue("localhost", "127.0.0.1")

    def issue(self, *names: str, ends: datetime | None = None) -> None:
        certificate = self._authority.issue_cert(*names, not_after=ends)
        self.key.write_bytes(certificate.private_key_pem.bytes())
        self.cert.write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))

    @property
    def flags(self) -> list[str]:
        return ["--tls-cert", str(self.cert), "--tls-key", str(self.key)]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def raw_tls(gateway: Gateway, authority: Authority) -> Raw:
    reader, writer = await asyncio.open_connection("localhost", gateway.tcp_port, ssl=authority.client)
    peer = Raw(reader, writer)
    assert (await peer.until("\n\n")).startswith("你已连接到服务器,IP为127.0.0.1:")
    return peer


async def gone(writer: asyncio.StreamWriter) -> None:
    """Close a connection, and wait until nothing of it is left: else the loop's TLS is found by the next test."""
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()


@pytest.mark.parametrize("loop", ["uvloop", "epoll"])
async def test_all_wires_meet_in_the_room(start: Start, authority: Authority, loop: str) -> None:
    gateway = start(*authority.flags, "--loop", loop)
    assert f"browser  https://localhost:{gateway.http_port}/" in gateway.banner
    ann = await raw_tls(gateway, authority)
    address = f"wss://localhost:{gateway.http_port}/ws"
    origin = Origin(f"https://localhost:{gateway.http_port}")
    async with connect(address, ssl=authority.client, subprotocols=[JSON_PROTOCOL], origin=origin) as bob:
        await bob.send('{"type":"hello","name":"bob"}')
        assert json.loads(await bob.recv())["type"] == "welcome"
        await ann.send("你好 over TLS\n\n".encode())
        event = {"type": ""}
        async with asyncio.timeout(PATIENCE):
            while event["type"] != "message":
                event = json.loads(await bob.recv())
        assert event["text"] == "你好 over TLS"
        text = "long " * 10_000
        await bob.send(json.dumps({"type": "say", "text": text}))
        assert text in await ann.until("\n\n")
    await gone(ann.writer)
    async with aiohttp.ClientSession() as session:
        page = f"https://localhost:{gateway.http_port}/"
        async with session.get(page, ssl=authority.client) as response:
            assert response.status == 200
    with pytest.raises(InvalidStatus) as refused:
        await connect(address, ssl=authority.client, origin=Origin(origin.replace("https", "http")))
    assert refused.value.response.status_code == 403


async def test_one_that_says_a_line_and_goes_is_heard(start: Start, authority: Authority) -> None:
    gateway = start(*authority.flags)
    ann = await raw_tls(gateway, authority)
    bob = await raw_tls(gateway, authority)
    await bob.send(b"last words")
    bob.writer.close()
    assert "last words" in await ann.until("\n\n")
    await ann.send(b"/quit\n\n")
    assert await ann.rest() == ""
    for peer in (ann, bob):
        await gone(peer.writer)


async def test_without_tls_nobody_gets_in_and_nothing_is_said(start: Start, authority: Authority) -> None:
    gateway = start(*authority.flags)
    ann = await raw_tls(gateway, authority)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.tcp_port)
    writer.write(b"in the clear\n\n")
    async with asyncio.timeout(PATIENCE):
        assert b"\xe4\xbd\xa0" not in await reader.read(-1)
    await gone(writer)
    await ann.send(b"/history\n\n")
    assert "no messages yet" in await ann.until("\n\n")
    await gone(ann.writer)


async def certificate_of(gateway: Gateway, authority: Authority) -> bytes | None:
    _, writer = await asyncio.open_connection("localhost", gateway.tcp_port, ssl=authority.client)
    certificate: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    await gone(writer)
    return certificate


def test_one_that_has_ended_is_told_at_the_start_and_by_a_reload(start: Start, authority: Authority) -> None:
    authority.issue("localhost", ends=datetime(2020, 1, 2, tzinfo=UTC))
    gateway = start(*authority.flags)
    line = f"--tls-cert {authority.cert}: it ends on 2020-01-02 00:00 UTC, which has passed: renew it"
    gateway.wait_for_log(line)
    gateway.signal(signal.SIGHUP)
    gateway.wait_for_log(f"reload: {line}")


async def test_a_new_certificate_is_taken_without_a_restart(start: Start, authority: Authority) -> None:
    gateway = start(*authority.flags)
    old = await certificate_of(gateway, authority)
    member = await raw_tls(gateway, authority)
    authority.issue("localhost")
    gateway.signal(signal.SIGHUP)
    await asyncio.to_thread(gateway.wait_for_log, "the certificate was read again")
    assert await certificate_of(gateway, authority) != old
    await member.send(b"/who\n\n")
    await member.until("here:")
    await gone(member.writer)


async def test_a_broken_one_is_told_and_the_old_one_stays(start: Start, authority: Authority) -> None:
    gateway = start(*authority.flags, "--log-level", "info")
    old = await certificate_of(gateway, authority)
    key = authority.key.read_bytes()
    authority.issue("localhost")
    authority.key.write_bytes(key)  # the new certificate's is another one
    gateway.signal(signal.SIGHUP)
    await asyncio.to_thread(gateway.wait_for_log, "the key is another one's")
    assert await certificate_of(gateway, authority) == old
    gateway.judged = True  # the error was asked for


@pytest.mark.parametrize(
    ("cert", "key", "named"),
    [
        ("missing.pem", "", "No such file"),
        ("junk.pem", "", "no certificate"),
        ("", "key.pem", "--tls-cert"),
        ("cert.pem", "other.pem", "the key is another one's"),
        ("cert.pem", "half.pem", "--tls-key {}/half.pem: no whole private key in PEM\n"),
        ("cert.pem", "junk.pem", "--tls-key {}/junk.pem: no whole private key in PEM\n"),
        ("cert.pem", "", "--tls-cert {}/cert.pem: no whole private key in PEM; give its file by --tls-key\n"),
        ("junk.pem", "other.pem", "--tls-cert {}/junk.pem: no certificate in PEM\n"),
    ],
)
def test_files_that_are_no_good_are_one_line(
    authority: Authority, tmp_path: Path, cert: str, key: str, named: str
) -> None:
    (tmp_path / "junk.pem").write_text("junk")
    whole = authority.key.read_bytes()
    (tmp_path / "half.pem").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "other.pem").write_bytes(trustme.CA().issue_cert("localhost").private_key_pem.bytes())
    flags = [
        *(["--tls-cert", str(tmp_path / cert)] if cert else []),
        *(["--tls-key", str(tmp_path / key)] if key else []),
    ]
    refused = ended(*flags)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert named.format(tmp_path) in refused.stderr


def client_hello() -> bytes:
    """What a client of TLS says first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()


HELLO = client_hello()
SAID = {"nothing": b"", "half a hello": HELLO[:100], "a hello": HELLO, "http": b"GET / HTTP/1.1\r\n\r\n"}
RESET = struct.pack("ii", 1, 0)


@pytest.mark.parametrize(
    ("said", "loop"), [*((said, "uvloop") for said in SAID), ("a hello", "epoll"), ("nothing", "epoll")]
)
def test_however_somebody_goes_before_tls_the_place_is_given_back(
    start: Start, authority: Authority, said: str, loop: str
) -> None:
    """Each that connected and reset at once kept its place for ever: 36 of them, and nobody came in any more."""
    gateway = start(*authority.flags, "--loop", loop, descriptors=100)
    before = psutil.Process(gateway.pid).num_fds()
    for port in (gateway.tcp_port, gateway.http_port):
        for resets in (True, False):
            for _ in range(40):
                with socket.create_connection(("127.0.0.1", port)) as peer:
                    peer.sendall(SAID[said])
                    if resets:
                        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        come_last(authority, port)
    until(lambda: psutil.Process(gateway.pid).num_fds() <= before + 10)
    with ExitStack() as stack:
        for _ in range(30):
            peer = stack.enter_context(socket.create_connection(("127.0.0.1", gateway.tcp_port), PATIENCE))
            secured = stack.enter_context(authority.client.wrap_socket(peer, server_hostname="localhost"))
            assert secured.recv(6) == "你已".encode()


def come_last(authority: Authority, port: int) -> None:
    """Who is let in, or refused as it is full, was accepted behind those before it: few descriptors tell no more."""
    with suppress(ConnectionError, ssl.SSLError), socket.create_connection(("127.0.0.1", port), PATIENCE) as peer:
        authority.client.wrap_socket(peer, server_hostname="localhost").close()


def finish_and_go(port: int) -> None:
    """A handshake whose last flight is the end of all: Finished, close_notify and FIN."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    secured = context.wrap_bio(incoming, outgoing)
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as peer:
        while True:
            try:
                secured.do_handshake()
                break
            except ssl.SSLWantReadError:
                peer.sendall(outgoing.read())
                incoming.write(peer.recv(65536))
        with suppress(ssl.SSLError):
            secured.unwrap()
        peer.sendall(outgoing.read())


@pytest.mark.parametrize("loop", ["uvloop", "epoll"])
def test_who_goes_as_its_handshake_ends_leaves_no_line(start: Start, authority: Authority, loop: str) -> None:
    gateway = start(*authority.flags, "--loop", loop)
    before = psutil.Process(gateway.pid).num_fds()
    for port in (gateway.tcp_port, gateway.http_port):
        for _ in range(10):
            finish_and_go(port)
    until(lambda: psutil.Process(gateway.pid).num_fds() <= before + 5)
    gateway.stop()
    assert "eof_received" not in gateway.log
