"""The relay: whom it accepted is its own, however it ends."""

import asyncio
import socket

from .place import Relay, _Outer


class Line(asyncio.Transport):
    """What is paused has no other owner: the loop keeps only who is read."""

    was_aborted = False

    def pause_reading(self) -> None:
        pass

    def abort(self) -> None:
        self.was_aborted = True


async def test_who_is_accepted_as_the_relay_is_cut_is_reset() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with Relay(listener.getsockname()[1]) as relay:
            line = Line()
            _Outer(relay).connection_made(line)
            relay.cut()  # before it has begun to open the other half
            assert line.was_aborted
