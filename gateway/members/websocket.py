"""The WebSocket connection: an asyncio.Protocol around websockets' sans-I/O ServerProtocol (RFC 6455).

The library does the handshake, parsing, control frames and closing. Ours are the frames for many (wires/frames.py),
and what it leaves to its user: a cap on empty fragments, on owed pongs and on control frames, and UTF-8 validation.

1. It MUST be given one frame at a time, and the next only when all that the one before asked for is done: else one read
   of small deflated frames is hundreds of megabytes. What waits as it came is at most what was read at once.
2. After our goodbye, or the peer's, nothing more MUST be decoded.
3. What may be inflated to much MUST wait until its address has room for it.
"""

import asyncio
from math import inf
from typing import cast

from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from ..guard.gate import Place
from ..guard.stages import CLOSING, OPEN
from ..wires import events
from ..wires.closing import Closing
from ..wires.frames import may_inflate, whole_text
from ..wires.json import JsonWire
from ..wires.text import TextWire
from . import requests
from .connection import BYTES_WAIT
from .controls import Controls
from .costs import DEAF_BYTES, FRAME_BYTES, READ_BYTES
from .house import House, Login
from .login import begin
from .member import Member
from .parser import MAX_EMPTY, MESSAGE_SECONDS, Parser, borrow

_PING = Frame(Opcode.PING, b"").serialize(mask=False)

FEW_BYTES = 4096
"""What a frame may be inflated to whatever others of its address have asked for: most that is said is less."""

PING_SECONDS = 25.0
PONG_SECONDS = 10.0


class WebSocketMember(Member):
    """Someone over WebSocket, from the handshake on. It has a parser while there is half a message, or an end."""

    __slots__ = ("_at", "_came", "_controls", "_deflate", "_is_dear", "_parser", "_pinged_at", "_unread")

    via = "web"

    def __init__(
        self, house: House, place: Place, host: str, wire: TextWire | JsonWire, login: Login[Member], *, deflate: bool
    ) -> None:
        super().__init__(house, place, host, wire, login)
        self._deflate = deflate
        self._is_dear = False  # the next frame: it waits, and may be inflated to much
        self._parser: Parser | None = None
        self._unread = b""  # what came, from `_at` on not decoded yet
        self._at = 0
        self._came = 0  # bytes, less what was done for them when nobody was there any more
        self._controls: Controls | None = None
        self._pinged_at: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The door hands the connection over."""
        self.meet(cast(asyncio.Transport, transport))
        begin(self)
        self._deadlines.wake_at(self, self.heard_at + PING_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer. Behind a goodbye of ours only its own one counts, and nothing is a sign of life."""
        if self.stage is OPEN:
            self.heard_at = self._deadlines.now()
        self._pinged_at = None  # not by comparing times: a loop's clock may stand still from ping to pong
        self._came += len(data)
        self._unread = self._unread[self._at :] + data
        self._at = 0
        self.drain()

    def drain(self) -> None:
        """See requests."""
        requests.drain(self)

    def next_request(self, now: float) -> events.Request | None:
        """What the frame at hand asks for; if that is nothing more, the next frame is decoded."""
        request = self.wire.next_request(now)
        if request is None and self._at < len(self._unread):
            self._read_frame()
            if self._at == len(self._unread):
                self._unread, self._at = b"", 0
                if self.input_ended:
                    self.wire.feed_eof()
            request = self.wire.next_request(now) or events.WORKING
        return self._paid(request) if self.is_deaf else request

    def _paid(self, request: events.Request | None) -> events.Request | None:
        """Nor may who is gone leave us more to do than it sent."""
        if request is not None and request is not events.WORKING:
            self._came -= DEAF_BYTES
            if self._came < 0:
                self.close(Closing.LOST)
                return None
        return request

    def _read_frame(self) -> None:
        if self._parser is None and (found := whole_text(self._unread, self._at)):
            data, self._at = found
            self.count_bytes(FRAME_BYTES + len(data))
            self._message(data)
        else:
            self._parse_frame()

    def _has_to_wait(self) -> bool:
        """Whether the next frame may be inflated to much, and its address has no such share left; asked of each piece.

        So no crowd of one address has much inflated at one time, nor leaves its neighbours debts for few bytes.
        """
        parser = self._parser
        begun = None if parser is None or parser.boundary.is_reached else parser.boundary
        if not self._deflate or (begun and not begun.is_within_deflated):
            return False
        now = self._deadlines.now()
        wait = self.meter(now).wait_for_share(now)
        # To look costs as much as to inflate so much, and nothing is counted for it: once a frame is enough.
        self._is_dear = wait > 0 and (self._is_dear or bool(begun) or may_inflate(self._unread, self._at, FEW_BYTES))
        if self._is_dear:
            self.wait_for_rate(now + max(wait, BYTES_WAIT))
        return self._is_dear

    def _parse_frame(self) -> None:
        if self._has_to_wait():
            return
        parser, begin = self._borrowed(), self._at
        self._at = end = parser.boundary.pass_frame(self._unread, begin)
        if parser.boundary.is_deflated and parser.boundary.size > parser.most_deflated:
            self.close(Closing.TOO_BIG)
            return
        if frames := parser.read(self._unread, begin, end):
            for frame in frames:
                self._frame(frame, parser)
                parser.taken = 0
        elif end - begin < READ_BYTES:  # a piece of one, which counts when it is whole
            self.count_bytes(READ_BYTES - (end - begin))
        if self.stage < CLOSING:
            self._go_on(parser)
        if parser.is_idle and self._parser is parser:
            self._parser = None
            parser.give_back()
        elif parser.whole_by == inf and self.stage < CLOSING:
            parser.whole_by = self._deadlines.now() + MESSAGE_SECONDS
            self._deadlines.wake_at(self, parser.whole_by)

    def pass_over(self) -> events.Working | None:
        """Pass over a frame, by its head alone, until the peer says its goodbye."""
        begin, boundary = self._at, self._borrowed().boundary
        if begin == len(self._unread):
            self._unread, self._at = b"", 0
            return None
        self._at = boundary.pass_frame(self._unread, begin)
        self.count_bytes(FRAME_BYTES + self._at - begin)
        if boundary.is_reached and boundary.opcode == Opcode.CLOSE:
            self._heard_close()
        return events.WORKING

    def _heard_close(self) -> None:
        if self.stage >= CLOSING:
            self.transport.close()
        else:
            self.input_ended = True
            self.turn_deaf()
            self.close_if_done()

    def _borrowed(self) -> Parser:
        if self._parser is None:
            self._parser = borrow(self.house.settings.max_text, deflate=self._deflate)
        return self._parser

    def _go_on(self, parser: Parser) -> None:
        protocol = parser.protocol
        if protocol.close_rcvd is not None and protocol.parser_exc is None:
            # RFC 6455, section 1.4: after a Close frame the peer discards what comes.
            self._unread, self._at = b"", 0
            self.input_ended = True
            self.turn_deaf()
        elif protocol.parser_exc is not None:
            self.count_bytes(FRAME_BYTES + parser.cost_of_failure)
            self.close(parser.failure)
            parser.end()
        else:
            self._send_owed(protocol)

    def end_input(self, *, broken: bool) -> None:
        """No more comes; half a frame is nothing."""
        self.input_ended = True
        if not self._unread:
            self.wire.feed_eof()

    def cut(self) -> None:
        """And leave nothing behind."""
        try:
            super().cut()
        finally:
            self._drop_half()

    def _be_gone(self) -> None:
        super()._be_gone()
        self._drop_half()

    def _drop_half(self) -> None:
        if self._parser is not None:
            self._parser.end()
            self._parser = None

    def flush(self) -> None:
        """Write what is owed: first the pong."""
        if self.writable and self._controls is not None and (pong := self._controls.owed()):
            self.write(pong)
        super().flush()

    def say_goodbye(self, why: Closing) -> None:
        """Send a close frame, or the answer to the peer's; then its side closes, or ours after a while."""
        protocol = self._borrowed().protocol
        if protocol.state is State.OPEN:
            # RFC 6455, section 7.4.1: 1006 MUST NOT be set in a Close frame. Who is given up may be there still.
            protocol.send_close(Closing.LEFT.code if why is Closing.LOST else why.code, why.reason)
        if self.transport.is_closing():
            return
        self.transport.write(b"".join(protocol.data_to_send()))
        if self.input_ended or why in _AT_ONCE:
            self.transport.close()

    def excuse(self, now: float) -> None:
        """While we do not read, neither a pong is heard nor the rest of a message."""
        super().excuse(now)
        if self.is_held:
            self._pinged_at = None
            if self._parser is not None and self._parser.whole_by < inf:
                self._parser.whole_by = now + MESSAGE_SECONDS

    def beat(self, now: float) -> float:
        """Ping who is silent; end who stays so, also in the middle of a message."""
        due = inf if self._parser is None else self._parser.whole_by
        if self._pinged_at is not None:
            due = min(due, self._pinged_at + PONG_SECONDS)
        if due <= now:
            self.close(Closing.SILENT)
        if self._pinged_at is not None or due <= now:
            return due
        if (ping_at := self.heard_at + PING_SECONDS) > now:
            return min(due, ping_at)
        if self.writable:
            self.send(_PING)
            self._pinged_at = now
        return min(due, now + PONG_SECONDS)

    # --- frames ---------------------------------------------------------------------------------------------------

    def _frame(self, frame: Frame, parser: Parser) -> None:
        """Something that came: deflate can make nothing of much, as well as much of nothing."""
        if frame.opcode in (Opcode.PING, Opcode.PONG):
            self._count_control()
        elif frame.opcode is Opcode.BINARY:
            self.close(Closing.UNSUPPORTED)
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self.count_bytes(FRAME_BYTES + max(parser.cost, len(frame.data)))
            if (message := parser.join(frame)) is not None:
                self._message(message)
            elif parser.empty > MAX_EMPTY:
                self.close(Closing.FRAGMENTS)
            else:  # which costs what a message does: to decode them is dear, however short they are
                self.count_request(self._deadlines.now())

    def _message(self, data: bytes) -> None:
        try:
            self.wire.feed(data)
        except UnicodeDecodeError:
            # RFC 6455, section 8.1: data that is not UTF-8 MUST fail the connection.
            self.close(Closing.NOT_UTF8)

    def _count_control(self) -> None:
        now = self._deadlines.now()
        self._controls = self._controls or Controls(now)
        if wait := self._controls.count(now):
            self.wait_for_rate(now + wait)

    def _send_owed(self, protocol: ServerProtocol) -> None:
        """What the library wants to say. While nothing may be written, only the newest pong is kept."""
        for data in protocol.data_to_send():
            if not self.writable and self._controls is not None and self._controls.keep(data):
                self.due = True
            elif data:
                self.send(data)


_AT_ONCE = frozenset(
    {Closing.NOT_UTF8, Closing.TOO_BIG, Closing.INTERNAL, Closing.PROTOCOL, Closing.UNSUPPORTED, Closing.FRAGMENTS}
)
"""After these nothing of the peer's is waited for, its goodbye neither (RFC 6455, section 7.1.7)."""
