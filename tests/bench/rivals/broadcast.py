"""A rival: each message to everybody by websockets.broadcast(), as its documentation shows."""

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosedError

MEMBERS: set[ServerConnection] = set()


async def member(connection: ServerConnection) -> None:
    """Relay what this one says to all."""
    MEMBERS.add(connection)
    try:
        async for message in connection:
            broadcast(MEMBERS, message)
    except ConnectionClosedError:
        pass  # the load closes without a close frame
    finally:
        MEMBERS.discard(connection)


async def main() -> None:
    """Serve on a free port and print it."""
    async with serve(member, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    if "uvloop" in sys.argv:
        import uvloop

        uvloop.run(main())
    else:
        asyncio.run(main())
