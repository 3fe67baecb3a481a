"""Real peers: raw sockets, WebSocket clients, and programs in a terminal."""

import asyncio
import json
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ..patience import PATIENCE
from . import nursery
from .gateway import Gateway

JSON_PROTOCOL = Subprotocol("chat.v1.json")

Event = dict[str, Any]


def upgrade_request(*fields: str) -> bytes:
    """The head of a request for a WebSocket, with more fields."""
    lines = [
        "GET /ws HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *fields, "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


class Raw:
    """A raw TCP peer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.seen = ""
        self.greeting = ""
        self._bytes = b""

    @property
    def label(self) -> str:
        return str(self.writer.get_extra_info("sockname"))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def type_lines(self) -> str:
        """Be somebody who types lines; what the room says to that."""
        await self.send(b" \r\n")
        return await self.until("\r\n")

    async def until(self, text: str) -> str:
        """Read until this has come; returns all since the last call, and forgets it."""
        async with asyncio.timeout(PATIENCE):
            while text not in self.seen:
                data = await self.reader.read(65536)
                if not data:
                    raise AssertionError(f"closed without {text!r}: {self.seen!r}")
                self._bytes += data
                self.seen = self._bytes.decode(errors="ignore")
        seen, self.seen, self._bytes = self.seen, "", b""
        return seen

    async def rest(self) -> str:
        """All until the server closes."""
        async with asyncio.timeout(PATIENCE):
            data = self._bytes + await self.reader.read(-1)
        return data.decode()


@asynccontextmanager
async def raw(gateway: Gateway, *, greeted: bool = True) -> AsyncIterator[Raw]:
    """A raw peer, its greeting read."""
    async with speaking(*await asyncio.open_connection("127.0.0.1", gateway.tcp_port), greeted=greeted) as peer:
        yield peer


@asynccontextmanager
async def speaking(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, greeted: bool = True, first: bytes = b""
) -> AsyncIterator[Raw]:
    """The same by any connection, on which something may come first."""
    peer = Raw(reader, writer)
    if first:
        await peer.send(first)
    if greeted:
        peer.greeting = await peer.until("\n\n")
    try:
        yield peer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


class Chat:
    """A chat.v1.json peer. Events are read one by one."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.welcome: Event = {}
        self._events: list[Event] = []

    async def send(self, *events: Event) -> None:
        await self.connection.send("\n".join(json.dumps(event) for event in events))

    async def say(self, text: str, say_id: str | None = None) -> None:
        event = {"type": "say", "text": text}
        await self.send(event if say_id is None else {**event, "id": say_id})

    async def next(self, *kinds: str) -> Event:
        """The next event of one of these types; presence is passed over unless it is asked for."""
        async with asyncio.timeout(PATIENCE):
            while True:
                while self._events:
                    event = self._events.pop(0)
                    if event["type"] in kinds:
                        return event
                    assert event["type"] == "presence", event
                frame = await self.connection.recv()
                self._events = [json.loads(line) for line in str(frame).split("\n")]

    async def texts(self, count: int) -> list[str]:
        return [(await self.next("message"))["text"] for _ in range(count)]


@asynccontextmanager
async def chat(
    gateway: Gateway, *, compress: bool = True, host: str = "127.0.0.1", **hello: Any
) -> AsyncIterator[Chat]:
    """A JSON peer, its hello said and its welcome read."""
    compression = "deflate" if compress else None
    url = f"ws://{host}:{gateway.http_port}/ws"
    async with connect(url, subprotocols=[JSON_PROTOCOL], compression=compression, max_size=None) as connection:
        peer = Chat(connection)
        await peer.send({"type": "hello", **hello})
        peer.welcome = await peer.next("welcome")
        yield peer


class Terminal:
    """A program in a terminal of its own, in which a person types and reads."""

    nudge = ""
    """A key that does nothing, which is pressed when nothing comes."""

    opened: ClassVar[list["Terminal"]] = []
    """Those of the test that runs; its end is theirs."""

    def __init__(self, *command: str, size: tuple[int, int] = (40, 200), **environment: str) -> None:
        self._master, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, size)
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", **environment}
        self.process = self._born(terminal, command, environment)
        os.close(terminal)
        self.opened.append(self)
        self._bytes = b""
        self.screen = ""

    def _born(
        self, terminal: int, command: Sequence[str], environment: dict[str, str]
    ) -> "subprocess.Popen[bytes] | nursery.Child":
        return subprocess.Popen(
            command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment,
            preexec_fn=lambda: nursery.own_terminal(terminal),
        )  # fmt: skip

    def type(self, text: str) -> None:
        """Type, as a person would."""
        os.write(self._master, text.encode())

    def wait_for(self, pattern: str) -> str:
        """Look until the pattern is on the screen; returns what was found."""
        end = time.monotonic() + PATIENCE
        while (found := re.search(pattern, self.screen)) is None:
            assert time.monotonic() < end, f"no {pattern!r} on the screen:\n{self.screen}"
            if not self._look(0.5 if self.nudge else end - time.monotonic()):
                self.type(self.nudge)
        return found[0]

    def ended(self) -> int:
        """Look until the program has ended; its exit status."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it goes on:\n{self.screen}"
            self._look(0.05)
        self._look(0)
        return self.process.wait()

    def hang_up(self) -> None:
        """The terminal is closed, and with it all that runs in it is told so."""
        os.close(self._master)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def _look(self, seconds: float) -> bool:
        """Whether something came."""
        if not select.select([self._master], [], [], max(0, seconds))[0]:
            return False
        with suppress(OSError):  # the other side is closed
            self._heard(os.read(self._master, 65536))
        return True

    def _heard(self, data: bytes) -> None:
        self._bytes += data
        self.screen = self._bytes.decode(errors="ignore").replace("\r", "")
