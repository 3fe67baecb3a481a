"""The other nodes of a room: what they tell each other besides the log. It is state, told again and again: a word that
is lost is made good by the next one.
"""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from ..wires.events import Person


class Event(msgspec.Struct, frozen=True, tag=True):
    """Something that a node tells all others."""


class Census(Event, frozen=True):
    """Who is on this node now: how many, and the names of some."""

    members: int
    people: Sequence[Person]


class Entered(Event, frozen=True):
    """An owner came in on this node: its older connection elsewhere is replaced."""

    owner: str


class Dispossessed(Event, frozen=True):
    """An owner's name is somebody else's now: this node was out of touch for too long. Told to itself alone."""

    owner: str


class Acted(Event, frozen=True):
    """An operator did something to whoever goes by a name, wherever that is."""

    act: Literal["kick", "mute", "ban", "unban", "banned"]
    target: str
    seconds: int
    by: str


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
