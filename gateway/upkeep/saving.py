"""A file that is there whole, for its owner alone, or not at all: written beside its place, put there at the end."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def saved(path: Path) -> Iterator[BinaryIO]:
    """What the block writes is there when it ends, and on disk; nothing of it if it raises. Raises OSError."""
    part = path.with_name(f"{path.name}.part")
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "its folder is not there; make it", str(path))
    part.unlink(missing_ok=True)
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
