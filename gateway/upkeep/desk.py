"""What a running gateway answers its operator."""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress

from ..config import Settings
from ..metrics import State
from ..room.room import Room
from ..stores import StoreError
from ..stores.filling import discard
from .backup import PIECE, copied, opened
from .control import Asker, Handler
from .lines import exported
from .places import control_path, shown
from .words import Ask, Status, Told


class Desk:
    """Of one gateway, which is open now, by the clock on the `wall`.

    `look` tells its state, `reload` does that and tells what came of it.
    """

    def __init__(
        self,
        settings: Settings,
        room: Room,
        worker: str,
        wall: Callable[[], int],
        look: Callable[[], State],
        reload: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._room = room
        self._worker = worker
        self._wall = wall
        self._since = wall()
        self._look = look
        self._reload = reload
        self._path = control_path(settings, worker).with_suffix(".copying")
        with suppress(OSError):  # it is told when a backup is asked for
            discard(self._path)  # of a process that was killed: it may hold what is taken back by now
        self._copying = asyncio.Lock()
        self.handlers: Mapping[str, Handler] = {
            "status": self._tell_status,
            "reload": self._tell_reload,
            "backup": self._give_copy,
            "export": self._give_lines,
        }

    async def _tell_status(self, _: Ask, asker: Asker) -> None:
        await asker.tell(self._status())

    async def _tell_reload(self, _: Ask, asker: Asker) -> None:
        await asker.tell(Told(self._reload()))

    async def _give_copy(self, _: Ask, asker: Asker) -> None:
        """Made beside the control socket, where there is room for it, and given away: FILE may be on another disk."""
        if self._copying.locked():
            raise StoreError("a backup of this room is under way: wait until it has ended")
        async with self._copying:
            try:
                await copied(self._room.store, self._path, self._settings.title, self._wall(), asker.progress)
                copy = opened(self._path)
            finally:
                with suppress(OSError):
                    discard(self._path)
            try:
                await asyncio.to_thread(os.posix_fadvise, copy, 0, 0, os.POSIX_FADV_SEQUENTIAL)
                while data := await asyncio.to_thread(os.read, copy, PIECE):
                    await asker.give(data)
            finally:
                os.close(copy)

    async def _give_lines(self, ask: Ask, asker: Asker) -> None:
        async for lines in exported(self._room.store, self._settings.title, self._wall(), secrets=ask.secrets):
            await asker.give(lines)

    def _status(self) -> Status:
        from importlib.metadata import version  # dear, and asked seldom

        state, store, roster = self._look(), self._room.store, self._room.roster
        return Status(
            version=version("chat-gateway"),
            worker=self._worker,
            pid=os.getpid(),
            since=self._since,
            title=self._settings.title,
            store=shown(self._settings.store),
            epoch=store.epoch,
            first=store.first,
            head=self._room.feed.head,
            members=dict(state.members),
            people=len(roster),
            nodes=roster.nodes(),
            lag=state.lag,
            stalled=state.stalled,
            inbox_bytes=state.inbox_bytes,
            store_failing=state.store_failing,
        )
