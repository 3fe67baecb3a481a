"""The event loops that --loop names, and the end of all that runs in one."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable

from ..config import LoopName, SettingError
from ..tasks import end


def loop_factory(name: LoopName) -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes one. Raises SettingError."""
    if name == "select":
        return lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    if name == "epoll":
        return lambda: asyncio.SelectorEventLoop(selectors.EpollSelector())
    try:
        import uvloop
    except ImportError as error:
        raise SettingError("--loop uvloop: it is not installed; use --loop epoll") from error
    return uvloop.new_event_loop


async def alone(run: Awaitable[None]) -> None:
    """Run something, and end all that it has left running, however it ends.

    Who closes the loop cancels each task once, and waits for ever for one that has lost that.
    """
    try:
        await run
    finally:
        await end(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))
