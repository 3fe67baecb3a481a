"""What was said, and how far it is known to be in the room's log. It knows no wire: each tells it what it can.

1. What was said MUST stand in one place at a time: it waits; it was sent, and is to be acked; it is unmarked; it is
   settled; or it is unstored, as it was lost with a connection. `pending` are the first two, oldest first.
2. What is not known to be in the log MUST be counted as unsure, until it is.
"""

import secrets
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

WINDOW = 2000
"""Who says more at once waits: a fast pipe is slowed down, and memory stays flat."""

ID_BYTES = 8
"""Of chance in a message's id."""


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


class Ledger:
    """Of a session, over all its connections."""

    def __init__(self) -> None:
        self.pending: deque[Said] = deque()
        self.unmarked = 0
        """How much was written on this connection with nothing behind it: no ack comes, but of a later mark."""
        self.settled = 0
        """How much of what was said is stored, or refused."""
        self.unstored = 0
        """How much of what was said on connections that are gone may not be in the log, and is not said again."""
        self.lag: float | None = None  # seconds from saying something to its ack
        self._sent = 0  # of those that are pending, on this connection
        self._under_way: Said | None = None  # the last of these, as long as it is not all written
        self._tried: list[Said] | None = []  # those that are unmarked; None, where nobody can want them back
        self._opened_at = 0.0
        self._number = 0
        self._new_id: Callable[[], str] = partial(secrets.token_urlsafe, ID_BYTES)

    @property
    def is_full(self) -> bool:
        """Whether so much is pending that nothing more should be said."""
        return len(self.pending) >= WINDOW

    @property
    def unsent(self) -> int:
        """How much is not even sent."""
        return len(self.pending) - self._sent

    @property
    def is_unsure(self) -> bool:
        """Whether something was said on this connection that may not be in the log."""
        return bool(self.unmarked or self._sent)

    @property
    def unsure(self) -> int:
        """How much was sent of which nobody has heard: it may be in the log, or come to it still."""
        return self.unstored + self.unmarked + self._sent

    @property
    def said(self) -> int:
        """How much was ever said."""
        return self._number

    def say(self, text: str, now: float, number: int, kind: str, re: int = 0) -> None:
        """It waits for being sent.

        Its id is random: of two programs that share a session and both count, one's first would be the other's.
        """
        self._number += 1
        self.pending.append(Said(self._new_id(), text, now, number or self._number, kind, re))

    # --- a connection ---------------------------------------------------------------------------------------------

    def opened(self, now: float) -> None:
        """There is a new one: all that is pending is to be sent on it."""
        self._sent, self._opened_at = 0, now

    def waiting(self) -> Iterator[Said]:
        """What is to be sent next, oldest first."""
        return islice(self.pending, self._sent, None)

    def sent(self, count: int) -> None:
        """So many of those that waited are sent, and will be acked."""
        self._sent += count

    def begin(self) -> Said:
        """The oldest that waits is under way, until it is `written`; it may be settled before that."""
        self._under_way = said = self.pending[self._sent]
        self._sent += 1
        return said

    def written(self, now: float, *, is_marked: bool) -> Said | None:
        """What was under way is written. If nothing will ack it, it is pending no more: that is returned."""
        said, self._under_way = self._under_way, None
        if said is None or is_marked:
            return None
        self._drop(said, now)
        self.unmarked += 1
        if self._tried is not None:
            self._tried.append(said)
            if len(self._tried) >= WINDOW:  # no room lets so much pass that has a password
                self._tried = None
        return said

    def lost(self) -> list[Said]:
        """The connection is gone, and nothing is said twice: what may not be in the log, of what was pending."""
        if self._under_way is not None:
            self._sent -= 1  # it is still to be sent
        lost = [self.pending.popleft() for _ in range(self._sent)]
        self.unstored += self.unmarked + self._sent
        self.unmarked, self._sent, self._tried, self._under_way = 0, 0, [], None
        return lost

    # --- what is known --------------------------------------------------------------------------------------------

    def settle(self, say_id: str, now: float) -> Said | None:
        """What has this id is stored, or refused: what that is."""
        found = next((said for said in self.pending if said.id == say_id), None)
        if found is not None:
            self._drop(found, now)
            self.settled += 1
            if found is self._under_way:  # not all of it was gone when that came
                self._under_way = None
        return found

    def settle_unmarked(self) -> None:
        """A mark behind them was acked."""
        self.settled += self.unmarked
        self.unmarked, self._tried = 0, []

    def take_back(self) -> None:
        """What is unmarked was said to a door that is shut: it waits again, and so does what is under way."""
        if self._under_way is not None:
            self._sent, self._under_way = self._sent - 1, None
        tried, self._tried = self._tried or [], []
        self.unmarked -= len(tried)
        self.pending.extendleft(reversed(tried))

    def _drop(self, said: Said, now: float) -> None:
        self.pending.remove(said)  # nearly always the first: rooms ack in order
        self._sent = max(0, self._sent - 1)
        self.lag = now - max(said.at, self._opened_at)
