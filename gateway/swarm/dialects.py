"""The client's side of the wires, sans-I/O: bytes in, what was heard out; what is said in, bytes out.

Most members hear the very same bytes, so what bytes mean is remembered and found out once.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

import msgspec
from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode

from ..decoding import BadJsonError, Decoder
from .speech import DamagedError, Said, Speech
from .transcript import Passage

T = TypeVar("T")

SUBPROTOCOL = "chat.v1.json"
_MEMO_LINES = 50_000
_MEMO_PIECES = 256
_MAX_BYTES = 2**24
"""Of one frame or line, inflated: no gateway sends so much, and no server fills the memory."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """The gateway has let a member in. `seq` is its cursor; the raw wire tells none."""

    session: str = ""
    epoch: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Pinged:
    """A WebSocket ping, to be answered with this."""

    pong: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """The gateway ends the connection, and says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something that the gateway wants to be read: a notice, an error."""

    text: str


@dataclass(frozen=True, slots=True)
class Barred:
    """The room has a password, and we have none."""


Event = Welcome | Pinged | Closed | Complaint | Barred


class Heard:
    """What a piece of input holds. `last` is the seq of its last message, 0 where the wire tells none."""

    __slots__ = ("damaged", "events", "last", "passage", "tail")

    def __init__(self) -> None:
        self.passage: Passage | None = None
        self.events: list[Event] = []
        self.damaged = 0
        self.last = 0
        self.tail = b""  # of something that is not whole


class Dialect(Protocol):
    """One wire, for all members of a process that speak it."""

    def hear(self, data: bytes) -> Heard:
        """What these bytes mean; they begin where something does."""

    def say(self, number: int, text: str) -> bytes:
        """The bytes that say it."""


class Raw:
    """The raw wire in the post's framing: an empty line ends everything."""

    def __init__(self, speech: Speech, password: str = "") -> None:
        self._speech = speech
        self._password = password
        self._lines: dict[bytes, Said | None] = {}
        self._heard: dict[bytes, Heard] = {}

    def hear(self, data: bytes) -> Heard:
        """See Dialect. Raises ProtocolError."""
        return _remembered(self._heard, data, self._parse)

    def say(self, number: int, text: str) -> bytes:
        """See Dialect."""
        return text.encode() + b"\n\n"

    def knock(self) -> bytes:
        """What has to be said first, if anything."""
        return f"/pass {self._password}\n\n".encode() if self._password else b""

    def _parse(self, data: bytes) -> Heard:
        heard = Heard()
        *lines, heard.tail = data.split(b"\n\n")
        _bound(heard.tail)
        known = self._lines
        try:
            found = [known[line] for line in lines]
        except KeyError:
            found = [known[line] if line in known else self._read(line, heard) for line in lines]
        said = [message for message in found if message] if None in found else cast(list[Said], found)
        heard.passage = Passage(said) if said else None
        return heard

    def _read(self, line: bytes, heard: Heard) -> Said | None:
        if line.startswith(_GREETING):
            heard.events += [] if self._password else [Welcome()]
            return None
        if line.startswith(_ASKED):
            heard.events += [] if self._password else [Barred()]
            return None
        if line in _LET_IN and self._password:
            heard.events.append(Welcome())
            return None
        if line.startswith(b"* "):
            heard.events.append(Complaint(line[2:].decode(errors="replace")))
            return None
        start = line.find(self._speech.mark)
        try:
            message = self._speech.read(line[start:]) if start >= 0 else None
        except DamagedError:
            heard.damaged += 1
            return None
        return _keep(self._lines, line, message, _MEMO_LINES)


class Json:
    """chat.v1.json, with permessage-deflate where it was agreed."""

    def __init__(self, speech: Speech, password: str = "") -> None:
        self._speech = speech
        self._hello = {"type": "hello", **({"password": password} if password else {})}
        self._lines: dict[bytes, Said | None] = {}
        self._frames: dict[bytes, bytes] = {}
        self._heard: dict[bytes, Heard] = {}

    def hear(self, data: bytes) -> Heard:
        """See Dialect. Raises ProtocolError."""
        return _remembered(self._heard, data, self._parse)

    def say(self, number: int, text: str) -> bytes:
        """See Dialect. The number is the message's id, so it can be said again without being said twice."""
        return frame(_encoder.encode({"type": "say", "id": str(number), "text": text}))

    def hello(self, session: str, epoch: str, seq: int) -> bytes:
        """The first event of a connection; with a session, the position from which to go on."""
        resume = {"session": session, "after": {"epoch": epoch, "seq": seq}} if session else {}
        return frame(_encoder.encode(self._hello | resume))

    def _parse(self, data: bytes) -> Heard:
        heard = Heard()
        said: list[Said] = []
        end = 0
        for opcode, payload, end in self._split(data):  # noqa: B007 - what is behind the last one is the tail
            if opcode is Opcode.TEXT:
                said += self._read(payload, heard)
            elif opcode is Opcode.PING:
                heard.events.append(Pinged(frame(payload, Opcode.PONG)))
            elif opcode is Opcode.CLOSE:
                heard.events.append(Closed(payload[2:].decode(errors="replace")))
        heard.tail = data[end:]
        _bound(heard.tail)
        if said:
            heard.passage, heard.last = Passage(said), said[-1].seq
        return heard

    def _split(self, data: bytes) -> Iterator[tuple[Opcode, bytes, int]]:
        """The frames that are whole: opcode, payload, where each ends (RFC 6455, section 5.2)."""
        at = 0
        while (size := _size_of(data, at)) and at + size <= len(data):
            whole = data[at : at + size]
            at += size
            if whole[0] & 0x0F not in _OPCODES:
                raise ProtocolError("a frame of an unknown kind")
            yield Opcode(whole[0] & 0x0F), self._payload(whole), at

    def _payload(self, whole: bytes) -> bytes:
        start = _HEADS.get(whole[1], 2)
        if not whole[0] & 0x80:
            raise ProtocolError("a fragment, which chat.v1.json does not use")
        # RFC 7692, section 7.2.1: RSV1 says that the message is compressed.
        if not whole[0] & 0x40:
            return whole[start:]
        if whole in self._frames:
            return self._frames[whole]
        inflating = zlib.decompressobj(wbits=-15)
        try:
            payload = inflating.decompress(whole[start:] + b"\x00\x00\xff\xff", _MAX_BYTES)
        except zlib.error as error:
            raise ProtocolError(f"a frame that can't be inflated: {error}") from error
        _bound(inflating.unconsumed_tail, most=0)
        return _keep(self._frames, whole, payload, _MEMO_PIECES)

    def _read(self, payload: bytes, heard: Heard) -> list[Said]:
        known = self._lines
        lines = payload.split(b"\n")
        found = [known[line] if line in known else self._read_line(line, heard) for line in lines]
        return [message for message in found if message]

    def _read_line(self, line: bytes, heard: Heard) -> Said | None:
        try:
            event = _decode(line)
            message = self._speech.read(event.text.encode()) if event.type == "message" else None
        except (BadJsonError, UnicodeError, DamagedError):
            heard.damaged += 1
            return None
        if event.type != "message":
            if make := _EVENTS.get(event.type):
                heard.events.append(make(event))
            return None
        if message is not None:
            message.seq = event.seq
        return _keep(self._lines, line, message, _MEMO_LINES)


class _Event(msgspec.Struct):
    """Whatever the gateway sends, as far as it matters here."""

    type: str
    seq: int = 0
    text: str = ""
    message: str = ""
    session: str = ""
    epoch: str = ""


_EVENTS: dict[str, Callable[[_Event], Event]] = {
    "welcome": lambda event: Welcome(event.session, event.epoch, event.seq),
    "notice": lambda event: Complaint(event.text),
    "error": lambda event: Complaint(event.message),
}
_GREETING = "你已连接到服务器".encode()
_ASKED = (b"* this room has a password", "* 进入需要密码".encode())
_LET_IN = (b"* you are in", "* 你进来了".encode())
_HEADS = {126: 4, 127: 10}
_OPCODES = frozenset(Opcode)
_decode = Decoder[_Event](_Event)
_encoder = msgspec.json.Encoder()


def frame(payload: bytes, opcode: Opcode = Opcode.TEXT) -> bytes:
    """A client's frame."""
    return Frame(opcode, payload).serialize(mask=True)


def _bound(data: bytes, most: int = _MAX_BYTES) -> None:
    if len(data) > most:
        raise ProtocolError("something that does not end")


def _size_of(data: bytes, at: int) -> int:
    """Bytes of the server's frame that begins here, 0 if that can't be told yet."""
    if len(data) < at + 2:
        return 0
    length = data[at + 1]
    head = _HEADS.get(length, 2)
    if len(data) < at + head:
        return 0
    return head + (length if head == 2 else int.from_bytes(data[at + 2 : at + head], "big"))


def _remembered(memo: dict[bytes, Heard], data: bytes, parse: Callable[[bytes], Heard]) -> Heard:
    heard = memo.get(data)
    return _keep(memo, data, parse(data), _MEMO_PIECES) if heard is None else heard


def _keep(memo: dict[bytes, T], data: bytes, meaning: T, most: int) -> T:
    """Remember what bytes mean, `most` of them; a full memo begins anew."""
    if len(memo) >= most:
        memo.clear()
    memo[data] = meaning
    return meaning
