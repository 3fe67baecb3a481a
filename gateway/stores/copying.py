"""Copies of the SQLite store's file: how one is made while the room goes on, and what it says of itself.

By our own connection, as the file is exclusive: a reader of another program would keep what was taken back in the WAL.
What changes meanwhile is changed in the copy, too (SQLite sees to that for one connection), so it is the room as it is
when the last page is copied, and has nothing that was taken back until then.
"""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import apsw
import msgspec
from msgspec import Meta

from . import StoreError
from .ownership import check_header, open_file
from .records import At, Epoch, Id
from .schema import APPLICATION_ID, COPY_ID

PAGES = 16
"""That are copied at once: what is to be appended waits for these."""

PIECE = 1024 * 1024
"""Bytes of a file that nobody has open."""

Seq = Annotated[int, Meta(ge=0)]


class Copy(msgspec.Struct, array_like=True, frozen=True):
    """What a copy says of itself: of which room and log, up to which seq, and when it was made, in ms since 1970."""

    title: Id
    epoch: Epoch
    head: Seq
    at: At


class Copying:
    """One that is being made, at a path where nothing is. Raises apsw.Error, OSError."""

    def __init__(self, db: apsw.Connection, path: Path) -> None:
        make_private(path)
        self._to = apsw.Connection(str(path))
        # It is nothing until it is whole, and who makes it syncs it in the end; a journal would keep old texts.
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):
            self._to.execute(f"PRAGMA {pragma}").fetchall()
        self._backup = self._to.backup("main", db, "main")

    def step(self) -> tuple[int, int]:
        """Some pages more; returns how many are done, of how many: all, at the end."""
        self._backup.step(PAGES)
        left, of = self._backup.remaining, self._backup.page_count
        if self._backup.done:
            self._backup.finish()  # which knows neither any more
        return of - left, of

    def close(self) -> None:
        """Whether or not it is whole."""
        self._backup.close(True)
        self._to.close(True)


def make_private(path: Path) -> None:
    """An empty file for this user alone, instead of what a process that was killed left there."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))


def copy_files(path: Path, to: Path, show: Callable[[int, int], None]) -> None:
    """A room's file as it lies, with what SQLite has beside it, which is a part of it."""
    for end in ("", "-wal", "-journal"):
        if (source := path.with_name(path.name + end)).exists():
            _copy_file(source, to.with_name(to.name + end), show)


def _copy_file(source: Path, to: Path, show: Callable[[int, int], None]) -> None:
    make_private(to)
    size = source.stat().st_size
    with source.open("rb") as old, to.open("wb") as new:
        done = 0
        while data := old.read(PIECE):
            new.write(data)
            done += len(data)
            show(done, size)


def mark(path: Path, title: str, epoch: str, at: int) -> Copy:
    """Make a file that has all of a room a copy, which no gateway takes for its room. On disk when this returns."""
    with closing(apsw.Connection(str(path))) as db:
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = DELETE", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        with db:
            db.execute("CREATE TABLE copy(title TEXT, epoch TEXT, head INTEGER, at INTEGER)")
            newest = "SELECT coalesce(max(seq), 0) FROM messages"
            db.execute(f"INSERT INTO copy VALUES (?, ?, ({newest}), ?)", (title, epoch, at))
            db.execute("UPDATE room SET needs_wal = 0")
            db.execute(f"PRAGMA application_id = {COPY_ID}")
    sync(path)
    return copy_in(path)


def unmark(db: apsw.Connection) -> None:
    """Make it a room again. Within a transaction."""
    db.execute("DROP TABLE IF EXISTS copy")
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def is_copy(path: Path) -> bool:
    """Whether gateway backup made it, by its header. Raises StoreError for what is no file, OSError."""
    with os.fdopen(open_file(path), "rb") as file:
        return int.from_bytes(file.read(72)[68:]) == COPY_ID


def copy_in(path: Path) -> Copy:
    """What a copy says of itself. Raises StoreError for what is none, apsw.Error, OSError."""
    descriptor = open_file(path)
    try:
        check_header(descriptor, path, COPY_ID)
    finally:
        os.close(descriptor)
    with closing(apsw.Connection(str(path), apsw.SQLITE_OPEN_READONLY)) as db:
        rows = db.execute("SELECT title, epoch, head, at FROM copy").fetchall()
    try:
        (row,) = rows
        return msgspec.convert(row, Copy)
    except (ValueError, msgspec.ValidationError) as error:
        raise StoreError("a copy that does not say of what; it is damaged", path) from error


def sync(path: Path) -> None:
    """Have the disk have it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
