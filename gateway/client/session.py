"""What passes between us and a room, over as many connections as that takes: no transport, no clock, no waiting.

It is told what came and what time it is (in seconds, by a clock that does not jump), and says what is to be sent. How
that is written is a matter of the wire: `json_session`, `raw_session`. Whatever is told is heard by `hear`, at once.

1. What was said MUST be sent in order, and again after a connection was lost, as long as it is not acked.
2. What else is asked for (a command, a name) is for the connection that there is: it MUST NOT be sent on a later one.
   But what IN_ORDER are MUST come behind all that was said before: `/delete` takes back the last of it.
3. A connection that is `is_silent` is to be left, and one that is lost to be made again after `retry`.
"""

import secrets
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import ClassVar, NamedTuple

from ..searches import Sought
from ..vocabulary import command_word
from .address import LOST, Address, ChatError
from .told import State, Told

WINDOW = 2000
"""Who says more at once waits: a fast pipe is slowed down, and memory stays flat."""

ID_BYTES = 8
"""Of chance in a message's id."""

FIRST_DELAY, LONGEST_DELAY = 0.3, 10.0

MOST_BYTES = 2**20
"""Of a text: no gateway takes more, whatever its --max-text is."""

IN_ORDER = frozenset({"delete"})
"""Commands that are about what was said before; without a connection they are about nothing."""

Hear = Callable[[Told], None]


class Said(NamedTuple):
    """What was said, and when. `id` is by what the room knows it again, `number` by what an error names it.

    `kind` is empty, or `action`: what somebody does. `re` is the seq of what it answers, 0 if it answers nothing.
    """

    id: str
    text: str
    at: float
    number: int
    kind: str = ""
    re: int = 0


class Session(ABC):
    """What both wires have in common. `patience` in seconds without a connection, once we have been in."""

    idle: ClassVar[frozenset[str]]
    """Commands that do nothing by this wire; what needs a password to come in is asked for by us."""

    def __init__(self, address: Address, hear: Hear, *, name: str, password: str, patience: float) -> None:
        self.address = address
        self.name = name
        self.label = name  # what others call us: a guest has no name
        self.title = ""
        """What the room is called, where its server tells."""
        self.members = 0
        self.settled = 0
        """How much of what was said is stored, or refused."""
        self.unstored = 0
        """How much of what was said on connections that are gone may not be in the log, and is not said again."""
        self.lag: float | None = None  # seconds from saying something to its ack
        self.is_in = False
        self.is_over = False  # nobody wants to come back
        self.was_in = False
        self.pending: deque[Said] = deque()  # not acked, oldest first
        self.most = MOST_BYTES
        """Bytes of a text that the room takes, as far as that is known: no more need wait for its answer."""
        self._password = password
        self._hear = hear
        self._patience = patience
        self._number = 0
        self._new_id: Callable[[], str] = partial(secrets.token_urlsafe, ID_BYTES)
        self._sent = 0  # of those that are pending, on this connection
        self._asked: deque[bytes] = deque()  # what goes before them, on this connection
        self._in_order: deque[tuple[int, bytes]] = deque()  # and what goes behind so many that were said
        self._is_open = False
        self._opened_at = 0.0
        self._is_held = False  # the room can't store what we say: it reads nothing from us until it can
        self._delay = FIRST_DELAY
        self._away_since: float | None = None

    def give(self, password: str) -> None:
        """By this it comes in, from now on. What is pending is said then."""
        self._password = password

    # --- what a person wants --------------------------------------------------------------------------------------

    @property
    def is_full(self) -> bool:
        """Whether so much is pending that nothing more should be said."""
        return len(self.pending) >= WINDOW

    @property
    def unsure(self) -> int:
        """How much was sent, and may be said still: nobody has heard of it."""
        return self._sent

    @property
    def unsent(self) -> int:
        """How much is not even sent."""
        return len(self.pending) - self._sent

    def say(self, text: str, now: float, number: int = 0, kind: str = "", re: int = 0) -> None:
        """Say something. `number` is by what an error names it, if that is not a count of what was said.

        Its id is random: of two programs that share a session and both count, one's first would be the other's.
        """
        self._number += 1
        self.pending.append(Said(self._new_id(), text, now, number or self._number, kind, re))

    @abstractmethod
    def command(self, text: str) -> None:
        """Ask for something, `/who`, if there is a connection."""

    def ask_last(self) -> bool:
        """Ask for the last message, so that a page tells where the log ends; whether this wire can do that."""
        return False

    def ask_who(self) -> bool:
        """Ask who is here; whether this wire can do that, and there is a connection."""
        return False

    def ask_older(self, before: int, limit: int) -> bool:
        """Ask for so many messages before a seq; whether this wire can do that, and there is a connection."""
        return False

    def delete(self, seq: int) -> bool:
        """Take back a message; whether this wire can do that, and there is a connection."""
        return False

    def find(self, what: Sought, limit: int) -> bool:
        """Look for something; whether this wire can do that, and there is a connection."""
        return False

    # --- a connection ---------------------------------------------------------------------------------------------

    def opened(self, now: float) -> None:
        """There is a connection, a new one."""
        self._is_open, self._is_held, self._sent, self._opened_at = True, False, 0, now
        self.most = MOST_BYTES
        self._asked.clear()
        self._in_order.clear()

    def closed(self) -> None:
        """It is gone, whatever comes next."""
        self._is_open = False
        self._asked.clear()
        self._in_order.clear()

    def retry(self, reason: str, now: float) -> float:
        """It was lost, or could not be made: seconds until the next one is, at most. Raises ChatError: it is given up.

        Half of that will do: not all should come back at the same time.
        """
        if self.is_in:
            self.is_in = False
            self._delay, self._away_since = FIRST_DELAY, now
            self._hear(State("lost", reason))
        if self._away_since is None:
            self._away_since = now
        if not self.was_in or now >= self._away_since + self._patience:
            raise ChatError(f"{self.address}: {reason}", LOST)
        delay, self._delay = self._delay, min(self._delay * 2, LONGEST_DELAY)
        return delay

    @abstractmethod
    def next_to_send(self) -> bytes:
        """What is to be sent now, empty if that is nothing; `sent` MUST follow, before it is asked for again."""

    @abstractmethod
    def sent(self, now: float) -> None:
        """That is on its way."""

    # --- whether it is alive --------------------------------------------------------------------------------------

    @abstractmethod
    def beat_in(self, now: float) -> float:
        """Seconds until it should be looked at whether the connection is alive."""

    @abstractmethod
    def is_silent(self, now: float) -> bool:
        """Whether nothing came for so long that nobody can be there."""

    @abstractmethod
    def question(self, now: float) -> bytes:
        """What is to be sent now to learn whether somebody is there, empty if that need not be asked."""

    # --- for the wires --------------------------------------------------------------------------------------------

    def _ask(self, data: bytes) -> None:
        if self._is_open:
            self._asked.append(data)

    def _ask_by(self, command: str, data: bytes) -> None:
        """The same by a command: before what waits, or behind it."""
        if command_word(command).casefold() not in IN_ORDER:
            self._ask(data)
        elif self._is_open:
            self._in_order.append((self._number, data))

    def _next_in_order(self) -> bytes:
        """What comes next that is no message; empty if a message does."""
        return self._in_order.popleft()[1] if self._in_order and not self._sayable else b""

    @property
    def _sayable(self) -> int:
        """How much comes before that, of what is not sent."""
        last = self._in_order[0][0] if self._in_order else self._number
        return max(0, last - (self._number - self.unsent))

    def _entered(self) -> None:
        self.was_in = self.is_in = True
        self._hear(State("connected"))

    def _acked(self, now: float, say_id: str | None = None) -> Said | None:
        """The oldest that is pending, or the one of this id, is not any more; which that was."""
        found = next((said for said in self.pending if say_id in (None, said.id)), None)
        if found is not None:
            self.pending.remove(found)  # nearly always the first: rooms ack in order
            self._sent = max(0, self._sent - 1)
            self.settled += 1
            self.lag = now - max(found.at, self._opened_at)
        return found
