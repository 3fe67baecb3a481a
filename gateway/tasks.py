"""Ends what runs in the background, and does not wait for what may never end."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

from .faults import bare

T = TypeVar("T")

AGAIN_SECONDS = 0.2


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until they have ended, whatever they end with.

    Once is not enough: until Python 3.12 wait_for loses a cancellation that comes when what it waits for is just done
    (python/cpython#86296), and libraries wait so.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def apart(function: Callable[[], T]) -> T:
    """What it returns or raises, in a thread that nobody waits for in the end: it may hang, as reading does."""
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()  # who waits may give up, and this can't

    def run() -> None:
        try:
            done.set_result(function())
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            done.set_exception(bare(error))

    Thread(target=run, name="apart", daemon=True).start()
    return await asyncio.wrap_future(done)
