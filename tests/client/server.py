"""A server of a test's own, of which nothing is left when the test is over.

`asyncio.start_server` owns its listener alone: who was accepted as the test ended was nobody's, and the socket was
found open in the middle of another test.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from math import inf

SECONDS = 20.0

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(serve: Serve, visits: float = inf) -> AsyncIterator[int]:
    """Does that with each connection to the port that it gives, and waits for their ends; after `visits` it is gone."""
    loop = asyncio.get_running_loop()
    connections: list[asyncio.Task[None]] = []

    def accept() -> None:
        with suppress(OSError):  # who knocked is gone again
            connections.append(loop.create_task(run(listener.accept()[0])))
            if len(connections) >= visits:
                be_gone()

    def be_gone() -> None:
        loop.remove_reader(listener)
        listener.close()  # who waits to be accepted is reset

    async def run(accepted: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=accepted)
        with suppress(OSError, asyncio.IncompleteReadError):
            await serve(reader, writer)
            await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        loop.add_reader(listener, accept)
        try:
            yield listener.getsockname()[1]
        finally:
            if listener.fileno() >= 0:
                be_gone()
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(*connections)
