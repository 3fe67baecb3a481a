"""Ends what runs in the background."""

import asyncio
from typing import Any

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
