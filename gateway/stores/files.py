"""What --store says of a room in a file: opened, looked at, filled."""

import asyncio
import logging
import os
from functools import partial
from pathlib import Path

import apsw

from ..config import Settings, in_state_folder, path_of
from . import Filler, Store, StoreError
from .explained import explain
from .filling import FileFiller
from .ownership import check_filled, check_whole, filling, open_file, own_file
from .placing import check_free, put
from .sqlite import SqliteStore
from .untouched import open_untouched

log = logging.getLogger("gateway.sqlite")


async def open_room(settings: Settings, keep_bytes: int) -> Store:
    """See StoreModule."""
    path = _path_of(settings)
    if in_state_folder(path):
        _make(path.parent)
    check_filled(path)
    return await SqliteStore.open(path, settings.keep, keep_bytes)


async def open_to_read(settings: Settings, keep_bytes: int) -> Store:
    """See StoreModule."""
    path = _path_of(settings)
    check_filled(path)
    return await open_untouched(path)


async def look(settings: Settings) -> None:
    """See StoreModule."""
    path = _path_of(settings)
    folder = path.parent
    while in_state_folder(path) and not folder.exists():
        folder = folder.parent  # it would be made
    if not folder.is_dir():
        raise StoreError("its folder is not there; make it, or give --store another path", path)
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        raise StoreError(f"no file can be made in {folder}; give it to the user that the gateway runs as", path)
    try:
        descriptor = open_file(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(explain(error), path) from error
    try:
        own_file(descriptor, path)
        check_filled(path)
        check_whole(path)
    except apsw.Error as error:
        raise StoreError(explain(error), path) from error
    finally:
        os.close(descriptor)


async def is_there(settings: Settings) -> bool:
    """See StoreModule."""
    return await asyncio.to_thread(_path_of(settings).exists)


async def open_filler(settings: Settings, source: str, secret: bytes | None, first: int, *, replace: bool) -> Filler:
    """See StoreModule."""
    path = _path_of(settings)
    is_kept = check_free(path, replace=replace)
    part = filling(path)
    return await FileFiller.open(part, source, secret, partial(put, part, path, is_kept=is_kept))


def _path_of(settings: Settings) -> Path:
    return path_of("--store", settings.store.partition(":")[2])


def _make(folder: Path) -> None:
    """Make the state folder. Any other is its operator's: one that is not there is a path with a mistake in it."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(explain(error), folder) from error
    log.info("made the folder %s", folder)
