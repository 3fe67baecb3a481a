"""A room as lines of JSON: what `gateway export` writes and `gateway import` reads.

The first is a Room, the last an End that counts: what has none is not whole. What is between is read as what comes from
outside, and cleaned like what a store has.
"""

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, BinaryIO

import msgspec
from msgspec import Meta

from ..decoding import BadJsonError, Decoder
from ..messages import MAX_DELETED, MAX_SEQ, Kind, Message, Via, deletion_of
from ..names import shown_label
from ..stores import MAX_DRAFTS, Store, StoreError
from ..stores.records import Id, Label, Re, Record, Seq, Text, message_in
from ..wires.bodies import rfc3339

VERSION = 1
MAX_LINE = 16 * 1024 * 1024


class Line(msgspec.Struct, frozen=True, tag=str.lower, omit_defaults=True):
    """Of all of them."""


class Room(Line, frozen=True):
    """Of which log, from which seq to which, when. With the secret of the room, people stay who they are."""

    epoch: Id
    first: Seq
    head: Annotated[int, Meta(ge=0, le=MAX_SEQ)]
    at: str
    title: Id = ""
    secret: Annotated[str, Meta(max_length=100)] = ""  # base64
    v: Annotated[int, Meta(ge=1, le=VERSION)] = VERSION


class Said(Line, frozen=True, tag="message"):
    """What somebody said; its owner only with the secret."""

    seq: Seq
    at: str
    label: Label = msgspec.field(name="from")
    via: Via
    text: Text
    by: Id = ""
    kind: Kind = ""
    re: Re = 0
    owner: Id = ""


class Deleted(Line, frozen=True):
    """That others are taken back."""

    seq: Seq
    at: str
    of: Annotated[tuple[Seq, ...], Meta(max_length=MAX_DELETED)]
    label: Label = msgspec.field(name="from")
    via: Via
    by: Id = ""
    owner: Id = ""


class Name(Line, frozen=True):
    """What somebody is called."""

    owner: Id
    name: Label


class Ban(Line, frozen=True):
    """What an operator ordered."""

    subject: Annotated[str, Meta(max_length=1024)]
    note: Annotated[str, Meta(max_length=16 * 1024)]


class End(Line, frozen=True):
    """So many were written."""

    messages: int
    names: int
    bans: int


ALine = Room | Said | Deleted | Name | Ban | End

_read = Decoder[ALine](ALine)
_encode = msgspec.json.Encoder().encode


async def exported(store: Store, title: str, at: int, *, secrets: bool) -> AsyncIterator[bytes]:
    """All lines of a room, some at a time. Raises StoreError."""
    secret = b64encode(store.secret).decode() if secrets else ""
    yield _written([Room(store.epoch, max(1, store.first), store.head, rfc3339(at), title, secret)])
    count, after = 0, store.first - 1
    while found := await store.read(after, MAX_DRAFTS):
        yield _written(_line_of(message, secrets=secrets) for message in found)
        count, after = count + len(found), found[-1].seq
    names = await store.names.all() if secrets else {}
    bans = await store.bans.all() if secrets else {}
    yield _written(Name(owner, name) for owner, name in names.items())
    yield _written([*(Ban(subject, note) for subject, note in bans.items()), End(count, len(names), len(bans))])


def _written(lines: Iterable[Line]) -> bytes:
    return b"".join(_encode(line) + b"\n" for line in lines)


def _line_of(message: Message, *, secrets: bool) -> Line:
    owner = message.owner if secrets else ""
    label = message.label if secrets else shown_label(message.label, message.by)
    at = rfc3339(message.at)
    if message.kind == "deleted":
        return Deleted(message.seq, at, message.of, label, message.via, message.by, owner)
    kind: Kind = "action" if message.kind == "action" else ""
    return Said(message.seq, at, label, message.via, message.text, message.by, kind, message.re, owner)


class LineReader:
    """Reads them. Raises StoreError, with the line at which it is wrong."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._number = 0
        first = self._next()
        if not isinstance(first, Room):
            raise self.wrong("the first line is none of a room that gateway export wrote")
        self.room = first

    @property
    def source(self) -> str:
        """What it is of: the same for the same export."""
        return f"export of {self.room.epoch}, {self.room.at}"

    @property
    def secret(self) -> bytes | None:
        """The room's, if it was exported."""
        try:
            secret = b64decode(self.room.secret, validate=True)
        except ValueError as error:
            raise self.wrong("the secret is no base64") from error
        if len(secret) > blake2b.MAX_KEY_SIZE:
            raise self.wrong(f"the secret has more than {blake2b.MAX_KEY_SIZE} bytes")
        return secret or None

    def lines(self) -> Iterator[ALine]:
        """All but the first, up to the end."""
        while True:
            line = self._next()
            yield line
            if isinstance(line, End):
                return

    def message(self, line: Said | Deleted, secret: bytes) -> Message:
        """What it says, cleaned. Who has no owner there gets one that no session has, the same for each `by`."""
        owner = line.owner or (_stranger(line.by, secret) if line.by else "")
        text, kind, re = (line.text, line.kind, line.re) if isinstance(line, Said) else (deletion_of(line.of), "", 0)
        record = Record(at=self._ms(line.at), label=line.label, via=line.via, origin="", text=text, owner=owner, re=re)
        record.kind = kind if isinstance(line, Said) else "deleted"
        return message_in(line.seq, record, lambda _: "")

    def _ms(self, at: str) -> int:
        try:
            moment = datetime.fromisoformat(at)
            return max(0, round(moment.timestamp() * 1000))
        except (ValueError, OverflowError) as error:
            raise self.wrong(f"{at[:64]!r} is no time") from error

    def _next(self) -> ALine:
        self._number += 1
        line = self._file.readline(MAX_LINE)
        if not line:
            raise self.wrong("it ends here, and not with the line that counts: it is not whole")
        try:
            return _read(line)
        except BadJsonError as error:
            raise self.wrong(str(error)) from error

    def wrong(self, what: str) -> StoreError:
        """What is wrong with the line that was read last."""
        return StoreError(what, f"line {self._number}")


def _stranger(by: str, secret: bytes) -> str:
    return blake2b(by.encode(), digest_size=16, key=secret, person=b"gateway-new").hexdigest()
