"""A connection that was just accepted, on whichever port: its place; then it goes to whom it is for.

1. A connection MUST have its place from accept on: silent ones fill the room else, and nobody hears of it.
2. Who has no address MUST NOT get in: bans, limits and the proxies' rule go by it. It has reset already.
3. Who is turned away, and has no place any more, MUST go at once: `part_from`.
4. Who is at its end MUST let go of its transport: one that was lost before it was handed over holds its protocol for
   ever, and they are a circle, which the collector seldom looks for. The loop opens only those of before.
"""

import asyncio
from abc import abstractmethod
from typing import Protocol, cast

from ..faults import Contained
from ..guard.deadlines import Alarm
from ..guard.gate import NoPlaceError, Place
from ..wires.forwarded import is_trusted, networks_of
from ..wires.proxy import Address, Proxied
from .endpoints import LOCAL, peer_of
from .house import House
from .nowhere import NOWHERE

ACCEPTS = 8
"""Connections that are accepted in one turn of the loop. Those that are turned away keep their descriptors for some
turns, so all of these together have to fit into the gate's RESERVE."""


class Entry(Protocol):
    """What a port does with who connects to it."""

    @property
    def is_asked(self) -> bool:
        """Whether one may ask here how we are, for which there are some places though the room is full."""

    def arrive(
        self, house: House, place: Place, transport: asyncio.Transport, peer: Address, own: Address | None = None
    ) -> None:
        """It has its place. `own` is the address of ours by which it came, where the transport does not know it."""

    def turn_away(self, house: House, transport: asyncio.Transport, problem: str) -> None:
        """There is no place: say so, as those can read it who come by this port, and close."""


class Newcomer(Contained, asyncio.Protocol):
    """A connection that has its place and is no member yet; it has a deadline."""

    __slots__ = ("_house", "_place", "_transport", "alarm")

    def __init__(self, house: House, place: Place, transport: asyncio.Transport) -> None:
        self.alarm: Alarm | None = None
        self._house = house
        self._place = place
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._give_back()

    def fail(self) -> None:
        """See Blamed."""
        self.cut()

    def cut(self) -> None:
        """See Blamed."""
        transport = self._transport
        self._give_back()
        transport.abort()

    @abstractmethod
    def wake(self, now: float) -> float:
        """Its deadline has passed; see Deadlines."""

    def _give_back(self) -> None:
        self._house.deadlines.forget(self)
        self._house.unread.forget(self._transport)
        self._place.leave()
        self._transport = NOWHERE


class Arrival(Contained, asyncio.Protocol):
    """One connection, until its port's `entry` has it. After TLS it has a place already, and may be a `client`'s."""

    __slots__ = ("_client", "_entry", "_house", "_place", "_transport")

    def __init__(self, house: House, entry: Entry, place: Place | None = None, client: Proxied | None = None) -> None:
        self._house = house
        self._entry = entry
        self._place = place
        self._client = client
        self._transport: asyncio.Transport = NOWHERE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Someone is there."""
        self._transport = cast(asyncio.Transport, transport)
        peer = peer_of(transport)
        if peer is None:
            self._house.metrics.refusals.tell("?", "no-address")
            self.cut()
            return
        try:
            place = self._place = self._place or place_for(self._house, peer, self._entry)
        except NoPlaceError as error:
            self._house.metrics.refusals.tell(peer[0], str(error))
            self._entry.turn_away(self._house, self._transport, str(error))
            return
        if self._client is None:
            self._entry.arrive(self._house, place, self._transport, peer)
        else:
            self._entry.arrive(self._house, place, self._transport, *self._client)

    def connection_lost(self, exc: Exception | None) -> None:
        """It was turned away, and is gone."""
        self._transport = NOWHERE

    def fail(self) -> None:
        """See Blamed."""
        self.cut()

    def cut(self) -> None:
        """See Blamed."""
        if self._place is not None:
            self._place.leave()
        transport, self._transport = self._transport, NOWHERE
        transport.abort()


def part_from(transport: asyncio.Transport) -> None:
    """Close at once, as soon as the loop has sent what was written, whatever the peer does.

    Who has no place is counted nowhere; and by TLS a close waits for the peer's own, for half a minute.
    """
    transport.close()
    asyncio.get_running_loop().call_soon(transport.abort)


def place_for(house: House, peer: Address, entry: Entry) -> Place:
    """A place for who comes from an address; a proxy's belongs to nobody yet. Raises NoPlaceError."""
    is_proxy = peer == LOCAL or is_trusted(peer[0], networks_of(house.settings.trust_proxy))
    try:
        return _own_or_nobodys(house.gate.enter(), peer[0], is_proxy=is_proxy)
    except NoPlaceError as error:
        if not entry.is_asked:
            raise
        return _own_or_nobodys(house.gate.enter_to_ask(str(error), peer[0]), peer[0], is_proxy=is_proxy)


def _own_or_nobodys(place: Place, host: str, *, is_proxy: bool) -> Place:
    if not is_proxy:
        try:
            place.belong_to(host)
        except NoPlaceError:
            place.leave()
            raise
    return place
