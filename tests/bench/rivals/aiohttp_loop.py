"""A rival: aiohttp, and a loop of `await socket.send_str()` over all members."""

import asyncio

import uvloop
from aiohttp import WSMsgType, web

MEMBERS: set[web.WebSocketResponse] = set()


async def member(request: web.Request) -> web.WebSocketResponse:
    """Relay what this one says to all."""
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    MEMBERS.add(socket)
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                for other in list(MEMBERS):
                    await other.send_str(message.data)
    finally:
        MEMBERS.discard(socket)
    return socket


async def main() -> None:
    """Serve on a free port and print it."""
    application = web.Application()
    application.router.add_get("/", member)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    uvloop.run(main())
