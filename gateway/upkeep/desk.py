"""What a running gateway answers its operator."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..members.house import House
from ..metrics import State
from ..stores import Store, StoreError
from ..stores.filling import discard
from .backup import PIECE, copied, opened
from .control import Asker, Handler, Reload, reloading
from .lines import exported
from .places import shown
from .words import Ask, Status

OTHERS_SECONDS = 1.0
"""In which they are known, or are not waited for: what is told of us is what is asked."""


class Desk:
    """Of one gateway, which is open now, with its socket at a path.

    `look` tells its state; what a worker goes on by is its parent's to `reload`.
    """

    def __init__(
        self, path: Path, store: Store, *, house: House, worker: str, look: Callable[[], State], reload: Reload | None
    ) -> None:
        self._house = house
        self._store = store
        self._worker = worker
        self._since = house.wall()
        self._look = look
        self._path = path.with_suffix(".copying")
        with suppress(OSError):  # it is told when a backup is asked for
            discard(self._path)  # of a process that was killed: it may hold what is taken back by now
        self._copying = asyncio.Lock()
        self.handlers: Mapping[str, Handler] = {
            "status": self._tell_status,
            "backup": self._give_copy,
            "export": self._give_lines,
            **({} if reload is None else {"reload": reloading(reload)}),
        }

    async def _tell_status(self, _: Ask, asker: Asker) -> None:
        others: list[str] = []
        with suppress(StoreError, TimeoutError):  # the status tells that it fails, too
            await self._store.look()
            async with asyncio.timeout(OTHERS_SECONDS):
                others = await self._store.others()
        await asker.tell(self._status(others))

    async def _give_copy(self, _: Ask, asker: Asker) -> None:
        """Made beside the control socket, where there is room for it, and given away: FILE may be on another disk."""
        if self._copying.locked():
            raise StoreError("a backup of this room is under way: wait until it has ended")
        async with self._copying:
            try:
                await copied(self._store, self._path, self._title, self._house.wall(), asker.progress)
                copy = opened(self._path)
            finally:
                with suppress(OSError):
                    discard(self._path)
            try:
                if sys.platform == "linux":
                    await asyncio.to_thread(os.posix_fadvise, copy, 0, 0, os.POSIX_FADV_SEQUENTIAL)
                while data := await asyncio.to_thread(os.read, copy, PIECE):
                    await asker.give(data)
            finally:
                os.close(copy)

    async def _give_lines(self, ask: Ask, asker: Asker) -> None:
        async for lines in exported(self._store, self._title, self._house.wall(), secrets=ask.secrets):
            await asker.give(lines)

    def _status(self, others: Sequence[str]) -> Status:
        from importlib.metadata import version  # dear, and asked seldom

        state, store, roster = self._look(), self._store, self._house.room.roster
        return Status(
            version=version("chat-gateway"),
            worker=self._worker,
            pid=os.getpid(),
            since=self._since,
            restarts=state.restarts,
            title=self._title,
            store=shown(self._house.settings.store),
            store_bytes=state.store_bytes,
            epoch=store.epoch,
            first=state.oldest,
            head=state.newest,
            members=dict(state.members),
            people=len(roster),
            nodes=sorted({*roster.nodes(), *others}),
            lag=state.lag,
            stalled=state.stalled,
            inbox_bytes=state.inbox_bytes,
            store_failing=state.store_failing,
        )

    @property
    def _title(self) -> str:
        return self._house.settings.title
