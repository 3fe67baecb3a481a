"""The WebSocket connection: an asyncio.Protocol around websockets' sans-I/O ServerProtocol (RFC 6455).

The library does the handshake, parsing, control frames and closing. Ours are the frames for many (wires/frames.py),
and what it leaves to its user: a cap on fragments, on owed pongs and on control frames, and UTF-8 validation.
"""

import asyncio
import logging
from typing import cast

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from .member import Member
from .names import guest_label
from .rate import Bucket
from .requests import House
from .wires.closing import Closing
from .wires.frames import Boundary
from .wires.json import JsonWire
from .wires.text import TextWire

_PING = Frame(Opcode.PING, b"").serialize(mask=False)
LIBRARY_LOG = logging.getLogger("gateway.websocket.library")
LIBRARY_LOG.setLevel(logging.CRITICAL)  # each end is in our own log, with its reason

MAX_IDLE = 64
MAX_FRAGMENTS = 64
CONTROL_RATE = 10.0
CONTROL_BURST = 20
CONTROL_WAIT = 10.0
PING_SECONDS = 25.0
PONG_SECONDS = 10.0
FIRST_BEAT_SECONDS = 10.0


class Parser:
    """A protocol of the library, and whether it is between two messages: then it has no state of any connection."""

    __slots__ = ("boundary", "protocol")

    def __init__(self, *, deflate: bool) -> None:
        self.protocol = ServerProtocol(state=State.OPEN, logger=LIBRARY_LOG)
        if deflate:
            self.protocol.extensions = [PerMessageDeflate(True, True, 15, 15)]
        self.boundary = Boundary()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that end in these bytes."""
        self.boundary.feed(data)
        self.protocol.receive_data(data)
        return cast(list[Frame], self.protocol.events_received())

    @property
    def is_idle(self) -> bool:
        """Whether nothing has begun: no frame, no fragmented message, no end."""
        protocol = self.protocol
        return self.boundary.is_reached and protocol.current_size is None and protocol.state is State.OPEN


# Idle ones, by whether deflate was agreed. A member borrows one while it has half a message: who is silent has none.
_idle: dict[bool, list[Parser]] = {False: [], True: []}


class WebSocketMember(Member):
    """Someone over WebSocket, from the handshake on. It has a parser while there is half a message, or an end."""

    __slots__ = ("_controls", "_deflate", "_fragments", "_parser", "_pinged_at", "_pong")

    via = "web"
    wire: TextWire | JsonWire

    def __init__(self, house: House, *, deflate: bool) -> None:
        super().__init__(house)
        self.label = guest_label(self.by)
        self._deflate = deflate
        self._parser: Parser | None = None
        self._fragments: list[bytes] | None = None
        self._controls: Bucket | None = None
        self._pong: bytes | None = None  # the one that is owed while nothing may be written
        self._pinged_at: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The door hands the connection over."""
        self.meet(cast(asyncio.Transport, transport))
        self.house.members.add(self)
        self._deadlines.wake_at(self, self.heard_at + FIRST_BEAT_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer; after a goodbye only its own one counts."""
        if self.gone:
            return
        self.heard_at = self._deadlines.now()
        self._pinged_at = None  # not by comparing times: a loop's clock may stand still from ping to pong
        parser = self._borrow()
        for frame in parser.feed(data):
            self._frame(frame)
        self._go_on(parser.protocol)
        if parser.is_idle:
            self._give_back(parser)

    def _borrow(self) -> Parser:
        if self._parser is None:
            idle = _idle[self._deflate]
            self._parser = idle.pop() if idle else Parser(deflate=self._deflate)
            # A JSON string can be six times as long as its text, and a frame may hold more than one event.
            self._parser.protocol.max_message_size = 6 * self.house.settings.max_text + 64 * 1024
        return self._parser

    def _give_back(self, parser: Parser) -> None:
        self._parser = None
        if len(_idle[self._deflate]) < MAX_IDLE:
            _idle[self._deflate].append(parser)

    def _go_on(self, protocol: ServerProtocol) -> None:
        if self.closing:
            if b"" in protocol.data_to_send():
                self.transport.close()
        elif protocol.close_rcvd is not None:
            # RFC 6455, section 1.4: after a Close frame the peer discards what comes.
            self.owe_nothing()
            self._end_input()
        elif protocol.parser_exc is not None:
            code = protocol.close_sent.code if protocol.close_sent else 0
            self._fail(_BROKEN.get(code, Closing.PROTOCOL))
        else:
            self._send_owed(protocol)
            self.drain()

    def eof_received(self) -> bool:
        """The peer closed its side; without a close frame that is the end of its input all the same."""
        if self.gone or self.closing:
            return False
        self._end_input()
        return self.transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.lose(broken=not self.input_ended)

    def flush(self) -> None:
        """Write what is owed: first the pong."""
        if self.writable and self._pong is not None:
            pong, self._pong = self._pong, None
            self.write(pong)
        super().flush()

    def end_output(self, why: Closing) -> None:
        """Send a close frame, or the answer to the peer's; then its side closes, or ours after a while."""
        protocol = self._borrow().protocol
        if protocol.state is State.OPEN:
            protocol.send_close(why.code, why.reason)
        if self.transport.is_closing():
            return
        self.transport.write(b"".join(protocol.data_to_send()))
        if self.input_ended or protocol.parser_exc is not None or why is Closing.TOO_SLOW:
            self.transport.close()

    def beat(self, now: float) -> float:
        """Ping who is silent; end who stays so. While we do not read, its silence is ours."""
        if self.is_held:
            self.heard_at, self._pinged_at = now, None
        if self._pinged_at is not None:
            due = self._pinged_at + PONG_SECONDS
            if due <= now:
                self.close(Closing.SILENT)
            return due
        due = self.heard_at + PING_SECONDS
        if due > now:
            return due
        if self.writable:
            self.send(_PING)
            self._pinged_at = now
        return now + PONG_SECONDS

    # --- frames ---------------------------------------------------------------------------------------------------

    def _frame(self, frame: Frame) -> None:
        if self.closing or self.is_leaving:
            return
        if frame.opcode in (Opcode.PING, Opcode.PONG):
            self._count_control()
        elif frame.opcode is Opcode.BINARY:
            self._fail(Closing.UNSUPPORTED)
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self._collect(frame)

    def _collect(self, frame: Frame) -> None:
        data = bytes(frame.data)
        if frame.fin and self._fragments is None:
            self._message(data)
            return
        self._fragments = self._fragments or []
        self._fragments.append(data)
        if len(self._fragments) > MAX_FRAGMENTS:
            self._fail(Closing.FRAGMENTS)
        elif frame.fin:
            whole, self._fragments = b"".join(self._fragments), None
            self._message(whole)

    def _message(self, data: bytes) -> None:
        try:
            self.wire.feed(data)
        except UnicodeDecodeError:
            # RFC 6455, section 8.1: data that is not UTF-8 MUST fail the connection.
            self._fail(Closing.NOT_UTF8)

    def _count_control(self) -> None:
        now = self._deadlines.now()
        if self._controls is None:
            self._controls = Bucket(CONTROL_RATE, CONTROL_BURST, now)
        if wait := self._controls.take(now):
            self.wait_for_rate(now + min(wait, CONTROL_WAIT))

    def _send_owed(self, protocol: ServerProtocol) -> None:
        """What the library wants to say. While nothing may be written, only the newest pong is kept."""
        for data in protocol.data_to_send():
            # RFC 6455, section 5.5.3: an endpoint MAY send a Pong for only the most recent Ping.
            if not self.writable and data[:1] == b"\x8a":
                self._pong, self.due = data, True
            elif data:
                self.send(data)

    def _end_input(self) -> None:
        if not self.input_ended:
            self.input_ended = True
            self.wire.feed_eof()
            self.drain()

    def _fail(self, why: Closing) -> None:
        self.say_rest()
        self.leave(why)


_BROKEN = {closing.code: closing for closing in (Closing.NOT_UTF8, Closing.TOO_BIG, Closing.INTERNAL)}
