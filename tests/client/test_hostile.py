"""A server that means harm, and the client: no word of it is obeyed, none is a traceback, and memory stays flat."""

import asyncio
import base64
import hashlib
import json
import re
import tracemalloc
import zlib
from collections.abc import Callable, Mapping
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode

from gateway.client import told
from gateway.client.address import LOST, REFUSED, STRANGER, Address, ChatError
from gateway.client.framing import MAX_UNENDED
from gateway.client.json_session import JsonSession
from gateway.client.link import Link
from gateway.client.raw import RawLink
from gateway.client.raw_session import RawSession
from gateway.client.screen import json_of, label_of, line_of, plain, show
from gateway.client.websocket import LARGE, MAX_FRAME, WebSocketLink

from ..tables import each_of
from .server import SECONDS, server

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
NASTY = "x\x1b[2J\x1b]0;t\x07\x9b31m\x9d0;t\x9c\u202ey\u2028z\r\n\x7f\x85来自bob的消息:no\n\x00* hi"


def ws(port: int, hear: Callable[[told.Told], None], *, patience: float = 0) -> Link:
    address = Address("127.0.0.1", port, f"ws://127.0.0.1:{port}/ws")
    return WebSocketLink(JsonSession(address, hear, name="", password="", patience=patience))


def tcp(port: int, hear: Callable[[told.Told], None], *, patience: float = 0) -> Link:
    return RawLink(RawSession(Address("127.0.0.1", port), hear, name="", password="", patience=patience))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never answers a question is waited for a moment."""
    monkeypatch.setattr("gateway.client.stranger.SECONDS", 0.03)


async def end_of(link: Link) -> ChatError:
    """How it ends, which is in one line that nothing obeys."""
    with pytest.raises(ChatError) as caught:
        async with asyncio.timeout(SECONDS):
            await link.run()
    assert not OBEYED.search(str(caught.value))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= 500
    return caught.value


# --- HTTP: what may be answered to a handshake --------------------------------------------------------------------

ANSWERS: list[tuple[bytes, int]] = [
    (b"", STRANGER),
    (b"\x00\xff" * 100, STRANGER),
    (b"SSH-2.0-\x1b]0;t\x07\r\n", STRANGER),
    (b"HTTP/1.1 500 \x1b[31mno\r\n\r\n", STRANGER),
    (b"HTTP/1.1 403 No\r\nContent-Length: 30\r\n\r\n\x1b]0;title\x07\x9b31m" + b"x" * 18, STRANGER),
    (b"HTTP/1.1 99999 x\r\n\r\n", STRANGER),
    (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", STRANGER),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: \x1b[31m\r\nConnection: upgrade\r\n\r\n", STRANGER),
    (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n", STRANGER),
    (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n", STRANGER),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", STRANGER),
    (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", STRANGER),
    (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", STRANGER),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", STRANGER),
    (b"HTTP/1.1 302 Found\r\n\r\n", STRANGER),
    (b"HTTP/1.1 302 Found\r\nLocation: ftp://\x1b[31m/\r\n\r\n", STRANGER),
    (b"HTTP/1.1 302 Found\r\nLocation: ws://[::1/\r\n\r\n", STRANGER),
    (b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:99999/\r\n\r\n", STRANGER),
    (b"HTTP/1.1 302 Found\r\nLocation: ws:///\r\n\r\n", STRANGER),
    (b"HTTP/1.1 302 Found\r\nLocation: /ws\r\n\r\n", STRANGER),
    (b"HTTP/1.1 302 Found\r\nLocation: /ws\r\nLocation: /other\r\n\r\n", STRANGER),
    (b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: \xff\r\n\r\n", STRANGER),
]


@each_of(("answer", "status"), ANSWERS)
async def test_whatever_is_answered_is_one_line(answer: bytes, status: int) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with server(serve) as port:
        assert (await end_of(ws(port, lambda event: None))).status == status


# --- WebSocket: what may be told after it -------------------------------------------------------------------------


async def shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, deflate: bool = False) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    key = re.search(rb"Sec-WebSocket-Key: (\S+)", head)
    assert key is not None
    accept = base64.b64encode(hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    extension = b"Sec-WebSocket-Extensions: permessage-deflate\r\n" if deflate else b""
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Protocol: chat.v1.json\r\nSec-WebSocket-Accept: %b\r\n%b\r\n" % (accept, extension)
    )
    await reader.read(2)  # hello


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await writer.drain()
    writer.write_eof()
    await reader.read()


WELCOME = {"type": "welcome", "name": "guest-a", "session": "s", "epoch": "e", "seq": 1, "resumed": False, "members": 1}


def event(**fields: object) -> bytes:
    return text(json.dumps(fields, ensure_ascii=False).encode(errors="surrogatepass"))


def text(payload: bytes) -> bytes:
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


async def told_by(
    *sent: bytes, deflate: bool = False, welcome: Mapping[str, object] = WELCOME
) -> tuple[list[told.Told], ChatError]:
    """What the client hears of a server that sends this after a welcome and then closes; and how that ends."""
    heard: list[told.Told] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer, deflate=deflate)
        goodbye = Frame(Opcode.CLOSE, Close(4503, NASTY[:60]).serialize()).serialize(mask=False)
        for data in (event(**welcome), *sent, goodbye):
            writer.write(data)
            await writer.drain()
        await hang_up(reader, writer)

    async with server(serve) as port:
        error = await end_of(ws(port, heard.append))
    assert_shown(heard)
    return heard, error


def assert_shown(heard: list[told.Told]) -> None:
    """Nothing of it is obeyed, wherever it is shown."""
    for each in heard:
        shown = ["".join(part for _, part in line) for line in show(each)]
        assert not any(map(OBEYED.search, plain(each)))
        if isinstance(each, told.Message):
            shown += [line_of(each), label_of(each.label), json_of(each)]
            assert json.loads(json_of(each))["text"] == each.text
        for one in shown:
            assert not OBEYED.search(one)
            assert not any(line.startswith(("来自", "* ")) for line in one.split("\n")[1:])


VALUES: dict[object, list[object]] = {
    str: [NASTY, "x" * 100_000, "", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "99999-01-01T00:00:00Z"],
    told.Word: [NASTY, "x" * told.MOST, "x" * 100_000, ""],
    told.Count: [-1, 2**53, 2**53 + 1, 2**70, -(2**70)],
    bool: [True],
}


def samples(kind: Any) -> list[object]:
    """Values of a type, as bad as they may be."""
    if kind in VALUES:
        return VALUES[kind]
    if hasattr(kind, "__metadata__"):
        return samples(kind.__origin__)
    if args := get_args(kind):
        found = [sample for arg in args for sample in samples(arg)]
        return [[sample] * 3 for sample in found] if getattr(kind, "__origin__", None) is list else found
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [fields for sample in events_of(kind) for fields in [sample]]
    return [None] if kind is type(None) else [kind]


def events_of(kind: type[msgspec.Struct]) -> list[dict[str, object]]:
    """Events of a kind, each with one field that is as bad as it may be, and one with all."""
    fields = {field.encode_name: samples(field.type) for field in msgspec.structs.fields(kind)}
    tag = {"type": kind.__struct_config__.tag} if kind.__struct_config__.tag else {}
    good = {name: bad[-1] if isinstance(bad[-1], bool) else bad[0] for name, bad in fields.items()}
    good |= {name: 1 for name, bad in fields.items() if bad is VALUES[told.Count]}
    return [tag | good, *(tag | good | {name: value} for name, bad in fields.items() for value in bad)]


KINDS: list[type[msgspec.Struct]] = list(get_args(told.Anything))


@each_of("kind", KINDS)
async def test_every_field_of_every_event_is_cleaned_and_in_range(kind: type[msgspec.Struct]) -> None:
    told_events = events_of(kind)
    assert len(told_events) > len(msgspec.structs.fields(kind))
    if kind is told.Welcome:  # of which each connection has one
        for fields in told_events:
            await told_by(welcome=fields)
    heard, error = await told_by(*(event(**fields) for fields in told_events))
    assert any(isinstance(each, kind) for each in heard)
    assert error.status == REFUSED


@each_of(
    "sent",
    [
        text(b"[" * 1_000_000),
        text(b'{"type":"notice","text":"a","x":' + b"[" * 1_000_000),
        text(b'{"type":"message","from":"a","text":"\\ud800"}'),
        text(b'{"type":"message","from":"a","text":"b","seq":1e400}'),
        text(b'{"type":"message","from":"a","text":"b","seq":' + b"9" * 100_000 + b"}"),
        text(b'{"type":["message"]}'),
        text(b"\n" * 1_000_000),
        text(b"{}\n" * 5_000),
        text(b'{"type":"ack","id":"1","seq":1}\n' * 2_000),
        Frame(Opcode.BINARY, b"\x00" * 100_000).serialize(mask=False),
        Frame(Opcode.PING, b"x" * 125).serialize(mask=False) * 1000,
        Frame(Opcode.PONG, b"").serialize(mask=False) * 1000,
    ],
)
async def test_what_is_no_event_is_passed_over(sent: bytes) -> None:
    heard, error = await told_by(sent, event(type="notice", text="the end"))
    assert told.Notice("the end") in heard
    assert error.status == REFUSED


@each_of(
    "sent",
    [
        b"\x81\x7f" + (2**62).to_bytes(8, "big"),
        b"\x81\x7f" + (MAX_FRAME + 1).to_bytes(8, "big") + b"x" * 1000,
        b"\x83\x00",
        b"\xf1\x00",
        text(b"\xff\xfe"),
        b"\x81\x85\x00\x00\x00\x00hello",
        b"\x01\x01a" * 1000 + b"\x81\x00",
        Frame(Opcode.CLOSE, b"\x00").serialize(mask=False),
        Frame(Opcode.CLOSE, Close(1000, "").serialize()[:0] + b"\x03\xe8\xff\xff").serialize(mask=False),
        Frame(Opcode.CLOSE, b"\x00\x05" + b"bad").serialize(mask=False),
    ],
)
async def test_what_breaks_the_protocol_ends_it_with_one_line(sent: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        writer.write(event(**WELCOME) + sent)
        await hang_up(reader, writer)

    async with server(serve) as port:
        assert (await end_of(ws(port, lambda event: None))).status == LOST


async def test_a_bomb_is_not_inflated() -> None:
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    mebibyte = squeezed.compress(b"\n" * 2**20) + squeezed.flush(zlib.Z_FULL_FLUSH)
    bomb = mebibyte * 64
    frame = b"\xc1\x7f" + (len(bomb) - 4).to_bytes(8, "big") + bomb[:-4]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer, deflate=True)
        writer.write(event(**WELCOME) + frame)
        await hang_up(reader, writer)

    async with server(serve) as port:
        tracemalloc.start()
        try:
            assert (await end_of(ws(port, lambda event: None))).status == LOST
            assert tracemalloc.get_traced_memory()[1] < 10 * MAX_FRAME
        finally:
            tracemalloc.stop()


async def test_whoever_types_has_a_turn_within_a_large_frame() -> None:
    turns = 0
    heard = 0

    def hear(each: told.Told) -> None:
        nonlocal heard
        heard += isinstance(each, told.Notice)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        writer.write(event(**WELCOME) + text(b'{"type":"notice","text":"a"}\n' * 20_000))
        writer.write(Frame(Opcode.CLOSE, Close(4503, "").serialize()).serialize(mask=False))
        await hang_up(reader, writer)

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 0 < heard < 20_000
            await asyncio.sleep(0)

    async with server(serve) as port:
        typing = asyncio.create_task(take_turns())
        await end_of(ws(port, hear))
        typing.cancel()
    assert heard == 20_000
    assert turns > 150


@each_of("code", [1000, 1001, 1011, 4000, 4001, 4500, 4503, 4504, 4999])
async def test_a_reason_is_one_line_and_not_obeyed(code: int) -> None:
    visits = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal visits
        visits += 1
        await shake_hands(reader, writer)
        writer.write(event(**WELCOME) + Frame(Opcode.CLOSE, Close(code, NASTY[:60]).serialize()).serialize(mask=False))
        await hang_up(reader, writer)

    is_final = code == 4001 or code >= 4500
    async with server(serve) as port:
        heard: list[told.Told] = []
        error = await end_of(ws(port, heard.append, patience=60 if is_final else -1))
    assert visits == 1
    assert error.status == (REFUSED if code >= 4500 else LOST)
    assert_shown(heard)


# --- the raw wire -------------------------------------------------------------------------------------------------


GREETING = "你已连接到服务器,IP为127.0.0.1:1\n\n".encode()


async def said_by(*sent: bytes) -> list[told.Told]:
    heard: list[told.Told] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for data in (GREETING, *sent):
            writer.write(data)
            await writer.drain()

    async with server(serve) as port:
        await end_of(tcp(port, heard.append, patience=-1))
    assert_shown(heard)
    return heard


async def test_what_a_raw_server_says_is_not_obeyed() -> None:
    heard = await said_by(f"来自{NASTY}的消息:{NASTY}\n\n* {NASTY}\n\n".encode(), b"\xff\xfe\x00\n\n", NASTY.encode())
    assert any(isinstance(each, told.Message) for each in heard)


async def test_a_line_without_an_end_is_shown_in_pieces_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces, most = 2, MAX_UNENDED // 8
    monkeypatch.setattr("gateway.client.framing.MAX_UNENDED", most)
    tracemalloc.start()
    try:
        heard = await said_by(*[b"x" * 65536] * (pieces * most // 65536))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    notices = [each for each in heard if isinstance(each, told.Notice) and each.code != "greeting"]
    assert len(notices) == pieces
    assert sum(len(each.text) for each in notices) == pieces * most
    assert peak < (pieces + 6) * most


async def test_what_is_no_room_is_named() -> None:
    for sent in (b"HTTP/1.1 400 \x1b[31m\r\n\r\n", b"SSH-2.0-x\r\n", b"220 mail\r\n"):

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes = sent) -> None:
            writer.write(sent)

        async with server(serve) as port:
            assert (await end_of(tcp(port, lambda event: None))).status == STRANGER


# --- texts of any kind --------------------------------------------------------------------------------------------


@given(st.text(), st.text(), st.text())
def test_nothing_that_is_shown_is_obeyed(name: str, said: str, at: str) -> None:
    people = [told.Person(name, said)] * 2
    assert_shown([
        told.Message(name, said, 1, at, at), told.Page([told.Message(name, said)]), told.Notice(said, name),
        told.Error(name, said, at), told.Named(name), told.Who(1, people, more=True), told.Presence(1, people, people),
        told.State("lost", said),
    ])  # fmt: skip
    assert not OBEYED.search(str(ChatError(said, LOST)))


# --- texts that are long ------------------------------------------------------------------------------------------


async def test_between_large_texts_others_have_a_turn() -> None:
    """Twenty of 2 MB were one step: Ctrl-C was heard a minute later."""
    heard: list[told.Told] = []
    link = ws(1, heard.append)
    assert isinstance(link, WebSocketLink)
    seen: set[int] = set()

    async def look() -> None:
        while True:
            seen.add(len(heard))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    event = json.dumps({"type": "message", "from": "bob", "text": "x" * 2 * LARGE})
    await link._take_all("\n".join([event] * 5))
    await link._take_all(event)
    looking.cancel()
    assert seen >= {1, 2, 3, 4, 5}
    assert len(heard) == 6
