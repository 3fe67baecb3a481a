"""The server: signals, start and graceful stop. The only place where the parts are made and joined."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Mapping
from functools import partial

from ..config import SettingError, Settings
from ..config.changes import taken_over, told
from ..faults import begin
from ..guard.deadlines import Deadlines
from ..guard.gate import RESERVE, Gate
from ..guard.lock import Lock
from ..guard.rate import Meters, limits_of
from ..guard.shared import Shared
from ..guard.turns import Turns
from ..members.house import House
from ..metrics import Metrics
from ..phrases import Phrases
from ..room.expiry import Expiry
from ..room.moderation import Moderation
from ..room.reconciling import Reconciler
from ..room.room import Room
from ..stores import Store, StoreError
from ..stores.opening import open_store
from ..tasks import end
from ..upkeep.control import Control, listening
from ..upkeep.desk import Desk
from ..wires.closing import Closing
from . import signals, systemd
from .banner import announce
from .collector import Collector, calm
from .kept import kept_in
from .kept import told as others
from .leaving import drain, flush, send_away
from .listeners import Listeners
from .ports import METRICS, PORTS, WIRES, ServerError, path_in
from .reload import NOTHING, Read, read_apart, reloaded, tell
from .sockets import descriptors, numbers_of, open_metrics, open_ports, remove_file
from .tls import certificate_of, renewals
from .watch import Watch, state_of
from .worker import heed

log = logging.getLogger("gateway.server")


class Server:
    """A gateway. `start` opens it, `stop` ends it with everybody flushed; `run` is both, until a signal.

    `read` reads its settings again, with their passwords. `worker`: its name, if it shares its ports with others,
    tells its parent on stdout when it is open, and is told other settings by it, which has started it again `restarts`
    times; `inherited` are descriptors of ports that listen already, by their settings; `shared` is what it counts with
    the other workers. Raises SettingError.
    """

    def __init__(
        self,
        settings: Settings,
        read: Read | None = None,
        *,
        worker: str = "",
        restarts: int = 0,
        inherited: Mapping[str, int] | None = None,
        shared: Shared | None = None,
    ) -> None:
        self._settings = settings.with_passwords()
        self._read = read or (lambda: self._settings)
        self._worker = worker
        self._parent = os.getppid()
        self._restarts = restarts
        self._inherited = inherited or {}
        self._shared = shared
        self._files = kept_in(settings)
        self._certificate = certificate_of(settings.tls_cert, settings.tls_key)
        self._stop = signals.Stop()
        self._is_open = asyncio.Event()
        self._listeners = Listeners(self._certificate)
        self._store: Store
        self._room: Room
        self._house: House
        self._houses: list[House] = []
        self._expiry: Expiry
        self._control: Control | None = None
        self.ports: dict[str, int] = {}
        """The number of each of PORTS, by its setting."""

    async def start(self) -> None:
        """Open the store and the listeners; nothing is left open if it raises. Raises StoreError, ServerError."""
        settings = self._settings
        with contextlib.ExitStack() as sockets:
            listeners = open_ports(settings, sockets, share=bool(self._worker), inherited=self._inherited)
            metrics = None
            if METRICS in self._inherited:
                metrics = sockets.enter_context(socket.socket(fileno=self._inherited[METRICS]))
            elif settings.metrics:
                (metrics,) = open_metrics(settings, sockets)
            self._store = await open_store(settings)
            try:
                await self._open(listeners, metrics)
            except BaseException as fault:
                await self._undo()
                if isinstance(fault, _TOLD) or not isinstance(fault, Exception):
                    raise
                raise _ours(fault) from fault
            sockets.pop_all()

    async def _open(self, listeners: Mapping[str, socket.socket], metrics_listener: socket.socket | None) -> None:
        settings = self._settings
        places = descriptors(settings.loop) - RESERVE
        self.ports = numbers_of(listeners)
        loop = asyncio.get_running_loop()
        metrics = Metrics(WIRES)
        self._room = Room(
            self._store,
            Phrases(settings.language, settings.max_text),
            metrics,
            Deadlines(loop.time, loop.call_at),
            loop.call_soon,
        )
        lock = Lock(settings.password, "room", metrics.refusals, self._shared)
        operators = Lock(settings.admin_password, "operators", metrics.refusals, self._shared)
        moderation = Moderation(self._room, operators, self._store.wall)
        self._reconciler = Reconciler(moderation)
        await self._reconciler.begin()
        self._expiry = Expiry(self._room, settings.keep_days)
        await self._expiry.begin()
        gate = Gate(places, settings.per_ip, self._shared)
        self._house = House(
            self._room, gate, lock, moderation, settings, self._store.wall, self.ports["http_port"],
            Turns(loop.time, loop.call_soon), Meters(limits_of(settings), self._shared),
            self._room.deadlines, self._room.phrases, metrics,
        )  # fmt: skip
        self._houses = [self._house]
        await self._room.start()
        await self._listeners.open(self._house, listeners, self.ports["tcp_port"])
        if metrics_listener is not None:
            watch = Watch(self._house, self._certificate, self._restarts)
            self._houses.append(await self._listeners.open_metrics(self._house, watch, metrics_listener))

    async def _undo(self) -> None:
        """Close what a start has opened that goes no further. What fails here says less than that."""
        self._close()
        await self._listeners.end()
        with contextlib.suppress(StoreError):
            await self._room.stop()
            await self._store.close()

    async def run(self) -> None:
        """Serve until a signal says stop. Raises StoreError, ServerError."""
        loop = asyncio.get_running_loop()
        with signals.handled(loop, stop=self._stop, reload=lambda: begin(tell(self._reload_when_open))):
            if await self._is_started():
                await self._serve_until_stopped()
            else:
                log.info("stopping")

    async def _is_started(self) -> bool:
        """Start, unless a signal says stop meanwhile: to open the store, and to read it, may take long."""
        starting = asyncio.ensure_future(self.start())
        stopped = asyncio.ensure_future(self._stop.asked.wait())
        await asyncio.wait([starting, stopped], return_when=asyncio.FIRST_COMPLETED)
        starting.cancel()  # once: then it closes what it has opened
        stopped.cancel()
        try:
            await starting
        except asyncio.CancelledError:
            if not self._stop.asked.is_set():
                raise
            return False
        return True

    async def _serve_until_stopped(self) -> None:
        await self._listen_for_operators()
        calm()
        begin(Collector().run())
        if self._worker:
            await heed(self.adopt)
        else:
            announce(self._settings, self.ports, self._certificate)
        self._is_open.set()
        watchdog = begin(systemd.keep_watchdog())
        try:
            await self._until_stopped(self._stop.asked)
            log.info("stopping")
            if self._worker and os.getppid() != self._parent:
                self._stop()  # who is sent away should come to the next gateway: its store may be gone with its parent
            systemd.tell_stop(self._settings.drain_seconds)
            await drain(self._house, self._settings.drain_seconds, self._stop.hurried)
            await self.stop()
        finally:
            await end(watchdog)

    async def _reload_when_open(self) -> list[str]:
        await self._is_open.wait()
        return await self.reload()

    async def reload(self) -> list[str]:
        """Read all settings again; a line for each that is another one. Raises SettingError: all is as it was."""
        new, kept = await read_apart(self._read)
        lines = [*told(self._settings, new), *others(self._files, kept)]
        adopted = await self.adopt(taken_over(self._settings, new))
        self._files = kept
        return [*([*lines, *adopted] or [NOTHING]), *renewals(self._certificate)]

    async def adopt(self, settings: Settings) -> list[str]:
        """Go on by these, which differ in what is live; a line for each file that is another one, and the bans.

        Raises SettingError: all is as it was.
        """
        lines = []
        if self._certificate is not None and self._certificate.load(settings.tls_cert, settings.tls_key):
            lines.append("the certificate was read again")
        self._settings = settings
        for house in self._houses:
            house.settings = settings
        self._house.lock.change(settings.password)
        self._house.moderation.change_password(settings.admin_password)
        self._house.gate.per_address = settings.per_ip
        self._house.meters.change(limits_of(settings))
        self._expiry.days = settings.keep_days
        logging.getLogger().setLevel(settings.log_level.upper())
        try:
            if await self._reconciler.read_again():
                lines.append("bans and mutes were read again")
        except StoreError as error:
            lines.append(f"bans and mutes stay as they were: {error}")
        return lines

    async def _until_stopped(self, stopped: asyncio.Event) -> None:
        """Until a signal came. Raises ServerError if the room broke: better no server than one that seems alive."""
        signalled = asyncio.ensure_future(stopped.wait())
        broken = asyncio.ensure_future(self._room.broken())
        await asyncio.wait([signalled, broken], return_when=asyncio.FIRST_COMPLETED)
        signalled.cancel()
        if broken.done() and (fault := broken.exception()) is not None:
            self._close()
            await send_away(self._house, Closing.INTERNAL)
            if isinstance(fault, StoreError):
                raise ServerError(str(fault))
            raise _ours(fault)
        broken.cancel()

    async def stop(self) -> None:
        """Accept no more, store what was said, flush what is owed, say goodbye."""
        self._close()
        await flush(self._house, self._stop.hurried)
        if self._room.inbox.size:
            log.error("what was said last is not stored: %s", self._room.inbox.failure or "the store is too slow")
        await self._listeners.end()
        if self._control is not None:
            await self._control.close()
        await self._room.stop()
        await self._store.close()

    def _close(self) -> None:
        self._listeners.close()
        for port in PORTS:
            where = getattr(self._settings, port.setting)
            if isinstance(where, str) and not self._worker:
                remove_file(path_in(where))

    async def _listen_for_operators(self) -> None:
        look = partial(state_of, self._house, self._certificate, self._restarts)
        reload = None if self._worker else partial(reloaded, self.reload)
        desk = partial(Desk, house=self._house, worker=self._worker, look=look, reload=reload)
        self._control = await listening(self._settings, lambda path: desk(path, self._store).handlers, self._worker)


_TOLD = (StoreError, ServerError, SettingError)
"""Whose text is one line for the operator."""


def _ours(fault: BaseException) -> ServerError:
    log.debug("a fault of ours", exc_info=fault)
    return ServerError(f"a fault of ours, please report it (--log-level debug shows more): {fault!r}")
