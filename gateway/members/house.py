"""What all members of a gateway share: the room, who may come in and how much, the settings; how something is said."""

from asyncio import Transport
from collections.abc import Callable
from dataclasses import dataclass, field
from logging import INFO
from typing import Protocol, TypeVar

from ..config import Settings
from ..guard.deadlines import Deadlines, Waiter
from ..guard.gate import Gate, Place
from ..guard.lock import Lock
from ..guard.rate import Meters
from ..guard.turns import Turns, Worker
from ..logs import fields, quoted, rationed
from ..messages import Draft, is_session, say_key
from ..metrics import Metrics
from ..phrases import Phrases
from ..refusals import RefusedError
from ..room.moderation import Moderation
from ..room.retraction import Author as Retractor
from ..room.room import Room, RoomMember
from ..wires.closing import Closing
from ..wires.events import Request, Say
from .unread import Recipient, Unread

M_contra = TypeVar("M_contra", contravariant=True)

STRANGER = "somebody"
"""How our own log calls who never came in, and has no label."""

ENDS_A_SECOND = 100
"""Lines in the log: who an operator asks about is among them, unless thousands go at once."""

log = rationed("gateway.member", ENDS_A_SECOND)


class Author(Retractor, Protocol):
    """Who says something; `session` is what its say-ids are its own in."""

    session: str


class HouseMember(RoomMember, Waiter, Worker, Recipient, Protocol):
    """A member as it is seen here, with its place at the gate."""

    place: Place
    transport: Transport
    is_lost: bool

    @property
    def shown(self) -> str:
        """The name that people see, empty for who never came in."""

    @property
    def is_flushed(self) -> bool:
        """Whether it has had its goodbye, or there is nobody to have it."""

    def leave(self, why: Closing) -> None:
        """Close once what it said is in the log and what it is owed is written."""


class Login(Protocol[M_contra]):
    """How somebody gets into the room by a wire, and what is heard of it before. It keeps nothing: it serves all."""

    seconds: float
    """In which it has to be done; none of them passes while we hold it, for as long as HELD_SECONDS."""

    late: Closing
    """How it ends if it is not."""

    def come(self, member: M_contra) -> None:
        """Somebody has connected."""

    def handle(self, member: M_contra, request: Request) -> None:
        """It asks for something, and is not in yet."""


@dataclass(slots=True, eq=False)
class House:
    """One of each. `wall` is the time in ms since 1970, `web` the web port, `members` all who speak a wire.

    `settings` are others when they were read again. While it `is_draining` nobody comes in any more.
    """

    room: Room
    gate: Gate
    lock: Lock
    moderation: Moderation
    settings: Settings
    wall: Callable[[], int]
    web: int
    turns: Turns
    meters: Meters
    deadlines: Deadlines
    phrases: Phrases
    metrics: Metrics
    members: "set[HouseMember]" = field(default_factory=set)
    unread: Unread = field(init=False)
    is_draining: bool = False

    def __post_init__(self) -> None:
        self.unread = Unread(self.deadlines, self.members)
        self.room.listeners.append(self.unread.note_log)

    def check_text(self, text: str) -> None:
        """Whether a clean text is one that can be said. Raises RefusedError."""
        if not text or text.isspace():
            raise RefusedError("empty")
        most = self.settings.max_text
        if len(text) * 4 > most and len(text.encode()) > most:  # UTF-8 has four bytes a character at most
            raise RefusedError("too-long")

    def draft(self, author: Author, said: Say) -> Draft:
        """What somebody says now, in a clean text. Raises RefusedError."""
        self.check_text(said.text)
        key = id_key = None
        if (say_id := said.id) is not None:
            key = say_key(author.session, say_id, said.text)
            id_key = None if is_session(author.session) else say_key(author.session, say_id, "")  # else it is guessable
        self.moderation.take_turn(author, key)
        return Draft(
            at=self.wall(),
            label=author.label,
            via=author.via,
            owner=author.owner,
            origin=author.id,
            text=said.text,
            kind=said.kind,
            re=said.re,
            key=key,
            id_key=id_key,
        )

    def note_end(self, member: HouseMember, why: Closing) -> None:
        """Count how a member ends, and tell the log."""
        self.metrics.ended(why)
        if log.isEnabledFor(INFO):
            name = member.shown or STRANGER
            extra = fields("ended", address=member.host, name=name, reason=why.reason)
            log.info("%s from %s ended: %s", quoted(name), member.host, why.reason, extra=extra)

    def forget(self, member: HouseMember) -> None:
        """Give back all that a member holds; may be said again. Calls no method of it: one may be broken."""
        try:
            self.room.leave(member)
        finally:
            self.members.discard(member)
            self.unread.forget_reader(member)
            member.place.leave()
            self.deadlines.forget(member)
