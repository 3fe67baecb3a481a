"""Writing straight to a socket is safe while its descriptor is ours: until connection_lost is told, on each loop."""

import asyncio
import os
import selectors
import socket
import struct
from collections.abc import Callable
from typing import cast

import pytest
import uvloop

from ..patience import PATIENCE

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "uvloop": uvloop.new_event_loop,
    "epoll": lambda: asyncio.SelectorEventLoop(selectors.EpollSelector()),
    "select": lambda: asyncio.SelectorEventLoop(selectors.SelectSelector()),
}


class Watching(asyncio.Protocol):
    """Looks at its descriptor when it is told that the connection is lost."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.made: asyncio.Future[asyncio.Transport] = loop.create_future()
        self.lost: asyncio.Future[int] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.descriptor = transport.get_extra_info("socket").fileno()
        self.inode = os.fstat(self.descriptor).st_ino
        self.made.set_result(cast(asyncio.Transport, transport))

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(os.fstat(self.descriptor).st_ino)


async def lose(how: str) -> None:
    """Lose a connection in that way; fails if its descriptor was another's when we were told."""
    loop = asyncio.get_running_loop()
    ours, peer = socket.socketpair() if how == "end" else _tcp_pair()
    ours.setblocking(False)
    watching = Watching(loop)
    await loop.connect_accepted_socket(lambda: watching, ours)
    transport = await watching.made
    if how == "reset":
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "abort":
        transport.abort()
    else:
        peer.close()
    async with asyncio.timeout(PATIENCE):
        assert await watching.lost == watching.inode
    peer.close()


def _tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = socket.create_connection(listener.getsockname())
        return listener.accept()[0], peer


@pytest.mark.parametrize("how", ["reset", "end", "abort"])
@pytest.mark.parametrize("name", LOOPS)
def test_a_descriptor_is_ours_until_connection_lost(name: str, how: str) -> None:
    with asyncio.Runner(loop_factory=LOOPS[name]) as runner:
        runner.run(lose(how))
