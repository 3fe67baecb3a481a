"""make autobahn: all Autobahn cases against the gateway's own WebSocket class, and plain websockets in the same run.

The gateway's class is the real one, behind the real door; only what a chat has no use for is added here: it echoes,
binary messages too, takes messages as large as the cases', and compresses short ones, which kosoku wants. What it does
worse than plain websockets is listed, and is a failure unless it is by design: permessage-deflate with a smaller window
is declined.
"""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import kosoku
import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.http11 import Request

from gateway.guard.gate import Place
from gateway.guard.stages import CLOSING
from gateway.members.arrival import Arrival
from gateway.members.handshake import shake_hands
from gateway.members.house import House
from gateway.members.login import KNOCK
from gateway.members.parser import Parser
from gateway.members.websocket import WebSocketMember
from gateway.messages import new_owner
from gateway.web import door
from gateway.web.entry import WebEntry
from gateway.wires.closing import Closing
from gateway.wires.text import TextWire

from .fakes import scene

MOST = 32 * 1024 * 1024
PLAIN_LIMITS = {"FAILED": 3, "ERROR": 3, "UNIMPLEMENTED": 2}
BY_DESIGN: dict[str, Callable[[Any], bool]] = {
    "declines a smaller window": lambda result: (
        result.behavior.value == "UNIMPLEMENTED" and result.case_id[:3] == "13."
    ),
}


class EchoMember(WebSocketMember):
    """The gateway's WebSocket connection, that says back what it gets."""

    __slots__ = ("_echoes", "_opcode")

    def __init__(self, house: House, place: Place, host: str, *, deflate: bool) -> None:
        super().__init__(house, place, host, TextWire(house.phrases, MOST, deflate=deflate), KNOCK, deflate=deflate)
        self.be(new_owner())
        self._opcode = Opcode.TEXT
        self._echoes: list[bytes] = []

    def _borrowed(self) -> Parser:
        parser = super()._borrowed()
        parser.protocol.max_message_size = MOST
        return parser

    def _frame(self, frame: Frame, parser: Parser) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY) and self.stage < CLOSING:
            self._opcode = frame.opcode
            frame = replace(frame, opcode=Opcode.TEXT)
        super()._frame(frame, parser)

    def _message(self, data: bytes) -> None:
        if self._opcode is Opcode.TEXT:
            try:
                data.decode()
            except UnicodeDecodeError:
                self.close(Closing.NOT_UTF8)
                return
        self._echoes.append(self._echo(data))

    def _read_frame(self) -> None:
        """Answer where the gateway does: behind the pongs that are owed."""
        if self._parser is None:
            self._opcode = Opcode.TEXT  # a binary frame says so itself
        super()._read_frame()
        echoes, self._echoes = self._echoes, []
        for echo in echoes:
            self.send(echo)

    def _echo(self, data: bytes) -> bytes:
        return Frame(self._opcode, data).serialize(mask=False, extensions=_DEFLATED if self._deflate else [])


_DEFLATED = [PerMessageDeflate(True, True, 15, 15)]


def shake_hands_for_echo(
    house: House, request: Request, place: Place, host: str
) -> tuple[bytes, WebSocketMember | None]:
    """The gateway's own handshake; the member that it lets in echoes."""
    response, member = shake_hands(house, request, place, host)
    return response, EchoMember(house, place, host, deflate=member._deflate) if member else None


@asynccontextmanager
async def gateway() -> AsyncIterator[str]:
    """The gateway's door and class on a real port."""
    vars(door)["shake_hands"] = shake_hands_for_echo
    async with scene(rate=0.0, rate_kib=0.0) as here:
        loop = asyncio.get_running_loop()
        here.room.deadlines.now = loop.time
        entry = WebEntry(asyncio.Protocol)
        listener = await loop.create_server(lambda: Arrival(here.house, entry), "127.0.0.1", 0)
        yield f"ws://127.0.0.1:{listener.sockets[0].getsockname()[1]}/ws"
        listener.close()


@asynccontextmanager
async def plain() -> AsyncIterator[str]:
    """An echo server of the library alone."""

    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with serve(echo, "127.0.0.1", 0, max_size=MOST, ping_interval=None) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def results(url: str, cases: list[str] | None) -> dict[str, Any]:
    """The result of each case."""
    try:
        found = await kosoku.run_fuzzingclient(url, cases, concurrency=2)
    except kosoku.FailureError as failure:
        found = failure.results
    return {result.case_id: result for result in found}


def worth(result: Any) -> int:
    """How bad it is: 0 is as it must be."""
    close = 3 if result.behavior_close.value not in ("OK", "INFORMATIONAL") else 0
    return max(PLAIN_LIMITS.get(result.behavior.value, 0), close)


async def main(cases: list[str] | None) -> int:
    """Run both; the exit status."""
    logging.disable(logging.CRITICAL)
    async with gateway() as url:
        ours = await results(url, cases)
    async with plain() as url:
        theirs = await results(url, cases)
    for name, found in (("gateway", ours), ("websockets", theirs)):
        counts: dict[str, int] = {}
        for result in found.values():
            label = f"{result.behavior.value}/{result.behavior_close.value}"
            counts[label] = counts.get(label, 0) + 1
        print(f"{name}: {len(found)} cases: {counts}")
    failed = False
    for case, result in ours.items():
        if worth(result) <= worth(theirs[case]):
            continue
        why = next((text for text, applies in BY_DESIGN.items() if applies(result)), "")
        failed |= not why
        print(
            f"{case}: {result.behavior.value} ({why or result.result}); plain websockets: {theirs[case].behavior.value}"
        )
    return int(failed)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.exit(runner.run(main(sys.argv[1:] or None)))
