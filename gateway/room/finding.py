"""What was said, found again: the log is read from its end back, slice by slice, without any index.

1. One slice at a time MUST be read and looked at on a node, whoever searches: they take turns, in lanes, slice by
   slice. What is to be appended goes first.
2. To look at texts MUST NOT keep the loop longer than TURN_SECONDS, nor others that search longer than SLICE_SECONDS,
   whatever they and the words are: a search goes on in the midst of a text.
3. A search MUST be answered after MAX_SECONDS, even while it waits for its turn or the store, and ends after
   MAX_SLICES; it tells how far it came. Who searches is not read meanwhile, and it begins behind what it said before.
4. Each slice is counted, found or not, by what is read or the time that it took, to who searches; who has gone searches
   no more.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import inf
from typing import NamedTuple, Protocol, Self
from unicodedata import category

from ..faults import begin, contained_job
from ..guard.deadlines import Alarm, Deadlines
from ..guard.holds import Hold
from ..guard.stages import CLOSING
from ..messages import MAX_SEQ, TEXTS, Message
from ..names import NAME_BYTES, name_key, shown_label
from ..refusals import RefusedError
from ..stores import StoreError
from ..tasks import end
from ..text.accents import plain
from ..text.words import MOST_AT_ONCE, Place, holding, holds, words_in
from ..wires.answers import Answer, Found
from ..wires.events import MAX_COMMAND, Find
from .inbox import Inbox
from .pages import size_of
from .past import Past
from .questions import Asker, Questions

TURN_SECONDS = 0.001
"""In one turn of the loop, and the one piece of a text more that was begun. A turn is one of some five that a message
takes to its ack: each is as much longer.
"""

SLICE_SECONDS = 0.03
"""Of a turn among those that search; while they are so many that they would not have one each in time, it is less."""

MAX_SECONDS = 3.0
MAX_SLICES = 1024

LEAST, MOST = 16, 512
"""Messages of a slice: the fewer, the longer those of the last one were, and as few as it had time for."""

SLICE_CHARACTERS = 64 * 1024
FOUND_BYTES = 64 * 1024
"""Of an answer: what would be more is left to the next one."""

LOOKED_BYTES, CHARACTERS_A_BYTE = 3, 64
"""A message which is looked at counts as so many bytes, and so many characters of it as one more: a log of 100,000 as
half a MiB.
"""

BYTES_A_SECOND = 256 * 1024
"""A slice of texts that are dear to compare, some fifty times as dear as others, counts by its time: a search of
MAX_SECONDS stays within what is allowed at once.
"""

CLOCKS_MS = 3_600_000
"""That the clocks of nodes may be apart. Else what was said before a day ends the search for what was said since."""

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ABOUT = "searches"


class Searcher(Asker, Protocol):
    """A member that searches."""

    is_deaf: bool

    def answer(self, answer: Answer) -> None:
        """Tell it something."""

    def count_bytes(self, size: int) -> None:
        """So many bytes of its own, as it were."""


class Query(NamedTuple):
    """What is looked for: words of `words_in`, or a name by `_typed`; times in ms since 1970, before which seq."""

    words: tuple[str, ...]
    sender: str
    since: int
    until: int
    before: int
    limit: int

    @classmethod
    def of(cls, wanted: Find, head: int) -> Self:
        """Of clean text. Raises RefusedError: nothing to look for, or too much."""
        if max(len(wanted.text), len(wanted.sender)) > MAX_COMMAND:
            raise RefusedError("search-long")
        try:
            words = words_in(wanted.text)
        except ValueError as error:
            raise RefusedError("search-long") from error
        sender = _typed(wanted.sender[:NAME_BYTES])
        if not (words or sender):
            raise RefusedError("search-empty")
        since = 0 if wanted.since is None else _begin_of(wanted.since)
        until = _end_of(wanted.until or date.max)
        before = head + 1 if wanted.before is None else min(wanted.before, head + 1)
        return cls(words, sender, since, until, before, wanted.limit)

    def is_then(self, message: Message) -> bool:
        """Whether it is one of those, as far as its kind and time tell."""
        return message.kind in TEXTS and self.since <= message.at < self.until

    def is_theirs(self, message: Message) -> bool:
        """As far as it matters whose it is: by the name that people see, or words that it begins with.

        Nobody is to be found by an address.
        """
        if not self.sender:
            return True
        name = _typed(shown_label(message.label, message.by)[:NAME_BYTES])
        return name.startswith(self.sender) and not _is_of_word(name[len(self.sender) :])


class _Search:
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


class Finder:
    """All searches of a node."""

    def __init__(self, past: Past, questions: Questions, inbox: Inbox, deadlines: Deadlines) -> None:
        self._past = past
        self._questions = questions
        self._inbox = inbox
        self._deadlines = deadlines
        self._now = deadlines.now
        self._searches = 0  # under way
        self._tasks: set[asyncio.Task[None]] = set()

    def find(self, member: Searcher, wanted: Find) -> None:
        """Answer a member, which is not read meanwhile. Raises RefusedError."""
        query = Query.of(wanted, MAX_SEQ)
        member.hold(Hold.STORE)
        task = begin(contained_job(member, lambda: self._answer(member, query)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, member: Searcher, query: Query) -> None:
        def is_here() -> bool:
            return member.stage < CLOSING and not member.is_deaf

        try:
            member.answer(await self.search(query, member.lane, is_here, member.count_bytes))
        except StoreError as error:
            member.error("store-unreadable", detail=error.cause)
        finally:
            member.let_go(Hold.STORE)

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
        search = _Search(query, is_here, room, self._now() + MAX_SECONDS)
        self._searches += 1
        try:
            with suppress(TimeoutError):
                await self._go(search, lane, count)
        finally:
            self._searches -= 1
            self._deadlines.forget(search)
            search.is_answered = True
        found = self._past.left(search.found)
        if search.is_at_end or search.before <= self._past.first:
            return Found(found, more=False)
        return Found(found, more=True, before=min(search.before, self._past.head + 1))

    async def stop(self) -> None:
        """Search no more."""
        await end(*self._tasks)

    async def _go(self, search: _Search, lane: str, count: Callable[[int], object]) -> None:
        """Slice by slice, each when its turn has come. Raises TimeoutError when it is to be answered."""
        async with search.patience:
            self._deadlines.wake_at(search, search.give_up_at)
            await self._inbox.passed()
            search.before = min(search.before, self._past.head + 1)
            for _ in range(MAX_SLICES):
                if search.is_over:
                    break
                await self._questions.answer(lane, ABOUT, lambda: self._look(search, count))

    async def _look(self, search: _Search, count: Callable[[int], object]) -> None:
        """Look at the next slice. It may be answered meanwhile: what it cost until then is counted all the same."""
        if search.is_over:
            return
        await self._inbox.rested()
        messages = await self._past.page(search.before, search.step)
        count(search.count(messages, await self._look_at(search, messages)))

    async def _look_at(self, search: _Search, messages: Sequence[Message]) -> float:
        """Look at these, as long as there is time; returns for how many seconds, but for the last turn."""
        spent, begun = 0.0, self._now()
        over_at = begun + min(SLICE_SECONDS, MAX_SECONDS / 2 / max(1, self._searches))
        for _ in search.look(messages):
            if (now := self._now()) >= begun + TURN_SECONDS:
                spent += now - begun
                if now >= over_at:
                    break
                await asyncio.sleep(0)
                if search.is_over:
                    break
                begun = self._now()
        return spent


def next_step(step: int, characters: int, least: int, most: int) -> int:
    """How many messages are read at once, when so many were that had so many characters."""
    return min(most, 2 * step, max(least, step * SLICE_CHARACTERS // (characters + 1)))


def _begin_of(day: date) -> int:
    """When it begins, in UTC; a time is that."""
    if isinstance(day, datetime):
        return (day - _EPOCH) // timedelta(milliseconds=1)
    return (day.toordinal() - _EPOCH.toordinal()) * DAY_MS


def _end_of(day: date) -> int:
    return _begin_of(day) + (0 if isinstance(day, datetime) else DAY_MS)


@lru_cache(1024)  # of whoever speaks at once, asked for each of their messages
def _typed(name: str) -> str:
    """A name as it is compared: as mentions do."""
    return plain(name_key(name))


def _is_of_word(rest: str) -> bool:
    """Whether a word goes on with what stands behind its beginning."""
    return category(rest[0])[0] in "LMN" if rest else False


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
