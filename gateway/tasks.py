"""Ends what runs in the background, and does not wait for what may never end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar

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
    loop = asyncio.get_running_loop()
    found: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, fault: Exception | None) -> None:
        if found.done():  # whoever waited does so no more
            return
        if fault is None:
            found.set_result(result)  # type: ignore[arg-type]
        else:
            found.set_exception(fault)

    def run() -> None:
        result, fault = None, None
        try:
            result = function()
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            fault = error
        with suppress(RuntimeError):  # the loop is closed by now
            loop.call_soon_threadsafe(tell, result, fault)

    Thread(target=run, name="apart", daemon=True).start()
    return await found
