"""One connection of the room: a cursor, its requests, its limits. The wires' shells are built on it.

1. All that a member is lies in its fields: no state hides in a coroutine.
2. Requests are done in order, one at a time; while there is any Hold, the wire is not asked for the next.
3. A member that leaves MUST be closed only after what it said is in the log and what it is owed is written.
"""

import logging
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from .commands import parse, parse_command
from .config import Settings
from .connection import Connection, Hold
from .feed import Chunk, Lost
from .gate import Gate
from .messages import Draft, Via, clean_text, new_session, owner_of, say_key
from .rate import Bucket
from .room import Room
from .wires import Wire, events
from .wires.closing import Closing

log = logging.getLogger("gateway.member")


@dataclass(frozen=True, slots=True)
class House:
    """What all members of a gateway share. `wall` is the time in milliseconds since 1970, `web` the web port."""

    room: Room
    gate: Gate
    settings: Settings
    wall: Callable[[], int]
    web: int
    members: "set[Member]"


class Member(Connection):
    """A connection that can be in the room; `wire` speaks for it.

    Subclasses know how bytes get to the wire, and what an end looks like.
    """

    __slots__ = (
        "_bucket",
        "_leave_at",
        "_leaving",
        "_rate_until",
        "_version",
        "house",
        "id",
        "label",
        "named",
        "owner",
        "session",
        "wire",
    )

    via: ClassVar[Via]
    wants_presence: ClassVar[bool]
    wire: Wire

    def __init__(self, house: House) -> None:
        super().__init__(house.room.deadlines, house.settings.stall_timeout)
        self.house = house
        self.id = new_session()
        self.session = ""  # a secret: the log and others know the owner alone
        self.owner = owner_of(self.id)
        self.label = ""
        self.named = False
        self.cursor = house.room.feed.head
        self.queued = False
        self._bucket = Bucket(house.settings.rate, house.settings.burst, self.heard_at)
        self._rate_until = inf
        self._unlogged = 0  # drafts that are not in the log yet
        self._said = 0  # the last seq that is its own
        self._leaving: Closing | None = None
        self._leave_at: int | None = None
        self._version = 0  # of presence, that it was told of

    # --- what the room sees ---

    @property
    def is_in(self) -> bool:
        """Whether it is in the room."""
        return self in self.house.room.roster

    def enter(self) -> None:
        """Be in the room from now on."""
        self.format = self.wire.format
        self.house.room.join(self)
        self._version = self.house.room.roster.version

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
        self._leave_if_done()

    def answer(self, answer: events.Answer) -> None:
        """Tell it something."""
        if data := self.wire.answer(answer):
            self.send(data)

    def notice(self, code: str, detail: str = "") -> None:
        """Tell it something that a person should read."""
        self.answer(events.Notice(code, self.house.room.phrases(code, detail=detail)))

    def error(self, code: str, say_id: str | None = None, detail: str = "") -> None:
        """Tell it why what it asked for was not done."""
        self.answer(events.Error(code, self.house.room.phrases(code, detail=detail), say_id))

    # --- input ---

    def resume_writing(self) -> None:
        """The transport has room again."""
        super().resume_writing()
        if self.is_in:
            self.house.room.pump.add(self)
        else:
            self._deadlines.wake_at(self, self._deadlines.now())

    def drain(self) -> None:
        """Do what the wire has requests for, until there is a reason not to."""
        now = self._deadlines.now()
        while not (self._holds or self._leaving or self.closing):
            request = self.wire.next_request(now)
            if request is None:
                break
            self.handle(request, now)
        self.format = self.wire.format
        self._arm()

    def handle(self, request: events.Request, now: float) -> None:
        """Do one request, and count it."""
        kind = type(request)
        if kind not in _FREE and (wait := self._bucket.take(now)):
            self.wait_for_rate(now + wait)
        _HANDLERS[kind](self, request)

    def wait_for_rate(self, until: float) -> None:
        """It asked for too much: read no more until then."""
        self._rate_until = until
        self.hold(Hold.RATE)
        self._arm()

    def say_rest(self) -> None:
        """Say what arrived whole, whatever holds: no more comes."""
        now = self._deadlines.now()
        while not (self._leaving or self.closing) and (request := self.wire.next_request(now)):
            if type(request) in _SAYING and self.is_in:
                _HANDLERS[type(request)](self, request)

    # --- requests ---

    def _say(self, request: events.Say) -> None:
        self._say_clean(clean_text(request.text), request)

    def _say_clean(self, text: str, request: events.Say) -> None:
        if not text or text.isspace():
            if request.id is not None:
                self.error("empty", request.id)
            return
        key = None if request.id is None else say_key(self.session, request.id, text)
        draft = Draft(self.house.wall(), self.label, self.via, self.id, text, key)
        self._unlogged += 1
        self.house.room.inbox.put(draft, self, request.id)

    def _typed(self, request: events.Typed) -> None:
        self._obey(parse(clean_text(request.text)))

    def _command(self, request: events.Command) -> None:
        self._obey(parse_command(clean_text(request.text)))

    def _obey(self, request: events.Request) -> None:
        if isinstance(request, events.Say):
            self._say_clean(request.text, request)
        elif not self.gone:
            _HANDLERS[type(request)](self, request)

    def _hello(self, request: events.Hello) -> None:
        self.error("hello-twice")

    def _rename(self, request: events.Rename) -> None:
        self.house.room.rename(self, request.name)

    def _ask_who(self, request: events.AskWho) -> None:
        self.answer(self.house.room.roster.who())

    def _ask_history(self, request: events.AskHistory) -> None:
        self.house.room.history(self, request.before, request.limit)

    def _ask_help(self, request: events.AskHelp) -> None:
        self.notice("help")

    def _ping(self, request: events.Ping) -> None:
        self.answer(events.Pong())

    def _mistake(self, request: events.Mistake) -> None:
        self.error(request.code, request.id, request.detail)

    def _reply(self, request: events.Reply) -> None:
        self.send(request.data)

    def _quit(self, request: events.Quit) -> None:
        self.leave(Closing.QUIT)

    def _end_of_input(self, request: events.EndOfInput) -> None:
        self.leave(Closing.LEFT)

    def _not_ours(self, request: events.NotOurs) -> None:
        self.close(Closing.HTTP if request.protocol == "http" else Closing.TLS)

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
        self._outbox = None
        self.let_go(Hold.OUTBOX)

    def close(self, why: Closing) -> None:
        """Close at once."""
        if not (self.closing or self.gone):
            self._depart(why)
            self.end_output(why)
            self.start_lingering()

    @abstractmethod
    def end_output(self, why: Closing) -> None:
        """Say goodbye in the wire's way, and close the transport or wait for the peer to."""

    def lose(self, *, broken: bool) -> None:
        """The transport is lost: what arrived whole before is said, then the member is gone."""
        if self.gone:
            return
        if broken and not self.input_ended:
            self.wire.feed_reset()
        self.gone = True
        self.writable = False
        self.say_rest()
        self._depart(self.closing or self._leaving or (Closing.LOST if broken else Closing.LEFT))
        self._deadlines.forget(self)
        self.house.members.discard(self)
        self.house.gate.leave(self.host)

    def _leave_if_done(self) -> None:
        if self._leaving is None or self.closing or self.gone or self._unlogged:
            return
        if self._leave_at is None:
            self._leave_at = self.house.room.store.head if self.is_in else self.cursor
        if self.cursor >= self._leave_at and not self._outbox:
            self.close(self._leaving)

    def _depart(self, why: Closing) -> None:
        if self.closing is None:
            self.closing = why
            log.info("%s from %s ended: %s", self.label, self.host, why.reason)
        self.house.room.leave(self)

    # --- time ---

    def wake(self, now: float) -> float:
        """See Deadlines."""
        if self.closing:
            return self.linger(now)
        if self.due:
            self.flush()
        if self._rate_until <= now:
            self._rate_until = inf
            self.let_go(Hold.RATE)
        if (deadline := self.wire.deadline) is not None and deadline <= now:
            self.drain()
        due = min(self.check_stall(now), self.beat(now))
        return inf if self.closing else min(due, self._next_deadline())

    def beat(self, now: float) -> float:
        """The wire's own heartbeat; returns when it has to be asked again."""
        return inf

    def _next_deadline(self) -> float:
        # While the wire is not asked its deadline means nothing; it is looked at again when it is.
        deadline = None if self._holds or self._leaving else self.wire.deadline
        return min(self._rate_until, inf if deadline is None else deadline)

    def _arm(self) -> None:
        if not self.closing:
            self._deadlines.wake_at(self, self._next_deadline())


_FREE = frozenset({events.Reply, events.Quit, events.EndOfInput, events.NotOurs})
_SAYING = frozenset({events.Say, events.Typed})
_HANDLERS: dict[type, Callable[..., None]] = {
    events.Say: Member._say,
    events.Typed: Member._typed,
    events.Command: Member._command,
    events.Hello: Member._hello,
    events.Rename: Member._rename,
    events.AskWho: Member._ask_who,
    events.AskHistory: Member._ask_history,
    events.AskHelp: Member._ask_help,
    events.Ping: Member._ping,
    events.Quit: Member._quit,
    events.EndOfInput: Member._end_of_input,
    events.Mistake: Member._mistake,
    events.Reply: Member._reply,
    events.NotOurs: Member._not_ours,
}
