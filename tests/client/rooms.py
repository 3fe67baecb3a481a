"""Small rooms for one client, by either wire, on a free port of this machine."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from gateway.client.framing import MARK, MARK_ANSWER
from gateway.client.greeting import GREETING

from .server import server

Event = dict[str, Any]


class JsonRoom:
    """Stores what is said, and acks it; `hellos` are those of each visit, the first `drops` of which end after one.

    `busy` is what others say as soon as one is in.
    """

    def __init__(self, *log: str, drops: int = 0, busy: Sequence[str] = ()) -> None:
        self.log = list(log)
        self._busy = busy
        self.hellos: list[Event] = []
        self.asked: list[Event] = []
        self._drops = drops

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """It is open; its address."""
        async with serve(self._visit, "127.0.0.1", 0, subprotocols=[Subprotocol("chat.v1.json")]) as running:
            yield f"ws://127.0.0.1:{next(iter(running.sockets)).getsockname()[1]}"

    async def _visit(self, connection: ServerConnection) -> None:
        self.hellos.append(json.loads(await connection.recv()))
        hello = self.hellos[-1]
        seq = hello["after"]["seq"] if "after" in hello else max(0, len(self.log) - hello["history"])
        self.log += self._busy
        await self._tell(connection, self._welcome(seq), *map(self._message, range(seq, len(self.log))))
        if len(self.hellos) <= self._drops:
            return
        async for frame in connection:
            for line in str(frame).split("\n"):
                await self._tell(connection, *self._answers(json.loads(line)))

    def _answers(self, event: Event) -> list[Event]:
        if event["type"] == "say":
            self.log.append(event["text"])
            return [self._message(len(self.log) - 1), {"type": "ack", "id": event["id"], "seq": len(self.log)}]
        self.asked.append(event)
        if event["type"] == "history":
            last = [self._message(len(self.log) - 1)] if self.log else []
            return [{"type": "page", "messages": last, "more": False}]
        return [{"type": "notice", "code": "help", "text": "this helps"}]

    def _welcome(self, seq: int) -> Event:
        return {"type": "welcome", "name": "guest-a", "session": "s", "epoch": "e", "seq": seq, "members": 1}

    def _message(self, index: int) -> Event:
        return {"type": "message", "from": "bob", "text": self.log[index], "seq": index + 1, "at": "", "via": "web"}

    async def _tell(self, connection: ServerConnection, *events: Event) -> None:
        await connection.send("\n".join(map(json.dumps, events)))


class RawRoom:
    """Greets, and keeps what it `got`; it answers marks, if it is a gateway, and else says `says` and no more."""

    def __init__(self, *, marks: bool = True, says: str = "") -> None:
        self.got = b""
        self._marks = marks
        self._says = says

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """It is open; its address."""
        async with server(self._visit) as port:
            yield f"127.0.0.1:{port}"

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{GREETING}\n\n{self._says}".encode())
        while data := await reader.read(65536):
            self.got += data
            if self._marks:
                writer.write(MARK_ANSWER * data.count(MARK))
