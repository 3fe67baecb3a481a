"""The default store: one SQLite file. A commit returns when the disk has it (WAL, synchronous=FULL).

APSW, because it brings its own SQLite: before 3.51.3 a WAL can be corrupted, and Python's is as old as the system's. A
whole append is one function in one worker thread, and so one hop: half as many again appends a second as by aiosqlite.

The file is locked for as long as the store is open: by flock, which a second gateway meets before it has touched
anything, and by SQLite's own locks (locking_mode=EXCLUSIVE), which keep other programs from changing it.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import apsw

from ..messages import Draft, Message, message_of, new_secret, public_ids
from ..names import name_key
from ..skeletons import skeleton
from . import KEY_SECONDS, StoreError
from .nodes import Alone
from .ownership import own_file
from .schema import migrate

T = TypeVar("T")
Value = str | int | float | bytes | None

MAX_REMEMBERED = 100_000  # claims ago: for so long a name that nobody holds is remembered

_COLUMNS = "seq, at, label, via, owner, origin, text"


class SqliteStore:
    """A room in a file. Made by `open`; `keep` in messages, `keep_bytes` in bytes of text."""

    def __init__(self, path: Path, keep: int, keep_bytes: int) -> None:
        self.nodes = Alone()
        self.epoch = ""
        self.first = 1
        self.head = 0
        self._path = path
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._count = 0
        self._bytes = 0
        self._keys_checked = 0
        self._latest: list[Message] = []  # the newest batch, so that who follows closely need not read it back
        self._latest_after = 0
        self._grown = asyncio.Condition()
        self._thread = ThreadPoolExecutor(1, "sqlite")
        self.by_of: Callable[[str], str]
        self._db: apsw.Connection
        self._lock: int

    @classmethod
    async def open(cls, path: Path, keep: int, keep_bytes: int) -> "SqliteStore":
        """Open or make the file. Raises StoreError: not ours, newer, in use, or not to be opened."""
        store = cls(path, keep, keep_bytes)
        try:
            await store._run(store._open)
        except StoreError:
            store._thread.shutdown()
            raise
        return store

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        """One transaction, on disk when this returns."""
        seqs, batch, retained = await self._run(self._append, drafts)
        self.first, self._count, self._bytes = retained
        if batch:
            self._latest, self._latest_after, self.head = batch, self.head, batch[-1].seq
            async with self._grown:
                self._grown.notify_all()
        return seqs

    async def follow(self, after: int) -> AsyncIterator[list[Message]]:
        """From the file until the newest batch is reached, then batch by batch."""
        while True:
            async with self._grown:
                while self.head <= after:
                    await self._grown.wait()
            if after >= self._latest_after:
                batch = [message for message in self._latest if message.seq > after]
            else:
                batch = await self.read(after, 1000)
            after = batch[-1].seq
            yield batch

    async def read(self, after: int, limit: int) -> list[Message]:
        """In seq order."""
        query = f"SELECT {_COLUMNS} FROM messages WHERE seq > ? ORDER BY seq LIMIT ?"
        return await self._run(self._select, query, (after, limit))

    async def page(self, before: int, limit: int) -> list[Message]:
        """In seq order."""
        query = f"SELECT {_COLUMNS} FROM messages WHERE seq < ? ORDER BY seq DESC LIMIT ?"
        return (await self._run(self._select, query, (before, limit)))[::-1]

    async def check(self) -> None:
        """Write the room's row as it is."""
        await self._run(self._check_file)
        await self._run(self._execute, "UPDATE room SET epoch = epoch", ())

    async def claim(self, name: str, owner: str) -> bool:
        """See the contract."""
        return await self._run(self._claim, name, owner)

    async def release(self, owner: str) -> None:
        """See the contract."""
        await self._run(self._execute, "UPDATE names SET held = 0 WHERE owner = ?", (owner,))

    async def recall(self, owner: str) -> str | None:
        """See the contract."""
        rows = await self._run(self._execute, "SELECT name FROM names WHERE owner = ?", (owner,))
        return str(rows[0][0]) if rows else None

    async def forget(self, owner: str) -> None:
        """See the contract."""
        await self._run(self._execute, "DELETE FROM names WHERE owner = ?", (owner,))

    async def ban(self, subject: str, note: str) -> None:
        """See the contract."""
        await self._run(self._execute, "INSERT OR REPLACE INTO bans VALUES (?, ?)", (subject, note))

    async def unban(self, subject: str) -> None:
        """See the contract."""
        await self._run(self._execute, "DELETE FROM bans WHERE subject = ?", (subject,))

    async def bans(self) -> Mapping[str, str]:
        """See the contract."""
        rows = await self._run(self._execute, "SELECT subject, note FROM bans", ())
        return {str(subject): str(note) for subject, note in rows}

    async def close(self) -> None:
        """Checkpoint the WAL and let go of the file."""
        try:
            await self._run(self._close)
        finally:
            self._thread.shutdown()

    # --- in the worker thread -------------------------------------------------------------------------------------

    async def _run(self, function: Callable[..., T], *arguments: object) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, function, *arguments)
        except (apsw.Error, OSError) as error:
            raise StoreError(_explain(error), self._path) from error

    def _open(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as undo:
            self._lock = os.open(self._path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            undo.callback(os.close, self._lock)
            own_file(self._lock, self._path)
            self._db = apsw.Connection(str(self._path))
            undo.callback(self._db.close, True)
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            with self._transaction():
                self._migrate()
            self._db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            self._load()
            undo.pop_all()

    def _migrate(self) -> None:
        """Make the file one of this version, all or nothing."""
        if not migrate(self._db):
            self._execute("INSERT INTO room(epoch) VALUES (?)", (secrets.token_urlsafe(6),))
        self._execute("UPDATE room SET secret = ? WHERE secret IS NULL", (new_secret(),))

    def _close(self) -> None:
        self._db.close(True)
        os.close(self._lock)

    def _load(self) -> None:
        self._execute("UPDATE names SET held = 0", ())  # nobody is connected yet
        ((epoch, secret),) = self._execute("SELECT epoch, secret FROM room", ())
        assert isinstance(secret, bytes)
        self.epoch, self.by_of = str(epoch), public_ids(secret)
        query = "SELECT count(*), coalesce(sum(size), 0), coalesce(min(seq), 1), coalesce(max(seq), 0) FROM messages"
        row = self._execute(query, ())[0]
        self._count, self._bytes, self.first, self.head = (int(str(value)) for value in row)
        self._latest_after = self.head

    def _execute(self, query: str, values: Sequence[Value]) -> list[tuple[Value, ...]]:
        return self._db.execute(query, tuple(values)).fetchall()

    def _select(self, query: str, values: tuple[int, ...]) -> list[Message]:
        return [
            Message(seq=seq, at=at, label=label, via=via, owner=owner, by=self.by_of(owner), origin=origin, text=text)
            for seq, at, label, via, owner, origin, text in self._db.execute(query, values)
        ]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        finally:
            # It failed; though a full disk may have rolled it back already.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _append(self, drafts: Sequence[Draft]) -> tuple[list[int], list[Message], tuple[int, int, int]]:
        self._check_file()
        with self._transaction():
            seqs, batch, size = self._insert(drafts)
            retained = self._retain(self._count + len(batch), self._bytes + size)
            self._forget_keys(drafts[-1].at)
        return seqs, batch, retained

    def _check_file(self) -> None:
        """Whether the path still leads to the file that is open: else all that is stored would be gone at the end."""
        try:
            is_ours = os.path.samestat(os.stat(self._path), os.fstat(self._lock))
        except FileNotFoundError:
            is_ours = False
        if not is_ours:
            raise StoreError("the file was moved away or replaced; put it back, or start again without it", self._path)

    def _insert(self, drafts: Sequence[Draft]) -> tuple[list[int], list[Message], int]:
        """Store the drafts that are new; returns the seqs of all, the new messages, and the bytes of their texts."""
        seqs: list[int] = []
        batch: list[Message] = []
        keys: dict[bytes, tuple[int, int]] = {}
        head = self.head
        for draft in drafts:
            seq = self._known(draft.key, keys)
            if seq is None:
                seq = head = head + 1
                batch.append(message_of(seq, draft, self.by_of(draft.owner)))
                if draft.key is not None:
                    keys[draft.key] = (seq, draft.at)
            seqs.append(seq)
        rows = [(m.seq, m.at, m.label, m.via, m.owner, m.origin, m.text, len(m.text.encode())) for m in batch]
        self._db.executemany(f"INSERT INTO messages({_COLUMNS}, size) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        if keys:
            key_rows = [(key, seq, at) for key, (seq, at) in keys.items()]
            self._db.executemany("INSERT INTO keys(key, seq, at) VALUES (?, ?, ?)", key_rows)
        return seqs, batch, sum(row[-1] for row in rows)

    def _known(self, key: bytes | None, keys: Mapping[bytes, tuple[int, int]]) -> int | None:
        if key is None:
            return None
        if key in keys:
            return keys[key][0]
        row = self._db.execute("SELECT seq FROM keys WHERE key = ?", (key,)).fetchone()
        return int(row[0]) if row else None

    def _retain(self, count: int, size: int) -> tuple[int, int, int]:
        """Drop the oldest past the limits; returns first, count and bytes as they are after the commit."""
        first = self.first
        if count <= self._keep and size <= self._keep_bytes:
            return first, count, size
        query = "SELECT seq, size FROM messages WHERE seq >= ? ORDER BY seq"
        for seq, row_size in self._db.execute(query, (first,)):
            if count <= 1 or (count <= self._keep and size <= self._keep_bytes):
                break
            first = int(seq) + 1
            count -= 1
            size -= int(row_size)
        if first > self.first:
            self._db.execute("DELETE FROM messages WHERE seq < ?", (first,))
        return first, count, size

    def _forget_keys(self, now: int) -> None:
        if now - self._keys_checked < KEY_SECONDS * 10:
            return  # a hundred times in their time is often enough
        self._keys_checked = now
        self._execute("DELETE FROM keys WHERE at < ?", (now - KEY_SECONDS * 1000,))

    def _claim(self, name: str, owner: str) -> bool:
        key, look = name_key(name), skeleton(name)
        alike = "(key = ? OR skeleton = ?)"
        with self._transaction():
            if self._execute(f"SELECT 1 FROM names WHERE {alike} AND held AND owner <> ?", (key, look, owner)):
                return False
            self._execute(f"DELETE FROM names WHERE {alike} OR owner = ?", (key, look, owner))
            values = (key, look, name, owner)
            self._execute("INSERT INTO names(key, skeleton, name, owner, held) VALUES (?, ?, ?, ?, 1)", values)
            old = "rowid < (SELECT max(rowid) FROM names) - ?"
            self._execute(f"DELETE FROM names WHERE NOT held AND {old}", (MAX_REMEMBERED,))
        return True


def _explain(error: Exception) -> str:
    known = (text for kind, text in _EXPLANATIONS.items() if isinstance(error, kind))
    return next(known, str(error))


_EXPLANATIONS: dict[type[Exception], str] = {
    apsw.BusyError: "in use by another program; stop that one, or give --store another file",
    apsw.NotADBError: "not a SQLite file; give --store another file",
    apsw.CorruptError: "the file is damaged; move it away, or restore a copy",
    apsw.FullError: "the disk is full",
    apsw.ReadOnlyError: "the file can't be written",
    apsw.CantOpenError: "the file can't be opened",
    apsw.IOError: "the disk failed to read or write",
    FileExistsError: "its folder is a file",
    NotADirectoryError: "its folder is a file",
    IsADirectoryError: "that is a folder; give --store a file",
    PermissionError: "no permission",
}
