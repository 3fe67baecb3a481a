"""GET /events: a member that only listens, on a response that does not end."""

import asyncio
import random
from collections.abc import Sequence
from typing import cast
from urllib.parse import parse_qs

from ..guard.gate import Place
from ..messages import new_owner
from ..wires import answers
from ..wires.closing import Closing
from ..wires.events import MAX_HISTORY
from ..wires.stream import LINES, StreamWire, position_of, sse_format
from .costs import READ_BYTES
from .house import House
from .login import enter, seek
from .member import Member

BEAT_SECONDS = 25.0
"""After twice that at most something comes: proxies end what is silent, nginx after 60 s."""

RETRY_MS = (1000, 3000)
"""Milliseconds after which a client reconnects: a range, so that not all of them come at once."""


class StreamMember(Member):
    """Someone at curl -N, or an EventSource. `fields` are more ones of the response's head."""

    __slots__ = ("_beat_at", "_begins", "_head", "_quiet", "_seen")

    via = "web"
    wire: StreamWire

    def __init__(
        self, house: House, place: Place, host: str, *,
        accept: str, last_id: str, query: str, fields: Sequence[str] = (),
    ) -> None:  # fmt: skip
        is_plain = "text/plain" in accept and "text/event-stream" not in accept
        wire = StreamWire(house.phrases, LINES if is_plain else sse_format(house.room.store.epoch))
        super().__init__(house, place, host, wire, None)
        self.be(new_owner())
        self._begins = last_id, query
        self._head = _head(fields, is_plain=is_plain)
        self._beat_at = self.heard_at + BEAT_SECONDS
        self._seen = self.cursor
        self._quiet = 0  # beats since something was said

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The door hands the connection over; the password was right."""
        self.meet(cast(asyncio.Transport, transport))
        if self.house.moderation.bars(self.host, self.by):
            self.transport.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.close(Closing.BANNED)
            return
        last_id, query = self._begins
        goes_on = seek(self, position_of(last_id), _history_of(query))  # counted, so that reading may have to wait
        self._seen = self.cursor
        self.write(self._head)
        enter(self)
        if last_id and not goes_on and self.cursor:  # of another log, or of this one before it was set back
            self.answer(answers.Gap(1, self.cursor))
        self._deadlines.wake_at(self, self._beat_at)

    def data_received(self, data: bytes) -> None:
        """Nothing more is expected of it; what comes all the same counts, so that it is not read for long."""
        self.count_bytes(max(READ_BYTES, len(data)))

    def eof_received(self) -> bool:
        """The peer closed its side, and so is gone: else each curl that ended would stay for ever."""
        return False

    def drain(self) -> None:
        """Nothing is asked for."""

    def end_input(self, *, broken: bool) -> None:
        """Nothing comes anyway."""
        self.input_ended = True

    def turn_deaf(self) -> None:
        """It is here to listen alone."""
        super().turn_deaf()
        self.leave(Closing.LEFT)

    def say_goodbye(self, why: Closing) -> None:
        """The end of the response is the end of the connection."""
        self.transport.close()

    def beat(self, now: float) -> float:
        """A sign of life from time to time. A comment bothers nobody; an empty line is for real silence alone."""
        if now >= self._beat_at:
            self._beat_at = now + BEAT_SECONDS
            self._quiet = self._quiet + 1 if self.cursor == self._seen else 0
            self._seen = self.cursor
            is_wanted = not self.wire.is_plain or self._quiet % 2
            if is_wanted and self.writable:
                self.send(self.wire.beat)
        return self._beat_at


def _history_of(query: str) -> int:
    asked = parse_qs(query).get("history", ["0"])[-1]
    return min(int(asked), MAX_HISTORY) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 0


def _head(fields: Sequence[str], *, is_plain: bool) -> bytes:
    kind = "text/plain" if is_plain else "text/event-stream"
    # HTML Living Standard, section 9.2.6: it needs no event around it.
    first = "" if is_plain else f"retry: {random.randint(*RETRY_MS)}\n"
    return (
        "HTTP/1.1 200 OK\r\n"
        f"Content-Type: {kind}; charset=utf-8\r\n"
        "Cache-Control: no-store\r\n"
        "X-Accel-Buffering: no\r\n"  # nginx would keep it back
        "X-Content-Type-Options: nosniff\r\n"
        "Cross-Origin-Resource-Policy: same-origin\r\n"
        + "".join(f"{field}\r\n" for field in fields)
        + "Connection: close\r\n\r\n"
        + first
    ).encode()
