"""The door of a room by the raw wire: whether it wants a password before it hears us. The post's server never tells.

As long as that is not known, what is said may come to a door that is shut: it is kept, to be said again.
"""

from enum import Enum, auto

from .session import WINDOW, Said


class _State(Enum):
    UNKNOWN = auto()
    SHUT = auto()
    OPEN = auto()


class Door:
    """As one connection finds it."""

    def __init__(self) -> None:
        self._state = _State.UNKNOWN
        self._tried: list[Said] | None = []  # None, where nobody can ask for a password any more

    @property
    def is_unknown(self) -> bool:
        """Whether nobody has told."""
        return self._state is _State.UNKNOWN

    @property
    def is_shut(self) -> bool:
        """Whether a password is waited for."""
        return self._state is _State.SHUT

    def took(self, said: Said) -> None:
        """That was said."""
        if self._tried is not None:
            self._tried.append(said)
            if len(self._tried) >= WINDOW:  # no room lets so much pass that has a password
                self._tried = None

    def open(self) -> None:
        """The room has no password, or has got it: what comes is heard."""
        self._state, self._tried = _State.OPEN, None

    def shut(self) -> list[Said]:
        """The room wants one: what was said to it in vain."""
        tried, self._tried = self._tried or [], []
        self._state = _State.SHUT
        return tried
