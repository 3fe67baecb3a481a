"""What was said, found again: the log is read from its end back, slice by slice, without any index.

1. One slice at a time MUST be read and looked at on a node, whoever searches: they take turns, in lanes, slice by
   slice. What is to be appended goes first.
2. To look at texts MUST NOT keep the loop longer than TURN_SECONDS, nor others that search longer than SLICE_SECONDS,
   whatever they and the words are: a search goes on in the midst of a text. Nor MUST a lane have more than its SHARE.
3. A search MUST be answered after MAX_SECONDS, even while it waits for its turn or the store, and ends after
   MAX_SLICES; it tells how far it came. Who searches is not read meanwhile, and it begins behind what it said before.
4. Each slice is counted, found or not, by what is read or the time that it took, to who searches; who has gone searches
   no more.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

from ..guard.deadlines import Deadlines
from ..guard.stages import CLOSING
from ..messages import MAX_SEQ, Message
from ..wires.answers import Answer, Found
from ..wires.events import Find
from .inbox import Inbox
from .past import Past
from .query import Query as Query  # of web/api, too
from .questions import Asker, Questions
from .search import Search

TURN_SECONDS = 0.001
"""In one turn of the loop, and the one piece of a text more that was begun. A turn is one of some five that a message
takes to its ack: each is as much longer.
"""

SHARE = 0.25
"""Of the loop's time that the searches of one lane may have: so most of a message's turns have none of it. Those of
several lanes have as much together as they have each, and so come on as fast as they did.
"""

SLICE_SECONDS = 0.03
"""Of a turn among those that search; while they are so many that they would not have one each in time, it is less."""

MAX_SECONDS = 3.0
MAX_SLICES = 1024

FOUND_BYTES = 64 * 1024
"""Of an answer: what would be more is left to the next one."""

ABOUT = "searches"


class Searcher(Asker, Protocol):
    """A member that searches."""

    is_deaf: bool

    def answer(self, answer: Answer) -> None:
        """Tell it something."""

    def count_bytes(self, size: int) -> object:
        """So many bytes of its own, as it were."""


class Finder:
    """All searches of a node."""

    def __init__(self, past: Past, questions: Questions, inbox: Inbox, deadlines: Deadlines) -> None:
        self._past = past
        self._questions = questions
        self._inbox = inbox
        self._deadlines = deadlines
        self._now = deadlines.now
        self._sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        self._looked = 0.0  # seconds for which nobody has rested yet
        self._searches: Counter[str] = Counter()  # under way, by lane

    def find(self, member: Searcher, wanted: Find) -> None:
        """Answer a member, which is not read meanwhile. Raises RefusedError."""
        query = Query.of(wanted, MAX_SEQ)
        self._questions.attend(member, lambda: self._answer(member, query))

    async def _answer(self, member: Searcher, query: Query) -> None:
        def is_here() -> bool:
            return member.stage < CLOSING and not member.is_deaf

        member.answer(await self.search(query, member.lane, is_here, member.count_bytes))

    async def search(
        self,
        query: Query,
        lane: str,
        is_here: Callable[[], bool],
        count: Callable[[int], object],
        room: int = FOUND_BYTES,
    ) -> Found:
        """What is found, in `room` bytes. Raises StoreError.

        `is_here` tells whether somebody waits for it; `count` is told what each slice costs.
        """
        search = Search(query, is_here, room, self._now() + MAX_SECONDS)
        self._searches[lane] += 1
        try:
            with suppress(TimeoutError):
                await self._go(search, lane, count)
        finally:
            self._searches -= Counter((lane,))  # without those of which none is left
            self._deadlines.forget(search)
            search.is_answered = True
        found = self._past.left(search.found)
        if search.is_at_end or search.before <= self._past.first:
            return Found(found, more=False)
        return Found(found, more=True, before=min(search.before, self._past.head + 1))

    async def _go(self, search: Search, lane: str, count: Callable[[int], object]) -> None:
        """Slice by slice, each when its turn has come. Raises TimeoutError when it is to be answered."""
        async with search.patience:
            self._deadlines.wake_at(search, search.give_up_at)
            await self._inbox.passed()
            search.before = min(search.before, self._past.head + 1)
            for _ in range(MAX_SLICES):
                if search.is_over:
                    break
                await self._questions.answer(lane, ABOUT, lambda: self._look(search, count))

    async def _look(self, search: Search, count: Callable[[int], object]) -> None:
        """Look at the next slice. It may be answered meanwhile: what it cost until then is counted all the same."""
        if search.is_over:
            return
        await self._inbox.rested()
        messages = await self._past.page(search.before, search.step)
        count(search.count(messages, await self._look_at(search, messages)))

    async def _look_at(self, search: Search, messages: Sequence[Message]) -> float:
        """Look at these, as long as there is time; returns for how many seconds, but for the last turn."""
        spent, begun = 0.0, self._now()
        over_at = begun + min(SLICE_SECONDS, MAX_SECONDS / 2 / max(1, self._searches.total()))
        for _ in search.look(messages):
            looked = self._now() - begun
            if self._looked + looked >= TURN_SECONDS:
                spent += looked
                await self._rest(looked)
                begun = self._now()
                if begun >= over_at or search.is_over:
                    return spent
        self._looked += self._now() - begun
        return spent

    async def _rest(self, looked: float) -> None:
        """After so many seconds more, and those of slices that were shorter than a turn: until that was its share."""
        looked += self._looked
        self._looked = 0.0
        await self._sleep(looked * max(0.0, 1 / (SHARE * max(1, len(self._searches))) - 1))
