"""The store that forgets: the contract in plain Python, for a room that need not survive its process."""

import asyncio
import secrets
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, takewhile
from typing import NamedTuple

from ..config import Settings
from ..messages import Draft, Hole, Message, erased, message_of, new_secret, public_ids
from . import KEY_SECONDS, MAX_REMEMBERED, Filler, Store, StoreError, last_of, with_loss
from .namesakes import marks_of
from .nodes import Alone
from .records import Skipped
from .wall import machine_time

READ = 1000


async def open_room(settings: Settings, keep_bytes: int) -> Store:
    """See StoreModule."""
    return MemoryStore(settings.keep, keep_bytes)


async def open_to_read(settings: Settings, keep_bytes: int) -> Store:
    """See StoreModule. There never is one."""
    return await open_room(settings, keep_bytes)


async def look(settings: Settings) -> None:
    """See StoreModule."""


async def is_there(settings: Settings) -> bool:
    """See StoreModule. A process that is asked this has none yet."""
    return False


async def open_filler(settings: Settings, source: str, secret: bytes | None, first: int, *, replace: bool) -> Filler:
    """See StoreModule."""
    raise StoreError("it is forgotten when its gateway ends: give a store that stays", settings.store)


class MemoryStore:
    """A room in memory. `keep` in messages, `keep_bytes` in bytes of text."""

    at_once = 1
    erasing_bytes = 0
    is_connected = None
    credentials_end = None

    def __init__(self, keep: int, keep_bytes: int) -> None:
        self.nodes = Alone()
        self.skipped = Skipped()
        self.epoch = secrets.token_urlsafe(6)
        self.head = 0
        self.secret = new_secret()
        self.by_of = public_ids(self.secret)
        self.wall: Callable[[], int] = machine_time
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._messages: list[Message] = []
        self._there: list[Message] = []  # of these what was not erased
        self._texts: list[Message] = []  # and of these what takes nothing back
        self._bytes = 0
        self._keys: dict[bytes, tuple[int, int]] = {}  # key: (seq, at), oldest first
        self._newest_key = 0
        self._grown = asyncio.Condition()
        self.names = MemoryNames()
        self.bans = MemoryBans()

    @property
    def first(self) -> int:
        """The oldest seq that is retained."""
        return self._messages[0].seq if self._messages else self.head + 1

    @property
    def size(self) -> int:
        """Of texts."""
        return self._bytes

    async def surely_past(self) -> int:
        """There is one clock."""
        return self.wall()

    async def look(self) -> None:
        """It is always known."""

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        """Add the drafts that are new."""
        before = self.head
        seqs = [self._add(draft) for draft in drafts]
        self._erase({seq for message in self._after(before) for seq in message.of if seq < message.seq})
        self._retain()
        self._forget_keys(drafts[-1].at)
        async with self._grown:
            self._grown.notify_all()
        return seqs

    async def follow(self, after: int) -> AsyncIterator[Sequence[Message | Hole]]:
        """What is there, then what comes."""
        while True:
            async with self._grown:
                while self.head <= after:
                    await self._grown.wait()
            batch = with_loss(after, list(islice(self._after(after), READ)), self.first)
            after = last_of(batch[-1])
            yield batch

    async def read(self, after: int, limit: int) -> list[Message]:
        """From the list."""
        return _behind(self._there, after, limit)

    async def onward(self, after: int, limit: int) -> list[Message]:
        """From the list of texts."""
        return _behind(self._texts, after, limit)

    async def page(self, before: int, limit: int) -> list[Message]:
        """From the list of texts."""
        end = bisect_left(self._texts, before, key=_seq)
        return self._texts[max(end - limit, 0) : end]

    async def expire(self, before: int) -> None:
        """The newest, if it is too old as well, keeps its place."""
        older = list(takewhile(lambda message: message.at < before, self._messages))
        if older and older[-1].seq == self.head:
            self._leave_nothing(len(older) - 1)
        self._drop(sum(each.seq < self.head for each in older))

    async def check(self) -> None:
        """Memory can always be written."""

    async def others(self) -> list[str]:
        """None that it knows of."""
        return []

    async def close(self) -> None:
        """Nothing is underneath."""

    def _add(self, draft: Draft) -> int:
        if draft.key is not None and draft.key in self._keys:
            return self._keys[draft.key][0]
        self.head += 1
        message = message_of(self.head, draft, self.by_of(draft.owner))
        for entries in (self._messages, self._there, *([] if draft.kind == "deleted" else [self._texts])):
            entries.append(message)
        self._bytes += len(draft.text.encode())
        if draft.key is not None:
            self._keys[draft.key] = (self.head, draft.at)
        return self.head

    def _after(self, seq: int) -> Iterator[Message]:
        start = bisect_right(self._messages, seq, key=_seq)  # islice would count up to there
        return (self._messages[at] for at in range(start, len(self._messages)))

    def _erase(self, seqs: Iterable[int]) -> None:
        for seq in seqs:
            at = bisect_left(self._messages, seq, key=_seq)
            if at < len(self._messages) and self._messages[at].seq == seq:
                self._leave_nothing(at)

    def _leave_nothing(self, at: int) -> None:
        self._bytes -= len(self._messages[at].text.encode())
        seq = self._messages[at].seq
        self._messages[at] = erased(self._messages[at])
        for entries in (self._there, self._texts):
            del entries[slice(*_place_of(entries, seq))]

    def _retain(self) -> None:
        drop, size = 0, self._bytes
        while len(self._messages) - drop > 1 and (len(self._messages) - drop > self._keep or size > self._keep_bytes):
            size -= len(self._messages[drop].text.encode())
            drop += 1
        self._drop(drop)

    def _drop(self, count: int) -> None:
        self._bytes -= sum(len(message.text.encode()) for message in self._messages[:count])
        del self._messages[:count]
        for entries in (self._there, self._texts):
            del entries[: bisect_left(entries, self.first, key=_seq)]

    def _forget_keys(self, now: int) -> None:
        if now < self._newest_key:
            # The clock was set back: what it took for the future is as old as now, or would be remembered until then.
            self._keys = {key: (seq, min(at, now)) for key, (seq, at) in self._keys.items()}
        self._newest_key = now
        while self._keys:
            key, (_, at) = next(iter(self._keys.items()))
            if at >= now - KEY_SECONDS * 1000:
                return
            del self._keys[key]


def _seq(message: Message) -> int:
    return message.seq


def _behind(entries: list[Message], after: int, limit: int) -> list[Message]:
    begin = bisect_right(entries, after, key=_seq)
    return entries[begin : begin + limit]


def _place_of(entries: list[Message], seq: int) -> tuple[int, int]:
    """From where to where it is; nothing, if it is not there."""
    return bisect_left(entries, seq, key=_seq), bisect_right(entries, seq, key=_seq)


class _Name(NamedTuple):
    name: str
    keys: tuple[str, ...]
    held: bool


class MemoryNames:
    """The names, by owner."""

    def __init__(self) -> None:
        self._names: dict[str, _Name] = {}
        self._owners: dict[str, str] = {}  # by what makes two names one
        self._given_up: dict[str, None] = {}  # by whom, the oldest first

    async def claim(self, name: str, owner: str) -> bool:
        """Nobody else may hold one that is like it."""
        keys = marks_of(name)
        rivals = {self._owners[key] for key in keys if key in self._owners} - {owner}
        if any(self._names[rival].held for rival in rivals):
            return False
        for former in (*rivals, owner):
            self._drop(former)
        self._names[owner] = _Name(name, keys, held=True)
        self._given_up.pop(owner, None)
        self._owners.update(dict.fromkeys(keys, owner))
        return True

    async def release(self, owner: str) -> None:
        """It is free, and remembered."""
        if owner in self._names:
            self._names[owner] = self._names[owner]._replace(held=False)
            self._given_up[owner] = None
        if len(self._given_up) > MAX_REMEMBERED:
            self._drop(next(iter(self._given_up)))

    async def recall(self, owner: str) -> str | None:
        """The last one."""
        return self._names[owner].name if owner in self._names else None

    async def all(self) -> Mapping[str, str]:
        """As they are now."""
        return {owner: known.name for owner, known in self._names.items()}

    async def forget(self, owner: str) -> None:
        """With all that made others like it."""
        self._drop(owner)

    def _drop(self, owner: str) -> None:
        self._given_up.pop(owner, None)
        if known := self._names.pop(owner, None):
            for key in known.keys:
                del self._owners[key]


class MemoryBans:
    """Notes by subject."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    async def put(self, subject: str, note: str) -> None:
        """Or replace it."""
        self._notes[subject] = note

    async def delete(self, subject: str) -> None:
        """If it is there."""
        self._notes.pop(subject, None)

    async def all(self) -> Mapping[str, str]:
        """As they are now."""
        return dict(self._notes)
