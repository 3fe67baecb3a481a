"""Tells systemd how it is with us (sd_notify(3)), where that started us as a unit of Type=notify."""

import asyncio
import os
import socket
from contextlib import suppress

STOP_SECONDS = 30
"""That a stop takes at most, besides the draining; as the unit in docs/deploy has it."""


def tell_stop(drain_seconds: float) -> None:
    """We stop, and that takes so much longer than the unit says."""
    notify(f"STOPPING=1\nEXTEND_TIMEOUT_USEC={int((STOP_SECONDS + drain_seconds) * 1_000_000)}")


WATCHDOG = ("WATCHDOG_USEC", "WATCHDOG_PID")


async def keep_watchdog() -> None:
    """Tell it again and again that our loop turns, if it wants to know: see sd_watchdog_enabled(3)."""
    microseconds, pid = (os.environ.get(name, "") for name in WATCHDOG)
    if not microseconds.isdecimal() or pid not in ("", str(os.getpid())):
        return
    while True:
        notify("WATCHDOG=1", socket.MSG_DONTWAIT)
        await asyncio.sleep(int(microseconds) / 2_000_000)


def notify(state: str, flags: int = 0) -> None:
    """Send a state like READY=1. Without systemd, or if it does not listen, nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # An @ stands for the zero byte of Linux's abstract names.
    path = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(state.encode(), flags, path)
