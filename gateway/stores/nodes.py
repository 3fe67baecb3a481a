"""The other nodes of a room: what they tell each other besides the log. It is state, told again and again: a word that
is lost is made good by the next one.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta, field

from ..people import Person
from ..wires.events import MAX_SECONDS
from .records import At, Host, Id, Label

MAX_MEMBERS = 10**7
MAX_PEOPLE = 1000


class Event(msgspec.Struct, frozen=True, tag=True):
    """Something that a node tells all others."""


class Census(Event, frozen=True):
    """Who is on this node now: how many people, and some of their names; for operators, from where and since when."""

    members: Annotated[int, Meta(ge=0, le=MAX_MEMBERS)]
    people: Annotated[Sequence[Person], Meta(max_length=MAX_PEOPLE)]
    seats: Annotated[Sequence[tuple[Host, At]], Meta(max_length=MAX_PEOPLE)] = msgspec.field(default_factory=list)


class NameChanged(Event, frozen=True):
    """An owner has claimed another name on this node: where else it is in, it goes by that. The store says which."""

    owner: Id


class Entered(Event, frozen=True):
    """Gateways of before tell so of each that comes back: the entry of its name knows that node alone then."""

    owner: Id


class Dispossessed(Event, frozen=True):
    """An owner's name is somebody else's now: this node was out of touch for too long. Told to itself alone."""

    owner: Id


class NameForgotten(Event, frozen=True):
    """An operator has erased what an owner was called: where it is in, it is a guest, unless it has a new name."""

    owner: Id


class Acted(Event, frozen=True):
    """An operator did something to a person, or to all who come from a network; never to whoever goes by a name.

    `person` is a public id, and `origin` the connection that said what it is for, if that is so: who took that may know
    its address. `spared` is the operator's own address, which is not barred with a person's. `target` and `operator`
    are the names of both, for people to read; with `seconds` they are all that gateways of before go by.
    """

    act: Literal["kick", "mute", "ban", "unban"]
    target: Label
    seconds: Annotated[int, Meta(ge=0, le=MAX_SECONDS)]
    operator: Label = field(name="by")
    person: Id = ""
    network: Host = ""
    origin: Id = ""
    spared: Host = ""


class BansChanged(Event, frozen=True):
    """What operators have ordered, as the store has it now: `digest` tells whether it is what a node knows."""

    digest: Id = ""


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
