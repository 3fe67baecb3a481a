"""What is too old to be kept: dropped from the log, and from what is here of it."""

from ..guard.deadlines import Alarm
from .room import Room

EXPIRE_SECONDS = 60.0
DAY = 86_400_000
"""Milliseconds."""

ABOUT = "what is too old"


class Expiry:
    """Looks once a minute. `days` for which messages are kept, 0 for ever, may change."""

    def __init__(self, room: Room, days: int) -> None:
        self.alarm: Alarm | None = None
        self._room = room
        self.days = days

    async def begin(self) -> None:
        """Look now, and from now on. Raises StoreError."""
        await self._expire()
        self._room.deadlines.wake_at(self, self._room.deadlines.now() + EXPIRE_SECONDS)

    def wake(self, now: float) -> float:
        """See Deadlines."""
        self._room.questions.do(ABOUT, self._expire)
        return now + EXPIRE_SECONDS

    async def _expire(self) -> None:
        store = self._room.store
        before = await store.surely_past() - self.days * DAY if self.days else 0
        if before > 0:
            await store.expire(before)
        self._room.feed.expire(store.first, before)

    def fail(self) -> None:
        """See Blamed: a fault is told, and we go on."""

    cut = fail
