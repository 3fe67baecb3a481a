"""What the web port does with who connects to it: a door; and a door to a site alone, for the port of --metrics."""

import asyncio
from dataclasses import dataclass

from ..guard.gate import Place
from ..members.arrival import part_from
from ..members.house import House
from ..wires.http import Head, refusal
from ..wires.proxy import Address
from .door import Door
from .visit import Site


class SiteDoor(Door):
    """A door that leads to a site and to nothing else: that of --metrics."""

    __slots__ = ()

    def _lead(self, request: Head, rest: bytes) -> None:
        self._show_site(request, rest)


@dataclass(frozen=True, slots=True)
class WebEntry:
    """See Entry: the web port's, and that of --metrics."""

    site: Site
    kind: type[Door] = Door

    @property
    def is_asked(self) -> bool:
        """See Entry."""
        return self.kind is Door

    def arrive(
        self, house: House, place: Place, transport: asyncio.Transport, peer: Address, own: Address | None = None
    ) -> None:
        """See Entry."""
        door = self.kind(house, self.site, place, transport, peer)
        transport.set_protocol(door)
        door.connection_made(transport)

    def turn_away(self, house: House, transport: asyncio.Transport, problem: str) -> None:
        """See Entry."""
        transport.write(refusal("503 Service Unavailable", house.phrases(problem)))
        part_from(transport)
