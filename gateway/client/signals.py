"""Being stopped: by Ctrl-C, by what ends a job, by a terminal that is closed."""

import asyncio
import signal

from ..tasks import ignore
from .address import STOPPED, ChatError


async def stopped(*by: signal.Signals) -> None:
    """Wait for one of these; then it ends as a shell expects. Raises ChatError."""
    loop, got = asyncio.get_running_loop(), asyncio.Queue[signal.Signals]()
    for each in by:
        loop.add_signal_handler(each, got.put_nowait, each)
    try:
        which = await got.get()
    except asyncio.CancelledError:
        for each in by:
            loop.remove_signal_handler(each)
        raise
    ignore(loop, *by)
    raise ChatError("stopped", STOPPED + which)
