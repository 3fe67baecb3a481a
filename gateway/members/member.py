"""One connection of the room: who it is, a cursor in the log, what it is told, its end.

Shells are built on it: they know how bytes get to the wire, and what a goodbye looks like.

1. All that a member is lies in its fields: no state hides in a coroutine.
2. A member that leaves MUST be closed only after what it said is in the log and what it is owed is written.
3. A member gives back its place, name, alarms and holds in one way, `House.forget`, whatever ended it.
4. However a connection ends by its peer's will, what arrived whole before MUST be done, in the same way and at the same
   rate. So a connection that is lost stays until that is over, GONE_SECONDS at most. Who broke the protocol is owed
   nothing more.
"""

import asyncio
from abc import abstractmethod
from math import inf
from typing import ClassVar

from msgspec import UNSET

from ..guard.gate import Place, lane_of
from ..guard.holds import Hold
from ..guard.stages import CLOSING, GONE, LEAVING, OPEN
from ..messages import Draft, Hole, Via, new_connection
from ..names import shown_label
from ..refusals import RefusedError
from ..room.feed import Chunk
from ..wires import Wire, answers, events
from ..wires.closing import Closing
from .connection import LOOK_SECONDS, Connection
from .costs import COUNTED, cost_of
from .house import House, Login


class Member(Connection):
    """A connection that can be in the room: how it gets there, see `login`; what is done for it there, `requests`."""

    __slots__ = (
        *("house", "wire"),
        *("by", "id", "label", "named", "owner", "session", "since"),
        *("introduction", "login", "login_ends", "login_until"),
        *("_leave_at", "_version", "why"),
    )

    via: ClassVar[Via]
    work_bytes: ClassVar[int] = 0  # of a call of its wire that came to no request yet, besides what came

    def __init__(self, house: House, place: Place, host: str, wire: Wire, login: "Login[Member] | None") -> None:
        super().__init__(house.deadlines, house.meters, house.settings.stall_timeout, place, host)
        self.house = house
        self.wire = wire
        self.login = login  # until it is in
        self.login_until = self.login_ends = inf
        self.id = new_connection()
        self.session = ""  # a secret: the log and others know the owner alone
        self.owner = self.by = ""  # nobody yet: see `be`
        self.label = ""  # a guest's, unless it has another when it enters
        self.named, self.since = False, 0
        self.cursor = house.room.feed.head
        self.why: Closing | None = None  # it ends, or will
        self._leave_at: int | None = None
        self._version = 0  # of presence, that it was told of
        self.introduction = ""  # the phrase by which it is told about the room, once it is in

    def be(self, owner: str) -> None:
        """Be this person: a session's owner, or one that no session has; not its connection's id, which others know."""
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
        data = chunk.without(self.id) if chunk.own and (self._unlogged or self._said > self.cursor) else chunk.data
        if data:
            self.write(data)
        self.cursor = chunk.last  # what is not taken of it follows the one before
        if self.stage is LEAVING:
            self.close_if_done()

    def skip(self, lost: Hole) -> None:
        """Hear of a gap."""
        self.cursor = lost.last
        self.answer(answers.Gap(lost.first, lost.last))

    def say(self, draft: Draft, say_id: str | None) -> None:
        """Say something; it is acked by `logged`."""
        self._unlogged += 1
        self.house.room.inbox.put(draft, self, say_id)

    def logged(self, say_id: str | None, seq: int) -> None:
        """What it said is in the log."""
        self._unlogged -= 1
        self._said = max(self._said, seq)
        if say_id is not None:
            self.answer(answers.Ack(say_id, seq))
        if self._marks is not None:
            self.pass_mark(self._marks)
        if self.stage is LEAVING:
            self.close_if_done()

    def resume_writing(self) -> None:
        """The transport has room again."""
        super().resume_writing()
        if self.is_in:
            self.house.room.pump.add(self)
        else:
            self._deadlines.wake_at(self, self._deadlines.now())

    @property
    def lane(self) -> str:
        """With whom it takes turns."""
        return lane_of(self.host, self.id)

    def next_request(self, now: float) -> events.Request | None:
        """What the peer asks for next; WORKING if that is not known yet; None until more comes."""
        return self.wire.next_request(now)

    def pass_over(self) -> events.Working | None:
        """Pass over a piece of what comes when it is not heard any more; None until more comes."""
        return None

    # --- what it is told ----------------------------------------------------------------------------------------------

    def answer(self, answer: answers.Answer) -> None:
        """Tell it something. A page of the log, or who is here, counts as bytes of its own: see costs."""
        if isinstance(answer, COUNTED):
            self.count_bytes(cost_of(answer))
        if data := self.wire.answer(answer):
            self.send(data, answer.seqs)

    def notice(self, code: str, detail: str = "") -> None:
        """Tell it something that a person should read."""
        self.answer(answers.Notice(code, self.house.phrases(code, detail=detail)))

    def refuse(self, why: RefusedError, say_id: str | None = None, text: str = "") -> None:
        """Tell it why what it asked for was not done, in its own words or these; and when it may ask again."""
        text = text or self.house.phrases(why.phrase, detail=why.detail)
        data = self.wire.answer(answers.Error(why.code, text, say_id, round(why.seconds) or UNSET, why.detail or UNSET))
        self.send_behind(data)

    def refuse_name(self, why: RefusedError) -> None:
        """Tell it why it can't be called so, and what it is called: by the raw wire a guest hears that nowhere else."""
        phrases = self.house.phrases
        self.refuse(why, text=phrases("name-still", name=self.shown, why=phrases(why.phrase, detail=why.detail)))

    def error(self, code: str, say_id: str | None = None, detail: str = "") -> None:
        """The same, by the code alone."""
        self.refuse(RefusedError(code, detail), say_id)

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
        self.stage, self.why = CLOSING, why
        self.house.note_end(self, why)
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

    def be_cut_off(self) -> None:
        """See Recipient."""
        self.close(Closing.TOO_SLOW)
        self.transport.abort()

    def fail(self) -> None:
        """After a fault of ours: say so, if that can still be done."""
        if self.stage >= CLOSING:
            self.cut()
        else:
            self.close(Closing.INTERNAL)

    def cut(self) -> None:
        """Give everything back, and be gone."""
        self.is_lost, self.is_deaf, self.writable = True, True, False
        self.stage, self.why = GONE, self.why or Closing.INTERNAL
        try:
            self.house.forget(self)
        finally:
            self.transport.abort()

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
        self.look()
        if self.is_deaf:
            self.turn_deaf()
            self.close_if_done()
        if self.due:
            self.flush()
        self._do_due(now)
        # Who hears nothing is not asked whether it lives: it is here for what it said.
        due = inf if self.is_deaf else min(self.stalls_at(now), self.beat(now))
        return min(due, self._next_deadline()) if self.stage < CLOSING else inf

    def excuse(self, now: float) -> None:
        """Nor is it late with its login, while that waits for us; for its rate and its turn not for ever: it sends."""
        super().excuse(now)
        if self.login is not None and self.holds & (Hold.STORE | Hold.TURN | Hold.RATE):
            most = inf if self.holds & Hold.STORE else self.login_ends
            self.login_until = min(now + self.login.seconds, most)

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
        if self.stalls_at(now) <= now:
            self.close(Closing.TOO_SLOW)

    def _next_deadline(self) -> float:
        # While the wire is not asked its deadline means nothing; it is looked at again when it is.
        deadline = None if self.holds or self.stage is not OPEN else self.wire.deadline
        looks_at = self._deadlines.now() + LOOK_SECONDS if self.holds and not self.is_deaf else inf
        return min(
            self._rate_until, self.login_until, self._gives_up_at, looks_at, inf if deadline is None else deadline
        )

    def beat(self, now: float) -> float:
        """The wire's own heartbeat; returns when it has to be asked again."""
        return inf
