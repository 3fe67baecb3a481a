"""What was told and is not shown yet: so many bytes of memory, and then nothing more should come."""

from collections import deque
from collections.abc import Collection, Iterator

from .recent import without
from .told import Told, size_of

MOST_SHOWN = 2**19
"""Bytes that are shown at once, and one event: who types or leaves is heard in between."""

MOST_WAITING = 4 * MOST_SHOWN
"""Bytes that wait, and one event."""


class Backlog:
    """One conversation's, oldest first."""

    def __init__(self) -> None:
        self._events: deque[tuple[Told, int]] = deque()
        self.size = 0

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Told]:
        return (event for event, _ in self._events)

    @property
    def is_full(self) -> bool:
        """Whether so much waits that nothing more should come."""
        return self.size >= MOST_WAITING

    def put(self, event: Told) -> None:
        """It waits, too."""
        self._events.append((event, size := size_of(event)))
        self.size += size

    def take_back(self, seqs: Collection[int]) -> None:
        """Of these messages nothing is shown."""
        events = [without(event, seqs) for event in self]
        self._events.clear()
        self.size = 0
        for event in events:
            self.put(event)

    def take(self) -> list[Told]:
        """Those that are shown at once."""
        taken: list[Told] = []
        least = self.size - MOST_SHOWN
        while self._events and (not taken or self.size > least):
            event, size = self._events.popleft()
            self.size -= size
            taken.append(event)
        return taken
