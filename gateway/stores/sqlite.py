"""The default store: one SQLite file. A commit returns when the disk has it (WAL, synchronous=FULL).

APSW, because it brings its own SQLite: before 3.51.3 a WAL can be corrupted, and Python's is as old as the system's. A
whole append is one function in one worker thread, and so one hop: half as many again appends a second as by aiosqlite.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar

import apsw

from ..faults import begin
from ..messages import Draft, Hole, Message, public_ids
from ..tasks import end
from . import StoreError, holders, last_of, with_loss
from .database import Database
from .explained import explain
from .nodes import Alone
from .records import Skipped
from .wall import machine_time

T = TypeVar("T")
Select = Callable[[int, int], list[Message | Hole]]

Change = Callable[[Database], object]

READ = 100
"""Rows at once: at a start these are decoded together, and each may have 64 KiB of text, four bytes a letter."""

MAX_CHANGES = 1000
"""Of names and bans in one transaction."""

log = logging.getLogger("gateway.sqlite")


class SqliteStore:
    """A room in a file. Made by `open`; `keep` in messages, `keep_bytes` in bytes of text."""

    at_once = 256
    erasing_bytes = 0
    is_connected = None
    credentials_end = None

    def __init__(self, path: Path, keep: int, keep_bytes: int) -> None:
        self.nodes = Alone()
        self.skipped = Skipped()
        self.epoch = ""
        self.first = 1
        self.head = 0
        self.by_of: Callable[[str], str]
        self.secret: bytes
        self.wall: Callable[[], int] = machine_time
        self._path = path
        self._latest: list[Message] = []  # the newest batch, so that who follows closely need not read it back
        self._latest_after = 0
        self._grown = asyncio.Condition()
        self._thread = ThreadPoolExecutor(1, "sqlite")
        self._database = Database(path, keep, keep_bytes, self.skipped)
        self._group: _Group | None = None  # what comes now is written with it
        self._writing = asyncio.Lock()
        self._retaining: asyncio.Task[None] | None = None  # what has to go still
        self.names = SqliteNames(self)
        self.bans = SqliteBans(self)

    @classmethod
    async def open(cls, path: Path, keep: int, keep_bytes: int) -> Self:
        """Open or make the file. Raises StoreError: not ours, newer, in use, damaged, or not to be opened."""
        store = cls(path, keep, keep_bytes)
        database = store._database
        try:
            await store._run(database.open)
        except StoreError:
            store._thread.shutdown()
            raise
        except asyncio.CancelledError:  # the thread opens it all the same
            store._thread.submit(database.close)
            store._thread.shutdown()
            raise
        if database.told:
            log.warning("%s", database.told)
        store.epoch, store.secret, store.by_of = database.epoch, database.secret, public_ids(database.secret)
        store.first, store.head = database.retained.first, database.head
        store._latest_after = store.head
        return store

    @property
    def size(self) -> int:
        """Of the file, and of what is not in it yet."""
        return sum(_size_of(f"{self._path}{end}") for end in ("", "-wal"))

    async def surely_past(self) -> int:
        """There is one clock."""
        return self.wall()

    async def look(self) -> None:
        """The file system always knows."""

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        """One transaction, on disk when this returns."""
        seqs, batch = await self._run(self._database.append, drafts)
        self.first = self._database.retained.first
        if batch:
            self._latest, self._latest_after, self.head = batch, self.head, batch[-1].seq
            async with self._grown:
                self._grown.notify_all()
        if self._database.has_too_much and (self._retaining is None or self._retaining.done()):
            self._retaining = begin(self._retain())
        return seqs

    async def _retain(self) -> None:
        """Drop what has to go, some at a time: appends go between. If it can't be, the next one begins it again."""
        with suppress(StoreError):
            is_all = False
            while not is_all:
                is_all = await self._run(self._database.retain)
                self.first = self._database.retained.first

    async def follow(self, after: int) -> AsyncIterator[Sequence[Message | Hole]]:
        """From the file until the newest batch is reached, then batch by batch."""
        while True:
            async with self._grown:
                while self.head <= after:
                    await self._grown.wait()
            batch: Sequence[Message | Hole]
            if after >= self._latest_after:
                batch = [message for message in self._latest if message.seq > after]
            else:
                head = self.head  # what is behind it may be stored, and not erased all over
                found = await self._run(self._database.reading.follow, after, head, READ)
                batch = with_loss(after, found or [Hole(after + 1, head)], self._database.retained.first)
            after = last_of(batch[-1])
            yield batch

    async def read(self, after: int, limit: int) -> list[Message]:
        """In seq order."""
        return await self._so_many(self._database.reading.read, after, limit)

    async def onward(self, after: int, limit: int) -> list[Message]:
        """In seq order."""
        return await self._so_many(self._database.reading.onward, after, limit)

    async def page(self, before: int, limit: int) -> list[Message]:
        """In seq order."""
        return (await self._so_many(self._database.reading.page, before, limit))[::-1]

    async def _so_many(self, select: Select, at: int, limit: int) -> list[Message]:
        """Rows that are no messages do not count."""
        messages: list[Message] = []
        while (wanted := limit - len(messages)) > 0:
            found = await self._run(select, at, wanted)
            if not found:  # fewer than wanted may be all that is read at once
                break
            messages += [each for each in found if isinstance(each, Message)]
            at = last_of(found[-1])
        return messages

    async def expire(self, before: int) -> None:
        """Some at a time, and nothing of it in the file when this returns."""
        is_all = False
        while not is_all:
            is_all = await self._run(self._database.expire, before)
            self.first = self._database.retained.first
        self._latest, self._latest_after = [], self.head  # who has not had it finds it in the file, as it is now

    async def check(self) -> None:
        """Write the room's row as it is."""
        await self._run(self._database.check)

    async def others(self) -> list[str]:
        """None, by the lock that it has."""
        return []

    async def close(self) -> None:
        """Checkpoint the WAL and let go of the file."""
        if self._retaining is not None:
            await end(self._retaining)
        try:
            await self._run(self._database.close)
        finally:
            self._thread.shutdown()

    async def ask(self, function: Callable[[Database], T]) -> T:
        """What the file says. Raises StoreError."""
        return await self._run(function, self._database)

    async def change(self, function: Callable[[Database], T]) -> T:
        """Change the file; on disk when this returns. Raises StoreError.

        What comes while another change is written is one transaction: the disk is waited for once, for all of it.
        """
        if self._group is None or len(self._group.changes) == MAX_CHANGES:
            self._group = _Group(self._write)
        at = len(self._group.changes)
        self._group.changes.append(function)
        result = (await asyncio.shield(self._group.written))[at]
        if isinstance(result, Exception):
            try:
                raise self._explained(result)
            finally:
                del result  # it has this frame
        return result  # type: ignore[no-any-return]

    async def _write(self, group: "_Group") -> list[Any]:
        async with self._writing:
            if self._group is group:
                self._group = None
            return await self._run(self._database.change_all, group.changes)

    def _explained(self, error: Exception) -> Exception:
        return StoreError(explain(error), self._path) if isinstance(error, apsw.Error | OSError) else error

    async def _run(self, function: Callable[..., T], *arguments: object) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, function, *arguments)
        except (apsw.Error, OSError) as error:
            raise StoreError(explain(error), self._path) from error


class _Group:
    """Changes that are one transaction. Whoever made one waits for `written`: what each returned, or raised."""

    def __init__(self, write: Callable[["_Group"], Coroutine[Any, Any, list[Any]]]) -> None:
        self.changes: list[Change] = []
        self.written = asyncio.get_running_loop().create_task(write(self))


class SqliteNames:
    """The names."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def claim(self, name: str, owner: str) -> bool:
        """Each look of it is looked up."""
        return await self._store.change(lambda database: holders.claim(database, name, owner))

    async def release(self, owner: str) -> None:
        """It is free, and remembered."""
        await self._store.change(lambda database: holders.release(database, owner))

    async def recall(self, owner: str) -> str | None:
        """The last one."""
        return await self._store.ask(lambda database: holders.recall(database, owner))

    async def all(self) -> Mapping[str, str]:
        """Those that are text."""
        return await self._store.ask(
            lambda database: database.texts("SELECT owner, name FROM names ORDER BY rowid", "a name")
        )

    async def forget(self, owner: str) -> None:
        """With its looks, and out of the WAL."""
        await self._store.change(lambda database: holders.forget(database, owner))
        await self._store.ask(Database.clear)


class SqliteBans:
    """Notes by subject."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def put(self, subject: str, note: str) -> None:
        """Or replace it."""
        statement = "INSERT OR REPLACE INTO bans VALUES (?, ?)"
        await self._store.change(lambda database: database.execute(statement, subject, note))

    async def delete(self, subject: str) -> None:
        """If it is there; its note has a name, which is out of the WAL too."""
        if await self._store.change(lambda database: _lift(database, subject)):
            await self._store.ask(Database.clear)

    async def all(self) -> Mapping[str, str]:
        """Those that are text."""
        return await self._store.ask(lambda database: database.texts("SELECT subject, note FROM bans", "a ban"))


def _lift(database: Database, subject: str) -> bool:
    """Whether it was there. All others are written anew, as names are: see `holders.forget`."""
    database.execute("DELETE FROM bans WHERE subject = ?", subject)
    if not database.db.changes():
        return False
    database.execute("CREATE TEMP TABLE kept_bans AS SELECT subject, note FROM bans")
    database.execute("DELETE FROM bans")
    database.execute("INSERT INTO bans(subject, note) SELECT subject, note FROM kept_bans")
    database.execute("DROP TABLE temp.kept_bans")
    return True


def _size_of(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
