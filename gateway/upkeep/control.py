"""The control socket of a running gateway. Whoever may open it, its operator, may do all that it answers.

1. It is never a reason not to start, or to stop: what fails here is told, and the room goes on.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

from ..causes import cause_of
from ..config import SettingError, Settings
from ..faults import begin
from ..stores import StoreError
from ..tasks import end
from .places import answers, control_path, identity, reachable, shown_of
from .words import MAX_ASKED, Answer, Ask, Done, Failed, Other, Piece, Progress, Told, read_ask, written

PRIVATE = 0o177
"""The mask of what is the operator's alone."""

log = logging.getLogger("gateway.control")


class Asker:
    """Who asks: takes answers as fast as it reads them. Raises OSError when it has gone."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def tell(self, answer: Answer) -> None:
        """One answer."""
        await self._send(written(answer))

    async def progress(self, done: int, of: int) -> None:
        """How far it is."""
        await self.tell(Progress(done, of))

    async def give(self, data: bytes) -> None:
        """Raw bytes."""
        await self._send(written(Piece(len(data))) + data)

    async def _send(self, data: bytes) -> None:
        if self._writer.is_closing():  # uvloop would raise what is no OSError
            raise ConnectionResetError
        self._writer.write(data)
        await self._writer.drain()


Handler = Callable[[Ask, Asker], Awaitable[None]]
"""Answers what is asked, all but the end. Raises StoreError, SettingError, OSError."""


Reload = Callable[[], Awaitable[list[str]]]
"""Goes on by settings that are read again; a line for each that is another one. Raises SettingError."""


def reloading(reload: Reload) -> Handler:
    """What answers who asks for that."""

    async def tell(_: Ask, asker: Asker) -> None:
        for line in await reload():
            await asker.tell(Told(line))

    return tell


class Control:
    """Of the gateway with these settings, at a path. `handlers` by what is asked."""

    def __init__(self, path: Path, settings: Settings, handlers: Mapping[str, Handler]) -> None:
        self._path = path
        self._identity = identity(settings)
        self._shown = shown_of(settings)
        self._handlers = handlers
        self._server: asyncio.Server
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, listener: socket.socket) -> None:
        """Answer who connects to what is bound there."""
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=MAX_ASKED)

    async def close(self) -> None:
        """Answer nobody any more."""
        self._server.close()
        await end(*self._tasks)
        with suppress(OSError):
            self._path.unlink()

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = begin(self._answer(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: writer.close())

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asker = Asker(writer)
        with suppress(ConnectionError):  # who asked has gone
            await asker.tell(await self._answered(reader, asker))

    async def _answered(self, reader: asyncio.StreamReader, asker: Asker) -> Answer:
        """Answer what is asked; returns how that ends. Raises ConnectionError."""
        try:
            if not (line := await reader.readline()):
                raise ConnectionResetError  # who looked whether we are here
            ask = read_ask(line)
        except ValueError as error:
            return Failed(f"this gateway does not know what is asked: {error}")
        if ask.store != self._identity:
            return Other(self._shown)
        if (handler := self._handlers.get(ask.what)) is None:
            return Failed("a worker does not do that by itself: ask the gateway that has started it")
        try:
            await handler(ask, asker)
        except (StoreError, SettingError) as error:
            return Failed(str(error))
        return Done()


async def listening(
    settings: Settings, handlers: Callable[[Path], Mapping[str, Handler]], worker: str = ""
) -> Control | None:
    """The one of a gateway with these settings, open; None where it can't have its socket, which is told.

    Handlers are made when it has it: what lies beside it is another one's until then.
    """
    try:
        path = control_path(settings, worker)
    except SettingError as error:
        log.info("no control socket: %s", error)
        return None
    try:
        listener = _listener(path)
    except OSError as error:
        log.warning("%s: no control socket, so gateway status and backup can't ask: %s", path, cause_of(error))
        return None
    control = Control(path, settings, handlers(path))
    await control.open(listener)
    return control


def _listener(path: Path) -> socket.socket:
    """A socket there, for this user alone. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_socket():
        if answers(path):
            raise FileExistsError(0, "another gateway listens there")
        path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    mask = os.umask(PRIVATE)
    try:
        with reachable(path) as address:
            listener.bind(address)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(mask)
    return listener
