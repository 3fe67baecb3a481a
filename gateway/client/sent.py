"""What was said on a connection of the raw wire to who is not known to be a gateway: nothing acks it, so it is unsure.

As long as it is not known whether the room has a password, what was said may have come to a door that is shut: it is
kept, to be said again.
"""

from .session import WINDOW, Said


class Sent:
    """One connection's."""

    def __init__(self) -> None:
        self._unsure = 0
        self._tried: list[Said] | None = []  # None, if nobody can ask for a password any more

    def __len__(self) -> int:
        """How much is unsure."""
        return self._unsure

    def add(self, said: Said) -> None:
        """That was sent."""
        self._unsure += 1
        if self._tried is not None:
            self._tried.append(said)
            if len(self._tried) >= WINDOW:  # no room lets so much pass that has a password
                self._tried = None

    def let_in(self) -> None:
        """The room has no password, or has got it: what comes is heard."""
        self._tried = None

    def taken_back(self) -> list[Said]:
        """What was said to a door that was shut; it is unsure no more."""
        tried, self._tried = self._tried or [], []
        self._unsure -= len(tried)
        return tried

    def stored(self) -> int:
        """All of it is in the log, or refused: how much that is."""
        count, self._unsure = self._unsure, 0
        return count
