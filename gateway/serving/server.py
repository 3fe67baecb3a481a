"""The server: signals, start and graceful stop. The only place where the parts are made and joined."""

import asyncio
import contextlib
import logging
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module

from aiohttp import web as aiohttp_web

from ..config import SettingError, Settings
from ..config.checks import STORES
from ..faults import begin, contained
from ..guard.deadlines import Deadlines
from ..guard.gate import RESERVE, Gate
from ..guard.lock import Lock
from ..guard.rate import Meters, limits_of
from ..guard.turns import Turns
from ..members.arrival import ACCEPTS, Arrival, Entry
from ..members.house import House
from ..members.listener import SecureListener
from ..metrics import Metrics, State
from ..phrases import Phrases
from ..room.expiry import Expiry
from ..room.moderation import Moderation
from ..room.room import Room
from ..stores import Opener, Store, StoreError
from ..upkeep.control import Control
from ..upkeep.desk import Desk
from ..upkeep.places import control_path
from ..web.door import SiteDoor, WebEntry
from ..web.site import LOG, make_metrics_site, make_site
from ..wires.closing import Closing
from ..wires.http import MAX_ENCODED, MAX_HEAD
from . import signals, systemd
from .banner import announce
from .collector import Collector, calm
from .ports import BACKLOG, PORTS, WIRES, ServerError, descriptors, numbers_of, open_port, open_ports
from .tls import certificate_of

METRICS_PLACES = 16
METRICS_PER_ADDRESS = 4
STOP_SECONDS = 4.0
GOODBYE_SECONDS = 0.5

log = logging.getLogger("gateway.server")


async def open_store(settings: Settings) -> Store:
    """The store that --store names. Raises StoreError, ServerError."""
    return await opener_of(settings.store)(settings, settings.keep_mib * 1024 * 1024)


def opener_of(store: str) -> Opener:
    """What opens a store of this kind. Raises ServerError: what it needs is not installed."""
    name = store.partition(":")[0]
    kind = STORES[name]
    try:
        opener: Opener = import_module(f"gateway.stores.{kind.module}").open_room
    except ModuleNotFoundError as error:
        raise ServerError(f"--store {name}: needs {error.name}: pip install 'chat-gateway[{kind.extra}]'") from error
    return opener


class Server:
    """A gateway. `start` opens it, `stop` ends it with everybody flushed; `run` is both, until a signal.

    `worker`: its name, if it shares its ports with others, and tells its parent on stdout when it is open. Raises
    SettingError.
    """

    def __init__(self, settings: Settings, *, worker: str = "") -> None:
        self._settings = settings
        self._worker = worker
        self._key, self._admin_key = settings.key, settings.admin_key
        self._certificate = certificate_of(settings.tls_cert, settings.tls_key)
        self._listeners: list[asyncio.Server | SecureListener] = []
        self._store: Store
        self._room: Room
        self._house: House
        self._runners: list[aiohttp_web.AppRunner] = []
        self._control: Control | None = None
        self.ports: dict[str, int] = {}
        """The number of each of PORTS, by its setting."""

    async def start(self) -> None:
        """Open the store and the listeners. Raises StoreError, ServerError."""
        settings = self._settings
        places = descriptors(settings.loop) - RESERVE
        with contextlib.ExitStack() as sockets:
            listeners = open_ports(settings, sockets, share=bool(self._worker))
            self._store = await open_store(settings)
            sockets.pop_all()
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
        lock = Lock(self._key, "room", metrics.refusals)
        moderation = Moderation(self._room, Lock(self._admin_key, "operators", metrics.refusals), _wall)
        await moderation.load()
        await Expiry(self._room, settings.keep_days, _wall).begin()
        gate = Gate(places, settings.per_ip)
        self._house = House(
            self._room, gate, lock, moderation, settings, _wall, self.ports["http_port"],
            Turns(loop.time, loop.call_soon), Meters(limits_of(settings)),
            self._room.deadlines, self._room.phrases, metrics,
        )  # fmt: skip
        await self._room.start()
        await self._listen(listeners)
        metrics.watch(self._state)
        if settings.metrics:
            await self._listen_for_metrics(metrics)
        await self._listen_for_operators()

    async def run(self) -> None:
        """Serve until a signal says stop. Raises StoreError, ServerError."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        await self.start()
        calm()
        begin(Collector().run())
        with signals.handled(loop, stop=stopped.set, reload=self._reload):
            if self._worker:
                sys.stdout.write("open\n")
                sys.stdout.flush()
            else:
                announce(self._settings, self.ports)
            await self._until_stopped(stopped)
            log.info("stopping")
            systemd.notify("STOPPING=1")
            await self.stop()

    def _reload(self) -> str:
        """Read again what can be; returns the line in the log that says so."""
        if self._certificate is None:
            line = "there is no certificate (--tls-cert): nothing was read again"
            log.warning("SIGHUP: %s", line)
            return line
        try:
            self._certificate.load()
            line = "the certificate was read again"
            log.warning(line)
        except SettingError as error:
            line = f"the certificate stays as it was: {error}"
            log.error(line)  # noqa: TRY400 - one line
        return line

    async def _until_stopped(self, stopped: asyncio.Event) -> None:
        """Until a signal came. Raises ServerError if the room broke: better no server than one that seems alive."""
        signalled = asyncio.ensure_future(stopped.wait())
        broken = asyncio.ensure_future(self._room.broken())
        await asyncio.wait([signalled, broken], return_when=asyncio.FIRST_COMPLETED)
        signalled.cancel()
        if broken.done() and (fault := broken.exception()) is not None:
            await self._say_goodbye(Closing.INTERNAL)
            if isinstance(fault, StoreError):
                raise ServerError(str(fault))
            log.debug("the room broke", exc_info=fault)
            raise ServerError(f"a fault of ours, please report it (--log-level debug shows more): {fault!r}")
        broken.cancel()

    async def _say_goodbye(self, why: Closing) -> None:
        """Tell all who are here why it ends: nothing more can be stored or heard."""
        for listener in self._listeners:
            listener.close()
        members = list(self._house.members)
        for member in members:
            contained(member, member.close, why)
        await _until(GOODBYE_SECONDS, lambda: all(member.is_lost for member in members))

    async def stop(self) -> None:
        """Accept no more, flush what is owed for STOP_SECONDS at most, say goodbye."""
        for listener in self._listeners:
            listener.close()
        members = list(self._house.members)
        for member in members:
            contained(member, member.leave, Closing.GOING_AWAY)
        await _until(STOP_SECONDS, lambda: all(member.is_flushed for member in members))
        # Who is at nc does not close when we do; a browser does at once.
        await _until(GOODBYE_SECONDS, lambda: all(member.is_lost for member in members))
        for member in members:
            if not member.is_lost:
                member.transport.abort()
        try:
            async with asyncio.timeout(1):
                await self._room.inbox.emptied()
        except TimeoutError:
            cause = self._room.inbox.failure or "the store is too slow"
            log.error("what was said last is not stored: %s", cause)  # noqa: TRY400 - one line
        for runner in self._runners:
            await runner.cleanup()
        if self._control is not None:
            await self._control.close()
        await self._room.stop()
        await self._store.close()

    async def _listen(self, listeners: Mapping[str, socket.socket]) -> None:
        site = await self._serve(make_site(self._house, self.ports["tcp_port"]))
        for port in PORTS:
            await self._accept(listeners[port.setting], port.entry(site))

    async def _accept(self, listener: socket.socket, entry: Entry) -> None:
        if self._certificate is not None:
            self._listeners.append(SecureListener(self._house, listener, self._certificate.context, entry))
            return
        factory = partial(Arrival, self._house, entry)
        # What asyncio's own loop accepts in one turn it calls the backlog too; so that is set anew.
        server = await asyncio.get_running_loop().create_server(factory, sock=listener, backlog=ACCEPTS)
        listener.listen(BACKLOG)
        self._listeners.append(server)

    async def _listen_for_metrics(self, metrics: Metrics) -> None:
        host, _, port = self._settings.metrics.rpartition(":")
        listener = open_port(host.strip("[]"), int(port), "--metrics")
        site = await self._serve(make_metrics_site(metrics))
        # Places of its own: a full room is when its operator wants to look.
        house = replace(self._house, gate=Gate(METRICS_PLACES, METRICS_PER_ADDRESS))
        factory = partial(Arrival, house, WebEntry(site, SiteDoor))
        self._listeners.append(await asyncio.get_running_loop().create_server(factory, sock=listener, backlog=ACCEPTS))
        log.info("metrics are at http://%s:%s/metrics", host, listener.getsockname()[1])

    async def _listen_for_operators(self) -> None:
        try:
            path = control_path(self._settings, self._worker)
        except SettingError as error:
            log.info("no control socket: %s", error)
            return
        desk = Desk(self._settings, self._room, self._worker, _wall, self._state, self._reload)
        self._control = Control(path, desk.handlers)
        await self._control.open()

    async def _serve(self, site: aiohttp_web.Application) -> aiohttp_web.Server:
        """What makes the protocol of a visit, from a site; no body is inflated for anybody."""
        runner = aiohttp_web.AppRunner(
            site, access_log=None, logger=LOG, auto_decompress=False, shutdown_timeout=GOODBYE_SECONDS,
            # What the door lets pass is not too large.
            max_line_size=MAX_ENCODED, max_field_size=MAX_ENCODED, max_headers=MAX_HEAD,
        )  # fmt: skip
        await runner.setup()
        self._runners.append(runner)
        assert runner.server is not None
        return runner.server

    def _state(self) -> State:
        members = self._room.roster.members()
        head = self._room.feed.head
        return State(
            members=Counter(member.wire.name for member in members),
            stalled=sum(not member.writable for member in members),
            lag=head - min((member.cursor for member in members), default=head),
            inbox_bytes=self._room.inbox.size,
            store_failing=bool(self._room.inbox.failure),
            bad_records=self._store.skipped.count,
        )


async def _until(seconds: float, condition: Callable[[], bool]) -> None:
    """Wait for something that nobody tells of, `seconds` at most."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while loop.time() < deadline and not condition():  # noqa: ASYNC110 - it is for the stop alone
        await asyncio.sleep(0.01)


def _wall() -> int:
    return time.time_ns() // 1_000_000
