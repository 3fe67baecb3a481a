"""What the parent of several workers answers its operator: each worker knows its own members alone, so it is asked.

1. A worker that is not there, or hangs until it is killed, MUST NOT be a reason that nothing is answered, and MUST be
   told of. Nor is one of another gateway: of a room of this name elsewhere, which had the name of ours first.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from msgspec.structs import replace

from ..config import Settings
from ..decoding import BadJsonError
from ..stores import StoreError
from .control import Asker, Handler, Reload, reloading
from .places import control_path, identity, reachable
from .words import AnAnswer, Ask, Done, Failed, Other, Piece, Silent, read_answer, written

PIECE = 64 * 1024
PATIENCE = 4.0
"""Seconds in which a worker has to tell how it is."""

NOBODY = "no worker of this gateway is there now: ask again in some seconds"


class Passing:
    """Of the workers with these names, which have these settings."""

    def __init__(self, settings: Settings, workers: Sequence[str], reload: Reload) -> None:
        self._settings = settings
        self._workers = workers
        self.handlers: Mapping[str, Handler] = {
            "status": self._ask_each,
            "backup": self._ask_one,
            "export": self._ask_one,
            "reload": reloading(reload),
        }

    async def _ask_each(self, ask: Ask, asker: Asker) -> None:
        silent = 0
        for worker in self._workers:
            is_answered = False
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    is_answered = await self._passed_on(worker, ask, asker)
            if not is_answered:
                silent += 1
                await asker.tell(Silent(worker))
        if silent == len(self._workers):
            raise StoreError(NOBODY)

    async def _ask_one(self, ask: Ask, asker: Asker) -> None:
        for worker in self._workers:
            if await self._passed_on(worker, ask, asker):
                return
        raise StoreError(NOBODY)

    async def _passed_on(self, worker: str, ask: Ask, asker: Asker) -> bool:
        """Whether it answers; all of that is passed on, but for the end. Raises StoreError, OSError."""
        try:
            with reachable(control_path(self._settings, worker)) as address:
                reader, writer = await asyncio.open_unix_connection(address)
        except OSError:
            return False
        try:
            writer.write(written(replace(ask, store=identity(self._settings))))
            return await _answered(reader, asker)
        finally:
            writer.close()


async def _answered(reader: asyncio.StreamReader, asker: Asker) -> bool:
    is_begun = False
    while (answer := await _next(reader)) is not None:
        if isinstance(answer, Done):
            return True
        if isinstance(answer, Failed):
            raise StoreError(answer.why)
        if isinstance(answer, Other):
            return False
        is_begun = True
        if isinstance(answer, Piece):
            await _copy(reader, answer.size, asker)
        else:
            await asker.tell(answer)
    if is_begun:
        raise StoreError("the worker that was asked ended before it was done: ask again")
    return False


async def _next(reader: asyncio.StreamReader) -> AnAnswer | None:
    with suppress(ConnectionError, BadJsonError):  # a line that is cut off is its end, too
        return read_answer(await reader.readline())
    return None


async def _copy(reader: asyncio.StreamReader, size: int, asker: Asker) -> None:
    """What is cut off is told by what comes behind it, which is nothing."""
    while size and (data := await reader.read(min(size, PIECE))):
        size -= len(data)
        await asker.give(data)
