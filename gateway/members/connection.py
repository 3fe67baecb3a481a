"""One transport with its flow control, whatever is spoken on it: holds, rate, stall.

1. Nothing MUST be written while the transport is paused. What is for this peer alone waits in the outbox, and `due`
   says that there is something.
2. While there is any Hold, the transport is not read, so TCP's back-pressure slows the sender; nothing is dropped.
3. There is no task, timer or queue for a connection: it is called, and woken by Deadlines.
4. What a peer sent before it went is still to be heard: a write that fails ends what it is owed, and not what it said.
5. Who is not read MUST be looked for: its transport does not tell that it has gone, and what it sent may be much.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence, Set
from math import inf
from typing import Self

from ..faults import Contained
from ..guard.deadlines import Alarm, Deadlines
from ..guard.gate import Place
from ..guard.holds import Hold
from ..guard.rate import Meter, Meters
from ..guard.stages import CLOSING
from .delivery import Delivery
from .endpoints import is_deserted
from .marks import Marks
from .outbox import OUTBOX_BYTES, Outbox
from .untaken import NONE, answered, is_in

HIGH_WATER = 64 * 1024
LINGER_SECONDS = 2.0

GONE_SECONDS = 300.0
"""Seconds in which what a lost connection sent is done: its name, its place and its memory are given back then."""

LOOK_SECONDS = 10.0
"""Seconds between two looks, at the most, whether who is not read is there still."""

BYTES_WAIT = 0.1
"""Seconds for which who sends too many bytes is not read, at the least: what comes meanwhile is one read, and to stop
reading and begin again costs more than a read.
"""


class Connection(Delivery, Contained, asyncio.Protocol, ABC):
    """A transport and what is owed to its peer, whose address is `host`. `stall_timeout` in seconds, 0 for never."""

    __slots__ = (
        *("_deadlines", "alarm", "host", "place", "transport"),
        *("_buffered", "_moved_at", "_stall_timeout"),
        *("_meter", "_meters", "_rate_until", "_reading", "heard_at", "holds"),
        *("_gives_up_at", "input_ended", "is_deaf", "is_lost"),
        *("_marks", "_outbox"),
    )

    def __init__(self, deadlines: Deadlines, meters: Meters, stall_timeout: float, place: Place, host: str) -> None:
        super().__init__()
        self._deadlines = deadlines
        self._meters = meters
        self._stall_timeout = stall_timeout
        self.alarm: Alarm | None = None
        self.place = place
        self.host = host
        self.is_deaf = False  # the peer takes nothing any more
        self.input_ended = False  # the peer said its last
        self.is_lost = False  # the transport is lost, and the peer both of these
        self.heard_at = self._moved_at = deadlines.now()  # when it last sent and last took something
        self._buffered = 0
        self.holds = 0
        self._reading = True
        self._meter: Meter | None = None  # who asks for nothing has none
        self._rate_until = inf
        self._gives_up_at = inf
        self._outbox: Outbox | None = None
        self._marks: Marks | None = None  # who sends none has none

    def meet(self, transport: asyncio.Transport) -> None:
        """The transport is there, and takes bytes."""
        self.transport = transport
        self.writable = True
        transport.set_write_buffer_limits(high=HIGH_WATER)
        # Past TLS there is no short way: what goes to the socket has to be encrypted.
        is_plain = transport.get_extra_info("sslcontext") is None
        if is_plain and (own_socket := transport.get_extra_info("socket")) is not None:
            self._fd = own_socket.fileno()

    # --- what it is told, and takes of it ---

    def send(self, data: bytes, seqs: Set[int] = NONE) -> None:
        """Write what is for this peer alone, now or when it can take it; `seqs` are the messages that stand in it."""
        if self.is_deaf or self.stage >= CLOSING:
            return
        if self.writable and not self._outbox:
            self._write_own(data, seqs)
            return
        self.due = True
        self._outbox = self._outbox or Outbox()
        self._outbox.add(data, seqs)
        if self._outbox.size > OUTBOX_BYTES:
            self.hold(Hold.OUTBOX)

    def reply(self, data: bytes) -> bool:
        """Tell it something of the wire's own, when what it said before is in the log: see `marks`.

        Whether it waits for a text of its own, which pays it.
        """
        # RFC 860, section 4: a timing mark is answered when what came before has been processed.
        if not self._unlogged:
            self.send(data)
            return False
        self._marks = self._marks or Marks()
        has_text = self._marks.wait(data, self._unlogged)
        self._bound_marks(self._marks)
        return has_text

    def send_behind(self, data: bytes) -> None:
        """Tell it why something was refused, behind what waits: by that order one can tell which text it was."""
        if self._marks:
            self._marks.follow(data)
            self._bound_marks(self._marks)
        elif data:
            self.send(data)

    def pass_mark(self, marks: Marks) -> None:
        """One text more is in the log."""
        if told := marks.logged():
            self.send(told)
            if not marks:
                self.let_go(Hold.LOG)

    def _bound_marks(self, marks: Marks) -> None:
        if marks.size > OUTBOX_BYTES:
            self.hold(Hold.LOG)

    def flush(self) -> None:
        """Write the outbox, if anything may be written."""
        if self.writable:
            self.due = False
        if self._outbox and self.writable:
            outbox, self._outbox = self._outbox, None
            self._write_own(outbox.data, outbox.seqs)
            self.let_go(Hold.OUTBOX)

    def _write_own(self, data: bytes, seqs: Set[int]) -> None:
        self.write(data)
        if seqs and self._untaken:
            answered(self._untaken, seqs)

    def has_untaken(self, gone: Sequence[int]) -> bool:
        """See Recipient."""
        if self._outbox and not self._outbox.seqs.isdisjoint(gone):
            return True
        if not self._untaken:
            return False
        return is_in(gone, self._untaken, self.cursor, self.transport.get_write_buffer_size())

    @property
    def is_flushed(self) -> bool:
        """Whether it has had its goodbye, and the transport all of it; or there is nobody to have it."""
        return self.is_lost or (self.stage >= CLOSING and not self.transport.get_write_buffer_size())

    def turn_deaf(self) -> None:
        """The peer takes nothing any more: it is owed nothing, and here for what it said alone, and not for ever."""
        self._gives_up_at = min(self._gives_up_at, self._deadlines.now() + GONE_SECONDS)
        self.is_deaf, self.writable = True, False
        self._outbox = None
        self.let_go(Hold.OUTBOX)

    def _take_no_more(self) -> None:
        """See Delivery. The peer's end may be at hand, so that ours comes a little later, by `wake`."""
        super()._take_no_more()
        self.is_deaf = True
        self._deadlines.wake_at(self, self._deadlines.now())

    def pause_writing(self) -> None:
        """The transport is full."""
        self.writable = False
        self._moved_at = self._deadlines.now()
        self._buffered = self.transport.get_write_buffer_size()
        if self._stall_timeout and self.stage < CLOSING:
            self._deadlines.wake_at(self, self._moved_at + self._stall_timeout)

    def resume_writing(self) -> None:
        """The transport has room again. What is owed is written a little later, since it may end in a goodbye:

        asyncio's own transport calls connection_lost twice if it is closed in here.
        """
        self.writable = self.stage < CLOSING and not self.is_deaf
        self.due = True

    # --- input ---

    @property
    def is_held(self) -> bool:
        """Whether it is not read now."""
        return bool(self.holds)

    def hold(self, why: Hold) -> None:
        """Read no more, for one more reason."""
        self.holds |= why
        self._read_or_not()

    def let_go(self, why: Hold) -> None:
        """Read again, unless there are other reasons not to."""
        if not self.holds & why:
            return
        self.holds &= ~why
        if not self.holds:
            self.heard_at = self._deadlines.now()  # its silence was ours
            self.drain()
        self._read_or_not()

    def go_on(self) -> None:
        """See Turns."""
        self.let_go(Hold.TURN)

    def _read_or_not(self) -> None:
        wanted = not self.holds
        if wanted is self._reading or self.input_ended or self.transport.is_closing():
            return
        self._reading = wanted
        if wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    @abstractmethod
    def drain(self) -> None:
        """Do what was read and not done yet."""

    @abstractmethod
    def end_input(self, *, broken: bool) -> None:
        """No more comes. What a broken connection has left half said is not said."""

    def eof_received(self) -> bool:
        """The peer closed its side: it gets what it is owed, then we close ours. TLS has no half that stays open."""
        if self.stage >= CLOSING:
            return False
        if not self.input_ended:
            self.end_input(broken=False)
            self.drain()
        return self.transport.can_write_eof()

    # --- how much it may ask for ---

    def meter(self, now: float) -> Meter:
        """What counts its requests."""
        if self._meter is None:
            self._meter = self._meters.meter(self.host, now)
        return self._meter

    def share_rate(self, other: Self) -> None:
        """Whichever of a person's connections asks for something, it is the person who does."""
        now = self._deadlines.now()
        self.meter(now).share(other.meter(now))

    def count_request(self, now: float) -> None:
        """It asks for something."""
        if wait := (self._meter or self.meter(now)).take(now):
            self.wait_for_rate(now + wait)

    def count_bytes(self, size: int) -> float:
        """So many bytes have come, or were asked for; returns for how many seconds there are no more."""
        now = self._deadlines.now()
        if wait := self.meter(now).take_bytes(size, now):
            self.wait_for_rate(now + max(wait, BYTES_WAIT))
        return wait

    def wait_for_rate(self, until: float) -> None:
        """It asked for too much: read no more until then."""
        self._rate_until = max(until, self._rate_until) if self.holds & Hold.RATE else until
        self.hold(Hold.RATE)
        if self.stage < CLOSING:
            self._deadlines.wake_at(self, self._rate_until)

    # --- time ---

    def look(self) -> None:
        """See whether the peer is there still, if it is not read."""
        if self.holds and not self.is_deaf and is_deserted(self.transport):
            self.is_deaf = True

    def excuse(self, now: float) -> None:
        """While we do not read it, its silence is ours; but who takes no answers is silent by its own will."""
        if self.holds & ~Hold.OUTBOX:
            self.heard_at = now

    def stalls_at(self, now: float) -> float:
        """When the peer will have taken nothing, and said nothing, for too long; inf if it takes what there is."""
        if self.writable or self.is_deaf or not self._stall_timeout:
            return inf
        self._note_progress(now)
        return max(self._moved_at, self.heard_at) + self._stall_timeout

    def linger(self) -> None:
        """The goodbye is written: the peer has to take it, then close its side."""
        self.writable = False
        self._outbox = None
        self._moved_at = self._deadlines.now()
        self._buffered = self.transport.get_write_buffer_size()
        self._deadlines.wake_at(self, self._moved_at + LINGER_SECONDS)

    def wake(self, now: float) -> float:
        """See Deadlines. Who had its goodbye and does not go is cut off; who takes it slowly has time for that."""
        self._note_progress(now)
        patience = (self._buffered and not self.is_deaf and self._stall_timeout) or LINGER_SECONDS
        if now >= self._moved_at + patience:
            self.transport.abort()
            return inf
        return now + LINGER_SECONDS

    def _note_progress(self, now: float) -> None:
        buffered = self.transport.get_write_buffer_size()
        if buffered < self._buffered:  # than ever: TLS answers its peer, so that it may be more again, and less
            self._buffered, self._moved_at = buffered, now


def hand_over(transport: asyncio.Transport, connection: Connection) -> None:
    """Give a transport to the connection that it is for, from now on."""
    connection.transport = transport  # before all else: whatever fails then can end it
    transport.set_protocol(connection)
    connection.connection_made(transport)
