"""Several processes for one room: their parent holds the ports, watches them, and starts again who dies.

1. The parent MUST keep the ports bound while it lives, so that nobody else gets them while a worker is away.
2. What it started MUST end with it, even if it is killed; and the nats-server last, so that goodbyes are stored.
"""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from ..config import Settings, state_folder
from ..config.changes import taken_over, told
from ..faults import begin
from ..tasks import end
from ..upkeep.control import Control, listening
from ..upkeep.passing import Passing
from . import signals, systemd
from .banner import announce
from .child import Child
from .embedded import EmbeddedNats, NatsServer
from .kept import kept_in
from .kept import told as others
from .ports import METRICS, ServerError
from .reload import NOTHING, Read, read_apart, reloaded, tell
from .sockets import numbers_of, open_metrics, open_ports
from .tls import certificate_of, renewals
from .worker import SHARED, make_memory, written

DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
STEADY_SECONDS = 60.0

C = TypeVar("C", bound="Child")

log = logging.getLogger("gateway.workers")


class Workers:
    """All of `serve --workers`. `read` reads their settings again, with their passwords. Raises SettingError."""

    def __init__(self, settings: Settings, read: Read | None = None) -> None:
        self._settings = settings.with_passwords()
        self._read = read or (lambda: self._settings)
        self._files = kept_in(settings)
        self._certificate = certificate_of(settings.tls_cert, settings.tls_key)
        self._servers: list[Child] = []
        self._workers: list[Worker] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._stop_asked = signals.Stop()
        self._control: Control | None = None

    async def run(self) -> None:
        """Serve until a signal says stop. Raises ServerError."""
        loop = asyncio.get_running_loop()
        with (
            signals.handled(loop, stop=self._stop_asked, reload=lambda: begin(tell(self.reload))),
            ExitStack() as held,
        ):
            try:
                await self._serve(held)
            finally:
                await self._stop()

    async def _serve(self, held: ExitStack) -> None:
        settings = self._settings
        listeners = open_ports(settings, held, share=True, listen=False)
        metrics = [each.fileno() for each in open_metrics(settings, held)]
        files = {port: each.fileno() for port, each in listeners.items() if each.family == socket.AF_UNIX}
        ports = numbers_of(listeners)
        memory = make_memory(settings.workers)
        held.callback(os.close, memory)
        hands = {**files, SHARED: memory}
        if settings.embedded_nats:
            nats = EmbeddedNats(state_folder("--embedded-nats") / "nats")
            held.callback(nats.close)
            server = NatsServer("nats-server", nats.command, keeps=(nats.lock,), folder=nats.folder, url=nats.url)
            self._keep(server, self._servers)
            settings = replace(settings, embedded_nats=False, store=nats.url)
        mine: dict[str, Any] = {port: each for port, each in ports.items() if port not in files}
        for number in range(settings.workers):
            its = {**hands, METRICS: metrics[number]} if metrics else hands
            self._keep(_worker(str(number + 1), replace(settings, **mine), its), self._workers)
        if await self._until(self._all_open()):
            await self._listen_for_operators(settings)
            announce(self._settings, ports, self._certificate)
            held.callback(begin(systemd.keep_watchdog()).cancel)
            await self._until(self._stop_asked.asked.wait())
        log.info("stopping")
        systemd.tell_stop(self._settings.drain_seconds)

    def _keep(self, child: C, among: list[C]) -> None:
        among.append(child)
        self._keepers.append(asyncio.get_running_loop().create_task(self._kept(child)))

    async def _kept(self, child: Child) -> None:
        """Start it again and again, more and more slowly unless it was ended. Raises ServerError: it did not open."""
        loop = asyncio.get_running_loop()
        deaths = 0
        while True:
            begun = loop.time()
            try:
                status: object = await self._life_of(child)
            except OSError as error:  # no process can be begun now
                status = error.strerror
            if not child.open.is_set():
                raise ServerError(f"{child.name} could not be opened; its own words stand above")
            deaths = 0 if status == 0 or loop.time() > begun + STEADY_SECONDS else deaths
            delay = DELAYS[min(deaths, len(DELAYS) - 1)]
            deaths += 1
            child.restarts += 1
            log.error("%s ended with status %s; it is started again in %s s", child.name, status, delay)
            await asyncio.sleep(delay)

    async def _life_of(self, child: Child) -> int:
        """From its start to its end, which is brought about if it hangs; its exit status. Raises OSError."""
        process = await child.start()
        watching = begin(child.watch())
        try:
            return await process.wait()
        finally:
            await end(watching)

    async def _until(self, event: Coroutine[Any, Any, object]) -> bool:
        """Wait for it; False if it is to stop before. Raises ServerError if a child is not kept any more."""
        loop = asyncio.get_running_loop()
        awaited = loop.create_task(event)
        stopped = loop.create_task(self._stop_asked.asked.wait())
        tasks: list[asyncio.Task[Any]] = [awaited, stopped, *self._keepers]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        awaited.cancel()
        stopped.cancel()
        for keeper in self._keepers:
            if keeper.done():
                self._tell_why(keeper)
        return awaited in done

    def _tell_why(self, keeper: asyncio.Task[None]) -> None:
        fault = keeper.exception()
        if isinstance(fault, ServerError):
            raise fault
        raise ServerError(f"a fault of ours, please report it (--log-level debug shows more): {fault!r}") from fault

    async def _all_open(self) -> None:
        for child in [*self._servers, *self._workers]:
            await child.open.wait()

    async def _listen_for_operators(self, of_workers: Settings) -> None:
        names = [str(number + 1) for number in range(self._settings.workers)]
        passing = Passing(of_workers, names, partial(reloaded, self.reload))
        self._control = await listening(self._settings, lambda _: passing.handlers)

    async def _stop(self) -> None:
        if self._control is not None:
            await self._control.close()
        await end(*self._keepers)
        hurrying = begin(self._hurry())
        await asyncio.gather(*(child.stop(self._settings.drain_seconds) for child in self._workers))
        await end(hurrying)
        await asyncio.gather(*(child.stop() for child in self._servers))

    async def _hurry(self) -> None:
        """Pass on a second signal."""
        await self._stop_asked.hurried.wait()
        for child in self._workers:
            child.terminate()

    async def reload(self) -> list[str]:
        """Read all settings again, and have the workers go on by them. See Server.reload."""
        new, kept = await read_apart(self._read)
        lines = [*told(self._settings, new), *others(self._files, kept)]
        self._settings, self._files = taken_over(self._settings, new), kept
        if self._certificate and self._certificate.load(self._settings.tls_cert, self._settings.tls_key):
            lines.append("the certificate was read again")
        logging.getLogger().setLevel(self._settings.log_level.upper())
        for child in self._workers:
            child.adopt(self._settings)
        away = [
            f"{child.name} does not answer: it goes on by these when it does, or is started again by them"
            for child in self._workers
            if child.is_away
        ]
        return [*(lines or [NOTHING]), *renewals(self._certificate), *away]


@dataclass(slots=True, eq=False, kw_only=True)
class Worker(Child):
    """One that serves the room by these settings, which it is given on stdin, and by others when it is told so."""

    settings: Settings

    def adopt(self, settings: Settings) -> None:
        """Go on by these, as far as they can be changed; be started by them, if it is not there now."""
        self.settings = taken_over(self.settings, settings)
        self.stdin = written(self.settings)
        self.say(self.stdin)


def _worker(name: str, settings: Settings, hands: Mapping[str, int]) -> Worker:
    """`hands` are descriptors that it is handed, by name."""
    command = [sys.executable, "-m", "gateway", "worker", name, *(f"{port}={fd}" for port, fd in hands.items())]
    keeps = tuple(hands.values())
    return Worker(f"worker {name}", command, written(settings), keeps, speaks=True, settings=settings)
