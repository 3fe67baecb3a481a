"""The name that was ours before a connection was lost, where it is refused as we come back.

The node that we were on may be dead. In a room of several nodes its lease holds our name for some seconds more, and
nobody is told when that ends: so it is asked for again.
"""

AGAIN_SECONDS = 8.0
"""Longer than such a lease lasts (docs/scaling.md)."""

TIMES = 3
"""After that somebody else has it."""


class OwnName:
    """As one connection finds it."""

    def __init__(self) -> None:
        self._left = 0  # so often it may be asked for again
        self._due: float | None = None

    def wanted_back(self) -> None:
        """It was asked for, as we came back."""
        self._left = TIMES

    def settled(self) -> None:
        """We have one, or somebody chose another."""
        self._left, self._due = 0, None

    def refused(self, now: float) -> None:
        """It was, for now."""
        if self._left:
            self._due = now + AGAIN_SECONDS

    def is_due(self, now: float) -> bool:
        """Whether it is to be asked for again, which is done then."""
        if self._due is None or now < self._due:
            return False
        self._left, self._due = self._left - 1, None
        return True
