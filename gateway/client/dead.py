"""A path that is dead: what was sent is not acknowledged by the other machine, and nothing is told of it.

The kernel finds that out for who is idle (keepalive). For who has sent something it would go on trying for a quarter of
an hour; and TCP_USER_TIMEOUT, which shortens that, ends a peer too that only reads slowly.
"""

import asyncio
import socket
import struct
import sys

SECONDS = 25
_KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}  # found out in SECONDS
_UNACKED, _LAST_ACK = 24, 56  # where these stand in Linux's struct tcp_info, and how long ago in milliseconds


def watch(writer: asyncio.StreamWriter) -> None:
    """Have the kernel ask for the other machine while the connection is idle."""
    sock: socket.socket = writer.get_extra_info("socket")
    if sock.family == socket.AF_UNIX:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE.items():
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def is_dead(writer: asyncio.StreamWriter) -> bool:
    """Whether something is under way and nothing of it was acknowledged for SECONDS."""
    if sys.platform != "linux" or writer.transport.is_closing():
        return False
    sock: socket.socket = writer.get_extra_info("socket")
    if sock.family == socket.AF_UNIX:
        return False
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_ACK + 4)
    (unacked,), (since,) = struct.unpack_from("=I", info, _UNACKED), struct.unpack_from("=I", info, _LAST_ACK)
    return bool(unacked) and since > SECONDS * 1000
