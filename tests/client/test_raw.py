"""The way to a room by TCP."""

import asyncio
from contextlib import suppress

from gateway.client.address import Address
from gateway.client.raw import RawLink
from gateway.client.raw_session import RawSession

from ..patience import PATIENCE
from .server import server


class Slow(RawLink):
    """Which does not end at once what it says."""

    ends = asyncio.Event()

    async def _talk(self) -> None:
        with suppress(asyncio.CancelledError):
            await super()._talk()
        self.ends.set()
        await asyncio.Event().wait()


async def test_a_connection_is_closed_by_who_is_ended_while_it_ends() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write_eof()
        await reader.read()  # until the client closes it, too

    async with asyncio.timeout(PATIENCE), server(serve) as port:
        link = Slow(RawSession(Address("127.0.0.1", port), lambda event: None, name="", password="", patience=0))
        running = asyncio.create_task(link.run())
        await link.ends.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert link._ended.is_set()
