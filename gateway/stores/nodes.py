"""The other nodes of a room: what they tell each other besides the log. It is state, told again and again: a word that
is lost is made good by the next one.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from ..wires.events import Person
from .records import Id, Label

MAX_MEMBERS = 10**7
MAX_PEOPLE = 1000
MAX_SECONDS = 100 * 366 * 86400


class Event(msgspec.Struct, frozen=True, tag=True):
    """Something that a node tells all others."""


class Census(Event, frozen=True):
    """Who is on this node now: how many, and the names of some."""

    members: Annotated[int, Meta(ge=0, le=MAX_MEMBERS)]
    people: Annotated[Sequence[Person], Meta(max_length=MAX_PEOPLE)]


class Entered(Event, frozen=True):
    """An owner came in on this node: its older connection elsewhere is replaced."""

    owner: Id


class Dispossessed(Event, frozen=True):
    """An owner's name is somebody else's now: this node was out of touch for too long. Told to itself alone."""

    owner: Id


class Acted(Event, frozen=True):
    """An operator did something to whoever goes by a name, wherever that is."""

    act: Literal["kick", "mute", "ban", "unban"]
    target: Label
    seconds: Annotated[int, Meta(ge=0, le=MAX_SECONDS)]
    by: Label


class BansChanged(Event, frozen=True):
    """There are other bans in the store now."""


Listener = Callable[[str, Event], None]
"""Is called with the node's name and what it tells."""


class Nodes(Protocol):
    """The way to the other nodes."""

    def listen(self, listener: Listener) -> None:
        """Hear what others tell from now on."""

    def tell(self, event: Event) -> None:
        """Tell all others, if they can be reached."""


class Alone:
    """There are no others: the store is this process's alone."""

    def listen(self, listener: Listener) -> None:
        """Nobody speaks."""

    def tell(self, event: Event) -> None:
        """Nobody hears it."""
