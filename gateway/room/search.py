"""One search: what it has found, how far back it has looked, in the midst of a text too, and whether it is over."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from math import inf

from ..guard.deadlines import Alarm
from ..messages import Message
from ..text.words import MOST_AT_ONCE, Place, holding, holds
from .pages import size_of
from .query import Query

LEAST, MOST = 16, 512
"""Messages of a slice: the fewer, the longer those of the last one were, and as few as it had time for."""

SLICE_CHARACTERS = 64 * 1024

LOOKED_BYTES, CHARACTERS_A_BYTE = 3, 64
"""A message which is looked at counts as so many bytes, and so many characters of it as one more: a log of 100,000 as
half a MiB.
"""

BYTES_A_SECOND = 256 * 1024
"""A slice of texts that are dear to compare, some fifty times as dear as others, counts by its time: a search that
takes all of its own stays within what is allowed at once.
"""

CLOCKS_MS = 3_600_000
"""That the clocks of nodes may be apart. Else what was said before a day ends the search for what was said since."""


class Search:
    """How far one is. `is_here`: somebody waits for it; `room`: for so many bytes; at `give_up_at` it is answered."""

    def __init__(self, query: Query, is_here: Callable[[], bool], room: int, give_up_at: float) -> None:
        self.query = query
        self.alarm: Alarm | None = None
        self.give_up_at = give_up_at
        self.patience = asyncio.timeout(None)
        self.is_answered = False
        self.before = query.before
        self.found: list[Message] = []
        self.step = LEAST
        self.is_full = not query.limit
        self.is_at_end = False  # of the log
        self._is_here = is_here
        self._room = room
        self._place_of, self._place = 0, Place(query.words)  # in the text that was looked at last

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be looked at."""
        return self.is_answered or self.is_full or self.is_at_end or not self._is_here()

    def wake(self, now: float) -> float:
        """See Waiter."""
        if now < self.give_up_at:
            return self.give_up_at
        self.fail()
        return inf

    def fail(self) -> None:
        """Answer as far as it is: see Blamed."""
        self.patience.reschedule(0.0)

    cut = fail

    def look(self, messages: Sequence[Message]) -> Iterator[None]:
        """Look at a slice, piece by piece, from its end back."""
        for group in _groups(messages):
            if len(group) == 1 or holds("\n".join([message.text for message in group]), self.query.words):
                for message in group:
                    yield from self._look_at(message)
                    if self.is_full:
                        return
                    self.before = message.seq
            self.before = group[-1].seq
            yield
        too_old = self.query.since - CLOCKS_MS
        self.is_at_end = len(messages) < self.step or all(message.at < too_old for message in messages)

    def _look_at(self, message: Message) -> Iterator[None]:
        if self.query.is_then(message):
            if self._place_of != message.seq:
                self._place_of, self._place = message.seq, Place(self.query.words)
            is_one = yield from holding(message.text, self._place)
            if is_one and self.query.is_theirs(message):
                self._find(message)

    def _find(self, message: Message) -> None:
        """It is one. The first has room, whatever it takes; of one that has none the next search will tell."""
        size = size_of(message)
        if self.found and size > self._room:
            self.is_full = True
            return
        self._room -= size
        self.found.append(message)
        self.before = message.seq
        self.is_full = len(self.found) == self.query.limit

    def count(self, messages: Sequence[Message], seconds: float) -> int:
        """What a slice counts as; the next one has as many messages as are not too long."""
        characters = sum(len(message.text) for message in messages)
        if passed := sum(message.seq < self.before for message in messages):  # there was no time for these
            self.step = max(1, len(messages) - passed)
        else:
            self.step = next_step(self.step, characters, LEAST, MOST)
        return max(LOOKED_BYTES * len(messages) + characters // CHARACTERS_A_BYTE, int(seconds * BYTES_A_SECOND))


def _groups(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """All, the newest first: so many as can be compared at once. Most hold nothing of what is looked for."""
    group: list[Message] = []
    size = 0
    for message in reversed(messages):
        size += len(message.text) + 1
        if size > MOST_AT_ONCE and group:
            yield group
            group, size = [], len(message.text) + 1
        group.append(message)
    if group:
        yield group


def next_step(step: int, characters: int, least: int, most: int) -> int:
    """How many messages are read at once, when so many were that had so many characters."""
    return min(most, 2 * step, max(least, step * SLICE_CHARACTERS // (characters + 1)))
