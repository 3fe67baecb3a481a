"""Who has reset while it was not read is known to be gone: what it sent lasts for so long, and not until it is used up.

A transport that is not read tells nothing, and what the kernel has comes before the reset. So each is a real one here.
"""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.frames import Frame, Opcode

from gateway.config import LoopName, Settings
from gateway.members.member import Member
from gateway.messages import Hole, Message
from gateway.serving.loops import loop_factory
from gateway.serving.server import Server
from gateway.wires.closing import Closing

from ..nats import until
from ..patience import PATIENCE
from .test_leftovers import JSON, LOOPS, MASKED
from .test_tls import RESET, Authority

SECONDS = 0.3
"""For which it may stay; what it has sent is enough for half an hour."""

SAY = Frame(Opcode.TEXT, b'{"type":"say","text":"hi"}').serialize(mask=True)


class Flood:
    """Someone who sends as much as all the kernels take, and nobody else speaks; then it resets."""

    def __init__(self, address: tuple[str, int] | str, context: ssl.SSLContext | None, *said: bytes) -> None:
        self._peer = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self._peer.settimeout(PATIENCE)
        self._peer.connect(address)
        if context is not None:
            self._peer = context.wrap_socket(self._peer, server_hostname="localhost")
        first, line = said
        self._peer.sendall(first)
        self._peer.settimeout(0.2)  # in which the other side takes nothing any more
        with suppress(TimeoutError):
            for _ in range(1000):
                self._peer.sendall(line * 1000)

    def reset(self) -> None:
        """Be killed, with what it was told still unread."""
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._peer.close()


async def trial(settings: Settings, port: str, *said: bytes, context: ssl.SSLContext | None = None) -> None:
    server = Server(settings)
    await server.start()
    try:
        heard = asyncio.Queue[None]()
        where = getattr(settings, port)
        address = where.removeprefix("unix:") if where else ("127.0.0.1", server.ports[port])
        house = server._house

        def hear(batch: Sequence[Message | Hole]) -> None:
            for _ in batch:
                heard.put_nowait(None)

        house.room.listeners.append(hear)
        flood = await asyncio.to_thread(Flood, address, context, *said)
        await heard.get()
        (member,) = house.members
        assert isinstance(member, Member)
        flood.reset()
        for _ in range(heard.qsize() + 10):
            await heard.get()
        assert member.is_deaf
        await asyncio.to_thread(until, lambda: not house.members)
        assert member.why is Closing.LOST
        assert house.room.roster.here == 0
    finally:
        await server.stop()


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("way", ["raw", "json", "tls", "unix"])
def test_what_it_sent_lasts_for_so_long_from_its_reset(
    way: str, loop: LoopName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.members.connection.GONE_SECONDS", SECONDS)
    settings = Settings(store="memory:", tcp_port=0, http_port=0, loop=loop, rate=200.0, burst=1, rate_kib=0.0)
    port, first, line, context = "tcp_port", b"hi\n\n", b"a\n\n", None
    if way == "json":
        port, first, line = "http_port", JSON + MASKED, SAY
    elif way == "tls":
        authority = Authority(tmp_path)
        context = authority.client
        settings = replace(settings, tls_cert=str(authority.cert), tls_key=str(authority.key))
    elif way == "unix":
        settings = replace(settings, tcp_port=f"unix:{tmp_path}/raw")
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        runner.run(trial(settings, port, first, line, context=context))
