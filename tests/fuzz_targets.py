"""The decoders of what strangers send, each as a function of bytes: it may refuse them in its own way, no more."""

from collections.abc import Callable
from contextlib import suppress
from typing import get_args

from websockets.exceptions import ProtocolError

from gateway.config import ProxyHeader
from gateway.forwarded import ForwardedError, client_of, networks_of
from gateway.phrases import Phrases
from gateway.swarm.dialects import Json, Raw
from gateway.swarm.speech import Speech
from gateway.wires import Wire
from gateway.wires.frames import Boundary
from gateway.wires.http import RefusedError, check_host, check_origin, parse_head
from gateway.wires.json import JsonWire
from gateway.wires.proxy import ProxyError, parse_proxy
from gateway.wires.raw import RawWire

_PHRASES = Phrases("en")
_PROXIES = networks_of(("127.0.0.1/32",))


def _ask_all(wire: Wire) -> int:
    """Take all requests; how many there were."""
    count = 0
    while wire.next_request(1.0) is not None:
        count += 1
    return count


def raw(data: bytes) -> None:
    """The raw wire, telnet filter and framing: the first byte says how the rest is cut."""
    wire = RawWire(_PHRASES, 200, 0.3)
    step = data[0] % 7 + 1 if data else 1
    count = 0
    for start in range(1, len(data), step):
        wire.feed(data[start : start + step])
        count += _ask_all(wire)
    wire.feed_eof()
    count += _ask_all(wire)
    assert count <= 2 * len(data) + 2, "more requests than bytes"


def json(data: bytes) -> None:
    """chat.v1.json: frames are cut where the input has a zero."""
    wire = JsonWire(200, deflate=False)
    for payload in data.split(b"\0"):
        with suppress(UnicodeDecodeError):
            wire.feed(payload)
        _ask_all(wire)


def head(data: bytes) -> None:
    """A request head, its Host and Origin, and what a proxy says in it."""
    with suppress(RefusedError, ForwardedError):
        request = parse_head(data + b"\r\n\r\n")
        for header in get_args(ProxyHeader):
            client_of(request.fields, "127.0.0.1", _PROXIES, header)
        authority = check_host(request, ["chat.example.org"])
        check_origin(request, authority, "http", ["https://chat.example.org"])


def proxy(data: bytes) -> None:
    """A PROXY header."""
    with suppress(ProxyError):
        found = parse_proxy(data)
        assert found is None or found[1] <= len(data)


def frames(data: bytes) -> None:
    """Where a client's frames end: the same however they are cut."""
    whole, cut = Boundary(), Boundary()
    at = 0
    while at < len(data):
        at = whole.pass_frame(data, at)
    for byte in data:
        cut.pass_frame(bytes([byte]), 0)
    assert whole.is_reached == cut.is_reached


def swarm(data: bytes) -> None:
    """The client's side: what a hostile server sends to the swarm."""
    speech = Speech("abcdef", 100)
    Raw(speech).hear(data)
    with suppress(ProtocolError):
        Json(speech).hear(data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "raw": raw,
    "json": json,
    "head": head,
    "proxy": proxy,
    "frames": frames,
    "swarm": swarm,
}
