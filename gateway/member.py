"""One connection of the room: a cursor, and its end. The wires' shells are built on it.

1. All that a member is lies in its fields: no state hides in a coroutine.
2. A member that leaves MUST be closed only after what it said is in the log and what it is owed is written.
3. A member gives back its place, name, alarms and holds in one way, `House.forget`, whatever ended it.
"""

import asyncio
from abc import abstractmethod
from math import inf

from .connection import Hold
from .feed import Chunk, Lost
from .gate import Place
from .logs import rationed
from .messages import Position
from .requests import House, Requester
from .wires import events
from .wires.closing import Closing

ENDS_A_SECOND = 100
"""Lines in the log: who an operator asks about is among them, unless thousands go at once."""

log = rationed("gateway.member", ENDS_A_SECOND)


class Member(Requester):
    """A connection that can be in the room. Subclasses know how bytes get to the wire, and what an end looks like."""

    __slots__ = ("_leave_at", "_version")

    def __init__(self, house: House, place: Place, host: str) -> None:
        super().__init__(house, place, host)
        self.cursor = house.room.feed.head
        self.queued = False
        self._said = 0  # the last seq that is its own
        self._leave_at: int | None = None
        self._version = 0  # of presence, that it was told of

    def meet(self, transport: asyncio.Transport) -> None:
        """The transport is there: it is one of the house's members from now on, until `House.forget`."""
        super().meet(transport)
        self.house.members.add(self)

    # --- what the room sees ---

    @property
    def is_in(self) -> bool:
        """Whether it is in the room."""
        return self in self.house.room.roster

    def enter(self) -> None:
        """Be in the room from now on."""
        self.format = self.wire.format
        self.since = self.house.wall()
        self.house.room.join(self)
        self._version = self.house.room.roster.version

    def seek(self, after: Position | None, history: int) -> bool:
        """Go on after a position, if it is one of this log; else so many messages back. Whether it goes on."""
        store, head = self.house.room.store, self.house.room.feed.head
        if after is not None and after.epoch == store.epoch and after.seq <= store.head:
            self.cursor = after.seq
            return True
        self.cursor = max(head - history, min(store.first - 1, head))
        return False

    def flush(self) -> None:
        """Write the outbox and what is new of presence, if anything may be written."""
        super().flush()
        room = self.house.room
        if self.wants_presence and self._version != room.roster.version and self.writable and self.is_in:
            presence = room.presence(self.format, self._version, self.wire.answer)
            self._version = room.roster.version
            self.write(presence)
        if self._leaving is not None:
            self._leave_if_done()

    def take(self, chunk: Chunk) -> None:
        """Write a chunk, less what it said itself where its wire leaves that out."""
        may_hold_own = chunk.own and (self._unlogged or self._said > self.cursor)
        self.cursor = chunk.last
        if data := chunk.without(self.id) if may_hold_own else chunk.data:
            self.write(data)
        if self._leaving is not None:
            self._leave_if_done()

    def skip(self, lost: Lost) -> None:
        """Hear of a gap."""
        self.cursor = lost.last
        self.answer(events.Gap(lost.first, lost.last))

    def logged(self, say_id: str | None, seq: int) -> None:
        """What it said is in the log."""
        self._unlogged -= 1
        self._said = max(self._said, seq)
        if say_id is not None:
            self.answer(events.Ack(say_id, seq))
        if self._reply_due and not self._unlogged:
            due, self._reply_due = self._reply_due, b""
            self.send(due)
            self.let_go(Hold.LOG)
        self._leave_if_done()

    def resume_writing(self) -> None:
        """The transport has room again."""
        super().resume_writing()
        if self.is_in:
            self.house.room.pump.add(self)
        else:
            self._deadlines.wake_at(self, self._deadlines.now())

    # --- the end ---

    @property
    def is_leaving(self) -> bool:
        """Whether it is only waiting for what it is owed."""
        return self._leaving is not None

    def leave(self, why: Closing) -> None:
        """Close once what it said is in the log and what it is owed is written."""
        if self._leaving is None and not self.closing:
            self._leaving = why
            self._leave_if_done()

    def owe_nothing(self) -> None:
        """The peer takes no more: it leaves as soon as what it said is in the log."""
        self._leave_at = 0
        self.give_up_in_time()
        self._outbox = None
        self.let_go(Hold.OUTBOX)

    def close(self, why: Closing) -> None:
        """Close at once."""
        if self.closing:
            return
        self._depart(why)
        if self.gone:
            self.house.forget(self)
        else:
            self.end_output(why)
            self.start_lingering()

    def fail(self) -> None:
        """After a fault of ours: say so, if that can still be done."""
        if self.closing:
            self.cut()
        else:
            self.close(Closing.INTERNAL)

    def cut(self) -> None:
        """Give everything back, and be gone."""
        self.gone = True
        self.writable = False
        self.closing = self.closing or Closing.INTERNAL
        try:
            self.house.forget(self)
        finally:
            self.transport.abort()

    @abstractmethod
    def end_output(self, why: Closing) -> None:
        """Say goodbye in the wire's way, and close the transport or wait for the peer to."""

    def lose(self, *, broken: bool) -> None:
        """The transport is lost. What arrived whole before is still done, at the member's rate; then it is gone."""
        if self.gone:
            return
        self.gone = True
        self.writable = False
        if self.closing:
            self.house.forget(self)
        elif self._leaving is not None:
            self.close(self._leaving)
        else:
            if not self.input_ended:
                self.end_input(broken=broken)
            self.owe_nothing()
            self.drain()

    @abstractmethod
    def end_input(self, *, broken: bool) -> None:
        """No more comes. What a broken connection has left half said is not said."""

    def _leave_if_done(self) -> None:
        if self._leaving is None or self.closing:
            return
        if self.gone:  # what it said is the room's by now, and it is owed nothing
            self.close(self._leaving)
            return
        if self._unlogged:
            return
        if self._leave_at is None:
            self._leave_at = self.house.room.store.head if self.is_in else self.cursor
        if self.cursor >= self._leave_at and not self._outbox:
            self.close(self._leaving)

    def _depart(self, why: Closing) -> None:
        self.closing = why
        self.house.room.metrics.closes[why].inc()
        log.info("%s from %s ended: %s", self.label, self.host, why.reason)
        self.house.room.leave(self)

    # --- time ---

    def wake(self, now: float) -> float:
        """See Deadlines."""
        if self.closing:
            return self.linger(now)
        if self.is_deaf:
            self.owe_nothing()
            self._leave_if_done()
        if self.due:
            self.flush()
        self.check_requests(now)
        self.excuse(now)
        # Who is gone, or hears nothing, is not asked whether it lives: it is here for what it said.
        due = inf if self.gone or self.is_deaf else min(self.check_stall(now), self.beat(now))
        return inf if self.closing else min(due, self.next_deadline())

    def beat(self, now: float) -> float:
        """The wire's own heartbeat; returns when it has to be asked again."""
        return inf
