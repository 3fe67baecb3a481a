"""The decoders of what strangers send, each as a function of bytes: it may refuse them in its own way, no more."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import get_args

from websockets.exceptions import ProtocolError

from gateway.client import told
from gateway.client.address import Address, ChatError
from gateway.client.greeting import GREETING
from gateway.client.raw_session import RawSession
from gateway.client.screen import json_of, show
from gateway.config import ProxyHeader
from gateway.decoding import BadJsonError, Decoder
from gateway.messages import clean_text
from gateway.names import BadNameError, clean_name
from gateway.swarm.dialects import Json, Raw
from gateway.swarm.speech import Speech
from gateway.wires import Wire
from gateway.wires.commands import parse, parse_command
from gateway.wires.forwarded import ForwardedError, client_of, networks_of
from gateway.wires.frames import Boundary
from gateway.wires.http import HttpError, check_host, check_origin, cut_head, parse_head
from gateway.wires.proxy import ProxyError, parse_proxy
from gateway.wires.raw import POST, line_format

from .samples import a_message
from .wires.kinds import HEARING, KINDS, Kind

_PROXIES = networks_of(("127.0.0.1/32",))
_decode_told = Decoder[told.Anything](told.Anything)


def _ask_all(decoder: Wire) -> int:
    """Take all requests; how many there were."""
    count = 0
    while decoder.next_request(1.0) is not None:
        count += 1
    return count


def wire(kind: Kind, data: bytes) -> None:
    """What a wire is fed. Messages of their own are cut where the input has a zero.

    Of a stream the first byte says how the rest is cut, and how long a text may be.
    """
    first = data[0] if data and kind.is_stream else 0
    step = (1, 2, 3, 5, 7, 100, 65536, 65536)[first % 8]
    pieces = [data[at : at + step] for at in range(1, len(data), step)] if kind.is_stream else data.split(b"\0")
    decoder = kind.make(200 if first < 128 else 65536)
    count = 0
    for piece in pieces:
        with suppress(*([] if kind.is_stream else [UnicodeDecodeError])):
            decoder.feed(piece)
        count += _ask_all(decoder)
    decoder.feed_eof()
    count += _ask_all(decoder)
    assert count <= 2 * len(data) + 2, "more requests than bytes"


def head(data: bytes) -> None:
    """A request head, where it ends, its Host and Origin, and what a proxy says in it."""
    with suppress(HttpError):
        found = cut_head(data)
        assert found is None or len(found[0] + found[1]) in (len(data), len(data) - 2)
    with suppress(HttpError, ForwardedError):
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


def typed(data: bytes) -> None:
    """What a person types."""
    text = clean_text(data.decode(errors="replace"))
    parse(text)
    parse_command(text)


def message(data: bytes) -> None:
    """A text on its way from the one to the other, and a name."""
    raw_text = data.decode(errors="replace")
    said = a_message(clean_text(raw_text))
    assert b"\n\n" not in POST.encode(said)[:-2]
    assert b"\n" not in line_format("en", "\n").encode(said)[:-1].replace(b"\n  ", b"")
    with suppress(BadNameError):
        clean_name(raw_text)


def client(data: bytes) -> None:
    """What a server says to gateway chat, by either wire."""
    heard: list[told.Told] = []
    with suppress(ChatError, OSError):
        session = RawSession(Address("h", 1), heard.append, name="", password="", patience=0)
        session.opened(0)
        session.feed(f"{GREETING}\n\n".encode() + data, 0)
        session.feed(b"", 0)
    for line in data.split(b"\n"):
        with suppress(BadJsonError):
            heard.append(_decode_told(line))
    for event in heard:
        show(event)
        if isinstance(event, told.Message):
            json_of(event)


def swarm(data: bytes) -> None:
    """The client's side: what a hostile server sends to the swarm."""
    speech = Speech("abcdef", 100)
    Raw(speech).hear(data)
    with suppress(ProtocolError):
        Json(speech).hear(data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    **{name: partial(wire, KINDS[name]) for name in HEARING},
    "head": head,
    "proxy": proxy,
    "frames": frames,
    "typed": typed,
    "message": message,
    "client": client,
    "swarm": swarm,
}
