"""Who may connect at all: a place for each descriptor that is left, and so many from one address."""

import ipaddress
from collections import Counter
from functools import lru_cache

from .addresses import address_of

RESERVE = 64
"""Descriptors that are not for members: the store, the listeners, a moment's files."""


class Gate:
    """Counts connections. `places` in all; `per_address` from one address (IPv6: one /64), 0 for no limit."""

    def __init__(self, places: int, per_address: int) -> None:
        self._places = places
        self._per_address = per_address
        self._taken = 0
        self._by_address: Counter[str] = Counter()

    def enter(self, host: str) -> str | None:
        """Take a place; else the code of the phrase that says why there is none."""
        if self._taken >= self._places:
            return "full"
        counted = self._counted(host)
        if counted is not None:
            if self._by_address[counted] >= self._per_address:
                return "full-address"
            self._by_address[counted] += 1
        self._taken += 1
        return None

    def leave(self, host: str) -> None:
        """Give a place back that `enter` took."""
        self._taken -= 1
        counted = self._counted(host)
        if counted is not None:
            self._by_address[counted] -= 1
            if not self._by_address[counted]:
                del self._by_address[counted]

    def _counted(self, host: str) -> str | None:
        return None if not self._per_address or is_loopback(host) else address_group(host)


@lru_cache(4096)
def address_group(host: str) -> str:
    """What counts as one address: an IPv4 address, or an IPv6 /64, which one subscriber has at the least."""
    address = address_of(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address or host)


@lru_cache(4096)
def is_loopback(host: str) -> bool:
    """Whether this is our own machine."""
    address = address_of(host)
    return address is not None and address.is_loopback
