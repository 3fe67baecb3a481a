"""A copy becomes a room again, as another log: positions in the log of before mean nothing in it."""

import fcntl
import os
import secrets
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import apsw

from ..stores import InUseError, StoreError
from ..stores.copying import copy_files, is_copy, sync, unmark
from ..stores.explained import explain
from ..stores.filling import discard
from ..stores.ownership import check_header, check_whole, open_file
from ..stores.placing import check_free, put
from ..stores.schema import IS_ENTRY, migrate

DAMAGED = "it is damaged: take another copy"

Show = Callable[[int, int], None]


class Restored(NamedTuple):
    """How many messages, in which log; where what was there before is now; who lost a name, see `namesakes`."""

    messages: int
    epoch: str
    aside: str
    told: str


def restore(file: Path, path: Path, show: Show, *, replace: bool, incomplete: bool) -> Restored:
    """Make a copy the room at this path. Raises StoreError, OSError."""
    check_copy(file, incomplete=incomplete)
    is_kept = check_free(path, replace=replace)
    part = path.with_name(f"{path.name}.restoring")
    discard(part)
    try:
        copy_files(file, part, show)
        epoch, messages, told = _renew(part, file)
        return Restored(messages, epoch, put(part, path, is_kept=is_kept), told)
    except apsw.Error as error:
        raise StoreError(DAMAGED if isinstance(error, apsw.CorruptError) else explain(error), file) from error
    finally:
        discard(part)


def check_copy(file: Path, *, incomplete: bool) -> None:
    """Whether it is a copy, or a room's file that has all; `incomplete`: or not. Raises StoreError, OSError."""
    if is_copy(file):
        return
    descriptor = open_file(file)
    try:
        if os.pread(descriptor, 1, 0) == b"{":
            raise StoreError("lines of JSON, and no copy: what gateway export printed is for gateway import", file)
        check_header(descriptor, file)
        _check_idle(descriptor, file)
    finally:
        os.close(descriptor)
    if not file.stat().st_size:
        raise StoreError("it is empty", file)
    if not incomplete:
        try:
            check_whole(file)
        except apsw.Error as error:
            raise StoreError(explain(error), file) from error


def _check_idle(descriptor: int, file: Path) -> None:
    """Whether no gateway has a room's file open: what lies in that, and in the WAL beside it, may be of two moments."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InUseError("a gateway has this room open: copy it by gateway backup, or stop that one", file) from error


def _renew(part: Path, file: Path) -> tuple[str, int, str]:
    """Make it a room with an epoch of its own, whole and on disk; returns that, how many messages, who lost a name."""
    epoch = secrets.token_urlsafe(6)
    with closing(apsw.Connection(str(part))) as db:
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = DELETE", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        if db.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
            raise StoreError(DAMAGED, file)
        with db:
            unmark(db)
            told = migrate(db).told
            db.execute("UPDATE room SET epoch = ?, needs_wal = 0", (epoch,))
        ((messages,),) = db.execute(f"SELECT count(*) FROM messages WHERE {IS_ENTRY}").fetchall()
    sync(part)
    assert isinstance(messages, int)
    return epoch, messages, told
