"""What a running gateway answers its operator."""

import os
from collections.abc import Callable, Mapping

from ..config import Settings
from ..metrics import State
from ..room.room import Room
from .control import Asker, Handler
from .words import Ask, Status, Told


class Desk:
    """Of one gateway, opened at `since`; `look` tells its state, `reload` does that and tells what came of it."""

    def __init__(
        self,
        settings: Settings,
        room: Room,
        worker: str,
        since: int,
        look: Callable[[], State],
        reload: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._room = room
        self._worker = worker
        self._since = since
        self._look = look
        self._reload = reload
        self.handlers: Mapping[str, Handler] = {"status": self._tell_status, "reload": self._tell_reload}

    async def _tell_status(self, _: Ask, asker: Asker) -> None:
        await asker.tell(self._status())

    async def _tell_reload(self, _: Ask, asker: Asker) -> None:
        await asker.tell(Told(self._reload()))

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


def shown(store: str) -> str:
    """What --store says, without a password."""
    scheme, slashes, place = store.partition("://")
    return f"{scheme}://{place.rpartition('@')[2]}" if slashes else store
