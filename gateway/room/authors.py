"""Who said what: people whose messages are meant, and the log looked through for these.

Who is meant by a name is who goes by it now, here or elsewhere; else who said something under it (see `whom`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Protocol, TypeVar

from ..guard.deadlines import Alarm
from ..guard.gate import lane_of
from ..guard.stages import GONE, Stage
from ..messages import Message
from ..names import shown_label
from .past import Reading
from .room import Room
from .search import CHARACTERS_A_BYTE, next_step
from .whom import called, id_in, key_of

T = TypeVar("T")
Picks = Callable[[Message], bool]

SLICE = 50
"""Messages that are looked at in one question to the store, at most: the fewer, the longer the last ones were."""

LOOKED_BYTES = 80
"""What each counts as, besides the part of its characters that searches count."""

LOOK_SECONDS = 1.0
"""Between two looks whether who is in debt is here."""

ABOUT = "who said what"
"""Of all on a node one is answered at a time."""


@dataclass(frozen=True)
class Authored:
    """Who said something, by public ids; without any, whoever the log knows by the name alone."""

    name: str
    bys: Collection[str] = ()

    @property
    def wrote(self) -> Picks:
        """Whether it said a message."""
        if self.bys:
            return lambda message: message.by in self.bys
        is_so = said_as(self.name)
        return lambda message: not message.by and is_so(message)

    @property
    def by(self) -> str:
        """Its public id, if it has one and no other."""
        return next(iter(self.bys)) if len(self.bys) == 1 else ""

    @property
    def ids(self) -> str:
        """For people to read."""
        return ", ".join(self.bys) or "nobody known"


def author_of(message: Message) -> Authored:
    """Who said this."""
    return Authored(shown_label(message.label, message.by), [message.by] if message.by else ())


def here(room: Room, typed: str) -> Authored | None:
    """Who goes by this name now, or has this id."""
    if found := id_in(typed):
        return Authored(typed, [found])
    targets = called(room.roster, typed)
    return Authored(targets[0].name, sorted({each.by for each in targets})) if targets else None


def said_as(name: str) -> Picks:
    """Whether something was said under this name."""
    key = key_of(name)
    keyed = lru_cache(256)(key_of)
    return lambda message: key in (keyed(message.label), keyed(shown_label(message.label, message.by)))


class Asking(Protocol):
    """Who has the log looked through; `id` is its connection."""

    id: str
    host: str


class Paying(Asking, Protocol):
    """One to whom each slice counts as bytes that it had sent."""

    stage: Stage

    def count_bytes(self, size: int) -> float:
        """So many; returns for how many seconds there are no more."""


class _Debt:
    """Is over when it is paid, or who has it is gone: see Waiter."""

    def __init__(self, one: Paying, until: float) -> None:
        self.alarm: Alarm | None = None
        self.is_over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._one = one
        self._until = until

    def wake(self, now: float) -> float:
        if now < self._until and self._one.stage is not GONE:
            return min(self._until, now + LOOK_SECONDS)
        self.fail()
        return inf

    def fail(self) -> None:
        if not self.is_over.done():
            self.is_over.set_result(None)

    cut = fail


class Lookup:
    """The log, looked through for somebody: a slice at a time, each a question; see `paying`.

    What is to be appended goes before each, as before those of searches. Who is in debt for one waits for the next, as
    its next bytes would: else many lookups of an address were begun at once, and went on when all had gone.
    """

    def __init__(self, room: Room, asking: Asking, paying: Paying | None = None) -> None:
        self._room = room
        self._lane = lane_of(asking.host, asking.id)
        self._paying = paying
        self._step = 1

    async def ask(self, job: Callable[[], Awaitable[T]]) -> T:
        """One question. Raises what it raises."""
        return await self._room.questions.answer(self._lane, ABOUT, job)

    def backwards(self, within: int | None = None) -> AsyncIterator[Message]:
        """The texts that are retained, the newest first, of so many."""
        past = self._room.past
        return self._through(past.backwards, lambda: past.head + 1, within)

    def entries(self) -> AsyncIterator[Message]:
        """The same from the oldest on, with what takes messages back."""
        past = self._room.past
        return self._through(past.read, lambda: past.first - 1)

    async def _through(
        self, read: Reading, begin: Callable[[], int], within: int | None = None
    ) -> AsyncIterator[Message]:
        """All that a reading gives; each slice less what was taken back meanwhile."""
        await self.ask(self._room.store.check)  # by which it knows what other nodes have appended
        at = begin()
        while within is None or within > 0:
            wanted = self._step if within is None else min(self._step, within)
            found = await self._slice(read, at, wanted)
            for message in self._room.past.left(found):
                yield message
            if len(found) < wanted or (self._paying is not None and self._paying.stage is GONE):
                return
            at = found[-1].seq
            within = within and within - wanted

    async def _slice(self, read: Reading, at: int, wanted: int) -> list[Message]:
        async def job() -> list[Message]:
            await self._room.inbox.rested()
            return await read(at, wanted)

        found = await self.ask(job)
        characters = sum(len(message.text) for message in found)
        self._step = next_step(wanted, characters, 1, SLICE)
        if self._paying is not None:
            await self._pay(self._paying, LOOKED_BYTES * len(found) + characters // CHARACTERS_A_BYTE)
        return found

    async def _pay(self, one: Paying, size: int) -> None:
        deadlines = self._room.deadlines
        if wait := one.count_bytes(size):
            debt = _Debt(one, deadlines.now() + wait)
            deadlines.wake_at(debt, deadlines.now())
            try:
                await debt.is_over
            finally:
                deadlines.forget(debt)

    async def seqs(self, picks: Picks, most: int | None = None, within: int | None = None) -> list[int]:
        """Of what is picked, the newest first: so many at most, of so many messages."""
        found: list[int] = []
        async for message in self.backwards(within):
            if picks(message):
                found.append(message.seq)
                if len(found) == most:
                    break
        return found
