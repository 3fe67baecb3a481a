"""Where the room is for a person; and a connection on the way there that can be cut."""

import asyncio
from dataclasses import dataclass, replace
from typing import Self, cast

ELSEWHERE = "chat.test"
"""A name that is not localhost: a browser does not take a page from there for a secure context, unless by https."""


@dataclass(frozen=True, slots=True)
class Place:
    """Ports of this machine, and the name by which they are reached."""

    web_port: int
    raw_port: int
    host: str = "localhost"
    scheme: str = "http"
    path: str = "/"

    @property
    def page(self) -> str:
        """What one types into the browser, and after `gateway chat`."""
        return f"{self.scheme}://{self.host}:{self.web_port}{self.path}"

    def at(self, **changes: str | int) -> Self:
        """The same, but for these."""
        return replace(self, **changes)  # type: ignore[arg-type]


class _End(asyncio.Protocol):
    """One end of a relayed connection: what comes goes to the other."""

    other: "_End | None" = None
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        assert self.other is not None
        self.other.transport.write(data)

    def eof_received(self) -> bool:
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.write_eof()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        if self.other is not None:
            self.other.transport.close() if error is None else self.other.transport.abort()


class Relay:
    """A port that leads to another. While it is cut there is no connection through it, and no new one."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._is_cut = False
        self._ends: set[_End] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(lambda: _Outer(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Reset what there is. The port stays ours, so that nobody else gets it: who connects is reset."""
        self._is_cut = True
        for opening in self._opening:
            opening.cancel()
        for end in self._ends:
            end.transport.abort()

    def restore(self) -> None:
        self._is_cut = False

    def accept(self, outer: _End) -> None:
        if self._is_cut:
            outer.transport.abort()
            return
        outer.transport.pause_reading()
        self._ends.add(outer)
        opening = asyncio.ensure_future(self._connect(outer))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    async def _connect(self, outer: _End) -> None:
        try:
            _, inner = await asyncio.get_running_loop().create_connection(_End, "127.0.0.1", self._to)
        except OSError:
            outer.transport.abort()
            return
        self._ends.add(inner)
        outer.other, inner.other = inner, outer
        outer.transport.resume_reading()


class _Outer(_End):
    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._relay.accept(self)


@dataclass(frozen=True, slots=True)
class Network:
    """What leads to a gateway's two ports."""

    web: Relay
    raw: Relay

    def cut(self) -> None:
        for relay in (self.web, self.raw):
            relay.cut()

    def restore(self) -> None:
        for relay in (self.web, self.raw):
            relay.restore()
