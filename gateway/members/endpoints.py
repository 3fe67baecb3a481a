"""The addresses of both ends of a transport, as people see them and ban them."""

import asyncio
from functools import lru_cache
from typing import Any


def peer_of(transport: asyncio.BaseTransport) -> tuple[str, int] | None:
    """The peer's address: the first two items of what Python prints. One that has reset already has none."""
    peer = transport.get_extra_info("peername")
    return as_address(peer) if peer else None


def own_of(transport: asyncio.BaseTransport) -> tuple[str, int]:
    """The address of ours by which the peer came."""
    return _shared(as_address(transport.get_extra_info("sockname")))


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
