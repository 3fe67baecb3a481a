"""What a server tells, in the words of chat.v1.json; and what a link itself has to say.

Whatever the server is, it may tell anything: numbers are in range here, and what is no event is passed over. Its words
are cleaned by screen, where they are shown.
"""

from sys import getsizeof
from typing import Annotated, Literal

import msgspec

DELETED = "deleted"
MOST = 1000
"""In a list, and characters of a name: twice as many as any gateway tells. What has more is no event."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Word = Annotated[str, msgspec.Meta(max_length=MOST)]
Few = msgspec.Meta(max_length=MOST)


class Told(msgspec.Struct, tag_field="type", frozen=True):
    """Something that a server tells. Fields that are not known are passed over, as the protocol asks."""


class Message(Told, tag="message", frozen=True):
    """Somebody said something. The raw wire tells no seq and no time.

    `kind` is empty, `action`, or DELETED, which no server tells: what was said is not known any more. `re` is the seq
    of what it answers.
    """

    label: str = msgspec.field(name="from")
    text: str
    seq: Count = 0
    at: str = ""
    via: str = ""
    kind: str = ""
    re: Count = 0


class Deleted(Told, tag="deleted", frozen=True):
    """Somebody has taken back these messages."""

    of: Annotated[list[Count], Few]
    seq: Count
    label: str = msgspec.field(name="from")


class Welcome(Told, tag="welcome", frozen=True):
    """We are in."""

    name: Word
    session: Word
    epoch: Word
    seq: Count
    resumed: bool = False
    members: Count = 0
    title: Word = ""


class Ack(Told, tag="ack", frozen=True):
    """What we said is in the log."""

    id: str
    seq: Count


class Named(Told, tag="name", frozen=True):
    """What we are called now."""

    name: Word


class Pong(Told, tag="pong", frozen=True):
    """It is there."""


class Person(msgspec.Struct, frozen=True):
    """Someone in the room."""

    name: str
    via: str = ""


class Renamed(msgspec.Struct, frozen=True):
    """Someone who goes by another name now."""

    old: str = msgspec.field(name="from")
    new: str = msgspec.field(name="to")


class Presence(Told, tag="presence", frozen=True):
    """Who came and who left; who was renamed is among both."""

    members: Count
    joined: Annotated[list[Person], Few] = []
    left: Annotated[list[Person], Few] = []
    more: bool = False
    renamed: Annotated[list[Renamed], Few] = []


class Who(Told, tag="who", frozen=True):
    """Who is here."""

    members: Count
    names: Annotated[list[Person], Few] = []
    more: bool = False


class Page(Told, tag="page", frozen=True):
    """A part of the log."""

    messages: Annotated[list[Message], Few] = []
    more: bool = False


class Found(Told, tag="found", frozen=True):
    """What was looked for, the newest first; `more`: what is before `before` was not looked at."""

    messages: Annotated[list[Message], Few] = []
    more: bool = False
    before: Count = 0


class Gap(Told, tag="gap", frozen=True):
    """These are gone from the log."""

    first: Count = msgspec.field(name="from")
    last: Count = msgspec.field(name="to")


class Notice(Told, tag="notice", frozen=True):
    """Something that a person should read."""

    text: str
    code: str = ""


class Error(Told, tag="error", frozen=True):
    """Why something was not done."""

    code: str
    message: str
    id: str | None = None


class State(Told, tag="state", frozen=True):
    """How the connection is: the link says so, no server does."""

    state: Literal["connected", "lost"]
    detail: str = ""


def size_of(part: object) -> int:
    """Bytes of memory that an event takes, or a part of one."""
    if isinstance(part, msgspec.Struct):
        return getsizeof(part) + sum(map(size_of, msgspec.structs.astuple(part)))
    return getsizeof(part) + (sum(map(size_of, part)) if isinstance(part, list) else 0)


Anything = Message | Deleted | Welcome | Ack | Named | Pong | Presence | Who | Page | Found | Gap | Notice | Error
"""All that a server may tell."""
