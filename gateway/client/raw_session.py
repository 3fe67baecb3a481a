"""A session by the raw wire: a gateway's, or any server's that speaks only what the post has.

There are no acks here, but a gateway gets a mark behind each thing (`marks`). The post's own server does not know
marks, and can't bear more text behind one.

1. Nothing MUST be said before the room has greeted, and, where a password is given, before it has let us in; nor before
   something was answered, by which it is a gateway, or nothing was for a while. What came to a shut door all the same
   MUST be said again.
2. What was said counts as unsure until a mark behind it is answered; a pipe MUST NOT succeed with anything unsure.
3. Nothing but the end MUST come behind a mark, unless it is known by an answer that it is a gateway.
4. No mark MUST come before a text: a gateway would take us for somebody who types lines, each a message.
5. Of a gateway nothing MUST be taken without its end: each of its messages has one.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo

from ..vocabulary import COMMAND_BY_WORD, command_word
from . import told
from .address import BANNED, KICKED, LOST, REFUSED, STRANGER, Address, ChatError, PasswordError
from .door import Door
from .framing import Marked, Rest, Unframer, framed, saying
from .greeting import UNGREETED, check_greeting, strangeness
from .ledger import Said
from .lines import Lines
from .marks import Marks
from .notices import NOT_SAID, meaning_of
from .own_name import OwnName
from .session import Hear, Session
from .times import TIMES, Times

BEAT_SECONDS = 5.0

_FINAL = {"you-are-banned": BANNED, "bye-kicked": KICKED}


class RawSession(Session):
    """Its parts. `is_a_persons`: somebody reads what comes, and is to see no guest by its address, as the post does."""

    idle = frozenset({"pass", TIMES})

    def __init__(
        self, address: Address, hear: Hear, *, name: str, password: str, patience: float, is_a_persons: bool = False,
        wall: Callable[[tzinfo], datetime] = datetime.now,
    ) -> None:  # fmt: skip
        super().__init__(address, hear, name=name, password=password, patience=patience)
        self.label = ""  # until the room says so
        self._is_finishing = False
        self._is_gateway = False  # it has said what only a gateway says
        self._is_a_persons = is_a_persons
        self._wall = wall
        self._is_marked = False  # what is under way
        self._had_lost = False  # something, before its end
        self._begin(0.0)

    def _begin(self, now: float) -> None:
        """A connection: none of this outlasts it."""
        self.is_greeted = False
        self._door, self._times, self._unframer, self._marks = Door.UNKNOWN, Times(self._wall), Unframer(), Marks(now)
        self._lines, self._own_name = Lines(), OwnName()

    def command(self, text: str) -> None:
        """See Session: commands are messages here. Without times we would not know what is a message."""
        if (word := command_word(text).casefold()) == TIMES:
            self._hear(told.Notice(f"/{word} is for nc and telnet, and does nothing here"))
            return
        if COMMAND_BY_WORD.get(word) is COMMAND_BY_WORD["name"]:
            self._own_name.settled()
        self._ask_for_times()
        self._ask_by(text, framed(text))

    @property
    def is_at_the_door(self) -> bool:
        """Whether we wait for being let in: by the password that was given, or as one of whom none is asked."""
        return self.is_greeted and not self.is_in and (self.has_password or self._door is Door.UNKNOWN)

    @property
    def has_password(self) -> bool:
        """Whether one was given."""
        return bool(self._password)

    @property
    def is_sure_of_an_answer(self) -> bool:
        """Whether one has to come to who is at the door."""
        return self.has_password or self._is_gateway

    @property
    def has_no_question(self) -> bool:
        """Whether nothing can be asked that the post's server would not hand on: so `found` has to be told."""
        return self.is_at_the_door and not (self.is_sure_of_an_answer or self.name or self._is_a_persons)

    def found(self, *, is_gateway: bool) -> None:
        """It was found out otherwise whether it is one."""
        self._is_gateway = is_gateway
        if is_gateway:
            self._ask_for_times()
        else:
            self.unanswered()

    @property
    def has_unended(self) -> bool:
        """Whether something came that may never have an end: after a while without more it is to be `paused`."""
        return not self._is_gateway and self._unframer.has_unended

    # --- a connection ---------------------------------------------------------------------------------------------

    def opened(self, now: float) -> None:
        """See Session."""
        super().opened(now)
        self._begin(now)

    def closed(self) -> None:
        """See Session."""
        super().closed()
        for said in self.ledger.lost():
            if self._is_a_persons:
                self._hear(told.Notice(f"this may not have been said: {said.text}"))

    def feed(self, data: bytes, now: float) -> None:
        """That came; nothing, if it is the end. Raises OSError, ChatError."""
        self.heard(now)
        for piece in self._unframer.feed(data):
            if isinstance(piece, Marked):
                self._mark_answered()
            else:
                self._take(piece)
        if data:
            return
        for piece in self._unframer.ended():
            self._take(piece)
        if not self.is_greeted:
            raise ConnectionError(UNGREETED)
        raise ConnectionError("closed")

    def paused(self) -> None:
        """Nothing more came for a while, and it `has_unended`. Raises OSError, ChatError."""
        for piece in self._unframer.paused():
            self._take(piece)

    def next_to_send(self) -> bytes:
        """See Session."""
        if not self.is_greeted or not self._is_open:
            return b""
        if self._asked:
            return self._marked(self._asked.popleft(), None)
        if self._door is Door.SHUT or not self.is_in:
            return b""
        if asked := self._next_in_order():
            return self._marked(asked, None)
        if not self.ledger.unsent:
            return b""
        said, self._is_marked = self.ledger.begin(), self._is_gateway
        return self._marked(saying(said.text, said.kind), said)

    def _marked(self, data: bytes, said: Said | None) -> bytes:
        """It, and a mark behind it, if that can be."""
        return data + self._marks.put(said) if self._is_gateway else data

    def sent(self, now: float) -> None:
        """See Session. Who is no gateway acks it by nothing else."""
        self._marks.sent(now)
        if said := self.ledger.written(now, is_marked=self._is_marked):
            self._show(said)

    def _show(self, said: Said) -> None:
        self._hear(told.Message(self.label or "you", said.text, via="own", kind=said.kind))

    # --- the end --------------------------------------------------------------------------------------------------

    def finish(self, now: float) -> bytes:
        """Nothing more is said, and nobody comes back: what has to be sent before the end."""
        self.is_over = self._is_finishing = True
        self._had_lost = bool(self.ledger.unstored)
        return self._marks.put(None) if self.ledger.unmarked and self._is_open else b""

    @property
    def may_be_the_posts(self) -> bool:
        """Whether it was no gateway, for all that is known: then nobody can tell what is stored."""
        return not (self._is_gateway or self._had_lost)

    def judge(self, *, is_gateway: bool) -> None:
        """The connection has ended, after `finish`. Raises ChatError if something may not be in the log."""
        if is_gateway and (lost := self.ledger.unstored):
            text = f"it closed before it had said that all is stored; as many as {lost} may not have been said"
            raise ChatError(f"{self.address}: {text}", LOST)

    # --- whether it is alive --------------------------------------------------------------------------------------

    def beat_in(self, now: float) -> float:
        """See Session. A path that is dead without a question is found so, too."""
        return BEAT_SECONDS

    def heard(self, now: float) -> None:
        """See Session."""
        self._marks.moved_at = now

    def is_silent(self, now: float) -> bool:
        """See Session. At the end it is waited for as long as it takes."""
        return not (self._is_finishing or self._is_held) and self._marks.is_silent(now)

    def question(self, now: float) -> bytes:
        """See Session. Asked when all is quiet: else it may be held."""
        may_ask = self._is_gateway and not (self.is_over or self.ledger.unsent or self._is_held)
        if may_ask and self.is_in and self._own_name.is_due(now):
            return self._marked(framed(f"/name {self.name}"), None)
        return self._marks.question(now) if may_ask else b""

    # --- what comes -----------------------------------------------------------------------------------------------

    def _mark_answered(self) -> None:
        if not self._marks:
            return  # it answers nothing
        self._is_gateway = True
        self.ledger.settle_unmarked()
        if said := self._marks.answered():
            self.ledger.settle(said.id, self._marks.moved_at)
            self._show(said)

    def _refused(self) -> str | None:
        """The number of what was refused now: what stands before the next mark. Empty if none does."""
        if not self._marks:
            return ""
        if said := self._marks.refused():
            self.ledger.settle(said.id, self._marks.moved_at)
        return f"{said.number}" if said else None  # of a command

    def _take(self, piece: str | Rest) -> None:
        if isinstance(piece, str):
            self._take_text(piece)
        elif self.is_greeted:
            self._hear(self._lines.rest_of(piece.text) or told.Notice(piece.text))

    def _take_text(self, text: str) -> None:
        if not self.is_greeted:
            self._greeted(text)
            return
        if text.startswith("HTTP/") and self.ledger.is_unsure:  # a gateway answered nothing, so that it was first
            raise ChatError(f"{self.address}: it took the first line for a browser's request, and said nothing", LOST)
        if message := self._lines.message_in(text, self._times.now):
            self._let_in()
            self._hear(message)
            return
        code, detail = meaning_of(text)
        if text.startswith("* ") and not code.startswith("password") and code not in _FINAL:
            self._let_in()
        self._is_gateway = self._is_gateway or bool(code)
        self._heed(code, detail, text.removeprefix("* "))
        if self._is_gateway:
            self._ask_for_times()

    def _heed(self, code: str, detail: str, shown: str) -> None:
        """Do what a notice is about, or show it."""
        if code == "too-long":
            self.most = int(detail)
        if code in NOT_SAID:
            self._hear(told.Error(code, shown, self._refused()))
        elif code == "welcome-name":
            self._own_name.settled()
            self.name = self.label = detail
            self._hear(told.Named(detail))
        elif code == "times-on":
            self._times.begin(detail)
        elif code.startswith("password"):
            self._hear_of_password(code, shown)
        elif code in _FINAL:
            raise ChatError(f"{self.address}: {_FINAL[code]}", REFUSED)
        else:
            if code == "name-still":
                self._own_name.refused(self._marks.moved_at)
            self._is_held = code == "store-failed" or (self._is_held and code != "store-back")
            self._hear(told.Notice(shown, code))

    def _ask_for_times(self) -> None:
        if self._door is not Door.SHUT and (asked := self._times.ask()):
            self._ask(asked)

    def _greeted(self, text: str) -> None:
        """Judge what should be the greeting. Raises OSError, ChatError."""
        if not self.was_in and (problem := strangeness(text)):
            raise ChatError(f"{self.address}: {problem}", STRANGER)
        check_greeting(text)
        self._hear(told.Notice(text, "greeting"))
        self.is_greeted = True
        if self._password:
            self._door = Door.SHUT
            self._ask(framed(f"/pass {self._password}"))
        else:
            self._come_in()

    def _let_in(self) -> None:
        """We are heard: if we waited for that, we are in."""
        if self._door is Door.UNKNOWN:
            self._door = Door.OPEN
            self.unanswered()

    def unanswered(self) -> None:
        """It is not waited any longer for who may never answer: if there is a door, it will tell."""
        if not self.is_in:
            self._entered()

    def _entered(self) -> None:
        """See Session. No position in the log is known here: who comes back misses some, and is told so."""
        is_back = self.was_in
        super()._entered()
        if is_back:
            where = "; /history tells the newest of it" if self._is_gateway and self._is_a_persons else ""
            self._hear(told.Notice(f"what others said while the connection was lost is not shown{where}", "missed"))

    def _come_in(self) -> None:
        if self.name:
            self._ask(framed(f"/name {self.name}"))
            if self.was_in and self.label == self.name:
                self._own_name.wanted_back()
        if self._is_gateway or (self._is_a_persons and not self.name):  # a name is answered: then it is one
            self._ask_for_times()

    def _hear_of_password(self, code: str, shown: str) -> None:
        is_asked_for = self.is_at_the_door
        if code == "password-right" and self._door is Door.SHUT:
            self._door = Door.OPEN
            self._come_in()
            self.unanswered()
        elif code == "password-needed" and self._door is Door.UNKNOWN:
            self.is_in = is_asked_for = False
            self._door = Door.SHUT
            self.ledger.take_back()
        elif code == "password-needed":
            pass  # it said so as it greeted, before it had ours
        elif is_asked_for:
            if code == "password-wrong":
                raise PasswordError(self.address, is_wrong=True)
            raise ChatError(f"{self.address}: {shown}", REFUSED)
        if not is_asked_for:  # of who is in no password is wanted: that answers /op
            self._hear(told.Notice(shown, code if self._door is Door.SHUT else ""))
