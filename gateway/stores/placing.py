"""A room's file is put in its place, and what was there aside. Whoever is killed meanwhile leaves one of the two there.

1. The WAL of what was there MUST be gone when the new file comes: SQLite would read it as that one's.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import apsw

from ..config import in_state_folder
from . import StoreError
from .copying import sync
from .explained import explain
from .ownership import open_file, own_file
from .untouched import messages_in


def check_free(path: Path, *, replace: bool) -> bool:
    """Whether something is there that is put aside. Raises StoreError if it has to stay, or a gateway has it open."""
    if in_state_folder(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.parent.is_dir():
        raise StoreError("its folder is not there; make it, or give --store another path", path)
    if not path.exists():
        return False
    with _owned(path):
        pass
    if not path.stat().st_size:
        return False
    try:
        messages = messages_in(path)
    except (StoreError, apsw.Error) as error:
        if replace:
            return True
        why = str(error) if isinstance(error, StoreError) else f"{path}: {explain(error)}"
        raise StoreError(f"{why}; --replace puts it aside") from error
    if messages and not replace:
        raise StoreError(f"a room with {messages} messages is there: --replace puts it aside", path)
    return messages > 0


def put(part: Path, path: Path, *, is_kept: bool) -> str:
    """Put a file there; returns where what was there is now, if it is kept. Raises StoreError, OSError."""
    if not path.exists():
        path.touch(mode=0o600)
    with _owned(path):
        _make_whole(path)
        _give(part, path)
        aside = _aside(path) if is_kept else None
        if aside is not None:
            os.link(path, aside)
        for end in ("-wal", "-journal"):
            if (rest := path.with_name(path.name + end)).exists():
                _move(rest, aside and aside.with_name(aside.name + end))
        part.replace(path)
        sync(path.parent)
    return str(aside) if aside is not None else ""


def _make_whole(path: Path) -> None:
    """Have SQLite write into it what its WAL has, as any program does that closes it: it is whole without that then.

    Its schema stays. What is damaged is put aside as it is, with its WAL.
    """
    with suppress(apsw.Error), closing(apsw.Connection(str(path))) as db:
        db.execute("SELECT 1 FROM sqlite_schema").fetchall()


def _move(path: Path, to: Path | None) -> None:
    if to is None:
        path.unlink()
    else:
        path.rename(to)


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S}")


def _give(part: Path, path: Path) -> None:
    """Have it belong to whom the room belongs, or its folder: root restores what a gateway has to write."""
    owner = path.stat() if path.stat().st_size else path.parent.stat()
    if os.geteuid() == 0:
        os.chown(part, owner.st_uid, owner.st_gid)


@contextmanager
def _owned(path: Path) -> Iterator[None]:
    """Nobody else opens the room as long as the block lasts. Raises StoreError."""
    lock = open_file(path)
    try:
        own_file(lock, path)
        yield
    finally:
        os.close(lock)
