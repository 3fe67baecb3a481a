"""Being stopped: by Ctrl-C, by what ends a job, by a terminal that is closed."""

import asyncio
import signal
from functools import partial

from ..signals import STOPPED, heard, ignore
from .address import ChatError


async def stopped(*by: signal.Signals) -> None:
    """Wait for one of these; then it ends as a shell expects. Raises ChatError."""
    loop, got = asyncio.get_running_loop(), asyncio.Queue[signal.Signals]()
    with heard(loop, {each: partial(got.put_nowait, each) for each in by}):
        which = await got.get()
        ignore(*by)
    raise ChatError("stopped", STOPPED + which)
