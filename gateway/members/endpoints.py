"""The addresses of both ends of a transport, as people see them and ban them; whether anybody is at the other one."""

import asyncio
import select
import socket
import sys
from functools import lru_cache
from typing import Any

LOCAL = ("127.0.0.1", 0)
"""Who comes by a socket that is a file, and has no address: a proxy, until it says for whom; or somebody here."""


def peer_of(transport: asyncio.BaseTransport) -> tuple[str, int] | None:
    """The peer's address: the first two items of what Python prints. One that has reset already has none."""
    if peer := transport.get_extra_info("peername"):
        return as_address(peer)
    own = transport.get_extra_info("socket")
    return LOCAL if own is not None and own.family == socket.AF_UNIX else None


def own_of(transport: asyncio.BaseTransport) -> tuple[str, int]:
    """The address of ours by which the peer came."""
    own = transport.get_extra_info("sockname")
    return _shared(as_address(own)) if isinstance(own, tuple) else LOCAL


@lru_cache(64)
def _shared(address: tuple[str, int]) -> tuple[str, int]:
    """One object for all who came by the same address."""
    return address


def as_address(name: tuple[Any, ...]) -> tuple[str, int]:
    """The first two items of a socket's name.

    RFC 4291, section 2.5.5.2: to a socket of both families an IPv4 address looks like `::ffff:192.0.2.9`. It is what
    it is on a socket of its own: people see it in labels, and ban it.
    """
    host, port = name[:2]
    return (host.removeprefix("::ffff:") if "." in host else host), port


def is_deserted(transport: asyncio.BaseTransport) -> bool:
    """Whether the peer has reset, or closed a socket that is a file: nobody is there to take or send anything.

    A transport that is not read does not tell it, and one that is reads first what came before. Elsewhere than on Linux
    a hang-up may be the end of one side alone: there a write that fails has to tell it.
    """
    own = transport.get_extra_info("socket")
    if sys.platform != "linux" or own is None or transport.is_closing() or (descriptor := own.fileno()) < 0:
        return False
    poll = select.poll()
    poll.register(descriptor, 0)  # a hang-up is told all the same
    return any(events & select.POLLHUP for _, events in poll.poll(0))
