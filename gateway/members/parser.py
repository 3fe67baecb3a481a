"""Half a message of a WebSocket client: the library's sans-I/O ServerProtocol (RFC 6455), and what it has read so far.

Each is lent: between two messages it has no state of any connection, so that who is silent has none.
"""

import logging
from math import inf
from typing import cast

from websockets.exceptions import PayloadTooBig
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame
from websockets.protocol import State
from websockets.server import ServerProtocol

from ..wires.closing import Closing
from ..wires.frames import Boundary
from .costs import DEFLATED

LIBRARY_LOG = logging.getLogger("gateway.websocket.library")
LIBRARY_LOG.setLevel(logging.CRITICAL)  # each end is in our own log, with its reason

MAX_EMPTY = 64
"""Fragments of a message without a byte in them; the others are bounded by their bytes, and by the rate."""

MAX_OVERHEAD = 4096
"""Bytes of a compressed frame, besides two for each of the longest text: as many as any text has, however it is escaped
and compressed. The largest takes 40 ms then, with nothing to show for it.
"""

MESSAGE_SECONDS = 20.0
"""In which a message that has begun is to be whole; none of them passes while we do not read."""

MAX_IDLE = 64


class Parser:
    """A protocol of the library, and the message that it is within, if there is one."""

    __slots__ = ("_deflate", "_fragments", "boundary", "empty", "most_deflated", "protocol", "taken", "whole_by")

    def __init__(self, *, deflate: bool) -> None:
        self.protocol = ServerProtocol(state=State.OPEN, logger=LIBRARY_LOG)
        if deflate:
            self.protocol.extensions = [PerMessageDeflate(True, True, 15, 15)]
        self._deflate = deflate
        self.boundary = Boundary()
        self.most_deflated = 0  # bytes of a compressed frame
        self.taken = 0  # bytes of the frame that is not whole yet
        self._fragments: list[bytes | bytearray | memoryview] | None = None
        self.empty = 0  # fragments without a byte, in this message
        self.whole_by = inf  # when half a message is to be a whole one

    def read(self, data: bytes, at: int, end: int) -> list[Frame]:
        """Take what is there of one frame, see `boundary`: the frame, if it is whole with that."""
        self.taken += end - at
        self.protocol.receive_data(data[at:end] if at or end < len(data) else data)
        return cast(list[Frame], self.protocol.events_received())

    def join(self, frame: Frame) -> bytes | None:
        """The message that is whole with this frame of it, if it is."""
        if frame.fin and self._fragments is None:
            return bytes(frame.data)
        if self._fragments is None:
            self._fragments, self.empty = [], 0
        self._fragments.append(frame.data)
        self.empty += not frame.data
        if not frame.fin:
            return None
        whole, self._fragments = b"".join(self._fragments), None
        return whole

    def end(self) -> None:
        """It is not used again. What holds itself, and the last frame, would wait for the garbage collector:

        its generator, and the error that it ended with, which holds the frames of code that it went through.
        """
        self._fragments = None
        self.protocol.parser.close()
        self.protocol.parser_exc = None

    @property
    def cost(self) -> int:
        """Bytes that those of this frame count as."""
        return self.taken * DEFLATED if self.boundary.is_deflated else self.taken

    @property
    def cost_of_failure(self) -> int:
        """The same when it can't go on. What it has inflated by then is in no frame, and was work all the same."""
        cause, most = self.protocol.parser_exc, self.protocol.max_message_size or 0
        is_bomb = isinstance(cause, PayloadTooBig) and cause.size is None  # else its head told the size, and is all
        return most if is_bomb else self.cost

    @property
    def failure(self) -> Closing:
        """Why it can't go on."""
        sent = self.protocol.close_sent
        return _BROKEN.get(sent.code if sent else 0, Closing.PROTOCOL)

    @property
    def is_idle(self) -> bool:
        """Whether nothing has begun: no frame, no fragmented message, no end."""
        protocol = self.protocol
        return self.boundary.is_reached and protocol.current_size is None and protocol.state is State.OPEN

    def give_back(self) -> None:
        """It is idle, and for whoever comes."""
        self.whole_by = inf
        if len(_idle[self._deflate]) < MAX_IDLE:
            _idle[self._deflate].append(self)


_BROKEN = {closing.code: closing for closing in (Closing.NOT_UTF8, Closing.TOO_BIG, Closing.INTERNAL)}

# Idle ones, by whether deflate was agreed.
_idle: dict[bool, list[Parser]] = {False: [], True: []}


def borrow(max_text: int, *, deflate: bool) -> Parser:
    """One that is idle, for somebody who may say texts of so many bytes."""
    idle = _idle[deflate]
    parser = idle.pop() if idle else Parser(deflate=deflate)
    # A JSON string can be six times as long as its text, and a frame may hold more than one event.
    parser.protocol.max_message_size = 6 * max_text + 64 * 1024
    parser.most_deflated = 2 * max_text + MAX_OVERHEAD
    return parser
