"""The file of the SQLite store, as it is used by the store's one thread: all of it blocks.

The file is locked for as long as it is open: by flock, which a second gateway meets before it has touched anything, and
by SQLite's own locks (locking_mode=EXCLUSIVE), which keep other programs from changing it.
"""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import apsw
import msgspec
from msgspec.structs import astuple

from ..messages import Draft, Hole, Message, message_of, new_secret, public_ids
from . import FULL, KEY_SECONDS, StoreError
from .ownership import own_file
from .records import MAX_SEQ, Epoch, Row, Skipped, message_in
from .schema import migrate

Value = str | int | float | bytes | None

DAMAGED = "the file is damaged; move it away, or restore a copy"

_SELECTED = ", ".join(("seq", *Row.__struct_fields__))
# By their places in a message, which is bound whole: to pick out what is stored took a tenth of an append.
_PLACES = {name: f"?{place}" for place, name in enumerate(Message.__struct_fields__, 1) if name != "by"}
_INSERTED = f"""INSERT INTO messages({", ".join(_PLACES)}, size)
    VALUES ({", ".join(_PLACES.values())}, octet_length({_PLACES["text"]}))"""
_PRAGMAS = (("locking_mode", "EXCLUSIVE"), ("journal_mode", "WAL"), ("synchronous", "FULL"))
_NUMBERS = {"FULL": 2}  # how SQLite tells what it was told


class Retained(NamedTuple):
    """What the log retains: its oldest seq, how many messages, and bytes of their texts."""

    first: int
    messages: int
    size: int


class Database:
    """An open file. `keep` in messages, `keep_bytes` in bytes of text."""

    epoch: str
    by_of: Callable[[str], str]
    retained: Retained
    head: int

    def __init__(self, path: Path, keep: int, keep_bytes: int, skipped: Skipped) -> None:
        self._path = path
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._skipped = skipped
        self._keys_checked = 0
        self.db: apsw.Connection
        self._lock: int

    def open(self) -> None:
        """Open or make the file, and make it one of this version. Raises StoreError, apsw.Error, OSError."""
        if not self._path.parent.exists():
            raise StoreError("its folder is not there; make it, or give --store another path", self._path)
        with ExitStack() as undo:
            self._lock = os.open(self._path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            undo.callback(os.close, self._lock)
            own_file(self._lock, self._path)
            self.db = apsw.Connection(str(self._path))
            undo.callback(self.db.close, True)
            locking, *others = _PRAGMAS
            self._set(*locking)
            with self.transaction():
                self._migrate()
            for pragma in others:  # not before: the header of a new file would be written, without a word whose it is
                self._set(*pragma)
            self._load()
            undo.pop_all()

    def close(self) -> None:
        """Checkpoint the WAL and let go of the file."""
        self.db.close(True)
        os.close(self._lock)

    def check(self) -> None:
        """Write the room's row as it is."""
        self._check_file()
        self.execute("UPDATE room SET epoch = epoch")

    # --- the log --------------------------------------------------------------------------------------------------

    def append(self, drafts: Sequence[Draft]) -> tuple[list[int], list[Message]]:
        """One transaction; returns the seqs of all drafts, and the messages of those that are new."""
        self._check_file()
        with self.transaction():
            seqs, batch, size = self._insert(drafts)
            retained = self._retain(self.retained.messages + len(batch), self.retained.size + size)
            self._forget_keys(drafts[-1].at)
        self.retained = retained
        if batch:
            self.head = batch[-1].seq
        return seqs, batch

    def read(self, after: int, limit: int) -> list[Message | Hole]:
        """The first after a seq."""
        return self._select(f"seq > ? AND seq <= {MAX_SEQ} ORDER BY seq LIMIT ?", after, limit)

    def page(self, before: int, limit: int) -> list[Message | Hole]:
        """The last before a seq, the newest first."""
        return self._select("seq < ? AND seq > 0 ORDER BY seq DESC LIMIT ?", min(before, MAX_SEQ + 1), limit)

    def _select(self, condition: str, *values: int) -> list[Message | Hole]:
        query = f"SELECT {_SELECTED} FROM messages WHERE {condition}"
        try:
            rows = self.execute(query, *values)
        except UnicodeDecodeError:  # of such a row not even the seq can be had with it
            seqs = self.execute(f"SELECT seq FROM messages WHERE {condition}", *values)
            rows = [row or seq for row, seq in zip(self.rows(query, *values), seqs, strict=True)]
        return [self._message_in(row) for row in rows]

    def _message_in(self, row: tuple[Value, ...]) -> Message | Hole:
        seq = row[0]
        assert isinstance(seq, int)  # it is the primary key
        try:
            return message_in(seq, msgspec.convert(row[1:], Row), self.by_of)
        except (msgspec.ValidationError, UnicodeError) as error:
            self.skip(f"message {seq}", error)
            return Hole(seq, seq)

    def _insert(self, drafts: Sequence[Draft]) -> tuple[list[int], list[Message], int]:
        """Store the drafts that are new; returns the seqs of all, the new messages, and the bytes of their texts."""
        seqs: list[int] = []
        batch: list[Message] = []
        keys: dict[bytes, tuple[int, int]] = {}
        head = self.head
        for draft in drafts:
            seq = None if draft.key is None else self._known(draft.key, keys)
            if seq is None:
                seq = head = head + 1
                batch.append(message_of(seq, draft, self.by_of(draft.owner)))
                if draft.key is not None:
                    keys[draft.key] = (seq, draft.at)
            seqs.append(seq)
        self._check_seq(head)
        self.db.executemany(_INSERTED, [astuple(message) for message in batch])
        if keys:
            key_rows = [(key, seq, at) for key, (seq, at) in keys.items()]
            self.db.executemany("INSERT OR REPLACE INTO keys(key, seq, at) VALUES (?, ?, ?)", key_rows)
        texts = [message.text for message in batch]
        return seqs, batch, sum(len(text) if text.isascii() else len(text.encode()) for text in texts)

    def _known(self, key: bytes, keys: Mapping[bytes, tuple[int, int]]) -> int | None:
        if key in keys:
            return keys[key][0]
        for (seq,) in self.db.execute("SELECT seq FROM keys WHERE key = ?", (key,)):
            if isinstance(seq, int) and 0 < seq <= self.head:
                return seq
        return None

    def _retain(self, count: int, size: int) -> Retained:
        """Drop the oldest past the limits; returns what there is after the commit."""
        first = self.retained.first
        if count <= self._keep and size <= self._keep_bytes:
            return Retained(first, count, size)
        query = "SELECT seq, size FROM messages WHERE seq >= ? ORDER BY seq"
        for seq, row_size in self.db.execute(query, (first,)):
            if count <= 1 or (count <= self._keep and size <= self._keep_bytes):
                break
            first = int(seq) + 1
            count -= 1
            size -= row_size if isinstance(row_size, int) else 0
        if first > self.retained.first:
            self.execute("DELETE FROM messages WHERE seq < ?", first)
        return Retained(first, count, size)

    def _forget_keys(self, now: int) -> None:
        if 0 <= now - self._keys_checked < KEY_SECONDS * 10:
            return  # a hundred times in their time is often enough
        self._keys_checked = now
        # The clock was set back: what it took for the future is as old as now, or would be remembered until then.
        self.execute("UPDATE keys SET at = ? WHERE at > ?", now, now)
        self.execute("DELETE FROM keys WHERE at < ?", now - KEY_SECONDS * 1000)

    # --- bans -----------------------------------------------------------------------------------------------------

    def bans(self) -> Mapping[str, str]:
        """Notes by subject."""
        found: dict[str, str] = {}
        for row in self.rows("SELECT subject, note FROM bans"):
            subject, note = row or (None, None)
            if isinstance(subject, str) and isinstance(note, str):
                found[subject] = note
            else:
                self.skip("a ban", "no text")
        return found

    # --- statements -----------------------------------------------------------------------------------------------

    def execute(self, query: str, *values: Value) -> list[tuple[Value, ...]]:
        """All rows of a statement."""
        return self.db.execute(query, values).fetchall()

    def skip(self, what: str, why: object) -> None:
        """Tell that this is left out, since it can't be."""
        self._skipped(f"{self._path}: {what}", why)

    def rows(self, query: str, *values: Value) -> Iterator[tuple[Value, ...] | None]:
        """The rows of a statement; None for one whose text is not UTF-8."""
        cursor = self.db.execute(query, values)
        while True:
            try:
                yield next(cursor)
            except StopIteration:
                return
            except UnicodeDecodeError:
                yield None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.execute("COMMIT")
        finally:
            # It failed; though a full disk may have rolled it back already.
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")

    def change_all(self, changes: Sequence[Callable[["Database"], object]]) -> list[object]:
        """One transaction, in which each is all or nothing by itself; returns what each returned, or raised."""
        self._check_file()
        with self.transaction():
            return [self._change(change) for change in changes]

    def _change(self, change: Callable[["Database"], object]) -> object:
        self.execute("SAVEPOINT change")
        try:
            result = change(self)
        except Exception as error:
            if not self.db.in_transaction:  # all of it is rolled back: a full disk does that
                raise
            self.execute("ROLLBACK TO change")
            self.execute("RELEASE change")
            return error
        self.execute("RELEASE change")
        return result

    def _set(self, pragma: str, value: str) -> None:
        """One pragma, by itself: APSW runs a text of several up to the first row of an answer. Read back, too."""
        self.execute(f"PRAGMA {pragma} = {value}")
        told = self.execute(f"PRAGMA {pragma}")
        if told != [(_NUMBERS.get(value, value.lower()),)]:
            raise StoreError(f"SQLite does not take {pragma} = {value} here: it has {told}", self._path)

    def _migrate(self) -> None:
        if not migrate(self.db):
            self.execute("INSERT INTO room(epoch) VALUES (?)", secrets.token_urlsafe(6))
        self.execute("UPDATE room SET secret = ? WHERE secret IS NULL", new_secret())

    def _load(self) -> None:
        self.execute("UPDATE names SET held = 0")  # nobody is connected yet
        for row in self.rows("SELECT epoch, secret FROM room"):
            epoch, secret = row or (None, None)
            try:
                self.epoch = msgspec.convert(epoch, Epoch)
            except msgspec.ValidationError:
                break
            if not (isinstance(secret, bytes) and 0 < len(secret) <= 64):
                break
            self.by_of = public_ids(secret)
            size = "CASE typeof(size) WHEN 'integer' THEN size ELSE 0 END"
            query = f"SELECT min(seq), max(seq), count(*), sum({size}) FROM messages WHERE seq BETWEEN 1 AND {MAX_SEQ}"
            ((first, head, count, total),) = self.db.execute(query)
            self.retained, self.head = Retained(first or 1, count, total or 0), head or 0
            self._check_seq(self.head + 1)
            self._tell_strays()
            return
        raise StoreError(DAMAGED, self._path)

    def _tell_strays(self) -> None:
        """Messages whose seqs are none of ours are left out, whatever they hold."""
        ((strays,),) = self.execute("SELECT count(*) FROM messages WHERE seq < 1 OR seq > ?", MAX_SEQ)
        if isinstance(strays, int) and strays:
            self.skip(f"what is in {strays} rows", f"a seq is from 1 to {MAX_SEQ}")

    def _check_seq(self, seq: int) -> None:
        """Whether a message may have this seq. Raises StoreError."""
        if seq > MAX_SEQ:
            raise StoreError(FULL, self._path)

    def _check_file(self) -> None:
        """Whether the path still leads to the file that is open: else all that is stored would be gone at the end."""
        try:
            is_ours = os.path.samestat(os.stat(self._path), os.fstat(self._lock))
        except FileNotFoundError:
            is_ours = False
        if not is_ours:
            raise StoreError("the file was moved away or replaced; put it back, or start again without it", self._path)
