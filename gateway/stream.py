"""GET /events: a member that only listens, on a response that does not end."""

import asyncio
from math import inf
from typing import cast
from urllib.parse import parse_qs

from .gate import Place
from .member import Member
from .names import guest_label
from .requests import House
from .wires.closing import Closing
from .wires.json import MAX_HISTORY
from .wires.stream import BEAT, LINES, StreamWire, position_of, sse_format

BEAT_SECONDS = 25.0


class StreamMember(Member):
    """Someone at curl -N, or an EventSource."""

    __slots__ = ("_beat_at",)

    via = "web"
    wants_presence = False
    wire_name = "events"
    wire: StreamWire

    def __init__(self, house: House, place: Place, host: str, *, accept: str, last_id: str, query: str) -> None:
        super().__init__(house, place, host)
        self.label = guest_label(self.by)
        is_plain = "text/plain" in accept and "text/event-stream" not in accept
        self.wire = StreamWire(house.room.phrases, LINES if is_plain else sse_format(house.room.store.epoch))
        self.seek(position_of(last_id), _history_of(query))
        self._beat_at = inf if is_plain else self.heard_at + BEAT_SECONDS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The door hands the connection over; the password was right."""
        self.meet(cast(asyncio.Transport, transport))
        if self.house.moderation.bars(self.host, self.by):
            self.transport.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.close(Closing.BANNED)
            return
        self.write(_head(is_plain=self.wire.is_plain))
        self.enter()
        self._deadlines.wake_at(self, self._beat_at)

    def data_received(self, data: bytes) -> None:
        """Nothing more is expected of it."""

    def eof_received(self) -> bool:
        """The peer closed its side, and so is gone: else each curl that ended would stay for ever."""
        return False

    def end_input(self, *, broken: bool) -> None:
        """Nothing comes anyway."""
        self.input_ended = True
        self.wire.feed_eof()

    def owe_nothing(self) -> None:
        """It is here to listen alone."""
        super().owe_nothing()
        self.leave(Closing.LEFT)

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self.lose(broken=False)

    def end_output(self, why: Closing) -> None:
        """The end of the response is the end of the connection."""
        self.transport.close()

    def beat(self, now: float) -> float:
        """A comment from time to time: proxies close what is silent."""
        if now >= self._beat_at:
            self._beat_at = now + BEAT_SECONDS
            if self.writable:
                self.send(BEAT)
        return self._beat_at


def _history_of(query: str) -> int:
    asked = parse_qs(query).get("history", ["0"])[-1]
    return min(int(asked), MAX_HISTORY) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 0


def _head(*, is_plain: bool) -> bytes:
    kind = "text/plain" if is_plain else "text/event-stream"
    return (
        "HTTP/1.1 200 OK\r\n"
        f"Content-Type: {kind}; charset=utf-8\r\n"
        "Cache-Control: no-store\r\n"
        "X-Accel-Buffering: no\r\n"  # nginx would keep it back
        "X-Content-Type-Options: nosniff\r\n"
        "Cross-Origin-Resource-Policy: same-origin\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
