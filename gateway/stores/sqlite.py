"""The default store: one SQLite file. A commit returns when the disk has it (WAL, synchronous=FULL).

APSW, because it brings its own SQLite: before 3.51.3 a WAL can be corrupted, and Python's is as old as the system's. A
whole append is one function in one worker thread, and so one hop: half as many again appends a second as by aiosqlite.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import apsw

from ..config import Settings, in_state_folder, path_of
from ..messages import Draft, Hole, Message, public_ids
from . import Store, StoreError, holders, last_of, with_loss
from .copying import Copy, Copying, mark, sync
from .database import DAMAGED, Database
from .nodes import Alone
from .ownership import check_filled
from .records import Skipped

T = TypeVar("T")
Select = Callable[[int, int], list[Message | Hole]]

Change = Callable[[Database], object]

Tell = Callable[[int, int], Awaitable[None]]
"""Is told how much is done, of how much."""

READ = 100
"""Rows at once: at a start these are decoded together, and each may have 64 KiB of text, four bytes a letter."""

SYNCED = 256
"""Pages of a copy that are written to disk together."""

MAX_CHANGES = 1000
"""Of names and bans in one transaction."""

log = logging.getLogger("gateway.sqlite")


async def open_room(settings: Settings, keep_bytes: int) -> Store:
    """See Opener."""
    path = path_of("--store", settings.store.partition(":")[2])
    if in_state_folder(path):
        _make(path.parent)
    check_filled(path)
    return await SqliteStore.open(path, settings.keep, keep_bytes)


def _make(folder: Path) -> None:
    """Make the state folder. Any other is its operator's: one that is not there is a path with a mistake in it."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(explain(error), folder) from error
    log.info("made the folder %s", folder)


class SqliteStore:
    """A room in a file. Made by `open`; `keep` in messages, `keep_bytes` in bytes of text."""

    at_once = 256

    def __init__(self, path: Path, keep: int, keep_bytes: int) -> None:
        self.nodes = Alone()
        self.skipped = Skipped()
        self.epoch = ""
        self.first = 1
        self.head = 0
        self.by_of: Callable[[str], str]
        self.secret: bytes
        self._path = path
        self._latest: list[Message] = []  # the newest batch, so that who follows closely need not read it back
        self._latest_after = 0
        self._grown = asyncio.Condition()
        self._thread = ThreadPoolExecutor(1, "sqlite")
        self._database = Database(path, keep, keep_bytes, self.skipped)
        self._group: _Group | None = None  # what comes now is written with it
        self._writing = asyncio.Lock()
        self.names = SqliteNames(self)
        self.bans = SqliteBans(self)

    @classmethod
    async def open(cls, path: Path, keep: int, keep_bytes: int) -> "SqliteStore":
        """Open or make the file. Raises StoreError: not ours, newer, in use, damaged, or not to be opened."""
        store = cls(path, keep, keep_bytes)
        database = store._database
        try:
            await store._run(database.open)
        except StoreError:
            store._thread.shutdown()
            raise
        store.epoch, store.secret, store.by_of = database.epoch, database.secret, public_ids(database.secret)
        store.first, store.head = database.retained.first, database.head
        store._latest_after = store.head
        return store

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        """One transaction, on disk when this returns."""
        seqs, batch = await self._run(self._database.append, drafts)
        self.first = self._database.retained.first
        if batch:
            self._latest, self._latest_after, self.head = batch, self.head, batch[-1].seq
            async with self._grown:
                self._grown.notify_all()
        return seqs

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
                found = await self._run(self._database.follow, after, head, READ)
                batch = with_loss(after, found or [Hole(after + 1, head)], self._database.retained.first)
            after = last_of(batch[-1])
            yield batch

    async def read(self, after: int, limit: int) -> list[Message]:
        """In seq order."""
        return await self._so_many(self._database.read, after, limit)

    async def page(self, before: int, limit: int) -> list[Message]:
        """In seq order."""
        return (await self._so_many(self._database.page, before, limit))[::-1]

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
        """One transaction, and nothing of it in the file when this returns."""
        if await self._run(self._database.expire, before):
            self.first = self._database.retained.first
            self._latest, self._latest_after = [], self.head  # who has not had it finds it in the file, as it is now

    async def copy(self, path: Path, title: str, at: int, tell: Tell) -> Copy:
        """Make a copy of the file; what is to be appended meanwhile goes first. Raises StoreError."""
        copying = await self._run(lambda: Copying(self._database.db, path))
        done, of, synced = 0, 1, 0
        try:
            while done < of:
                begun = time.monotonic()
                done, of = await self._run(copying.step)
                await tell(done, of)
                await asyncio.sleep(time.monotonic() - begun)  # the room is to have at least as much of the disk
                if done - synced >= SYNCED:  # all at the end would keep the appends waiting for as long
                    synced = done
                    await self._beside(sync, path)
        finally:
            await self._run(copying.close)
        return await self._beside(mark, path, title, self.epoch, at)

    async def _beside(self, function: Callable[..., T], *arguments: object) -> T:
        """Something with another file than the room's."""
        try:
            return await asyncio.to_thread(function, *arguments)
        except (apsw.Error, OSError) as error:
            raise StoreError(explain(error), str(arguments[0])) from error

    async def check(self) -> None:
        """Write the room's row as it is."""
        await self._run(self._database.check)

    async def close(self) -> None:
        """Checkpoint the WAL and let go of the file."""
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
        return await self._store.ask(lambda database: database.texts("SELECT owner, name FROM names", "a name"))

    async def forget(self, owner: str) -> None:
        """With its looks."""
        await self._store.change(lambda database: holders.forget(database, owner))


class SqliteBans:
    """Notes by subject."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def put(self, subject: str, note: str) -> None:
        """Or replace it."""
        statement = "INSERT OR REPLACE INTO bans VALUES (?, ?)"
        await self._store.change(lambda database: database.execute(statement, subject, note))

    async def delete(self, subject: str) -> None:
        """If it is there."""
        await self._store.change(lambda database: database.execute("DELETE FROM bans WHERE subject = ?", subject))

    async def all(self) -> Mapping[str, str]:
        """Those that are text."""
        return await self._store.ask(lambda database: database.texts("SELECT subject, note FROM bans", "a ban"))


def explain(error: Exception) -> str:
    """The cause, in words for who can mend it."""
    known = (text for kind, text in _EXPLANATIONS.items() if isinstance(error, kind))
    cause = error.strerror if isinstance(error, OSError) else ""  # without the number, which tells people nothing
    return next(known, cause or str(error))


_EXPLANATIONS: dict[type[Exception], str] = {
    apsw.BusyError: "in use by another program; stop that one, or give --store another file",
    apsw.NotADBError: "not a SQLite file; give --store another file",
    apsw.CorruptError: DAMAGED,
    apsw.FullError: "the disk is full",
    apsw.ReadOnlyError: "the file can't be written",
    apsw.CantOpenError: "the file can't be opened",
    apsw.IOError: "the disk failed to read or write",
    FileExistsError: "its folder is a file",
    NotADirectoryError: "its folder is a file",
    IsADirectoryError: "that is a folder; give --store a file",
    PermissionError: "no permission",
}
