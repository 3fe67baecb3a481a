"""A room's file that is read and left as it is, byte for byte, of whatever version: by a copy that lies beside it.

Who opens a file takes it to this version's schema and writes its WAL into it; an older gateway refuses it then.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import apsw

from . import StoreError
from .copying import copy_files
from .database import Database
from .explained import explain
from .filling import EVERYTHING, discard
from .ownership import check_whole, open_file, own_file
from .records import Skipped
from .sqlite import SqliteStore


class UntouchedStore(SqliteStore):
    """Made by `open_untouched`."""

    held: ExitStack

    async def close(self) -> None:
        """Nothing of it is left, and the room may be opened again."""
        with self.held:
            await super().close()


async def open_untouched(path: Path) -> UntouchedStore:
    """What is there, to be read; nobody opens the room meanwhile. Raises StoreError."""
    with ExitStack() as held:
        try:
            # Nobody else waits for this loop.
            part = held.enter_context(_copied(path))
        except (apsw.Error, OSError) as error:
            raise StoreError(explain(error), path) from error
        try:
            store = await UntouchedStore.open(part, EVERYTHING, EVERYTHING)
        except StoreError as error:
            raise StoreError(error.cause, path) from error
        store.held = held.pop_all()
        return store


def messages_in(path: Path) -> int:
    """How many a room has. Raises StoreError, apsw.Error, OSError."""
    with _copied(path) as part, ExitStack() as opened:
        database = Database(part, EVERYTHING, EVERYTHING, Skipped())
        database.open()
        opened.callback(database.close)
        return database.retained.messages


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """A copy of the file, with what lies beside it, for as long as the block lasts."""
    file = path.resolve()
    part = file.with_name(f"{file.name}.reading")
    lock = open_file(path)
    try:
        own_file(lock, path)
        check_whole(path)
        discard(part)
        copy_files(file, part, lambda _done, _of: None)
        yield part
    finally:
        discard(part)
        os.close(lock)
