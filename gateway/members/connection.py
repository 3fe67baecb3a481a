"""One transport with its flow control, whatever is spoken on it: outbox, holds, stall.

1. Nothing MUST be written while the transport is paused. What is for this peer alone waits in the outbox, and `due`
   says that there is something.
2. While there is any Hold, the transport is not read, so TCP's back-pressure slows the sender; nothing is dropped.
3. There is no task, timer or queue for a connection: it is called, and woken by Deadlines.
4. What a peer sent before it went is still to be heard: a write that fails ends what it is owed, and not what it said.
"""

import asyncio
from abc import ABC, abstractmethod
from functools import lru_cache
from math import inf
from os import write as os_write
from typing import Any

from ..faults import Contained
from ..guard.deadlines import Alarm, Deadlines
from ..guard.gate import Place
from ..guard.holds import Hold
from ..guard.stages import CLOSING, OPEN, Stage
from ..wires import Format

OUTBOX_BYTES = 64 * 1024
HIGH_WATER = 64 * 1024
LINGER_SECONDS = 2.0


class Delivery:
    """What each delivery touches, in a class of its own: so these fields lie together, in one cache line or two.

    With 19,000 members a round is as fast as memory is.
    """

    __slots__ = ("_clear", "_fd", "_said", "_unlogged", "cursor", "due", "format", "queued", "stage", "writable")

    cursor: int
    format: Format
    queued: bool
    stage: Stage


class Connection(Delivery, Contained, asyncio.Protocol, ABC):
    """A transport and what is owed to its peer, whose address is `host`. `stall_timeout` in seconds, 0 for never."""

    __slots__ = (
        "_buffered",
        "_deadlines",
        "_moved_at",
        "_outbox",
        "_outbox_size",
        "_reading",
        "_stall_timeout",
        "alarm",
        "heard_at",
        "holds",
        "host",
        "input_ended",
        "is_deaf",
        "is_lost",
        "place",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, deadlines: Deadlines, stall_timeout: float, place: Place, host: str) -> None:
        self._deadlines = deadlines
        self._stall_timeout = stall_timeout
        self.alarm: Alarm | None = None
        self.place = place
        self.host = host
        self.writable = False
        self.due = False  # something for this peer alone waits for `flush`
        self.stage = OPEN
        self.input_ended = False  # the peer said its last
        self.is_deaf = False  # the peer takes nothing any more
        self.is_lost = False  # the transport is lost, and the peer both of these
        self.heard_at = self._moved_at = deadlines.now()  # when it last sent and last took something
        self._buffered = 0
        self._fd = -1
        self._clear = False  # known: nothing waits in the transport's buffer
        self.holds = 0
        self._reading = True
        self._outbox: list[bytes] | None = None
        self._outbox_size = 0

    def meet(self, transport: asyncio.Transport) -> None:
        """The transport is there, and takes bytes."""
        self.transport = transport
        self.writable = True
        transport.set_write_buffer_limits(high=HIGH_WATER)
        # Past TLS there is no short way: what goes to the socket has to be encrypted.
        is_plain = transport.get_extra_info("sslcontext") is None
        if is_plain and (own_socket := transport.get_extra_info("socket")) is not None:
            self._fd = own_socket.fileno()

    # --- what a kind of connection is ---

    @abstractmethod
    def drain(self) -> None:
        """Do what was read and not done yet."""

    # --- output ---

    def write(self, data: bytes) -> None:
        """Write; only while `writable`. Straight to the socket if nothing waits before it: that is most of the fan-out.

        The descriptor is ours as long as we are writable: asyncio and uvloop tell `connection_lost` before they give it
        back (a test says so).
        """
        if self._clear or self._is_clear():
            try:
                sent = os_write(self._fd, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._take_no_more()
                return
            if sent == len(data):
                return
            data = data[sent:]
        self._clear = False
        self.transport.write(data)

    def _take_no_more(self) -> None:
        """A write failed. The peer's end may be at hand, so that ours comes a little later, by `wake`."""
        self.is_deaf, self.writable = True, False
        self._deadlines.wake_at(self, self._deadlines.now())

    def _is_clear(self) -> bool:
        self._clear = self._fd >= 0 and not self.transport.get_write_buffer_size()
        return self._clear

    def send(self, data: bytes) -> None:
        """Write what is for this peer alone, now or when it can take it."""
        if self.is_deaf or self.stage >= CLOSING:
            return
        if self.writable and not self._outbox:
            self.write(data)
            return
        self.due = True
        self._outbox = self._outbox or []
        self._outbox.append(data)
        self._outbox_size += len(data)
        if self._outbox_size > OUTBOX_BYTES:
            self.hold(Hold.OUTBOX)

    def flush(self) -> None:
        """Write the outbox, if anything may be written."""
        if self.writable:
            self.due = False
        if self._outbox and self.writable:
            data, self._outbox, self._outbox_size = b"".join(self._outbox), None, 0
            self.write(data)
            self.let_go(Hold.OUTBOX)

    @property
    def is_flushed(self) -> bool:
        """Whether it has had its goodbye, and the transport all of it; or there is nobody to have it."""
        return self.is_lost or (self.stage >= CLOSING and not self._unsent())

    def turn_deaf(self) -> None:
        """The peer takes nothing any more: it is owed nothing."""
        self.is_deaf, self.writable = True, False
        self._outbox = None
        self.let_go(Hold.OUTBOX)

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

    def _read_or_not(self) -> None:
        wanted = not self.holds
        if wanted is self._reading or self.input_ended or self.transport.is_closing():
            return
        self._reading = wanted
        if wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    # --- time ---

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
        self._buffered = self._unsent()
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
        buffered = self._unsent()
        if buffered < self._buffered:  # than ever: TLS answers its peer, so that it may be more again, and less
            self._buffered, self._moved_at = buffered, now

    def _unsent(self) -> int:
        try:
            return self.transport.get_write_buffer_size()
        except AttributeError:  # so asyncio's own transport of TLS says that it is closed already
            return 0


def hand_over(transport: asyncio.Transport, connection: Connection) -> None:
    """Give a transport to the connection that it is for, from now on."""
    connection.transport = transport  # before all else: whatever fails then can end it
    transport.set_protocol(connection)
    connection.connection_made(transport)


def peer_of(transport: asyncio.BaseTransport) -> tuple[str, int] | None:
    """The peer's address: the first two items of what Python prints. One that has reset already has none."""
    peer = transport.get_extra_info("peername")
    return as_address(peer) if peer else None


def own_of(transport: asyncio.BaseTransport) -> tuple[str, int]:
    """The address of ours by which the peer came."""
    return _shared(as_address(transport.get_extra_info("sockname")))


@lru_cache(64)
def _shared(address: tuple[str, int]) -> tuple[str, int]:
    """One object for all who came by the same address."""
    return address


def as_address(name: tuple[Any, ...]) -> tuple[str, int]:
    """The first two items of a socket's name.

    RFC 4291, section 2.5.5.2: to a socket of both families an IPv4 address looks like `::ffff:192.0.2.9`. It is what
    it is on a socket of its own: people see it in labels, and ban it.
    """
    host, port = name[:2]
    return (host.removeprefix("::ffff:") if "." in host else host), port
