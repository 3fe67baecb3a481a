"""A copy of a room, in one SQLite file, whatever store it is in: of one that is open, also while people are in it."""

import asyncio
import logging
import os
import time
from pathlib import Path

import apsw

from ..stores import Store, StoreError
from ..stores.copying import Copy, Copying, copy_in, mark, sync
from ..stores.explained import explain
from ..stores.filling import FileFiller, discard
from ..stores.sqlite import SqliteStore
from .carrying import Tell, carry

PIECE = 256 * 1024

SYNCED = 256
"""Pages that are written to disk together."""

log = logging.getLogger("gateway.backup")


async def copied(store: Store, path: Path, title: str, at: int, tell: Tell) -> Copy:
    """Make a copy at a path where nothing is, or what a process left there that was killed. Raises StoreError."""
    try:
        discard(path)
        if isinstance(store, SqliteStore):  # which has a shorter way: page by page
            return await _copy_pages(store, path, title, at, tell)
        return await _read_out(store, path, title, at, tell)
    except ConnectionError:  # who is told has gone
        raise
    except (apsw.Error, OSError) as error:
        raise StoreError(explain(error), path) from error


async def _copy_pages(store: SqliteStore, path: Path, title: str, at: int, tell: Tell) -> Copy:
    """What is to be appended meanwhile goes first."""
    copying = await store.ask(lambda database: Copying(database.db, path))
    done, of, synced = 0, 1, 0
    try:
        while done < of:
            begun = time.monotonic()
            done, of = await store.ask(lambda _: copying.step())
            await tell(done, of)
            await asyncio.sleep(time.monotonic() - begun)  # the room is to have at least as much of the disk
            if done - synced >= SYNCED:  # all at the end would keep the appends waiting for as long
                synced = done
                await asyncio.to_thread(sync, path)
    finally:
        await store.ask(lambda _: copying.close())
    return await asyncio.to_thread(mark, path, title, store.epoch, at)


async def _read_out(store: Store, path: Path, title: str, at: int, tell: Tell) -> Copy:
    filler = await FileFiller.open(path, store.epoch, store.secret)
    try:
        if told := await carry(store, filler, tell):
            log.warning("in the copy %s", told)
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


def replaceable(path: Path) -> Path:
    """Where a copy may be put: instead of nothing, an empty file or another copy. A link stays.

    Raises StoreError, OSError.
    """
    if path.exists():
        try:
            if path.stat().st_size or not path.is_file():
                copy_in(path)
        except (StoreError, apsw.Error) as error:
            raise StoreError("is there already, and is no copy of a room: give another name", path) from error
    return path.resolve()
