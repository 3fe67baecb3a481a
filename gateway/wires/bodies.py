"""What is told, in JSON: messages and answers, as everybody may have them, whatever they are sent in.

So say the WebSocket wire, GET /events and GET /messages one thing in one way: see docs/protocol.md.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from ..messages import Entry, Message, Via
from ..names import shown_label
from ..people import Person
from . import answers


class _Message(msgspec.Struct, tag_field="type", tag="message", frozen=True, omit_defaults=True):
    seq: int
    at: str
    label: str = msgspec.field(name="from")
    via: Via
    text: str
    by: str = ""  # unknown of what was said long ago
    kind: Entry = ""
    re: int = 0


class _Data(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A message where something else says what it is and its seq."""

    at: str
    label: str = msgspec.field(name="from")
    via: Via
    text: str
    by: str = ""
    kind: Entry = ""
    re: int = 0


class _Deleted(msgspec.Struct, tag_field="type", tag="deleted", frozen=True):
    seq: int
    of: tuple[int, ...]
    label: str = msgspec.field(name="from")


class _Deletion(msgspec.Struct, frozen=True, gc=False):
    """The same where something else says what it is and its seq."""

    of: tuple[int, ...]
    label: str = msgspec.field(name="from")


class _Page(msgspec.Struct, tag_field="type", tag="page", frozen=True):
    messages: list[_Message]
    more: bool


class _Found(msgspec.Struct, tag_field="type", tag="found", frozen=True):
    messages: list[_Message]
    more: bool
    before: int | msgspec.UnsetType


class _Renamed(msgspec.Struct, frozen=True):
    old: str = msgspec.field(name="from")
    new: str = msgspec.field(name="to")


class _Presence(msgspec.Struct, tag_field="type", tag="presence", frozen=True):
    members: int
    joined: list[Person]
    left: list[Person]
    more: bool
    renamed: list[_Renamed] | msgspec.UnsetType


_encoder = msgspec.json.Encoder()


def message_json(message: Message) -> bytes:
    """A message as an event, in JSON."""
    return _encoder.encode(_event_of(message))


def deletion_json(message: Message) -> bytes:
    """A deletion as an event, in JSON."""
    return _encoder.encode(_Deleted(message.seq, message.of, shown_label(message.label, message.by)))


def page_json(messages: Sequence[Message], *, more: bool) -> bytes:
    """Messages as a page event, in JSON."""
    return _encoder.encode(_Page(list(map(_event_of, messages)), more))


def found_json(found: answers.Found) -> bytes:
    """What was found as an event, in JSON."""
    return _encoder.encode(_Found(list(map(_event_of, found.messages)), found.more, found.before))


def ends_in(body: bytes, messages: Sequence[Message]) -> dict[int, int]:
    """Where each of its messages ends in such an event, by seq. A text has no quotation mark that is not escaped."""
    starts = [0]
    for message in messages:
        starts.append(body.index(b'"seq":%d,' % message.seq, starts[-1]))
    return dict(zip((message.seq for message in messages), [*starts[2:], len(body)], strict=True)) if messages else {}


def answer_json(answer: answers.Answer) -> bytes:
    """An answer as everybody may have it, in JSON."""
    if isinstance(answer, answers.Page):
        return page_json(answer.messages, more=answer.more)
    if isinstance(answer, answers.Found):
        return found_json(answer)
    return _encoder.encode(_public(answer))


def data_json(message: Message) -> bytes:
    """A message as an event of Server-Sent Events has it, whose name and id say the rest."""
    label, at = shown_label(message.label, message.by), rfc3339(message.at)
    return _encoder.encode(_Data(at, label, message.via, message.text, message.by, message.kind, message.re))


def deletion_data_json(message: Message) -> bytes:
    """A deletion, likewise."""
    return _encoder.encode(_Deletion(message.of, shown_label(message.label, message.by)))


def rfc3339(milliseconds: int) -> str:
    """A time since 1970 in UTC, as RFC 3339 writes it."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_whole_seconds(seconds)}.{rest:03}Z"


@lru_cache(16)
def _whole_seconds(seconds: int) -> str:
    # It takes longer than all the rest of a message, and those said together are of one second.
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _event_of(message: Message) -> _Message:
    label, at = shown_label(message.label, message.by), rfc3339(message.at)
    return _Message(message.seq, at, label, message.via, message.text, message.by, message.kind, message.re)


def _public(answer: answers.Answer) -> object:
    """An answer as everybody may have it: where people have no name they are guests, never addresses."""
    if isinstance(answer, answers.Who):
        return replace(answer, names=list(map(_shown, answer.names)))
    if isinstance(answer, answers.Presence):
        renamed = [_Renamed(each.old.shown, each.new.shown) for each in answer.renamed]
        joined, left = (list(map(_shown, people)) for people in (answer.joined, answer.left))
        return _Presence(answer.members, joined, left, answer.more, renamed or msgspec.UNSET)
    return answer


def _shown(person: Person) -> Person:
    return replace(person, name=person.shown) if person.shown != person.name else person
