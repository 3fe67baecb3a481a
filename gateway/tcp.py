"""The raw TCP port: an asyncio.Protocol around the raw wire."""

import asyncio
from typing import cast

from .connection import peer_of
from .member import Member
from .requests import House
from .wires.closing import Closing
from .wires.http import refusal
from .wires.raw import RawWire, greeting


class TcpMember(Member):
    """Someone at nc or telnet, a script, or the post's client."""

    __slots__ = ()

    via = "tcp"
    wants_presence = False
    wire: RawWire

    def __init__(self, house: House) -> None:
        super().__init__(house)
        settings = house.settings
        self.wire = RawWire(house.room.phrases, settings.max_text, settings.line_grace)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, and let it in."""
        self.meet(cast(asyncio.Transport, transport))
        if (problem := self.house.gate.enter(self.host)) is not None:
            self._turn_away(problem)
            return
        self.house.members.add(self)
        self.label = repr(peer_of(transport))
        own = transport.get_extra_info("sockname")
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
        self.transport.write(f"* {self.house.room.phrases(problem)}\n\n".encode())
        self.transport.close()
