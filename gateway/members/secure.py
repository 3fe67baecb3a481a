"""What comes below TLS: it is decrypted a piece at a time, in turns with all other input.

Records that carry nothing (RFC 8446, section 4.6.3: KeyUpdate) cost as much as others, and nobody above TLS sees them:
a megabyte of them held the loop for two seconds. So the turn is taken here, before a piece is given to the loop's TLS.

What that keeps for its peer is in two places, of which its transport tells one: `Secured` tells both.

1. No piece MUST be given on when the turn is over: it waits, and the socket is not read.
2. The loop's TLS pauses the transport too. Whether it does is only looked at while we do not.
3. TLS answers some records by itself, and keeps what is not taken. So of who takes nothing no more than UNANSWERED MUST
   be given on until it takes something again.
"""

import asyncio
from typing import Any, cast

from ..faults import Contained
from ..guard.gate import lane_of
from ..guard.turns import Turns

READ = 4096
PIECE = 512
"""Bytes given on at once: a millisecond's worth of the smallest records."""

UNANSWERED = 256 * 1024
"""Bytes."""

_buffer = memoryview(bytearray(READ))  # of all: what is read into it is taken out before anything else is read


class Ciphertext(Contained, asyncio.BufferedProtocol):
    """Between a transport and the loop's own TLS protocol, which has it already."""

    def __init__(self, turns: Turns, transport: asyncio.Transport, host: str) -> None:
        self._turns = turns
        self._transport = transport
        self._inner = cast(asyncio.BufferedProtocol, transport.get_protocol())
        self._lane = lane_of(host, f"{id(self):x}")
        self._waiting = b""  # for its turn
        self._is_in_line = False
        self._is_paused = False
        self._is_blocked = False  # the peer does not take what it is sent
        self._allowed = 0  # bytes that may be given on all the same

    def get_buffer(self, sizehint: int) -> memoryview:
        """See the base class."""
        return _buffer

    def buffer_updated(self, nbytes: int) -> None:
        """A piece came."""
        self.data_received(bytes(_buffer[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """The same."""
        self._waiting += data
        if not self._is_in_line:
            self._work()

    def go_on(self) -> None:
        """See Turns."""
        self._is_in_line = False
        self._work()

    def eof_received(self) -> bool | None:
        """The peer closed its side: after what it had sent, which is not much."""
        self._give(self._waiting)
        self._waiting = b""
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._give(self._waiting)
        self._waiting = b""
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """The peer takes too little."""
        self._is_blocked, self._allowed = True, UNANSWERED
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """It takes something again."""
        self._is_blocked = False
        self._inner.resume_writing()
        if self._waiting and not self._is_in_line:
            self._work()

    def fail(self) -> None:
        """See Blamed."""
        self.cut()

    def cut(self) -> None:
        """See Blamed: who speaks above TLS hears of it, and gives back what it holds."""
        self._transport.abort()

    def _work(self) -> None:
        with self._turns:
            while self._waiting:
                if self._turns.is_over():
                    self._is_in_line = True
                    self._pause()
                    self._turns.line_up(self, self._lane)
                    break
                if self._is_blocked and self._allowed <= 0:
                    self._pause()
                    break
                self._give_piece()

    def _give_piece(self) -> None:
        piece, self._waiting = self._waiting[:PIECE], self._waiting[PIECE:]
        if self._is_paused and not self._waiting and not self._transport.is_closing():
            self._is_paused = False
            self._transport.resume_reading()  # before the last piece, of which TLS may pause it for itself
        self._allowed -= len(piece)
        self._give(piece)

    def _pause(self) -> None:
        self._is_paused = True
        self._transport.pause_reading()

    def _give(self, data: bytes) -> None:
        try:
            while data:
                buffer = memoryview(self._inner.get_buffer(len(data)))
                size = min(len(buffer), len(data))
                buffer[:size] = data[:size]
                self._inner.buffer_updated(size)
                data = data[size:]
        except RuntimeError:
            # So uvloop's transport says that it is closed when TLS answers; asyncio's says nothing.
            if not self._transport.is_closing():
                raise


class Secured(asyncio.Transport):
    """The loop's transport of TLS, with the one `below` it: what either holds is not with the kernel yet."""

    def __init__(self, above: asyncio.Transport, below: asyncio.Transport) -> None:
        super().__init__()
        self._above = above
        self._waiting = above.get_write_buffer_size, below.get_write_buffer_size  # asked for each message

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """See the base class."""
        self._above.write(data)

    def can_write_eof(self) -> bool:
        """See the base class: TLS has no half that stays open."""
        return False

    def get_write_buffer_size(self) -> int:
        """See the base class. What is encrypted is a little more than it was."""
        above, below = self._waiting
        return above() + below()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """See the base class."""
        self._above.set_write_buffer_limits(high, low)

    def pause_reading(self) -> None:
        """See the base class."""
        self._above.pause_reading()

    def resume_reading(self) -> None:
        """See the base class."""
        self._above.resume_reading()

    def is_reading(self) -> bool:
        """See the base class."""
        return self._above.is_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """See the base class."""
        return self._above.get_extra_info(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """See the base class."""
        self._above.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """See the base class."""
        return self._above.get_protocol()

    def is_closing(self) -> bool:
        """See the base class."""
        return self._above.is_closing()

    def close(self) -> None:
        """See the base class. asyncio's own forgets at a second time what it still has to send."""
        if not self._above.is_closing():
            self._above.close()

    def abort(self) -> None:
        """See the base class."""
        self._above.abort()
