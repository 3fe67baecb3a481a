"""However somebody goes, and whatever was wrong with what they sent, all of it is given back at once.

What refers to itself waits for the garbage collector, which a quiet room hardly ever asks: a stored exception holds the
frames that it went through, these hold what the peer sent and whoever stored it. So this gateway has no collector.
"""

import socket
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from ..bench.load import resident
from ..patience import PATIENCE
from .gateway import Gateway
from .nursery import NO_COLLECTOR
from .peers import upgrade_request

KIB = 1024
WARM, TIMES = 15, 40
MOST = 64 * KIB
"""What one may leave behind: a sixth of what it sends, so that what is kept is told from what the allocator does."""


def frame(opcode: int, payload: bytes, *, deflated: bool = False, is_whole: bool = True) -> bytes:
    """One frame of a client's."""
    if deflated:
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        payload = (deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]
    size = (
        bytes([0xFE]) + len(payload).to_bytes(2) if len(payload) < 65536 else bytes([0xFF]) + len(payload).to_bytes(8)
    )
    whole = bytes([0x80 | 0x40 * deflated | opcode]) + size + bytes(4) + payload
    return whole if is_whole else whole[:-5]


def post(body: bytes, *fields: str, query: str = "", is_whole: bool = True) -> bytes:
    """A request to say something."""
    return request(f"POST /say{query}", body, *fields, is_whole=is_whole)


def request(what: str, body: bytes, *fields: str, is_whole: bool = True) -> bytes:
    """One with a body."""
    lines = [f"{what} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(lines).encode() + (body if is_whole else body[:-100])


JSON = "Content-Type: application/json"
LARGE = b"x" * (390 * KIB)
LONG = "😀".encode() + b"a" * 458_000
ESCAPES = b'{"text":"' + b"\\u0061" * 60_000 + b'"}'
BAD_JSON = ESCAPES[:-1]
HELLO = frame(1, b'{"type":"hello"}')
BY_WEB = {
    "more than a message may be": frame(1, b"1\n" * (231 * KIB), deflated=True),
    "the same after a hello": HELLO + frame(1, b"1\n" * (231 * KIB), deflated=True),
    "what is not UTF-8": HELLO + frame(1, LARGE + b"\xff"),
    "bytes": frame(2, LARGE),
    "half a message": HELLO + frame(1, LARGE, is_whole=False),
    "a large message, and what is no frame": HELLO + frame(1, LARGE) + b"\xff\xff\xff\xff",
    "no deflate after all": HELLO + b"\xc1\xfe\xff\xf0" + bytes(4) + b"\xff" * 0xFFF0,
    "no hello": frame(1, b'{"type":"say","text":"' + b"x" * 60_000 + b'"}'),
    "a name that is too long": frame(1, b'{"type":"hello","name":"' + LONG + b'"}', deflated=True),
    "the same once in": HELLO + frame(1, b'{"type":"name","name":"' + LONG + b'"}', deflated=True),
    "a hello that is none": frame(1, b'{"type":"hello","session":"' + b"x" * 60_000 + b'"}'),
}
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
BY_HTTP = {
    "bad JSON": post(BAD_JSON, JSON),
    "half a body": post(LARGE, is_whole=False),
    "half a body of JSON": post(BAD_JSON, JSON, is_whole=False),
    "no UTF-8": post(LARGE + b"\xff"),
    "too much text": post(LARGE),
    "no such name": post(LARGE[:60_000], query="?name=guest-abcdef"),
    "an empty text": post(b" " * 60_000),
    "a form of parts": post(LARGE, "Content-Type: multipart/form-data; boundary=x"),
    "a name that somebody has": post(ESCAPES, JSON, query="?name=Ann"),
    "what is nowhere": request("POST /x", LARGE),
    "what is nowhere to get": request("GET /x", LARGE),
    "a method of no page": request("PUT /", LARGE),
    "a method of no stream": request("POST /events", LARGE),
    "an expectation": request("POST /x", LARGE, "Expect: wonders"),
    "an expectation of a page": request("GET /", LARGE, "Expect: wonders"),
    "no WebSocket": request("GET /ws", LARGE),
    "no WebSocket's key": request("GET /ws", LARGE, "Connection: Upgrade", "Upgrade: websocket"),
    "no WebSocket's version": request("GET /ws", LARGE, *UPGRADE, "Sec-WebSocket-Version: 7"),
    "a head without an end": b"GET / HTTP/1.1\r\n" + b"A: " + b"x" * 60_000,
    "no such page": b"GET /" + b"x" * 6000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
}
BY_TCP = {
    "a line that is too long": LARGE + b"\n",
    "half a line": LARGE,
    "binary": b"\0\1\2" * 1000,
    "TLS": b"\x16\x03\x01\x02\x00\x01" + b"x" * 512,
    "a request": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "telnet without an end": b"\xff\xfa\x18" + b"x" * 60_000,
}


UNCOLLECTED: dict[str, Any] = {NO_COLLECTOR: "yes"}


@pytest.fixture(scope="module")
def uncollected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway without a collector."""
    flags = ("--rate", "0", "--rate-kib", "0")
    gateway = Gateway(tmp_path_factory.mktemp("uncollected"), *flags, **UNCOLLECTED)
    with socket.create_connection(("127.0.0.1", gateway.http_port), PATIENCE) as ann:
        ann.sendall(DEFLATE + frame(1, b'{"type":"hello","name":"Ann"}'))
        yield gateway
    gateway.stop()


def go(port: int, data: bytes) -> None:
    """Send this, and go once the server has closed."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as peer, suppress(OSError):
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(65536):
            pass


def left_behind(gateway: Gateway, port: int, data: bytes) -> float:
    """Bytes that one leaves."""
    for _ in range(WARM):
        go(port, data)
    before = resident(gateway.pid)
    for _ in range(TIMES):
        go(port, data)
    return (resident(gateway.pid) - before) / TIMES


DEFLATE = upgrade_request("Sec-WebSocket-Protocol: chat.v1.json", "Sec-WebSocket-Extensions: permessage-deflate")
CASES = [
    *(pytest.param("http_port", DEFLATE + data, id=name) for name, data in BY_WEB.items()),
    *(pytest.param("http_port", data, id=name) for name, data in BY_HTTP.items()),
    *(pytest.param("tcp_port", data, id=name) for name, data in BY_TCP.items()),
]


@pytest.mark.parametrize(("port", "data"), CASES)
def test_who_goes_leaves_nothing(uncollected: Gateway, port: str, data: bytes) -> None:
    assert left_behind(uncollected, getattr(uncollected, port), data) < MOST
