"""Timing marks: a gateway answers one once all before it is in the log (docs/protocol.md), which tells of each thing.

1. What is refused before a mark is answered is what stands before that mark.
2. A mark with nothing before it asks, when all is quiet, whether somebody is there.
"""

from collections import deque

from .framing import MARK
from .ledger import Said

QUIET_SECONDS, PATIENCE_SECONDS = 15.0, 10.0
"""Without a word from either side, and for an answer."""


class Marks:
    """Those of one connection that are not answered. `moved_at` is when something was sent on it or came."""

    def __init__(self, now: float) -> None:
        self.moved_at = now
        self._has_sent = False
        self._before: deque[Said | None] = deque()  # what was said before each; None, if no text was
        self._has_asked = False

    def __len__(self) -> int:
        return len(self._before)

    def put(self, said: Said | None) -> bytes:
        """One behind what was said, or behind something else."""
        self._before.append(said)
        return MARK

    def sent(self, now: float) -> None:
        """Something is on its way."""
        self.moved_at, self._has_sent = now, True

    def answered(self) -> Said | None:
        """The oldest was: what is in the log by that."""
        said = self._before.popleft()
        self._has_asked = self._has_asked and bool(self._before)
        return said

    def refused(self) -> Said | None:
        """What stands before the oldest was refused: what that is. Nothing stands there then."""
        said, self._before[0] = self._before[0], None
        return said

    def question(self, now: float) -> bytes:
        """One that asks, if it is time to; not where nothing was sent yet."""
        if not self._has_sent or self._has_asked or now <= self.moved_at + QUIET_SECONDS:
            return b""
        self._has_asked, self.moved_at = True, now
        return self.put(None)

    def is_silent(self, now: float) -> bool:
        """Whether nobody answered who was asked."""
        return self._has_asked and now > self.moved_at + PATIENCE_SECONDS
