"""The room: one log, and the members as cursors in it. Puts inbox, feed, pump and roster together."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from math import ceil
from typing import Protocol

from ..faults import contained
from ..guard.deadlines import Deadlines
from ..guard.gate import address_group, is_loopback, lane_of
from ..guard.rate import Renames
from ..guard.stages import Stage
from ..messages import Hole, Message
from ..metrics import Metrics
from ..names import BadNameError, clean_name, defused, name_key
from ..phrases import Phrases
from ..refusals import RefusedError
from ..stores import EndedError, Store, StoreError
from ..stores.nodes import Census, Dispossessed, Entered, Event
from ..tasks import end
from ..wires import Format, Wire
from ..wires.closing import Closing
from ..wires.events import Answer, NameTaken
from .feed import BLOCK, Feed
from .inbox import Inbox, Speaker
from .pages import newest
from .pump import Listener, Pump
from .questions import Questions
from .roster import Resident, Roster

WARM_MESSAGES = 2048
PAGE_BYTES = 64 * 1024
PRESENCE_SECONDS = 1.0
CENSUS_SECONDS = 3.0
SILENT_SECONDS = 10.0
RETRY_SECONDS = 0.5

log = logging.getLogger("gateway.room")


class RoomMember(Listener, Speaker, Resident, Protocol):
    """A member as the room sees it; `id` is its connection."""

    id: str
    named: bool
    returns: bool
    """Whether it came with a session that it had before: it may still be in, on another node."""
    stage: Stage

    @property
    def wire(self) -> Wire:
        """What it speaks."""

    def answer(self, answer: Answer) -> None:
        """Tell it something."""

    def error(self, code: str, say_id: str | None = None, detail: str = "") -> None:
        """Tell it why not."""

    def refuse(self, why: RefusedError) -> None:
        """The same; and when it may ask again."""

    def refuse_name(self, why: RefusedError) -> None:
        """Tell it why it can't be called so, and what it is called."""

    def close(self, why: Closing) -> None:
        """End it at once."""


Enter = Callable[[str | None], bool]
"""Lets a member in under a name; False if it is gone."""


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
        self.store = store
        self.phrases = phrases
        self.deadlines = deadlines
        warm = max(0, store.head - WARM_MESSAGES) // BLOCK * BLOCK - 1
        self.feed = Feed(max(warm, store.first - 1))
        self.roster: Roster[RoomMember] = Roster()
        self.inbox = Inbox(store, metrics)
        self.pump = Pump(self.feed, store, metrics, deadlines.now, call_soon)
        self._renames = Renames()
        self._unreleased: set[str] = set()  # whose names are to be given up, and could not be
        self.questions = Questions(store.at_once)
        self._tasks: list[asyncio.Task[None]] = []
        self.listeners: list[Callable[[Sequence[Message | Hole]], None]] = []  # hear the log, batch by batch
        self._presences: dict[tuple[Format, int], bytes] = {}
        self._told_at = 0.0
        store.nodes.listen(self._hear)

    async def start(self) -> None:
        """Run; returns when the newest part of the log is in the feed."""
        warm = asyncio.Event()
        loop = asyncio.get_running_loop()
        runs = (self.inbox.run(), self._follow(warm), self.questions.run(), self._tell_presence())
        self._tasks = [loop.create_task(run) for run in runs]
        await warm.wait()

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

    # --- members --------------------------------------------------------------------------------------------------

    def join(self, member: RoomMember) -> None:
        """Someone is in from now on, at its cursor."""
        self._replace(member.owner)
        if member.returns:
            self.store.nodes.tell(Entered(member.owner))
        self.roster.add(member)
        self.pump.add(member)

    def leave(self, member: RoomMember) -> None:
        """Someone is gone."""
        self.pump.remove(member)
        if member not in self.roster:
            return
        self.roster.remove(member)
        if member.named:
            self.release(member.owner, lane_of(member.host, member.id))

    def release(self, owner: str, lane: str) -> None:
        """Give up a name, and if the store fails when it can: nobody else could have it before a restart."""
        self.questions.do(owner, lambda: self._release(owner), lane)

    def rename(self, member: RoomMember, name: str) -> None:
        """Give a member a name, if it can have it."""
        self.questions.ask(member, lambda: self._rename(member, name))

    def admit(self, member: RoomMember, name: str | None, enter: Enter) -> None:
        """Find out which name a member comes in with: the one it asks for, or the one its session had."""
        self.questions.ask(member, lambda: self._admit(member, name, enter))

    def history(self, member: RoomMember, before: int | None, limit: int) -> None:
        """Answer with a page of the log."""
        at = self.feed.head + 1 if before is None else before
        # Of an address one page at a time is read: who asks for many keeps nobody's claim or message waiting.
        pages = f"pages of {lane_of(member.host, member.id)}"
        self.questions.ask(member, lambda: self._history(member, at, limit), pages)

    def presence(self, wire_format: Format, since: int, encode: Callable[[Answer], bytes]) -> bytes:
        """What changed since a version, as bytes that all members of that format and version share."""
        key = (wire_format, since)
        if key not in self._presences:
            self._presences[key] = encode(self.roster.presence(since))
        return self._presences[key]

    def _replace(self, owner: str) -> None:
        if (older := self.roster.holder(owner)) is not None:
            contained(older, older.close, Closing.REPLACED)

    # --- other nodes ----------------------------------------------------------------------------------------------

    def _hear(self, node: str, event: Event) -> None:
        if isinstance(event, Census):
            self.roster.hear(node, event.members, event.people, self.deadlines.now(), event.seats)
        elif isinstance(event, Entered):
            self._replace(event.owner)
        elif isinstance(event, Dispossessed) and (member := self.roster.holder(event.owner)) is not None:
            contained(member, self._dispossess, member)

    def _dispossess(self, member: RoomMember) -> None:
        member.error("name-taken", detail=member.label)
        member.named = False
        self.roster.rename(member, self.roster.guest_label(member.by))
        member.answer(NameTaken(member.label))

    def _tell_census(self, *, is_new: bool) -> None:
        """Tell the others who is here: at once when it changed, and again and again, so that they know of us."""
        now = self.deadlines.now()
        self.roster.forget_silent(now - SILENT_SECONDS)
        if is_new or now >= self._told_at + CENSUS_SECONDS:
            self._told_at = now
            roster = self.roster
            self.store.nodes.tell(Census(len(roster.members()), roster.people(), roster.seats()))

    # --- questions to the store -----------------------------------------------------------------------------------

    async def _release(self, owner: str) -> None:
        self._unreleased.add(owner)
        holder = self.roster.holder(owner)
        if holder is None or not holder.named:  # else it is back already, and goes by it
            await self.store.names.release(owner)
        self._unreleased.discard(owner)

    async def _release_again(self, owner: str) -> None:
        with suppress(StoreError):  # it was told the first time
            await self._release(owner)

    async def _rename(self, member: RoomMember, name: str) -> None:
        try:
            clean = await self._claim(member, name)
        except RefusedError as refused:
            member.refuse_name(refused)
            return
        if member in self.roster:
            member.named = True
            self.roster.rename(member, clean)
            member.answer(NameTaken(clean))
        else:
            await self._release(member.owner)

    async def _admit(self, member: RoomMember, name: str | None, enter: Enter) -> None:
        got: str | None = None
        refused: RefusedError | None = None
        try:
            got = await (self._claim(member, name) if name else self._claim_again(member))
        except RefusedError as error:
            refused = error
            if error.seconds:  # it keeps the one that it had, if it still can
                with suppress(RefusedError):
                    got = await self._claim_again(member)
        finally:
            entered = enter(got)
        if refused and refused.code == "name-forgotten":
            member.notice(refused.code, refused.detail)
        elif refused:
            member.refuse(refused)
        if got and not entered:
            await self._release(member.owner)

    async def _claim_again(self, member: RoomMember) -> str | None:
        """Take the name that its session had, if it had one. One that nobody may have any more is forgotten."""
        name = await self.store.names.recall(member.owner)
        if name is None:
            return None
        try:
            clean = clean_name(name)
        except BadNameError as error:
            await self.store.names.forget(member.owner)
            raise RefusedError("name-forgotten", defused(name)) from error
        await self.claim(clean, member.owner)
        return clean

    async def _claim(self, member: RoomMember, name: str) -> str:
        clean = clean_name(name)
        await self.claim(clean, member.owner, member.host)
        return clean

    async def claim(self, name: str, owner: str, host: str = "") -> None:
        """Take a clean name; without a `host` it is one that its owner had before.

        Raises RefusedError, with seconds if it can be had later, and StoreError.
        """
        key, now = name_key(name), self.deadlines.now()
        address = "" if not host or is_loopback(host) else address_group(host)
        if wait := ceil(self._renames.wait(owner, key, now, address)):
            raise RefusedError("rename-wait", str(wait), wait)
        if not await self.store.names.claim(name, owner):
            raise RefusedError("name-taken", name)
        self._renames.take(owner, key, now, address)

    async def _history(self, member: RoomMember, before: int, limit: int) -> None:
        member.answer(await newest(self.store, before, limit, PAGE_BYTES))

    # --- what runs ------------------------------------------------------------------------------------------------

    async def _follow(self, warm: asyncio.Event) -> None:
        is_failing = False
        while True:
            if self.feed.head >= self.store.head:
                warm.set()
            try:
                async for batch in self.store.follow(self.feed.head):
                    if is_failing:
                        log.warning("the log is followed again")
                        is_failing = False
                    self.feed.extend(batch)
                    for listener in self.listeners:
                        contained(None, listener, batch)
                    self.metrics.messages.inc(sum(isinstance(item, Message) for item in batch))
                    self.pump.grown()
                    if self.feed.head >= self.store.head:
                        warm.set()
            except EndedError:
                raise
            except StoreError as error:
                if not is_failing:
                    log.error("the log can't be followed, and is tried again: %s", error)  # noqa: TRY400 - one line
                is_failing = True
                await asyncio.sleep(RETRY_SECONDS)

    async def _tell_presence(self) -> None:
        while True:
            await asyncio.sleep(PRESENCE_SECONDS)
            contained(None, self._tell_changes)
            for owner in () if self.questions else self._unreleased:
                self.questions.do(owner, partial(self._release_again, owner))

    def _tell_changes(self) -> None:
        is_new = self.roster.advance()
        self._tell_census(is_new=is_new)
        if is_new:
            self._presences.clear()
            for member in self.roster.members():
                if member.wire.tells_presence:
                    member.due = True
                    self.pump.add(member)
