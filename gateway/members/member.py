"""One connection of the room: who it is, a cursor in the log, what it is told, its end. Shells are built on it.

1. All that a member is lies in its fields: no state hides in a coroutine.
2. A member that leaves MUST be closed only after what it said is in the log and what it is owed is written.
3. A member gives back its place, name, alarms and holds in one way, `House.forget`, whatever ended it.
4. However a connection ends by its peer's will, what arrived whole before MUST be done, in the same way and at the same
   rate. So a connection that is lost stays until that is over, GONE_SECONDS at most. Who broke the protocol is owed
   nothing more.
"""

import asyncio
from abc import abstractmethod
from logging import INFO
from math import inf
from typing import ClassVar, Protocol, Self

from msgspec import UNSET

from ..guard.gate import Place
from ..guard.holds import Hold
from ..guard.rate import Meter
from ..guard.stages import CLOSING, GONE, LEAVING, OPEN
from ..logs import rationed
from ..messages import Draft, Hole, Via, new_connection
from ..names import shown_label
from ..refusals import RefusedError
from ..room.feed import Chunk
from ..wires import Wire, events
from ..wires.closing import Closing
from .connection import OUTBOX_BYTES, Connection
from .costs import COUNTED, cost_of
from .house import House
from .marks import Marks

GONE_SECONDS = 300.0
"""Seconds in which what a lost connection sent is done: its name, its place and its memory are given back then."""

STRANGER = "somebody"
"""How our own log calls who never came in, and has no label."""

BYTES_WAIT = 0.1
"""Seconds for which who sends too many bytes is not read, at the least: what comes meanwhile is one read, and to stop
reading and begin again costs more than a read.
"""

ENDS_A_SECOND = 100
"""Lines in the log: who an operator asks about is among them, unless thousands go at once."""

log = rationed("gateway.member", ENDS_A_SECOND)


class Login(Protocol):
    """How somebody gets into the room by a wire, and what is heard of it before. It keeps nothing: it serves all."""

    seconds: float
    """In which it has to be done; none of them passes while we hold it."""

    late: Closing
    """How it ends if it is not."""

    def come(self, member: "Member") -> None:
        """Somebody has connected."""

    def hear(self, member: "Member", request: events.Request) -> None:
        """It asks for something, and is not in yet."""


class Member(Connection):
    """A connection that can be in the room: how it gets there, see `login`; what is done for it then, see `requests`.

    Shells know how bytes get to the wire, and what a goodbye looks like.
    """

    __slots__ = (
        "_gives_up_at",
        "_leave_at",
        "_marks",
        "_meter",
        "_rate_until",
        "_version",
        "by",
        "house",
        "id",
        "introduction",
        "label",
        "login",
        "login_until",
        "named",
        "owner",
        "session",
        "since",
        "why",
        "wire",
    )

    via: ClassVar[Via]

    def __init__(self, house: House, place: Place, host: str, wire: Wire, login: Login | None) -> None:
        super().__init__(house.deadlines, house.settings.stall_timeout, place, host)
        self.house = house
        self.wire = wire
        self.login = login  # until it is in
        self.login_until = inf
        self.id = new_connection()
        self.session = ""  # a secret: the log and others know the owner alone
        self.owner = self.by = ""  # nobody yet: see `be`
        self.label = ""  # a guest's, unless it has another when it enters
        self.named = False
        self.since = 0
        self.cursor = house.room.feed.head
        self.queued = False
        self.why: Closing | None = None  # it ends, or will
        self._meter: Meter | None = None  # who asks for nothing has none
        self._rate_until = inf
        self._unlogged = 0  # drafts that are not in the log yet
        self._said = 0  # the last seq that is its own
        self._marks: Marks | None = None  # who sends none has none
        self._leave_at: int | None = None
        self._gives_up_at = inf
        self._version = 0  # of presence, that it was told of
        self.introduction = ""  # the phrase by which it is told about the room, once it is in

    def be(self, owner: str) -> None:
        """Be this person: a session's owner, or one that no session has.

        Not the one of the connection's id: the log and other nodes know that.
        """
        self.owner = owner
        self.by = self.house.room.store.by_of(self.owner)

    def meet(self, transport: asyncio.Transport) -> None:
        """The transport is there: it is one of the house's members from now on, until `House.forget`."""
        super().meet(transport)
        self.house.members.add(self)
        self.house.metrics.came(self.wire.name)

    # --- what the room sees -------------------------------------------------------------------------------------------

    @property
    def is_in(self) -> bool:
        """Whether it is in the room."""
        return self in self.house.room.roster

    @property
    def shown(self) -> str:
        """The name that people see, empty for who never came in."""
        return shown_label(self.label, self.by)

    def watch(self) -> None:
        """Be told who comes and goes from now on, if its wire tells that."""
        self._version = self.house.room.roster.version

    def flush(self) -> None:
        """Write the outbox and what is new of presence, if anything may be written."""
        super().flush()
        room = self.house.room
        if self.wire.tells_presence and self._version != room.roster.version and self.writable and self.is_in:
            presence = room.presence(self.format, self._version, self.wire.answer)
            self._version = room.roster.version
            if presence:
                self.write(presence)
        if self.stage is LEAVING:
            self.close_if_done()

    def take(self, chunk: Chunk) -> None:
        """Write a chunk, less what it said itself where its wire leaves that out."""
        may_hold_own = chunk.own and (self._unlogged or self._said > self.cursor)
        self.cursor = chunk.last
        if data := chunk.without(self.id) if may_hold_own else chunk.data:
            self.write(data)
        if self.stage is LEAVING:
            self.close_if_done()

    def skip(self, lost: Hole) -> None:
        """Hear of a gap."""
        self.cursor = lost.last
        self.answer(events.Gap(lost.first, lost.last))

    def say(self, draft: Draft, say_id: str | None) -> None:
        """Say something; it is acked by `logged`."""
        self._unlogged += 1
        self.house.room.inbox.put(draft, self, say_id)

    def logged(self, say_id: str | None, seq: int) -> None:
        """What it said is in the log."""
        self._unlogged -= 1
        self._said = max(self._said, seq)
        if say_id is not None:
            self.answer(events.Ack(say_id, seq))
        if self._marks is not None and (told := self._marks.logged()):
            self.send(told)
            if not self._marks:
                self.let_go(Hold.LOG)
        self.close_if_done()

    def resume_writing(self) -> None:
        """The transport has room again."""
        super().resume_writing()
        if self.is_in:
            self.house.room.pump.add(self)
        else:
            self._deadlines.wake_at(self, self._deadlines.now())

    # --- what it is told ----------------------------------------------------------------------------------------------

    def answer(self, answer: events.Answer) -> None:
        """Tell it something. A page of the log, or who is here, counts like as many bytes of its own: it costs so."""
        if isinstance(answer, COUNTED):
            self.count_bytes(cost_of(answer))
        if data := self.wire.answer(answer):
            self.send(data)

    def reply(self, data: bytes) -> bool:
        """Tell it something of the wire's own, when what it said before is in the log.

        Whether it waits for a text of its own, which pays it.

        So has a refusal behind it: by their order one can tell which text was refused.
        """
        # RFC 860, section 4: a timing mark is answered when what came before has been processed.
        if not self._unlogged:
            self.send(data)
            return False
        self._marks = self._marks or Marks()
        has_text = self._marks.wait(data, self._unlogged)
        self._bound_marks(self._marks)
        return has_text

    def _bound_marks(self, marks: Marks) -> None:
        if marks.size > OUTBOX_BYTES:
            self.hold(Hold.LOG)

    def notice(self, code: str, detail: str = "", seconds: int = 0) -> None:
        """Tell it something that a person should read."""
        self.answer(events.Notice(code, self.house.phrases(code, detail=detail), seconds or UNSET))

    def refuse(self, why: RefusedError, say_id: str | None = None) -> None:
        """Tell it why what it asked for was not done; and when it may ask again, if that is known."""
        self.tell_refused(why, self.house.phrases(why.phrase, detail=why.detail), say_id)

    def refuse_name(self, why: RefusedError) -> None:
        """Tell it why it can't be called so, and what it is called: by the raw wire a guest hears that nowhere else."""
        text = self.house.phrases(why.phrase, detail=why.detail)
        still = self.house.phrases("name-still", name=self.shown)
        self.tell_refused(why, text + still)

    def tell_refused(self, why: RefusedError, text: str, say_id: str | None = None) -> None:
        """The same, in these words."""
        data = self.wire.answer(events.Error(why.code, text, say_id, round(why.seconds) or UNSET, why.detail or UNSET))
        if self._marks:
            self._marks.follow(data)
            self._bound_marks(self._marks)
        elif data:
            self.send(data)

    def error(self, code: str, say_id: str | None = None, detail: str = "") -> None:
        """The same, by the code alone."""
        self.refuse(RefusedError(code, detail), say_id)

    # --- what it asks for: see requests -------------------------------------------------------------------------------

    def next_request(self, now: float) -> events.Request | None:
        """What the peer asks for next; WORKING if that is not known yet; None until more comes."""
        return self.wire.next_request(now)

    def count_work(self) -> None:
        """A call of the wire came to no request yet. What it looked at has been counted as it came."""

    def pass_over(self) -> events.Working | None:
        """Pass over a piece of what comes when it is not heard any more; None until more comes."""
        return None

    def meter(self, now: float) -> Meter:
        """What counts its requests."""
        if self._meter is None:
            self._meter = self.house.meters.meter(self.host, now)
        return self._meter

    def share_rate(self, other: Self) -> None:
        """Whichever of a person's connections asks for something, it is the person who does."""
        now = self._deadlines.now()
        self.meter(now).share(other.meter(now))

    def count_request(self, now: float) -> None:
        """It asks for something."""
        if wait := (self._meter or self.meter(now)).take(now):
            self.wait_for_rate(now + wait)

    def count_bytes(self, size: int) -> None:
        """So many bytes have come, or were asked for."""
        now = self._deadlines.now()
        if wait := self.meter(now).take_bytes(size, now):
            self.wait_for_rate(now + max(wait, BYTES_WAIT))

    def wait_for_rate(self, until: float) -> None:
        """It asked for too much: read no more until then."""
        self._rate_until = max(until, self._rate_until) if self.holds & Hold.RATE else until
        self.hold(Hold.RATE)
        self.arm()

    def go_on(self) -> None:
        """See Turns."""
        self.let_go(Hold.TURN)

    # --- the end: see stages ------------------------------------------------------------------------------------------

    def leave(self, why: Closing) -> None:
        """Close once what it said is in the log and what it is owed is written."""
        if self.stage is OPEN:
            self.stage, self.why = LEAVING, why
            self.close_if_done()

    def close_if_done(self) -> None:
        """Close if it leaves, and nothing is left to be done."""
        if self.stage is not LEAVING or self.why is None:
            return
        # Of who is lost all that it said is the room's, and there is nobody to ack it to.
        if self.is_lost or (not self._unlogged and self._has_all()):
            self.close(self.why)

    def _has_all(self) -> bool:
        if self._leave_at is None:
            self._leave_at = self.house.room.store.head if self.is_in else self.cursor
        return self.is_deaf or (self.cursor >= self._leave_at and not self._outbox)

    def close(self, why: Closing) -> None:
        """Close at once."""
        if self.stage >= CLOSING:
            return
        if self._marks and (told := self._marks.end()):
            self.send(told)
        self._end(why)
        if self.is_lost:
            self._be_gone()
        else:
            self.house.room.leave(self)
            self.say_goodbye(why)
            self.is_deaf |= why is Closing.TOO_SLOW
            self.linger()

    @abstractmethod
    def say_goodbye(self, why: Closing) -> None:
        """Say it in the wire's way, and close the transport or wait for the peer to."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is lost. What arrived whole before is still done, at the member's rate; then it is gone."""
        if self.is_lost:
            return
        self.is_lost = True
        if self.stage >= CLOSING:
            self._be_gone()
            return
        if not self.input_ended:
            self.end_input(broken=True)
        self.turn_deaf()
        self.close_if_done()
        self.drain()

    @abstractmethod
    def end_input(self, *, broken: bool) -> None:
        """No more comes. What a broken connection has left half said is not said."""

    def turn_deaf(self) -> None:
        """It is here for what it said alone, and not for ever."""
        self._gives_up_at = min(self._gives_up_at, self._deadlines.now() + GONE_SECONDS)
        super().turn_deaf()

    def fail(self) -> None:
        """After a fault of ours: say so, if that can still be done."""
        if self.stage >= CLOSING:
            self.cut()
        else:
            self.close(Closing.INTERNAL)

    def cut(self) -> None:
        """Give everything back, and be gone."""
        self.is_lost = self.is_deaf = True
        self.writable = False
        self.why = self.why or Closing.INTERNAL
        self.stage = GONE
        try:
            self.house.forget(self)
        finally:
            self.transport.abort()

    def _end(self, why: Closing) -> None:
        self.stage, self.why = CLOSING, why
        self.house.metrics.closes[why].inc()
        if log.isEnabledFor(INFO):
            log.info("%s from %s ended: %s", self.shown or STRANGER, self.host, why.reason)

    def _be_gone(self) -> None:
        self.stage = GONE
        self.house.forget(self)

    # --- time ---------------------------------------------------------------------------------------------------------

    def arm(self) -> None:
        """Be woken when something is due."""
        if self.stage < CLOSING:
            self._deadlines.wake_at(self, self._next_deadline())

    def wake(self, now: float) -> float:
        """See Deadlines."""
        if self.stage >= CLOSING:
            return super().wake(now)
        self.excuse(now)
        if self.is_deaf:
            self.turn_deaf()
            self.close_if_done()
        if self.due:
            self.flush()
        self._do_due(now)
        # Who hears nothing is not asked whether it lives: it is here for what it said.
        due = inf if self.is_deaf else min(self._check_stall(now), self.beat(now))
        return min(due, self._next_deadline()) if self.stage < CLOSING else inf

    def excuse(self, now: float) -> None:
        """Nor is it late with its login, while that waits for us."""
        super().excuse(now)
        if self.login is not None and self.holds & (Hold.STORE | Hold.TURN | Hold.RATE):
            self.login_until = now + self.login.seconds

    def _do_due(self, now: float) -> None:
        if self._rate_until <= now:
            self._rate_until = inf
            self.let_go(Hold.RATE)
        if (deadline := self.wire.deadline) is not None and deadline <= now:
            self.drain()
        if self.login is not None and self.login_until <= now:
            self.close(self.login.late)
        if self._gives_up_at <= now:
            self.close(Closing.LOST)

    def _check_stall(self, now: float) -> float:
        due = self.stalls_at(now)
        if due <= now:
            self.close(Closing.TOO_SLOW)
        return due

    def _next_deadline(self) -> float:
        # While the wire is not asked its deadline means nothing; it is looked at again when it is.
        deadline = None if self.holds or self.stage is not OPEN else self.wire.deadline
        return min(self._rate_until, self.login_until, self._gives_up_at, inf if deadline is None else deadline)

    def beat(self, now: float) -> float:
        """The wire's own heartbeat; returns when it has to be asked again."""
        return inf
