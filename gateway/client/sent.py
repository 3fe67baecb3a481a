"""What was said on a connection of the raw wire, where nothing is acked: what of it is unsure, and what was refused.

As long as it is not known whether the room has a password, what was said may have come to a door that is shut: it is
kept, to be said again.
"""

from array import array

from .session import WINDOW, Said

_SIZE_BITS = 24


class Sent:
    """One connection's."""

    def __init__(self) -> None:
        self._unsure = array("Q")  # number, size: a pipe's are many
        self._judged = 0  # of these, how many are known not to be the one that was too long
        self._tried: list[Said] | None = []  # whole; None, if nobody can ask for a password any more

    def __len__(self) -> int:
        """How much is unsure."""
        return len(self._unsure)

    def add(self, said: Said, size: int) -> None:
        """That was sent, in so many bytes."""
        self._unsure.append(said.number << _SIZE_BITS | min(size, (1 << _SIZE_BITS) - 1))
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
        del self._unsure[len(self._unsure) - len(tried) :]
        return tried

    def stored(self) -> int:
        """All of it is in the log, or refused: how much that is."""
        count, self._judged = len(self._unsure), 0
        del self._unsure[:]
        return count

    def longer_than(self, most: int) -> str:
        """The number of the next that has more bytes; empty if there is none."""
        for index in range(self._judged, len(self._unsure)):
            self._judged = index + 1
            if self._unsure[index] & (1 << _SIZE_BITS) - 1 > most:
                return str(self._unsure[index] >> _SIZE_BITS)
        return ""
