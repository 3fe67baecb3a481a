"""The raw TCP port: an asyncio.Protocol around the raw wire; before it, for trusted proxies, one for their header."""

import asyncio
from math import inf
from typing import cast

from .connection import peer_of
from .deadlines import Alarm
from .forwarded import is_trusted, networks_of
from .member import Member
from .requests import House
from .wires.closing import Closing
from .wires.http import refusal
from .wires.proxy import Proxied, ProxyError, parse_proxy
from .wires.raw import RawWire, greeting

HEADER_SECONDS = 5.0


class TcpMember(Member):
    """Someone at nc or telnet, a script, or the post's client."""

    __slots__ = ()

    via = "tcp"
    wants_presence = False
    wire_name = "raw"
    wire: RawWire

    def __init__(self, house: House) -> None:
        super().__init__(house)
        settings = house.settings
        self.wire = RawWire(house.room.phrases, settings.max_text, settings.line_grace)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Someone came without a proxy."""
        own = transport.get_extra_info("sockname")
        self.come(transport, Proxied(peer_of(transport), (str(own[0]), int(own[1]))))

    def come(self, transport: asyncio.BaseTransport, addresses: Proxied) -> None:
        """Greet, and let it in."""
        peer, own = addresses
        self.host = peer[0]
        self.meet(cast(asyncio.Transport, transport))
        if (problem := self.house.gate.enter(self.host)) is not None:
            self._turn_away(problem)
            return
        self.house.members.add(self)
        self.house.room.metrics.handshakes.labels("raw").inc()
        self.label = repr(peer)
        self.write(greeting(own[0], own[1]))
        self.knock()

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer; after a goodbye they are dropped."""
        if self.gone or self.closing:
            return
        self.heard_at = self._deadlines.now()
        self.wire.feed(data)
        self.drain()

    def eof_received(self) -> bool:
        """The peer closed its side: it gets what it is owed, then we close ours. TLS has no half that stays open."""
        if self.gone or self.closing:
            return False
        self.input_ended = True
        self.wire.feed_eof()
        self.drain()
        return self.transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.lose(broken=not self.input_ended)

    def end_output(self, why: Closing) -> None:
        """Shut down our direction; the other one closes with the peer's end, or after a while."""
        if why is Closing.HTTP:
            text = f"This port speaks plain text over TCP. The web page is on port {self.house.web}."
            self.transport.write(refusal("400 Bad Request", text))
        is_at_once = why in (Closing.HTTP, Closing.TLS, Closing.TOO_SLOW)
        if self.input_ended or is_at_once or not self.transport.can_write_eof():
            self.transport.close()
        elif not self.transport.is_closing():
            try:
                self.transport.write_eof()
            except OSError:  # asyncio's own transport says so if the peer has gone
                self.transport.abort()

    def _turn_away(self, problem: str) -> None:
        self.gone = True
        self.house.room.metrics.refusals.tell(self.host, problem)
        self.transport.write(f"* {self.house.room.phrases(problem)}\n\n".encode())
        self.transport.close()


class ProxyDoor(asyncio.Protocol):
    """A new connection to the raw port: if its peer is a trusted proxy, it is read until we know whose it is.

    A trusted proxy that sends no header, or a bad one, is closed: else whoever reaches it could be anybody.
    """

    __slots__ = ("_data", "_house", "_transport", "alarm")

    def __init__(self, house: House) -> None:
        self.alarm: Alarm | None = None
        self._house = house
        self._data = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Someone is there."""
        self._transport = cast(asyncio.Transport, transport)
        if is_trusted(peer_of(transport)[0], networks_of(self._house.settings.trust_proxy)):
            deadlines = self._house.room.deadlines
            deadlines.wake_at(self, deadlines.now() + HEADER_SECONDS)
        else:
            member = TcpMember(self._house)
            self._transport.set_protocol(member)
            member.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Bytes of the header, and what comes behind it."""
        self._data += data
        try:
            found = parse_proxy(self._data)
        except ProxyError as error:
            self._refuse(str(error))
            return
        if found is not None:
            self._hand_over(*found)

    def connection_lost(self, exc: Exception | None) -> None:
        """It went without a word."""
        self._house.room.deadlines.forget(self)

    def wake(self, now: float) -> float:
        """The deadline has passed."""
        self._refuse("a trusted proxy sent no PROXY header in time")
        return inf

    def _hand_over(self, addresses: Proxied | None, size: int) -> None:
        self._house.room.deadlines.forget(self)
        member = TcpMember(self._house)
        self._transport.set_protocol(member)
        if addresses is None:
            member.connection_made(self._transport)
        else:
            member.come(self._transport, addresses)
        if rest := self._data[size:]:
            member.data_received(rest)

    def _refuse(self, reason: str) -> None:
        self._house.room.metrics.refusals.tell(peer_of(self._transport)[0], "proxy-header", reason)
        self._transport.abort()
