"""What a member asks for: its requests are done in order, one at a time, and counted.

While there is any Hold, the wire is not asked for the next one. Who has not given the room's password is outside, and
is heard only when it gives it or goes.

1. What came MUST be counted before it is decoded, and done one request at a time, in turns with others (`turns`).
2. However a connection ends by its peer's will, what arrived whole before MUST be done, in the same way and at the same
   rate. So a connection that is lost stays until that is over, GONE_SECONDS at most: what only asks for an answer is
   passed over, and what takes longer is not said. Who broke the protocol is owed nothing more.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import ClassVar, Protocol

from msgspec import UNSET

from .acts import act
from .commands import parse, parse_command
from .config import Settings
from .connection import Connection, Hold
from .feed import Chunk, Lost
from .gate import Gate, Place, lane_of
from .lock import Lock
from .messages import Draft, Via, clean_text, new_session, say_key
from .moderation import Moderation, Refusal
from .rate import Limits, Meter, Meters
from .room import Room
from .turns import Turns
from .wires import Wire, events
from .wires.closing import Closing


class Author(Protocol):
    """Who says something; `id` is its connection."""

    id: str
    owner: str
    label: str

    @property
    def via(self) -> Via:
        """By which port."""


@dataclass(frozen=True, slots=True)
class House:
    """What all members of a gateway share. `wall` is the time in milliseconds since 1970, `web` the web port."""

    room: Room
    gate: Gate
    lock: Lock
    moderation: Moderation
    settings: Settings
    wall: Callable[[], int]
    web: int
    turns: Turns
    meters: Meters
    members: "set[Requester]" = field(default_factory=set)

    def draft(self, speaker: Author, text: str, key: bytes | None) -> Draft:
        """What somebody says now, by this say-key."""
        return Draft(
            at=self.wall(),
            label=speaker.label,
            via=speaker.via,
            owner=speaker.owner,
            origin=speaker.id,
            text=text,
            key=key,
        )

    def forget(self, member: "Requester") -> None:
        """Give back all that a member holds; may be said again. Calls no method of it: one may be broken."""
        try:
            self.room.leave(member)
        finally:
            self.members.discard(member)
            member.place.leave()
            self.room.deadlines.forget(member)


BURST_SECONDS = 16
"""So many seconds' bytes may come at once."""


def limits_of(settings: Settings) -> Limits:
    """What one connection may ask for."""
    byte_rate = settings.rate_kib * 1024
    return Limits(settings.rate, settings.burst, byte_rate, byte_rate * BURST_SECONDS)


PERSON_BYTES = 48
"""Of who is here each takes about so many besides the name."""

MESSAGE_BYTES = 160
"""And each message of a page besides the text."""

REPLY_BYTES = 256
"""What an answer of the wire's own counts as: it is a write of its own, for some three bytes that came."""

KEY_SECONDS = 60.0
"""For so long one may be outside without giving the password."""


OWED_SECONDS = 10.0
"""A new connection waits no longer than that for what others of its address have taken."""

STRANGER = "somebody"
"""How our own log calls who has not said yet who it is."""

GONE_SECONDS = 300.0
"""For so long one who is gone may say what it sent: its name, its place and its memory are given back then."""


class Requester(Connection):
    """A connection with a wire that speaks for it, and what it may do in the room."""

    __slots__ = (
        "_given_up_at",
        "_meter",
        "_rate_until",
        "_reply_due",
        "by",
        "give_key_by",
        "house",
        "id",
        "label",
        "named",
        "owner",
        "returns",
        "session",
        "since",
        "wire",
    )

    via: ClassVar[Via]
    wants_presence: ClassVar[bool]
    wire_name: ClassVar[str]
    wire: Wire

    def __init__(self, house: House, place: Place, host: str) -> None:
        super().__init__(house.room.deadlines, house.settings.stall_timeout, place, host)
        self.house = house
        self.id = new_session()
        self.session = ""  # a secret: the log and others know the owner alone
        self.owner = self.by = ""  # nobody yet: see `be`
        self.label = STRANGER
        self.named = False
        self.returns = False
        self.since = 0
        self._meter: Meter | None = None  # who asks for nothing has none
        self._rate_until = inf
        self._unlogged = 0  # drafts that are not in the log yet
        self._leaving = None
        self._given_up_at = inf
        self._reply_due = b""  # when all that it said is in the log
        self.give_key_by = inf  # the password has to be given until then

    def be(self, owner: str) -> None:
        """Be this person: a session's owner, or one that no session has.

        Not the one of the connection's id: the log and other nodes know that.
        """
        self.owner = owner
        self.by = self.house.room.store.by_of(self.owner)

    # --- what a member is -----------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def is_in(self) -> bool:
        """Whether it is in the room."""

    @abstractmethod
    def enter(self) -> None:
        """Be in the room from now on."""

    @abstractmethod
    def leave(self, why: Closing) -> None:
        """Close once what it said is in the log and what it is owed is written."""

    @abstractmethod
    def take(self, chunk: Chunk) -> None:
        """Write a chunk, and go on to its end."""

    @abstractmethod
    def skip(self, lost: Lost) -> None:
        """Hear of a gap, and go on to its end."""

    @abstractmethod
    def logged(self, say_id: str | None, seq: int) -> None:
        """What it said is in the log."""

    # --- answers --------------------------------------------------------------------------------------------------

    def answer(self, answer: events.Answer) -> None:
        """Tell it something. A page of the log, or who is here, counts like as many bytes of its own: it costs so."""
        if isinstance(answer, events.Page):
            size = sum(MESSAGE_BYTES + len(message.text.encode()) for message in answer.messages)
            self.count_bytes(size, self._deadlines.now())
        elif isinstance(answer, events.Who):
            size = sum(PERSON_BYTES + len(person.name.encode()) for person in answer.names)
            self.count_bytes(size, self._deadlines.now())
        if data := self.wire.answer(answer):
            self.send(data)

    def notice(self, code: str, detail: str = "") -> None:
        """Tell it something that a person should read."""
        self.answer(events.Notice(code, self.house.room.phrases(code, detail=detail)))

    def error(self, code: str, say_id: str | None = None, detail: str = "", seconds: int = 0) -> None:
        """Tell it why what it asked for was not done; and when it may ask again, if that is known."""
        text = self.house.room.phrases(code, detail=detail)
        self.answer(events.Error(code, text, say_id, seconds or UNSET))

    # --- requests -------------------------------------------------------------------------------------------------

    def knock(self) -> None:
        """Come in, unless it is banned; or be asked for the password, if there is one."""
        if self.is_barred():
            return
        if self.house.lock.is_open:
            self.enter()
            return
        self.format = self.wire.format
        self.give_key_by = self._deadlines.now() + KEY_SECONDS
        self.notice("password-needed")
        self._arm()

    def is_barred(self) -> bool:
        """Whether it is banned: then it is told so, and closed."""
        is_barred = self.house.moderation.bars(self.host, self.by)
        if is_barred:
            self.error("you-are-banned")
            self.close(Closing.BANNED)
        return is_barred

    def drain(self) -> None:
        """Do what was asked for, until there is a reason not to."""
        now = self._deadlines.now()
        turns = self.house.turns
        turns.begin()
        while not (self._holds or self._leaving or self.closing):
            if turns.is_over():
                self.hold(Hold.TURN)
                turns.line_up(self, lane_of(self.host, self.id))
                break
            request = self.next_request(now)
            if request is None:
                break
            if request is not events.WORKING:
                self.handle(request, now)
        self.format = self.wire.format
        self._arm()

    def go_on(self) -> None:
        """See Turns."""
        self.let_go(Hold.TURN)

    def next_request(self, now: float) -> events.Request | None:
        """What the peer asks for next; WORKING if that is not known yet; None until more comes."""
        return self.wire.next_request(now)

    def handle(self, request: events.Request, now: float) -> None:
        """Do one request, and count it."""
        kind = type(request)
        if (self.gone or self.is_deaf) and kind in _ANSWERED:
            return
        is_free = kind in _FREE
        if not is_free and (wait := self.meter(now).take(now)):
            self.wait_for_rate(now + wait)
        if is_free or self.is_in:
            _HANDLERS[kind](self, request)
        else:
            self._hear_outside(request, now)

    def meter(self, now: float) -> Meter:
        """What counts its requests."""
        if self._meter is None:
            self._meter = self.house.meters.meter(self.host, now)
        return self._meter

    def count_bytes(self, size: int, now: float) -> None:
        """So many bytes have come, or were asked for."""
        if wait := self.meter(now).take_bytes(size, now):
            self.wait_for_rate(now + wait)

    def wait_for_address(self) -> None:
        """A new connection is not heard before its address may ask for something: else each one's first is free."""
        now = self._deadlines.now()
        if wait := self.house.meters.owed(self.host, now):
            self.wait_for_rate(now + min(wait, OWED_SECONDS))

    def _hear_outside(self, request: events.Request, now: float) -> None:
        """Who is not in yet can give the password, and go."""
        asked = parse(clean_text(request.text)) if isinstance(request, events.Typed) else request
        if isinstance(asked, events.Quit):
            self.leave(Closing.QUIT)
            return
        password = asked.password if isinstance(asked, events.Pass) else None
        if problem := self.house.lock.refuses(self.host, password, now):
            self.error(problem)
            return
        if self.is_barred():  # since it came
            return
        self.give_key_by = inf
        self.notice("password-right")
        self.cursor = self.house.room.feed.head
        self.enter()

    def wait_for_rate(self, until: float) -> None:
        """It asked for too much: read no more until then."""
        self._rate_until = max(until, self._rate_until) if self._holds & Hold.RATE else until
        self.hold(Hold.RATE)
        self._arm()

    # --- what can be asked for -----------------------------------------------------------------------------------

    def _say(self, request: events.Say) -> None:
        self._say_clean(clean_text(request.text), request)

    def _say_clean(self, text: str, request: events.Say) -> None:
        if not text or text.isspace():
            if request.id is not None:
                self.error("empty", request.id)
            return
        key = None if request.id is None else say_key(self.session, request.id, text)
        if refusal := self.house.moderation.hears(self, key):
            self.refuse_to_hear(refusal, request.id)
            return
        self._unlogged += 1
        self.house.room.inbox.put(self.house.draft(self, text, key), self, request.id)

    def refuse_to_hear(self, refusal: Refusal, say_id: str | None = None) -> None:
        """Tell it why it may not do that now, and for how long."""
        self.error(refusal.code, say_id, str(refusal.seconds), refusal.seconds)

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
        if refusal := self.house.moderation.refuses_name(self.host, self.by):
            self.refuse_to_hear(refusal)
        else:
            self.house.room.rename(self, request.name)

    def _ask_who(self, request: events.AskWho) -> None:
        roster = self.house.room.roster
        self.answer(roster.who_for_operators() if self._is_operator else roster.who())

    def _ask_history(self, request: events.AskHistory) -> None:
        self.house.room.history(self, request.before, request.limit)

    def _ask_help(self, request: events.AskHelp) -> None:
        self.notice("help")
        if self._is_operator:
            self.notice("op")

    def _pass(self, request: events.Pass) -> None:
        self.notice("password-right")

    def _op(self, request: events.Op) -> None:
        problem = self.house.moderation.promote(self, request.password)
        if problem:
            self.error(problem)
        else:
            self.notice("op")

    @property
    def _is_operator(self) -> bool:
        return self.house.moderation.is_operator(self.by)

    def _moderate(self, request: events.Moderate) -> None:
        if self._is_operator:
            self.house.room.questions.ask(self, lambda: act(self.house.moderation, self, request))
        else:
            self.error("op-needed")

    def _ping(self, request: events.Ping) -> None:
        self.answer(events.Pong())

    def _mistake(self, request: events.Mistake) -> None:
        self.error(request.code, request.id, request.detail)

    def _reply(self, request: events.Reply) -> None:
        self.count_bytes(REPLY_BYTES, self._deadlines.now())
        # RFC 860, section 4: a timing mark is answered when what came before has been processed.
        if self._unlogged:
            self._reply_due = request.data
            self.hold(Hold.LOG)
        else:
            self.send(request.data)

    def _quit(self, request: events.Quit) -> None:
        self.leave(Closing.QUIT)

    def _end_of_input(self, request: events.EndOfInput) -> None:
        self.leave(Closing.LOST if self.gone else Closing.LEFT)

    def _not_ours(self, request: events.NotOurs) -> None:
        self.close(_FOREIGN[request.protocol])

    # --- time -----------------------------------------------------------------------------------------------------

    def check_requests(self, now: float) -> None:
        """Do what time has come for: the rate's pause is over, or the wire's deadline."""
        if self._rate_until <= now:
            self._rate_until = inf
            self.let_go(Hold.RATE)
        if (deadline := self.wire.deadline) is not None and deadline <= now:
            self.drain()
        if self.give_key_by <= now:
            self.close(Closing.PASSWORD)
        if self._given_up_at <= now and not self.closing:
            self.close(Closing.LOST)

    def give_up_in_time(self) -> None:
        """Its peer is gone: what it said may be said for so long."""
        self._given_up_at = min(self._given_up_at, self._deadlines.now() + GONE_SECONDS)

    def next_deadline(self) -> float:
        """When to look again."""
        # While the wire is not asked its deadline means nothing; it is looked at again when it is.
        deadline = None if self._holds or self._leaving else self.wire.deadline
        return min(self._rate_until, self.give_key_by, self._given_up_at, inf if deadline is None else deadline)

    def _arm(self) -> None:
        if not self.closing:
            self._deadlines.wake_at(self, self.next_deadline())


_FOREIGN = {"http": Closing.HTTP, "tls": Closing.TLS, "binary": Closing.BINARY, "utf-16": Closing.UTF16}
_FREE = frozenset({events.Reply, events.Quit, events.EndOfInput, events.NotOurs})
# What has no effect but an answer, which who is gone can't hear.
_ANSWERED = frozenset(
    {events.Hello, events.AskWho, events.AskHistory, events.AskHelp, events.Command, events.Ping, events.Mistake}
)
_HANDLERS: dict[type, Callable[..., None]] = {
    events.Say: Requester._say,
    events.Typed: Requester._typed,
    events.Command: Requester._command,
    events.Hello: Requester._hello,
    events.Rename: Requester._rename,
    events.AskWho: Requester._ask_who,
    events.AskHistory: Requester._ask_history,
    events.AskHelp: Requester._ask_help,
    events.Pass: Requester._pass,
    events.Op: Requester._op,
    events.Moderate: Requester._moderate,
    events.Ping: Requester._ping,
    events.Quit: Requester._quit,
    events.EndOfInput: Requester._end_of_input,
    events.Mistake: Requester._mistake,
    events.Reply: Requester._reply,
    events.NotOurs: Requester._not_ours,
}
