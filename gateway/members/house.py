"""What all members of a gateway share: the room, who may come in and how much, the settings; how something is said."""

from asyncio import Transport
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ..config import Settings
from ..guard.deadlines import Deadlines, Waiter
from ..guard.gate import Gate, Place
from ..guard.lock import Lock
from ..guard.rate import Meters
from ..guard.turns import Turns, Worker
from ..messages import Draft, Via, say_key
from ..metrics import Metrics
from ..phrases import Phrases
from ..refusals import RefusedError
from ..room.moderation import Moderation
from ..room.room import Room, RoomMember
from ..wires.closing import Closing
from ..wires.events import Say


class Author(Protocol):
    """Who says something; `id` is its connection, `session` what its say-ids are its own in."""

    id: str
    owner: str
    by: str
    host: str
    label: str
    session: str

    @property
    def via(self) -> Via:
        """By which port."""


class Guest(RoomMember, Waiter, Worker, Protocol):
    """A member as it is seen here, with its place at the gate."""

    place: Place
    transport: Transport
    is_lost: bool

    @property
    def is_flushed(self) -> bool:
        """Whether it has had its goodbye, or there is nobody to have it."""

    def leave(self, why: Closing) -> None:
        """Close once what it said is in the log and what it is owed is written."""


@dataclass(frozen=True, slots=True)
class House:
    """One of each. `wall` is the time in ms since 1970, `web` the web port, `members` all who speak a wire."""

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
    members: "set[Guest]" = field(default_factory=set)

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
        key = None if said.id is None else say_key(author.session, said.id, said.text)
        self.moderation.hear(author, key)
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
        )

    def forget(self, member: Guest) -> None:
        """Give back all that a member holds; may be said again. Calls no method of it: one may be broken."""
        try:
            self.room.leave(member)
        finally:
            self.members.discard(member)
            member.place.leave()
            self.deadlines.forget(member)
