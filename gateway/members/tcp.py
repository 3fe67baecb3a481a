"""What comes by TCP: an asyncio.Protocol around a wire; before it, for trusted proxies, one for their header.

By the raw port it is the raw wire. A port with another one is a TcpEntry too.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import cast

from ..guard.gate import NoPlaceError, Place
from ..guard.stages import OPEN
from ..messages import new_owner
from ..names import guest_label
from ..wires import Wire
from ..wires.closing import Closing
from ..wires.http import refusal
from ..wires.proxy import Address, Proxied, ProxyError, begins_header, parse_proxy
from ..wires.raw import RawWire, greeting
from . import requests
from .arrival import Newcomer, part_from
from .connection import hand_over
from .costs import READ_BYTES, WORK_BYTES
from .endpoints import LOCAL, own_of
from .house import House, Login
from .login import KNOCK, begin
from .member import Member

HEADER_SECONDS = 5.0
LOCAL_SECONDS = 0.5
"""In which a proxy that comes by a file has begun its header: who comes without one, and is silent, waits so long."""


class TcpMember(Member):
    """Someone whose bytes are the wire's; `hail` is what the wire says first."""

    __slots__ = ("_hail",)

    via = "tcp"
    work_bytes = WORK_BYTES  # telnet's commands are dear: some two bytes each, of which nothing may come

    def __init__(
        self, house: House, place: Place, addresses: Proxied, wire: Wire, login: Login[Member], hail: bytes = b""
    ) -> None:
        super().__init__(house, place, addresses.peer[0], wire, login)
        self.be(new_owner())
        self._hail = hail

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, and let it in."""
        self.meet(cast(asyncio.Transport, transport))
        if self._hail:
            self.write(self._hail)
        begin(self)

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer. Behind a /quit, or a goodbye of ours, they are nothing, not even a sign of life."""
        if self.stage is not OPEN:
            return
        self.heard_at = self._deadlines.now()
        self.count_bytes(max(READ_BYTES, len(data)))
        self.wire.feed(data)
        self.drain()

    def drain(self) -> None:
        """See requests."""
        requests.drain(self)

    def end_input(self, *, broken: bool) -> None:
        """No more comes."""
        self.input_ended = True
        if broken:
            self.wire.feed_reset()
        else:
            self.wire.feed_eof()

    def say_goodbye(self, why: Closing) -> None:
        """Shut down our direction; the other one closes with the peer's end, or after a while."""
        if not self.is_deaf and (last := self.wire.farewell(why)):
            self.write(last)
        if why is Closing.HTTP:
            where = f" The web page is on port {self.house.web}." if self.house.web else ""
            text = f"This port speaks plain text over TCP.{where}"
            self.transport.write(refusal("400 Bad Request", text))
        if self.input_ended or why in _AT_ONCE or not self.transport.can_write_eof():
            self.transport.close()
        elif not self.transport.is_closing():
            try:
                self.transport.write_eof()
            except OSError:  # asyncio's own transport says so if the peer has gone
                self.transport.abort()


_AT_ONCE = frozenset({Closing.HTTP, Closing.TLS})
"""After these nothing of the peer's is waited for: it has had its answer, and many of these are scanners."""

Make = Callable[[House, Place, Proxied], TcpMember]
"""Makes a member of who has connected to a port."""


def raw_member(house: House, place: Place, addresses: Proxied) -> TcpMember:
    """Someone at nc or telnet, a script, or the post's client."""
    settings = house.settings
    wire = RawWire(house.phrases, settings.max_text, settings.line_grace, house.wall)
    member = TcpMember(house, place, addresses, wire, KNOCK, greeting(*addresses.own))
    if addresses.peer != LOCAL:
        member.label = repr(addresses.peer)
    while not house.room.roster.is_free(guest_label(member.by), member.by):
        member.be(new_owner())  # the guest that others see is somebody else already
    return member


@dataclass(frozen=True, slots=True)
class TcpEntry:
    """See Entry. Who connects is a member at once, or a proxy, which has to say for whom."""

    make: Make
    refusal: Callable[[str], bytes]
    """A text, as one is told it for whom there is no place."""
    is_asked = False
    """See Entry."""

    def arrive(
        self, house: House, place: Place, transport: asyncio.Transport, peer: Address, own: Address | None = None
    ) -> None:
        """See Entry."""
        if house.is_draining:
            place.leave()
            house.metrics.refusals.tell(peer[0], "draining")
            self.turn_away(house, transport, "draining")
        elif not place.is_somebodys:
            door = ProxyDoor(house, place, transport, peer, self)
            transport.set_protocol(door)
            door.connection_made(transport)
        else:
            hand_over(transport, self.make(house, place, Proxied(peer, own or own_of(transport))))

    def turn_away(self, house: House, transport: asyncio.Transport, problem: str) -> None:
        """See Entry."""
        transport.write(self.refusal(house.phrases(problem)))
        part_from(transport)


RAW = TcpEntry(raw_member, lambda text: f"* {text}\n\n".encode())


class ProxyDoor(Newcomer):
    """A trusted proxy's connection: it is read until we know whose it is.

    A trusted proxy that sends no header, or a bad one, is closed: else whoever reaches it could be anybody. By a socket
    that is a file those come too who are here themselves, and send none.
    """

    __slots__ = ("_data", "_entry", "_is_overdue", "_peer")

    def __init__(
        self, house: House, place: Place, transport: asyncio.Transport, peer: Address, entry: TcpEntry
    ) -> None:
        super().__init__(house, place, transport)
        self._peer = peer
        self._entry = entry
        self._data = b""
        self._is_overdue = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The proxy is there."""
        deadlines = self._house.deadlines
        deadlines.wake_at(self, deadlines.now() + (LOCAL_SECONDS if self._peer == LOCAL else HEADER_SECONDS))

    def data_received(self, data: bytes) -> None:
        """Bytes of the header, and what comes behind it."""
        self._data += data
        try:
            found = parse_proxy(self._data)
        except ProxyError as error:
            if self._speaks_for_itself():
                self._hand_over(None, 0)
            else:
                self._refuse(str(error))
            return
        if found is not None:
            self._hand_over(*found)

    def eof_received(self) -> bool:
        """The peer closed its side, and may have said all that it wanted to."""
        if not self._speaks_for_itself():
            return False
        self._hand_over(None, 0)
        protocol = cast(asyncio.Protocol, self._transport.get_protocol())
        return protocol is not self and bool(protocol.eof_received())

    def wake(self, now: float) -> float:
        """The deadline has passed. A header that was late by our own fault is here when the loop has turned."""
        if not self._speaks_for_itself():
            self._refuse("a trusted proxy sent no PROXY header in time")
        elif self._is_overdue:
            self._hand_over(None, 0)
        else:
            self._is_overdue = True
            return now
        return inf

    def _speaks_for_itself(self) -> bool:
        return self._peer == LOCAL and not begins_header(self._data)

    def _hand_over(self, addresses: Proxied | None, size: int) -> None:
        self._house.deadlines.forget(self)
        if addresses is None:
            addresses = Proxied(self._peer, own_of(self._transport))
        try:
            self._place.belong_to(addresses.peer[0])
        except NoPlaceError as error:
            self._house.metrics.refusals.tell(addresses.peer[0], str(error))
            self._entry.turn_away(self._house, self._transport, str(error))
            return
        member = self._entry.make(self._house, self._place, addresses)
        hand_over(self._transport, member)
        if rest := self._data[size:]:
            member.data_received(rest)

    def _refuse(self, reason: str) -> None:
        self._house.metrics.refusals.tell(self._peer[0], "proxy-header", reason)
        self.cut()
