"""When the garbage collector looks at everything: Python counts objects for that, and what is large may be few of them.

A room's members and messages are no cycles, and to look through all of them takes a quarter of a second with 19,000
members; so Python's own count is set high. Should something hold itself after all, memory grows: so that is watched.
"""

import asyncio
import gc
from collections.abc import Callable
from contextlib import suppress

import psutil

LOOK_SECONDS = 1.0
SLACK = 64 * 1024 * 1024
GROWTH = 1.5


def calm() -> None:
    """What is there at the start stays; and what comes is no cycle to look for all the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def resident() -> int:
    """Bytes of memory that this process has."""
    size: int = psutil.Process().memory_info().rss
    return size


class Collector:
    """Collects when memory is GROWTH times what it was, and SLACK more."""

    def __init__(self, bytes_now: Callable[[], int] = resident, collect: Callable[[], object] = gc.collect) -> None:
        self._bytes_now = bytes_now
        self._collect = collect
        self._least = bytes_now()

    def look(self) -> None:
        """See whether it has grown."""
        now = self._bytes_now()
        if now > self._least * GROWTH + SLACK:
            self._collect()
            now = self._least = self._bytes_now()
        self._least = min(self._least, now)

    async def run(self) -> None:
        """Look for ever, unless there is to be no collector."""
        while gc.isenabled():
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(OSError, psutil.Error):  # as when no descriptor is left: memory may grow just then
                self.look()
