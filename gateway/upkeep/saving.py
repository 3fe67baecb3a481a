"""A file that is there whole, for its owner alone, or not at all: written beside its place, put there at the end.

1. What is beside it is locked as long as it is written: two that write one file would put each other's halves there.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..stores.ownership import open_file
from .asking import UpkeepError


@contextmanager
def saved(path: Path) -> Iterator[BinaryIO]:
    """What the block writes is there when it ends, and on disk; nothing of it if it raises.

    Raises OSError, StoreError, and UpkeepError if another process writes it.
    """
    part = path.with_name(f"{path.name}.part")
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "its folder is not there; make it", str(path))
    with open(_begun(part, path), "wb") as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _begun(part: Path, path: Path) -> int:
    """A new file beside it, locked; one that a process left that was killed is taken away."""
    try:
        with suppress(FileNotFoundError), os.fdopen(open_file(part, os.O_NOFOLLOW)) as left:
            _lock(left.fileno(), part)
            part.unlink()
        new = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _lock(new, part)
        except BaseException:
            os.close(new)
            raise
    except (BlockingIOError, FileExistsError) as error:
        raise UpkeepError(f"{path}: another backup is being written there: wait until it has ended") from error
    return new


def _lock(descriptor: int, part: Path) -> None:
    """Raises BlockingIOError where it is another's, or was, who has put it in its place or taken it away since."""
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        is_there = os.path.samestat(os.fstat(descriptor), os.lstat(part))
    except FileNotFoundError:
        is_there = False
    if not is_there:
        raise BlockingIOError
