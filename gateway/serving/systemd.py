"""Tells systemd how it is with us (sd_notify(3)), where that started us as a unit of Type=notify."""

import os
import socket
from contextlib import suppress


def notify(state: str) -> None:
    """Send a state like READY=1. Without systemd, or if it does not listen, nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # An @ stands for the zero byte of Linux's abstract names.
    path = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(state.encode(), path)
