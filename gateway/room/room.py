"""The room: one log, and the members as cursors in it. Puts inbox, feed, pump and roster together."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol, Self
from zlib import crc32

import msgspec

from ..faults import contained
from ..guard.deadlines import Deadlines
from ..messages import Hole, Message
from ..metrics import Metrics
from ..phrases import Phrases
from ..stores import Bookkeeping, EndedError, Store, StoreError
from ..stores.nodes import Census, Dispossessed, Entered, Event, NameChanged, NameForgotten
from ..tasks import end
from ..wires import Format, Wire
from ..wires.answers import Answer, Page
from ..wires.closing import Closing
from ..wires.events import AskHistory
from .blocks import BLOCK
from .feed import Feed
from .finding import Finder
from .inbox import Inbox, Speaker
from .naming import Named, Naming
from .outage import Outage
from .pages import FEW, newest, oldest
from .past import Past
from .pump import Listener, Pump
from .questions import Questions
from .roster import Roster

WARM_MESSAGES = 2048
PAGE_BYTES = 64 * 1024
PAGES = 4
"""Of these so many are read at a time, for all: each takes some milliseconds of the store and of the loop, and what is
said waits for those before it.
"""

PRESENCE_SECONDS = 1.0
CENSUS_SECONDS = 3.0
SILENT_SECONDS = 10.0
AWAY_SECONDS = 10.0
"""Without following the log, after which nothing of it is told: it may have been taken back elsewhere."""

MAX_CONNECTIONS = 16
"""Of one person on a node: its tabs and devices. Past these the oldest ends: nobody looks at so many, so it is a client
that comes again and again; and what one does to the person, as a rename, is told to each.
"""

log = logging.getLogger("gateway.room")


class RoomMember(Listener, Speaker, Named, Protocol):
    """A member as the room sees it; `id` is its connection. Who `is_deaf` is here for what it said alone."""

    id: str
    is_deaf: bool

    @property
    def wire(self) -> Wire:
        """What it speaks."""

    def share_rate(self, other: Self) -> None:
        """It is one of a person's connections, as the other one: both together may ask for as much as one."""

    def count_bytes(self, size: int) -> float:
        """What it asks for costs as much as so many bytes that come."""

    def close(self, why: Closing) -> None:
        """End it at once."""


class Room:
    """One room on one node, from `start` to `stop`.

    1. What a member says MUST reach others only by the log: `inbox` to store to `follow` to feed to pump.
    2. What a member asks of the store MUST be one of its `questions`. The rest has lines of its own: `inbox` appends,
       `pump` reads for all who stand at one place, and the web's visitors are answered one of an address at a time.
    """

    def __init__(
        self,
        store: Store,
        phrases: Phrases,
        metrics: Metrics,
        deadlines: Deadlines,
        call_soon: Callable[[Callable[[], None]], object],
    ) -> None:
        self.metrics = metrics
        self._store = store
        self.store: Bookkeeping = store
        self.phrases = phrases
        self.deadlines = deadlines
        warm = max(0, store.head - WARM_MESSAGES) // BLOCK * BLOCK - 1
        self.feed = Feed(max(warm, store.first - 1))
        self.past = Past(store, self.feed)
        self.roster: Roster[RoomMember] = Roster()
        self.inbox = Inbox(store, metrics)
        self.pump = Pump(self.feed, self.past, metrics, deadlines.now, call_soon)
        self.questions = Questions(store.at_once)
        self.finder = Finder(self.past, self.questions, self.inbox, deadlines)
        self.naming: Naming[RoomMember] = Naming(store, self.roster, self.questions, deadlines.now)
        self._tasks: list[asyncio.Task[None]] = []
        self.listeners: list[Callable[[Sequence[Message | Hole]], None]] = []  # hear the log, batch by batch
        self._presences: dict[tuple[Format, int], bytes] = {}
        self._told_at = 0.0
        self._outage = Outage("followed")
        self._lost_at: float | None = None  # since when there may be more in the log than is here
        store.nodes.listen(self._hear)

    async def start(self) -> None:
        """Run; returns when the newest part of the log is in the feed. Raises what ended it before: see `broken`."""
        warm = asyncio.Event()
        loop = asyncio.get_running_loop()
        runs = (self.inbox.run(), self._follow(warm), self.questions.run(), self._tell_presence())
        self._tasks = [loop.create_task(run) for run in runs]
        ready = [loop.create_task(each) for each in (warm.wait(), self.broken())]
        try:
            await asyncio.wait(ready, return_when=asyncio.FIRST_COMPLETED)
            if not warm.is_set():
                await self.broken()
        finally:
            await end(*ready)

    async def broken(self) -> None:
        """Wait until something that should run for ever has ended. Raises what ended it: a fault of ours."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self) -> None:
        """End; what is still in the inbox stays unsaid, so wait for `inbox.emptied` before."""
        self.store.nodes.tell(Census(0, ()))
        self.pump.close()
        await end(*self._tasks)

    @property
    def trouble(self) -> str:
        """Why nothing more can be said here, or heard; empty if it can."""
        return self.inbox.failure or self._outage.cause

    # --- members --------------------------------------------------------------------------------------------------

    def join(self, member: RoomMember) -> None:
        """Someone is in from now on, at its cursor; if it is one who is in already, by one connection more."""
        others = self.roster.connections(member.owner)
        if len(others) >= MAX_CONNECTIONS:
            contained(others[0], others[0].close, Closing.REPLACED)
        if others:
            member.share_rate(others[-1])
        self.roster.add(member)
        self.pump.add(member)

    def leave(self, member: RoomMember) -> None:
        """Someone is gone, or one of its connections."""
        self.pump.remove(member)
        if member not in self.roster:
            return
        self.roster.remove(member)
        if member.named:
            self.naming.release(member.owner, member.lane)

    def history(self, member: RoomMember, asked: AskHistory) -> None:
        """Answer with a page of the log, in which is what it said before."""
        self.questions.attend(member, lambda: self._history(member, asked))

    def presence(self, wire_format: Format, since: int, encode: Callable[[Answer], bytes]) -> bytes:
        """What changed since a version, as bytes that all members of that format and version share."""
        key = (wire_format, since)
        if key not in self._presences:
            self._presences[key] = encode(self.roster.presence(since))
        return self._presences[key]

    # --- other nodes ----------------------------------------------------------------------------------------------

    def _hear(self, node: str, event: Event) -> None:
        if isinstance(event, Census):
            self.roster.take_census(node, event.members, event.people, self.deadlines.now(), event.seats)
        elif isinstance(event, NameChanged | Entered):
            self.naming.follow(event.owner)
        elif isinstance(event, Dispossessed):
            self.naming.dispossess(event.owner)
        elif isinstance(event, NameForgotten):
            self.naming.forget_too(event.owner)

    def _tell_census(self, *, is_new: bool) -> None:
        """Tell the others who is here: at once when it changed, and again and again, so that they know of us."""
        now = self.deadlines.now()
        self.roster.forget_silent(now - SILENT_SECONDS)
        if is_new or now >= self._told_at + CENSUS_SECONDS:
            self._told_at = now
            roster = self.roster
            self.store.nodes.tell(Census(roster.here, roster.people(), roster.seats()))

    # --- questions to the store -----------------------------------------------------------------------------------

    async def _history(self, member: RoomMember, asked: AskHistory) -> None:
        await self.inbox.passed()
        # A lane is always in the same of PAGES: who asks for many pages waits for itself.
        pages = f"pages {crc32(member.lane.encode()) % PAGES}"
        page = await self.questions.answer(member.lane, pages, lambda: self._page(asked))
        member.answer(msgspec.structs.replace(page, messages=self.past.left(page.messages)))

    async def _page(self, asked: AskHistory) -> Page:
        if asked.after is not None:
            return await oldest(self.past, asked.after, asked.limit, PAGE_BYTES, first=FEW)
        before = self.past.head + 1 if asked.before is None else asked.before
        return await newest(self.past, before, asked.limit, PAGE_BYTES, first=FEW)

    # --- what runs ------------------------------------------------------------------------------------------------

    async def _follow(self, warm: asyncio.Event) -> None:
        while True:
            try:
                if self._outage.lasts:
                    await self.store.check()  # by which it knows its head
                self._look(warm)
                async for batch in self._store.follow(self.feed.head):
                    self._outage.over()
                    if batch:
                        self._take_log(batch)
                    self._look(warm)
            except EndedError:
                raise
            except StoreError as error:
                if self._lost_at is None:
                    self._lost_at = self.deadlines.now()
                await self._outage.wait(error)

    def _take_log(self, batch: Sequence[Message | Hole]) -> None:
        self.metrics.messages.inc(self.feed.extend(batch))
        for listener in self.listeners:
            contained(None, listener, batch)
        self.pump.grown()

    def _look(self, warm: asyncio.Event) -> None:
        """Whether all is here that the log has, as far as its head is known."""
        if self.feed.head >= self.store.head:
            warm.set()
            self._lost_at = None
            self.feed.is_away = False

    def _drop_if_away(self) -> None:
        lost_at = self._lost_at
        if lost_at is not None and not self.feed.is_away and self.deadlines.now() >= lost_at + AWAY_SECONDS:
            log.error("the log was not followed for %.0f s: until it is, nothing of it is told", AWAY_SECONDS)
            self.feed.drop()

    async def _tell_presence(self) -> None:
        while True:
            await asyncio.sleep(PRESENCE_SECONDS)
            contained(None, self._tell_changes)
            contained(None, self._drop_if_away)
            self.naming.try_again()

    def _tell_changes(self) -> None:
        is_new = self.roster.advance()
        self._tell_census(is_new=is_new)
        if is_new:
            self._presences.clear()
            for member in self.roster.members():
                if member.wire.tells_presence:
                    member.due = True
                    self.pump.add(member)
