"""A copy of a room, in one SQLite file, whatever store it is in: of one that is open, also while people are in it."""

import asyncio
import os
from pathlib import Path

import apsw

from ..stores import Store, StoreError
from ..stores.copying import Copy, copy_in, mark
from ..stores.filling import FileFiller, discard
from ..stores.sqlite import SqliteStore, explain
from .carrying import Tell, carry

PIECE = 256 * 1024


async def copied(store: Store, path: Path, title: str, at: int, tell: Tell) -> Copy:
    """Make a copy at a path where nothing is, or what a process left there that was killed. Raises StoreError."""
    try:
        discard(path)
        if isinstance(store, SqliteStore):  # which has a shorter way: page by page
            return await store.copy(path, title, at, tell)
        return await _read_out(store, path, title, at, tell)
    except ConnectionError:  # who is told has gone
        raise
    except (apsw.Error, OSError) as error:
        raise StoreError(explain(error), path) from error


async def _read_out(store: Store, path: Path, title: str, at: int, tell: Tell) -> Copy:
    filler = await FileFiller.open(path, store.epoch, store.secret)
    try:
        await carry(store, filler, tell)
    except BaseException:
        await filler.close()
        raise
    await filler.finish()
    return await asyncio.to_thread(mark, path, title, store.epoch, at)


def opened(path: Path) -> int:
    """The descriptor of a copy that nobody finds any more: it is gone when that is closed, whatever happens."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    discard(path)
    return descriptor


def check_replaceable(path: Path) -> None:
    """Whether a copy may be put there: instead of nothing, or of another copy. Raises StoreError, OSError."""
    if path.exists() and path.stat().st_size:
        try:
            copy_in(path)
        except (StoreError, apsw.Error) as error:
            raise StoreError("is there already, and is no copy of a room: give another name", path) from error
