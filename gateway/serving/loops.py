"""The event loops that --loop names."""

import asyncio
import selectors
from collections.abc import Callable

from ..config import LoopName, SettingError


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
