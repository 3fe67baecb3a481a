"""Nothing of a connection is left when it has gone, before any collector looks: on each loop, with TLS and without.

What its protocol and its transport hold of each other is a circle, with 256 KiB of the loop's TLS in it; and in a
gateway the collector seldom comes.
"""

import asyncio
import gc
import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gateway.config import LoopName, Settings
from gateway.serving.loops import loop_factory
from gateway.serving.server import Server

from ..nats import until
from ..patience import PATIENCE
from .test_tls import HELLO, RESET, Authority

LOOPS = ("uvloop", *(pytest.param(loop, marks=pytest.mark.worlds) for loop in ("epoll", "select")))
TIMES = 4

PROXY = b"PROXY TCP4 192.0.2.1 198.51.100.7 50000 8001\r\n"
HEAD = b"GET %b HTTP/1.1\r\nHost: localhost\r\n"
UPGRADE = HEAD % b"/ws" + (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
JSON = UPGRADE + b"Sec-WebSocket-Protocol: chat.v1.json\r\n\r\n"
MASKED = b"\x81\x90\0\0\0\0" + b'{"type":"hello"}'


class Stage(NamedTuple):
    """How far a connection has come: what was said, and how the answer begins. Without one nobody waits for it."""

    port: str
    said: bytes
    answer: bytes


STAGES = {
    "nothing": Stage("tcp_port", b"", b""),
    "a line at once": Stage("tcp_port", b"hi\n", b""),
    "a raw member": Stage("tcp_port", b"hi\n", b"\xe4\xbd\xa0"),
    "a quit": Stage("tcp_port", b"/quit\n", b"\xe4\xbd\xa0"),
    "at the door": Stage("http_port", b"", b""),
    "half a head": Stage("http_port", HEAD % b"/", b""),
    "a visit at once": Stage("http_port", HEAD % b"/healthz" + b"\r\n", b""),
    "a visit": Stage("http_port", HEAD % b"/healthz" + b"\r\n", b"HTTP/1.1 200"),
    "a page of the log": Stage("http_port", HEAD % b"/messages" + b"\r\n", b"HTTP/1.1 200"),
    "a refusal": Stage("http_port", b"GET / HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n", b"HTTP/1.1 421"),
    "a stream": Stage("http_port", HEAD % b"/events" + b"\r\n", b"HTTP/1.1 200"),
    "a handshake at once": Stage("http_port", JSON, b""),
    "no hello": Stage("http_port", JSON, b"HTTP/1.1 101"),
    "a hello": Stage("http_port", JSON + MASKED, b"HTTP/1.1 101"),
    "text": Stage("http_port", UPGRADE + b"\r\n", b"HTTP/1.1 101"),
    "half a frame": Stage("http_port", UPGRADE + b"\r\n\x81\xfe\x10\x00", b"HTTP/1.1 101"),
    "no frame": Stage("http_port", UPGRADE + b"\r\n\xff\xff", b"HTTP/1.1 101"),
}
PROXIED = {
    "no header": Stage("tcp_port", b"", b""),
    "half a header": Stage("tcp_port", PROXY[:20], b""),
    "no such header": Stage("tcp_port", b"nonsense\r\n", b""),
    "a header at once": Stage("tcp_port", PROXY + b"hi\n", b""),
    "a proxied member": Stage("tcp_port", PROXY + b"hi\n", b"\xe4\xbd\xa0"),
}
UNSECURED = {"nothing of TLS": b"", "half a hello": HELLO[:100], "a hello": HELLO, "no TLS": b"hi\n"}


def left() -> Counter[str]:
    """The protocols and transports there are, ours and the loops', and what TLS makes for each."""
    kinds = Counter(map(type, gc.get_objects()))
    ours = {kind: count for kind, count in kinds.items() if _is_of_a_connection(kind)}
    return Counter({f"{kind.__module__}.{kind.__qualname__}": count for kind, count in ours.items()})


def _is_of_a_connection(kind: type[Any]) -> bool:
    if kind.__qualname__ == "_SelectorSocketTransport":  # a circle by itself, of a kilobyte; it lets go of all else
        return False
    is_loops = str(kind.__module__).startswith("uvloop") and kind.__qualname__.endswith(("Transport", "Protocol"))
    return is_loops or issubclass(kind, asyncio.BaseProtocol | asyncio.BaseTransport | ssl.SSLObject)


def more_than(before: Counter[str]) -> dict[str, int]:
    """What there is more of than there was; one of each is nothing: the last one may be the newest of something."""
    return {kind: count for kind, count in (left() - before).items() if count > 1}


@contextmanager
def uncollected() -> Iterator[None]:
    """No collector looks meanwhile; what was there before is none of our business, and is passed over.

    It stays so in what follows, until somebody thaws it: to look through all that tests have imported takes longer
    than what comes and goes.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def go(peer: socket.socket, how: str) -> None:
    """Leave: by a reset, by an end, or by an end of one's own side first and of all when the other end is there."""
    if how == "reset":
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    elif how == "end first":
        with suppress(OSError):
            socket.socket.shutdown(peer, socket.SHUT_WR)  # and not TLS's, which ends in the clear
        with suppress(OSError):
            while peer.recv(65536):
                pass
    peer.close()


def come_and_go(port: int, stage: Stage, how: str, context: ssl.SSLContext | None) -> None:
    """One connection."""
    peer = socket.create_connection(("127.0.0.1", port), PATIENCE)
    try:
        peer = peer if context is None else context.wrap_socket(peer, server_hostname="localhost")
        peer.sendall(stage.said)
        told = b""
        while len(told) < len(stage.answer) and (more := peer.recv(len(stage.answer) - len(told))):
            told += more
        assert told == stage.answer
    finally:
        go(peer, how)


async def trial(settings: Settings, stages: dict[str, Stage], context: ssl.SSLContext | None) -> None:
    """Each way to go from each stage, some times; fails if anything is left of one."""
    server = Server(settings)
    await server.start()
    try:
        for name, stage in stages.items():
            for how in ("reset", "end", "end first"):
                assert await asyncio.to_thread(left_of, server, stage, how, context) == {}, (name, how)
    finally:
        await server.stop()


def left_of(server: Server, stage: Stage, how: str, context: ssl.SSLContext | None) -> dict[str, int]:
    """What is left of some that came so far and went so."""
    with uncollected():
        before = left()
        for _ in range(TIMES):
            come_and_go(server.ports[stage.port], stage, how, context)
        be_last(server.ports[stage.port])
        until(lambda: not server._house.gate.taken)
        with suppress(AssertionError):
            until(lambda: not more_than(before), PATIENCE)
        return more_than(before)


def be_last(port: int) -> None:
    """Come behind all others: who has gone already may be accepted only now. Each port answers this, or ends it."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as peer, suppress(ConnectionResetError):
        peer.sendall(HEAD % b"/healthz" + b"\r\n")
        peer.recv(1)


def run(loop: LoopName, stages: dict[str, Stage], context: ssl.SSLContext | None = None, **more: Any) -> None:
    """A gateway in this process, and what comes and goes there."""
    settings = Settings(store="memory:", tcp_port=0, http_port=0, loop=loop, **more)
    try:
        with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
            runner.run(trial(settings, stages, context))
    finally:
        gc.unfreeze()


@pytest.mark.parametrize("loop", LOOPS)
def test_plain(loop: LoopName) -> None:
    run(loop, STAGES)


@pytest.mark.parametrize("loop", LOOPS)
def test_behind_a_proxy(loop: LoopName) -> None:
    run(loop, PROXIED, trust_proxy=("127.0.0.0/8",))


@pytest.mark.worlds
@pytest.mark.parametrize("loop", LOOPS)
def test_behind_tls(loop: LoopName, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    run(loop, STAGES, authority.client, tls_cert=str(authority.cert), tls_key=str(authority.key))


@pytest.mark.parametrize("loop", ["epoll", pytest.param("uvloop", marks=pytest.mark.worlds), LOOPS[-1]])
def test_before_tls(loop: LoopName, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    stages = {name: Stage("tcp_port", said, b"") for name, said in UNSECURED.items()}
    run(loop, stages, tls_cert=str(authority.cert), tls_key=str(authority.key))
