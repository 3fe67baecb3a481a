"""What passes between us and a room, over as many connections as that takes: no transport, no clock, no waiting.

It is told what came and what time it is (in seconds, by a clock that does not jump), and says what is to be sent. How
that is written is a matter of the wire: `json_session`, `raw_session`. Whatever is told is heard by `hear`, at once.

1. What was said MUST be sent in order, and again after a connection was lost, as long as it is not acked.
2. What else is asked for (a command, a name) is for the connection that there is: it MUST NOT be sent on a later one.
   But what IN_ORDER are MUST come behind all that was said before: `/delete` takes back the last of it.
3. A connection that is `is_silent` is to be left, and one that is lost to be made again after `retry`.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import ClassVar

from ..searches import Sought
from ..vocabulary import command_word
from .address import LOST, Address, ChatError
from .ledger import Ledger
from .told import State, Told

FIRST_DELAY, LONGEST_DELAY = 0.3, 10.0

MOST_BYTES = 2**20
"""Of a text: no gateway takes more, whatever its --max-text is."""

IN_ORDER = frozenset({"delete"})
"""Commands that are about what was said before; without a connection they are about nothing."""

Hear = Callable[[Told], None]


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
        self.is_in = False
        self.is_over = False  # nobody wants to come back
        self.was_in = False
        self.ledger = Ledger()
        self.most = MOST_BYTES
        """Bytes of a text that the room takes, as far as that is known: no more need wait for its answer."""
        self._password = password
        self._hear = hear
        self._patience = patience
        self._asked: deque[bytes] = deque()  # what goes before all that is said, on this connection
        self._in_order: deque[tuple[int, bytes]] = deque()  # and what goes behind so many that were said
        self._is_open = False
        self._is_held = False  # the room can't store what we say: it reads nothing from us until it can
        self._delay = FIRST_DELAY
        self._away_since: float | None = None

    def give(self, password: str) -> None:
        """By this it comes in, from now on. What is pending is said then."""
        self._password = password

    # --- what a person wants --------------------------------------------------------------------------------------

    def say(self, text: str, now: float, number: int = 0, kind: str = "", re: int = 0) -> None:
        """Say something. `number` is by what an error names it, if that is not a count of what was said."""
        self.ledger.say(text, now, number, kind, re)

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
        self._is_open, self._is_held = True, False
        self.ledger.opened(now)
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
    def heard(self, now: float) -> None:
        """Something came, whatever it is; or we did not listen, so that nothing could."""

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
            self._in_order.append((self.ledger.said, data))

    def _next_in_order(self) -> bytes:
        """What comes next that is no message; empty if a message does."""
        return self._in_order.popleft()[1] if self._in_order and not self._sayable else b""

    @property
    def _sayable(self) -> int:
        """How much comes before that, of what is not sent."""
        last = self._in_order[0][0] if self._in_order else self.ledger.said
        return max(0, last - (self.ledger.said - self.ledger.unsent))

    def _entered(self) -> None:
        self.was_in = self.is_in = True
        self._hear(State("connected"))
