"""What a server tells, in the words of chat.v1.json; and what a link itself has to say.

Whatever the server is, it may tell anything: numbers are in range here, and what is no event is passed over. Its words
are cleaned by screen, where they are shown.
"""

from typing import Annotated, Literal

import msgspec

DELETED = "deleted"

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


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

    of: list[Count]
    seq: Count
    label: str = msgspec.field(name="from")


class Welcome(Told, tag="welcome", frozen=True):
    """We are in."""

    name: str
    session: str
    epoch: str
    seq: Count
    resumed: bool = False
    members: Count = 0
    title: str = ""


class Ack(Told, tag="ack", frozen=True):
    """What we said is in the log."""

    id: str
    seq: Count


class Named(Told, tag="name", frozen=True):
    """What we are called now."""

    name: str


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
    joined: list[Person] = []
    left: list[Person] = []
    more: bool = False
    renamed: list[Renamed] = []


class Who(Told, tag="who", frozen=True):
    """Who is here."""

    members: Count
    names: list[Person] = []
    more: bool = False


class Page(Told, tag="page", frozen=True):
    """A part of the log."""

    messages: list[Message] = []
    more: bool = False


class Found(Told, tag="found", frozen=True):
    """What was looked for, the newest first; `more`: what is before `before` was not looked at."""

    messages: list[Message] = []
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


Anything = Message | Deleted | Welcome | Ack | Named | Pong | Presence | Who | Page | Found | Gap | Notice | Error
"""All that a server may tell."""
