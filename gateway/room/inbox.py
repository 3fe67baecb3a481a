"""What was said and is not in the log yet: bounded, appended in groups, kept while the store fails.

1. A draft that was put MUST be appended, in the order of `put`, unless the process dies; only then is it acked.
2. Every failure of the store is handled here, in one way: drafts stay, each speaker is told once with the cause and its
   reading pauses, and the append is tried again after RETRY_SECONDS.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Protocol

import msgspec

from ..faults import Blamed, contain, contained
from ..guard.holds import Hold
from ..messages import Draft
from ..metrics import Metrics
from ..refusals import RefusedError
from ..stores import MAX_DRAFTS, Store, StoreError

MAX_BYTES = 8 * 1024 * 1024
GROUP_BYTES = 1024 * 1024
RETRY_SECONDS = 0.5
FULL_BYTES = 4 * MAX_BYTES
"""Who comes while others are held is heard up to so many; then it is told that it is not."""
_OVERHEAD = 300

log = logging.getLogger("gateway.inbox")


class Speaker(Blamed, Protocol):
    """A member as the inbox sees it."""

    def logged(self, say_id: str | None, seq: int) -> None:
        """What it said is in the log."""

    def hold(self, why: Hold) -> None:
        """Read no more from it."""

    def let_go(self, why: Hold) -> None:
        """Read again."""

    def notice(self, code: str, detail: str = "") -> None:
        """Tell it something that a person should read."""


class Waiting:
    """A speaker that is no member: it waits until the log has the one thing that it says."""

    def __init__(self) -> None:
        # Its seq, or why there is none: an error that is raised where it is waited for would hold us, who hold it.
        self._stored: asyncio.Future[int | RefusedError] = asyncio.get_running_loop().create_future()

    async def seq(self) -> int:
        """Where it is in the log, once it is. Raises RefusedError if the store fails."""
        stored = await self._stored
        if isinstance(stored, int):
            return stored
        raise RefusedError(stored.code, stored.detail, stored.seconds)

    def logged(self, say_id: str | None, seq: int) -> None:
        """It is in the log."""
        if not self._stored.done():
            self._stored.set_result(seq)

    def hold(self, why: Hold) -> None:
        """It says nothing more anyway."""

    def let_go(self, why: Hold) -> None:
        """It says nothing more anyway."""

    def fail(self) -> None:
        """See Blamed."""
        if not self._stored.done():
            self._stored.set_result(RefusedError("internal"))

    cut = fail

    def notice(self, code: str, detail: str = "") -> None:
        """The store fails: better to hear that than to wait."""
        if code == "store-failed" and not self._stored.done():
            self._stored.set_result(RefusedError(code, detail, 1))


class _Entry(msgspec.Struct, frozen=True):
    draft: Draft
    speaker: Speaker
    say_id: str | None
    size: int


class Inbox:
    """The drafts of all members."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics
        self._entries: deque[_Entry] = deque()
        self._taken = 0  # that the log has
        self._passing: deque[tuple[int, asyncio.Future[None]]] = deque()  # who waits for so many
        self.size = 0  # bytes, about
        self._held: dict[Speaker, None] = {}
        self._told: set[Speaker] = set()
        self._is_closed = False
        self.failure = ""  # why the store can't be written now, if it can't
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._rests = asyncio.Event()  # between two appends; in a row of them for no turn of the loop
        for event in (self._empty, self._rests):
            event.set()

    def put(self, draft: Draft, speaker: Speaker, say_id: str | None) -> None:
        """Take a draft; its speaker hears of it by `logged`."""
        size = len(draft.text) if draft.text.isascii() else 4 * len(draft.text)  # as it is in memory, at most
        entry = _Entry(draft, speaker, say_id, _OVERHEAD + size)
        if not self._entries:
            self._wake.set()
            self._empty.clear()
        self._entries.append(entry)
        self.size += entry.size
        if self.failure:
            self._tell(speaker)
        if self.failure or self.size >= MAX_BYTES:
            self._hold(speaker)

    @property
    def trouble(self) -> str:
        """Why nothing more should be put now; empty if it may be. Who can be held need not be asked for it."""
        if self._is_closed:
            return "the gateway stops"
        return self.failure or ("it is too slow" if self.size >= MAX_BYTES else "")

    def check_room(self) -> None:
        """Whether one who is not held may put something. Raises RefusedError: by ever new ones there was no bound."""
        if self.size >= FULL_BYTES:
            raise RefusedError("not-stored", self.trouble, 1)

    def close(self) -> None:
        """Have who can't be held put nothing more: nobody is there any more who would be told."""
        self._is_closed = True

    async def run(self) -> None:
        """Append, for ever."""
        while True:
            await self._wake.wait()
            group = self._group()
            self._rests.clear()
            try:
                with self._metrics.append_seconds.time():
                    seqs = await self._store.append([entry.draft for entry in group])
            except StoreError as error:
                self._rests.set()
                self._failed(error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._rests.set()
                self._appended(group, seqs)
            del group  # or who said the last is kept, with its transport, until somebody says the next

    async def said(self, draft: Draft) -> int:
        """Put a draft, and wait until the log has it; its seq. Raises RefusedError if the store fails: it is kept."""
        one = Waiting()
        self.put(draft, one, None)
        return await one.seq()

    async def passed(self) -> None:
        """Wait until all is in the log that is said by now, or can't be: then there is a `failure`."""
        if self._entries and not self.failure:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._passing.append((self._taken + len(self._entries), done))
            await done

    async def rested(self) -> None:
        """Wait until the append that is under way has ended, if one is; the next one is before what follows then."""
        await self._rests.wait()

    async def emptied(self) -> None:
        """Wait until all that was said is in the log."""
        await self._empty.wait()

    def _group(self) -> list[_Entry]:
        group: list[_Entry] = []
        size = 0
        for entry in islice(self._entries, MAX_DRAFTS):
            group.append(entry)
            size += entry.size
            if size >= GROUP_BYTES:
                break
        return group

    def _appended(self, group: list[_Entry], seqs: list[int]) -> None:
        for entry in group:
            self._entries.popleft()
            self.size -= entry.size
        self._taken += len(group)
        self._let_pass(self._taken)
        if not self._entries:
            self._wake.clear()
            self._empty.set()
        acks = zip(group, seqs, strict=True)
        while not self._ack(acks):
            pass
        if self.failure:
            self._recovered()
        if self._held and self.size < MAX_BYTES // 2:
            held, self._held = self._held, {}
            for speaker in held:
                contained(speaker, speaker.let_go, Hold.INBOX)

    def _let_pass(self, count: int) -> None:
        """Who waits for so many waits no more."""
        while self._passing and self._passing[0][0] <= count:
            _, done = self._passing.popleft()
            if not done.done():  # it may have given up
                done.set_result(None)

    def _ack(self, acks: Iterator[tuple[_Entry, int]]) -> bool:
        """Tell each speaker what is left; False if one of them failed at it, and is ended: then the next is first."""
        speaker: Speaker | None = None
        try:
            for entry, seq in acks:
                speaker = entry.speaker
                speaker.logged(entry.say_id, seq)
        except Exception as fault:  # noqa: BLE001 - handed to contain; around the loop it costs nothing
            contain(speaker, fault)
            return False
        return True

    def _failed(self, error: StoreError) -> None:
        if not self.failure:
            log.error("messages can't be stored, and are kept until they can: %s", error)
        self.failure = error.cause
        self._let_pass(self._taken + len(self._entries))
        for entry in self._entries:
            self._tell(entry.speaker)
            self._hold(entry.speaker)

    def _recovered(self) -> None:
        log.warning("messages are stored again")
        self.failure = ""
        told, self._told = self._told, set()
        for speaker in told:
            contained(speaker, speaker.notice, "store-back")

    def _tell(self, speaker: Speaker) -> None:
        if speaker not in self._told:
            self._told.add(speaker)
            contained(speaker, speaker.notice, "store-failed", self.failure)

    def _hold(self, speaker: Speaker) -> None:
        if speaker not in self._held:
            self._held[speaker] = None
            contained(speaker, speaker.hold, Hold.INBOX)
