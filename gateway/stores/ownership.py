"""Whose file is it: the lock that keeps a second gateway out, and the header that tells ours from others'."""

import fcntl
import os
from pathlib import Path

from . import InUseError, StoreError
from .schema import APPLICATION_ID, VERSION


def own_file(descriptor: int, path: Path) -> None:
    """Lock an open file for this gateway.

    Looks at the header alone, so that a file that is not ours is not touched. Raises InUseError, and StoreError for one
    that is not ours, of a newer schema, or not to be written. The lock lasts until the descriptor is closed.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InUseError("in use by another gateway; stop that one, or give --store another file", path) from error
    _check_header(descriptor, path)
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


def _check_header(descriptor: int, path: Path) -> None:
    header = os.pread(descriptor, 100, 0)
    if not header:
        return
    # SQLite's file format, section 1.3: magic string, user version at 60, application id at 68.
    version, application = (int.from_bytes(header[at : at + 4]) for at in (60, 68))
    if not header.startswith(b"SQLite format 3\0") or application != APPLICATION_ID:
        raise StoreError("not a gateway's file; give --store another one", path)
    if version > VERSION:
        raise StoreError(f"made by a newer gateway (schema {version}); use that one, or another file", path)
