"""When something was said, by the raw wire: a gateway tells it to who asks (`/times on`).

So it tells the names that people see, too, and why it ends; and its first line is none that could be a request of HTTP,
whatever is said.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo

from .framing import framed
from .lines import zone_of

TIMES = "times"
"""The command."""


class Times:
    """As they are told on one connection. `wall` is the time in a zone."""

    def __init__(self, wall: Callable[[tzinfo], datetime]) -> None:
        self._wall = wall
        self._zone: tzinfo | None = None  # of the server
        self._is_asked_for = False

    def ask(self) -> bytes:
        """What asks for them; nothing, if that was asked."""
        if self._is_asked_for:
            return b""
        self._is_asked_for = True
        return framed(f"/{TIMES} on")

    def begin(self, offset: str) -> None:
        """From now on they are told, in this zone."""
        self._zone = zone_of(offset)

    @property
    def now(self) -> datetime | None:
        """By the server's clock; None, as long as it tells no times."""
        return None if self._zone is None else self._wall(self._zone)
