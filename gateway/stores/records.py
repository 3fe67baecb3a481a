"""What comes out of a store or from other nodes is not believed: it is checked here, once, on the way in.

What is no record of ours is left out: that is counted, and one line in the log; nobody is stopped by it.

A record has a version. A field may be added without a new one; what changes the meaning of a record has a higher
version, and is left out by who does not know it. Records of before versions have version 0.
"""

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from ..logs import rationed
from ..messages import MAX_DELETED, MAX_SEQ, Draft, Entry, Message, Via, clean_text, erased, is_public_id
from ..names import defused
from ..people import MAX_LABEL, Person

VERSION = 1
DELETION = 2
"""The version of a deletion's record: who knows no kinds took it for a text."""
MAX_AT = 253_402_300_799_999
"""The last millisecond of the year 9999: RFC 3339 writes no later one."""
MAX_TEXT = 2**20

Version = Annotated[int, Meta(ge=0, le=DELETION)]
At = Annotated[int, Meta(ge=0, le=MAX_AT)]
Label = Annotated[str, Meta(min_length=1, max_length=MAX_LABEL)]
Id = Annotated[str, Meta(max_length=64)]
Host = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z:.%_/-]{0,64}\Z")]
Node = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z_-]{1,64}\Z")]
"""A node's name, which is a key of the bucket of leases."""
Epoch = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z:.+_-]{1,64}\Z")]
"""As we make them, and as NATS writes a time: it goes into GET /events as it is."""
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Re = Annotated[int, Meta(ge=0, le=MAX_SEQ)]
Seq = Annotated[int, Meta(ge=1, le=MAX_SEQ)]
Key = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Keys = Annotated[dict[Key, Seq], Meta(max_length=MAX_DELETED)]
"""Say-keys, and the seq that each is acked with: of what a deletion takes back, which it outlives."""

IdKey = Annotated[str, Meta(pattern=r"\A([0-9a-f]{32})?\Z")]
"""What alone of a say-key may outlive the text; empty, if that is the key itself."""

log = rationed("gateway.records")
_encode = msgspec.json.Encoder().encode


class Record(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """A message as it lies in a stream. Records of before have no owner and no kind."""

    at: At
    label: Label = msgspec.field(name="name")
    via: Via
    origin: Id
    text: Text
    owner: Id = ""
    kind: Entry = ""
    re: Re = 0
    id_key: IdKey = ""
    keys: Keys = {}
    v: Version = 0


class Row(msgspec.Struct, gc=False, array_like=True):
    """A message as it lies in a table, but for its seq. Its fields are the columns."""

    at: At
    label: Label
    via: Via
    owner: Id
    origin: Id
    text: Text
    kind: Entry
    re: Re


def record_of(draft: Draft, keys: Keys | None = None) -> bytes:
    """A draft as it is stored in a stream; a deletion with the keys of what it takes back."""
    return _encode(
        Record(
            at=draft.at,
            label=draft.label,
            via=draft.via,
            origin=draft.origin,
            text=draft.text,
            owner=draft.owner,
            kind=draft.kind,
            re=draft.re,
            id_key=draft.id_key.hex() if draft.id_key else "",
            keys=keys or {},
            v=DELETION if draft.kind == "deleted" else VERSION,
        )
    )


def message_in(seq: int, record: Record | Row, by_of: Callable[[str], str]) -> Message:
    """The message that a record holds, cleaned."""
    message = Message(
        seq=seq,
        at=record.at,
        label=defused(record.label),
        via=record.via,
        owner=record.owner,
        by=by_of(record.owner),
        origin=record.origin,
        text=clean_text(record.text),
        kind=record.kind,
        re=record.re,
    )
    return erased(message) if record.kind == "erased" else message


def person_in(person: Person) -> Person:
    """Someone whom another node tells of."""
    return Person(defused(person.name), person.via, person.by if is_public_id(person.by) else "")


class Skipped:
    """Counts what was left out, and says so."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, what: str, why: object) -> None:
        """Something was left out."""
        self.count += 1
        log.warning("%s is left out: %.200s", what, why)
