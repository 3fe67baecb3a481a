"""The WebSocket wire chat.v1.json: one JSON object a line, one event or more a frame. See docs/protocol.md."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, get_args

import msgspec

from ..decoding import BadJsonError, Decoder
from ..messages import MAX_SEQ, Message, Position
from ..searches import day_or_time
from ..vocabulary import COMMANDS
from . import Unswitched, answers, events
from .bodies import answer_json, deletion_json, message_json
from .frames import MAX_EVENTS, Framed, deflated_frame, plain_frame

SUBPROTOCOL = "chat.v1.json"
BLANK_BYTES = 64 * 1024
"""Bytes of blank lines skipped in one call."""

_MAX_DETAIL = 200
_BLANK = re.compile(rb"[ \t\r\n]{0,%d}" % BLANK_BYTES)

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _Event(msgspec.Struct, tag_field="type", frozen=True):
    pass


class _After(msgspec.Struct, frozen=True, kw_only=True):
    epoch: str = ""
    seq: _Count


class _Hello(_Event, tag="hello", frozen=True):
    name: str | None = None
    session: str | None = None
    after: _After | None = None
    history: _Count = 0
    password: str | None = None


class _Name(_Event, tag="name", frozen=True):
    name: str


class _Who(_Event, tag="who", frozen=True):
    pass


class _Ping(_Event, tag="ping", frozen=True):
    pass


class _History(_Event, tag="history", frozen=True):
    limit: _Count = 50
    before: _Count | None = None
    after: _Count | None = None


class _Find(_Event, tag="find", frozen=True):
    text: str = ""
    sender: str = msgspec.field(name="from", default="")
    since: str | None = None
    until: str | None = None
    before: _Count | None = None
    limit: _Count = 50


class _Command(_Event, tag="command", frozen=True):
    text: str


class _Moderate(_Event, tag="moderate", frozen=True):
    act: events.Act
    member: str = ""
    seq: _Count = 0
    seconds: Annotated[int, msgspec.Meta(ge=0, le=events.MAX_SECONDS)] = 0


class _Delete(_Event, tag="delete", frozen=True):
    seq: Annotated[int, msgspec.Meta(ge=1, le=MAX_SEQ)]


class _AnyEvent(msgspec.Struct, frozen=True):
    type: str = ""
    id: str | None = None


_Known = _Hello | events.Say | _Name | _Who | _Ping | _History | _Find | _Command | _Moderate | _Delete
_decode_known = Decoder[_Known](_Known)
_decode_any = Decoder[_AnyEvent](_AnyEvent)
_KNOWN_TYPES = frozenset(str(event.__struct_config__.tag) for event in get_args(_Known))


class JsonFormat:
    """Message events, as many in a frame as fit in MAX_EVENTS; one that is larger has a frame for itself."""

    excludes_own = False

    def __init__(self, framed: Framed, squeeze: int) -> None:
        self.framed = framed
        self.squeeze = squeeze

    def encode(self, message: Message) -> bytes:
        """The message as an event."""
        return message_json(message)

    def encode_deletion(self, message: Message) -> bytes:
        """Likewise."""
        return deletion_json(message)

    def join(self, parts: Sequence[bytes]) -> bytes:
        """The events in frames."""
        frames = []
        start = size = 0
        for index, part in enumerate(parts):
            if index > start and size + len(part) > MAX_EVENTS:
                frames.append(self.framed(b"\n".join(parts[start:index])))
                start, size = index, 0
            size += len(part) + 1
        frames.append(self.framed(b"\n".join(parts[start:])))
        return b"".join(frames)


JSON = JsonFormat(plain_frame, 1)
JSON_DEFLATE = JsonFormat(deflated_frame, 4)


class JsonWire(Unswitched):
    """One chat.v1.json connection."""

    __slots__ = ("_eof", "_max_text", "_unread", "format")

    name = "json"
    tells_presence = True
    deadline = None

    def __init__(self, max_text: int, *, deflate: bool) -> None:
        self._max_text = max_text
        self._unread = bytearray()
        self._eof = False
        self.format = JSON_DEFLATE if deflate else JSON

    def feed(self, payload: bytes) -> None:
        """A whole text message. Raises UnicodeDecodeError."""
        payload.decode()
        self._unread += payload
        self._unread += b"\n"

    def feed_eof(self) -> None:
        """The peer has closed its side."""
        self._eof = True

    feed_reset = feed_eof  # only whole frames get here

    def next_request(self, now: float) -> events.Request | None:
        """The request of the next line that holds one."""
        if self._unread[:1].isspace() and (blank := _BLANK.match(self._unread)):
            del self._unread[: blank.end()]
        if (end := self._unread.find(b"\n")) >= 0:
            line = bytes(self._unread[:end])
            del self._unread[: end + 1]
            return self._decode(line) if line.strip(b" \t\r") else events.WORKING
        if self._eof:
            self._eof = False
            return events.EndOfInput()
        return None

    def answer(self, answer: answers.Answer) -> bytes:
        """The answer as an event in a frame of its own."""
        return self.format.framed(answer_json(answer))

    def _decode(self, line: bytes) -> events.Request:
        try:
            event = _decode_known(line)
        except BadJsonError as error:
            return _mistake(line, error)
        return _REQUESTS[type(event)](self, event)

    def _hello(self, event: _Hello) -> events.Request:
        after = None if event.after is None else Position(event.after.epoch, event.after.seq)
        return events.Hello(event.name, event.session, after, min(event.history, events.MAX_HISTORY), event.password)

    def _find(self, event: _Find) -> events.Request:
        if max(len(event.text), len(event.sender)) > events.MAX_COMMAND:
            return events.Mistake("search-long")
        limit = min(event.limit, events.MAX_HISTORY)
        try:
            since, until = [None if text is None else day_or_time(text) for text in (event.since, event.until)]
        except ValueError as error:
            return events.Mistake("bad-json", detail=str(error))
        return events.Find(event.text, limit, event.sender, since, until, event.before)

    def _command(self, event: _Command) -> events.Request:
        if len(event.text) > events.MAX_COMMAND:
            return events.Mistake("command-long")
        return events.Command(event.text)

    def _moderate(self, event: _Moderate) -> events.Request:
        if event.act in _AIMED and bool(event.member) == bool(event.seq):
            return events.Mistake("bad-argument", detail="moderate")
        return events.Moderate(event.act, seconds=event.seconds, member=event.member, seq=event.seq)

    def _say(self, event: events.Say) -> events.Request:
        if event.id is not None and len(event.id.encode()) > events.MAX_ID:
            return events.Mistake("bad-id")
        if len(event.text.encode()) > self._max_text:
            return events.Mistake("too-long", event.id)
        return event


_AIMED = frozenset(command.name for command in COMMANDS if command.is_aimed)

_REQUESTS: dict[type[_Known], Callable[..., events.Request]] = {
    _Hello: JsonWire._hello,
    events.Say: JsonWire._say,
    _Name: lambda wire, event: events.Rename(event.name),
    _Who: lambda wire, event: events.AskWho(),
    _Ping: lambda wire, event: events.Ping(),
    _History: lambda wire, event: events.AskHistory(min(event.limit, events.MAX_HISTORY), event.before, event.after),
    _Find: JsonWire._find,
    _Command: JsonWire._command,
    _Moderate: JsonWire._moderate,
    _Delete: lambda wire, event: events.Delete(event.seq),
}


def _mistake(line: bytes, error: BadJsonError) -> events.Mistake:
    """What is wrong with a line that holds no event that we know."""
    try:
        event = _decode_any(line)
    except BadJsonError:
        return events.Mistake("bad-json", detail=str(error)[:_MAX_DETAIL])
    say_id = event.id if event.id is not None and len(event.id.encode()) <= events.MAX_ID else None
    if event.type in _KNOWN_TYPES:
        return events.Mistake("bad-json", say_id, str(error)[:_MAX_DETAIL])
    return events.Mistake("bad-event", say_id, event.type[:64])
