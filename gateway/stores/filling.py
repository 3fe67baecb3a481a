"""A room in a file that is filled from another one.

It lies beside its place, and is put there when it is whole. A gateway that is started meanwhile, or after the filling
was killed, finds it beside, and says so: see `ownership.check_filled`.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ..messages import Message, public_ids
from . import StoreError
from .copying import make_private
from .database import Database
from .reading import Value
from .sqlite import SqliteStore

EVERYTHING = 2**62
"""What is filled in is all kept: the gateway drops what is more than it is to keep."""

_SOURCE = "CREATE TABLE filling(source TEXT NOT NULL)"


class FileFiller:
    """Made by `open`."""

    def __init__(self, store: SqliteStore, place: Callable[[], object]) -> None:
        self.store = store
        self._place = place

    @classmethod
    async def open(
        cls, path: Path, source: str, secret: bytes | None, place: Callable[[], object] = bool
    ) -> "FileFiller":
        """Begin it in a new file at this path, or go on with what is there from the same source. Raises StoreError.

        `place` puts it where it belongs, when it is whole. Without a secret, it has one of its own.
        """
        if not path.exists():  # noqa: ASYNC240 - nobody else waits for this loop
            make_private(path)
        store = await SqliteStore.open(path, EVERYTHING, EVERYTHING)
        if store.head and not await store.ask(_sources):  # killed when it was whole: of which room?
            await store.close()
            make_private(path)
            store = await SqliteStore.open(path, EVERYTHING, EVERYTHING)
        try:
            await store.change(lambda database: _begin(database, source, secret))
        except StoreError:
            await store.close()
            raise
        if secret is not None:
            store.secret, store.by_of = secret, public_ids(secret)
        return cls(store, place)

    async def fill(self, batch: Sequence[Message]) -> None:
        """One transaction."""
        await self.store.change(lambda database: database.fill(batch))
        self.store.head = batch[-1].seq

    async def finish(self) -> None:
        """It is a room like any other, and put in its place."""
        await self.store.change(lambda database: database.execute("DROP TABLE filling"))
        await self.store.close()
        await asyncio.to_thread(self._place)

    async def close(self) -> None:
        """It stays, to be gone on with."""
        await self.store.close()


def discard(path: Path) -> None:
    """Remove what was begun there."""
    for end in ("", "-wal", "-journal"):
        with suppress(FileNotFoundError):
            os.unlink(f"{path}{end}")


def _sources(database: Database) -> list[tuple[Value, ...]]:
    """From which room it is filled; nothing before that is begun, and when it is whole."""
    if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'filling'"):
        return []
    return database.execute("SELECT source FROM filling")


def _begin(database: Database, source: str, secret: bytes | None) -> None:
    found = _sources(database)
    if not found:
        database.execute(_SOURCE)
        database.execute("INSERT INTO filling VALUES (?)", source)
        if secret is not None:
            database.execute("UPDATE room SET secret = ?", secret)
            database.take_secret(secret)
    elif found != [(source,)]:
        raise StoreError("begun from another room, and not ended: delete it, or go on with that one", database.path)
