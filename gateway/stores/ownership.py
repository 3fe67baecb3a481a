"""Whose file is it: the lock that keeps a second gateway out, and the header that tells ours from others'."""

import errno
import fcntl
import os
import stat
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import apsw

from . import InUseError, StoreError
from .schema import APPLICATION_ID, COPY_ID, VERSION

BY_HAND = (
    "a copy made by hand, of a room that has more in the -wal beside it: put that beside this one too;"
    " or have what is here by gateway restore --incomplete"
)
FILLING = "gateway import or move into it has not ended: run that again, or delete {}"


class ForeignError(StoreError):
    """It is no gateway's file."""


_NOT_OURS = {
    (APPLICATION_ID, False): "not a gateway's file",
    (APPLICATION_ID, True): "a copy that gateway backup made: put it in its place by gateway restore",
    (COPY_ID, False): "not a copy that gateway backup made",
}
_AS_IT_LIES = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI


NO_FILE = "a device, a pipe or a socket, and no file"


def open_file(path: Path, flags: int = 0) -> int:
    """A descriptor to read from a file, or what a link leads to. Raises StoreError for what is none, OSError.

    What is put in the place of anything else would break that for everybody, and a pipe may never end.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | flags, 0o600)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            raise StoreError(NO_FILE, path) from error
        raise
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise StoreError(NO_FILE, path)


def own_file(descriptor: int, path: Path) -> None:
    """Lock an open file for this gateway.

    Looks at the header alone, so that a file that is not ours is not touched. Raises InUseError, and StoreError for one
    that is not ours, of a newer schema, or not to be written. The lock lasts until the descriptor is closed.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InUseError("in use by another gateway; stop that one, or give --store another file", path) from error
    try:
        check_header(descriptor, path)
    except ForeignError as error:
        raise ForeignError(f"{error.cause}; give --store another one", path) from error
    if not os.access(path, os.W_OK, effective_ids=True):  # SQLite calls it a failure of the disk
        raise StoreError("it can be read and not written; give it to the user that the gateway runs as", path)


def check_place(descriptor: int, path: Path) -> None:
    """Whether the path still leads to the file that is open: else all that is stored would be gone at the end."""
    try:
        is_ours = os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        is_ours = False
    if not is_ours:
        raise StoreError("the file was moved away or replaced; put it back, or start again without it", path)


def check_whole(path: Path) -> None:
    """Whether this is all of a room: see `wal`. Raises StoreError, apsw.Error. Touches nothing."""
    path = path.resolve()
    if path.stat().st_size and not any(path.with_name(path.name + end).exists() for end in ("-wal", "-journal")):
        db = apsw.Connection(f"file:{quote(str(path))}?immutable=1", _AS_IT_LIES)
        with closing(db):
            has_word = db.execute("SELECT 1 FROM pragma_table_info('room') WHERE name = 'needs_wal'").fetchall()
            if has_word and db.execute("SELECT 1 FROM room WHERE needs_wal").fetchall():
                raise StoreError(BY_HAND, path)


def check_filled(path: Path) -> None:
    """Whether nobody has begun to fill it from another room. Raises StoreError."""
    if (part := filling(path)).exists():
        raise StoreError(FILLING.format(part), path)


def filling(path: Path) -> Path:
    """Where a room is filled from another one, until it is whole."""
    return path.with_name(path.name + ".filling")


def check_header(descriptor: int, path: Path, application: int = APPLICATION_ID) -> None:
    """Whether an open file is empty, or one of this kind. Raises StoreError."""
    header = os.pread(descriptor, 100, 0)
    if not header:
        return
    # SQLite's file format, section 1.3: magic string, user version at 60, application id at 68.
    version, found = (int.from_bytes(header[at : at + 4]) for at in (60, 68))
    if not header.startswith(b"SQLite format 3\0") or found != application:
        kind = StoreError if found in (APPLICATION_ID, COPY_ID) else ForeignError
        raise kind(_NOT_OURS[application, found == COPY_ID], path)
    if version > VERSION:
        raise StoreError(f"made by a newer gateway (schema {version}); use that one, or another file", path)
