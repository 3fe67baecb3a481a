"""The file of the SQLite store, as it is used by the store's one thread: all of it blocks.

The file is locked for as long as it is open: by flock, which a second gateway meets before it has touched anything, and
by SQLite's own locks (locking_mode=EXCLUSIVE), which keep other programs from changing it.
"""

import logging
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import apsw
import msgspec
from msgspec.structs import astuple

from ..messages import MAX_SEQ, Draft, Message, message_of, new_secret, public_ids
from . import FULL, StoreError, pragmas, retention
from .keys import Keys
from .ownership import check_place, check_whole, open_file, own_file
from .pragmas import set_all
from .reading import Reading, Value, rows_of
from .records import Epoch, Skipped
from .retention import AT_ONCE, Retained, deletions_in
from .schema import SEQ_IS_KEY, migrate
from .wal import Wal

log = logging.getLogger("gateway.sqlite")

DAMAGED = "the file is damaged; move it away, or restore a copy"

# By their places in a message, which is bound whole: to pick out what is stored took a tenth of an append.
_PLACES = {name: f"?{place}" for place, name in enumerate(Message.__struct_fields__, 1) if name != "by"}
INSERTED = f"""INSERT INTO messages({", ".join(_PLACES)}, size)
    VALUES ({", ".join(_PLACES.values())}, octet_length({_PLACES["text"]}))"""


class Database:
    """An open file. `keep` in messages, `keep_bytes` in bytes of text."""

    epoch: str
    secret: bytes
    by_of: Callable[[str], str]
    retained: Retained
    reading: Reading
    head: int

    def __init__(self, path: Path, keep: int, keep_bytes: int, skipped: Skipped) -> None:
        self.path = path
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._skipped = skipped
        self._keys = Keys()
        self._is_soiled = False  # the WAL has something that was dropped
        self._stored: dict[int, tuple[Draft, int]] = {}  # by id: what was committed by an append that failed then
        self._unsaid: list[Message] = []  # what came of that
        self._wal: Wal | None = None
        self.told = ""
        """Who lost a name as it was taken to this version."""
        self.db: apsw.Connection
        self._lock: int

    def open(self) -> None:
        """Open or make the file, and make it one of this version. Raises StoreError, apsw.Error, OSError."""
        if not self.path.parent.exists():
            raise StoreError("its folder is not there; make it, or give --store another path", self.path)
        with ExitStack() as undo:
            self._lock = open_file(self.path, os.O_CREAT)
            undo.callback(os.close, self._lock)
            own_file(self._lock, self.path)
            check_whole(self.path)
            self.db = apsw.Connection(str(self.path))
            undo.callback(self.db.close, True)
            set_all(self.db, self.path, pragmas.FIRST)
            with self.transaction():
                self._migrate()
            set_all(self.db, self.path, pragmas.THEN)
            self._vacuum_once()
            set_all(self.db, self.path, pragmas.LAST)
            self._wal = Wal(self.db)  # it was killed, maybe, when something was taken back
            self._load()
            undo.pop_all()

    def close(self) -> None:
        """Checkpoint the WAL and let go of the file."""
        self.db.close(True)
        os.close(self._lock)

    def check(self) -> None:
        """Write the room's row as it is."""
        check_place(self._lock, self.path)
        self.execute("UPDATE room SET epoch = epoch")

    # --- the log --------------------------------------------------------------------------------------------------

    def append(self, drafts: Sequence[Draft]) -> tuple[list[int], list[Message]]:
        """One transaction; returns the seqs of all drafts, and the messages of those that are new.

        If something is taken back and the WAL can't be emptied then, that is a failure, though all is in: what came of
        it is returned when the same drafts are given again.
        """
        check_place(self._lock, self.path)
        with self.transaction():
            seqs, new, size = self._insert(drafts)
            deletions = deletions_in(new)
            batch, gone = retention.erase(self.db, [*self._unsaid, *new], deletions)
            there = Retained(self.retained.first, self.retained.messages + len(new), self.retained.size + size - gone)
            retained = retention.bound(self.db, there, self._keep, self._keep_bytes, max(AT_ONCE, len(new)))
            self._keys.forget(self.db, drafts[-1].at)
        self.retained = retained
        if new:
            self.head = new[-1].seq
        self._unsaid = batch
        if self._is_soiled or deletions:
            self._is_soiled = True
            self._stored.update((id(draft), (draft, seq)) for draft, seq in zip(drafts, seqs, strict=True))
            self._empty_wal()
        self._stored, self._unsaid = {}, []
        return seqs, batch

    @property
    def has_too_much(self) -> bool:
        """Whether more has to go than went with what was appended."""
        return retention.is_past(self.retained, self._keep, self._keep_bytes)

    def retain(self) -> bool:
        """Drop some of what has to go; returns whether that was all."""
        check_place(self._lock, self.path)
        before = self.retained
        with self.transaction():
            retained = retention.bound(self.db, before, self._keep, self._keep_bytes, AT_ONCE)
        self.retained = retained
        return retained == before or not self.has_too_much

    def expire(self, before: int) -> bool:
        """Drop some of what is older than a time; returns whether that was all."""
        check_place(self._lock, self.path)
        changes = self.db.total_changes()
        with self.transaction():
            retained, is_all = retention.expire(self.db, self.retained, self.head, before, AT_ONCE)
        self.retained = retained
        self._is_soiled = self._is_soiled or self.db.total_changes() != changes
        if is_all and self._is_soiled:
            self._empty_wal()
        return is_all

    def clear(self) -> None:
        """Leave nothing in the WAL of what was written over. If that fails, the next append does it."""
        self._is_soiled = True
        self._empty_wal()

    def _empty_wal(self) -> bool:
        assert self._wal is not None
        self._wal.empty()
        self._is_soiled = False
        return True

    def _insert(self, drafts: Sequence[Draft]) -> tuple[list[int], list[Message], int]:
        """Store the drafts that are new; returns the seqs of all, the new messages, and the bytes of their texts."""
        seqs: list[int] = []
        batch: list[Message] = []
        keys: dict[bytes, int] = {}
        said: list[tuple[Draft, int]] = []
        head, size = self.head, 0
        for draft in drafts:
            key, text = draft.key, draft.text
            seq = None if key is None and not self._stored else self._known(draft, keys)
            if seq is None:
                seq = head = head + 1
                batch.append(message_of(seq, draft, self.by_of(draft.owner)))
                size += len(text) if text.isascii() else len(text.encode())
                if key is not None:
                    keys[key] = seq
                    said.append((draft, seq))
            seqs.append(seq)
        self._check_seq(head)
        self.db.executemany(INSERTED, [astuple(message) for message in batch])
        self._keys.keep(self.db, said)
        return seqs, batch, size

    def take_secret(self, secret: bytes) -> None:
        """People are known by this one, in all that is read."""
        self.secret, self.by_of = secret, public_ids(secret)
        self.reading = Reading(self.db, self.by_of, self.skip)

    def fill(self, batch: Sequence[Message]) -> None:
        """Store messages that have their seqs, behind the newest; what is taken back by them is gone. In a change."""
        self.db.executemany(INSERTED, [astuple(message) for message in batch])
        retention.erase(self.db, [*batch], deletions_in(batch))
        self.head = batch[-1].seq

    def _known(self, draft: Draft, keys: Mapping[bytes, int]) -> int | None:
        if self._stored and (stored := self._stored.get(id(draft))):
            return stored[1]
        if draft.key is None:
            return None
        if draft.key in keys:
            return keys[draft.key]
        return self._keys.seq_of(self.db, draft, self.head)

    # --- statements -----------------------------------------------------------------------------------------------

    def execute(self, query: str, *values: Value) -> list[tuple[Value, ...]]:
        """All rows of a statement."""
        return self.db.execute(query, values).fetchall()

    def skip(self, what: str, why: object) -> None:
        """Tell that this is left out, since it can't be."""
        self._skipped(f"{self.path}: {what}", why)

    def rows(self, query: str, *values: Value) -> Iterator[tuple[Value, ...] | None]:
        """See reading.rows_of."""
        return rows_of(self.db, query, *values)

    def texts(self, query: str, what: str) -> dict[str, str]:
        """The rows of a statement, each a text and what it stands for; one of something else is skipped."""
        found: dict[str, str] = {}
        for row in rows_of(self.db, query):
            key, text = row or (None, None)
            if isinstance(key, str) and isinstance(text, str):
                found[key] = text
            else:
                self.skip(what, "no text")
        return found

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        if self._wal is not None:
            self._wal.bound()  # now: after it is committed, nothing may fail any more
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
        check_place(self._lock, self.path)
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

    def _migrate(self) -> None:
        version, self.told = migrate(self.db)
        if not version:
            self.execute("INSERT INTO room(epoch, is_clean) VALUES (?, 1)", secrets.token_urlsafe(6))
        self.execute("UPDATE room SET secret = ? WHERE secret IS NULL", new_secret())

    def _vacuum_once(self) -> None:
        """What was dropped before secure_delete=ON is in free pages. Not within a transaction: so it may be killed."""
        if self.execute("SELECT 1 FROM room WHERE NOT is_clean"):
            log.warning("%s is written anew once, so that nothing of what was dropped is left in it", self.path)
            self.execute("VACUUM")
            self.execute("UPDATE room SET is_clean = 1")

    def _load(self) -> None:
        self.execute("UPDATE names SET held = 0")  # nobody is connected yet
        for row in rows_of(self.db, "SELECT epoch, secret FROM room"):
            epoch, secret = row or (None, None)
            try:
                self.epoch = msgspec.convert(epoch, Epoch)
            except msgspec.ValidationError:
                break
            if not (isinstance(secret, bytes) and 0 < len(secret) <= 64 and self.execute(SEQ_IS_KEY)):
                break
            self.take_secret(secret)
            self.retained, self.head = retention.retained_in(self.db, MAX_SEQ)
            self._check_seq(self.head + 1)
            self._tell_strays()
            return
        raise StoreError(DAMAGED, self.path)

    def _tell_strays(self) -> None:
        """Messages whose seqs are none of ours are left out, whatever they hold."""
        ((strays,),) = self.execute("SELECT count(*) FROM messages WHERE seq < 1 OR seq > ?", MAX_SEQ)
        if isinstance(strays, int) and strays:
            self.skip(f"what is in {strays} rows", f"a seq is from 1 to {MAX_SEQ}")

    def _check_seq(self, seq: int) -> None:
        """Whether a message may have this seq. Raises StoreError."""
        if seq > MAX_SEQ:
            raise StoreError(FULL, self.path)
