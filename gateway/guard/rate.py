"""How much a member, and an address, may ask for."""

from collections import OrderedDict
from dataclasses import dataclass
from math import inf

from ..config import Settings
from .buckets import REMEMBERED, Bucket, Buckets, Pace, address_bucket
from .gate import WIDE_SHARE, groups_of, is_loopback
from .shared import Shared

RENAME_SECONDS = 5.0

ADDRESS_SHARE = 4
"""How many times as much as one connection all those of an address may ask for, together."""

NEW_NAMES = 200
"""Names that are new to who takes them, which an address may take at once; then one in RENAME_SECONDS. A store keeps
each for a month, and over many nodes without another bound.
"""


class Renames:
    """Who took which name when: nobody takes one after another, and an address only so many that are new.

    A person's first one is no other; the same in other letters (`ANN`) is: a store writes it anew. An empty address is
    bound by nothing.
    """

    def __init__(self) -> None:
        self._took: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._new = Buckets(1 / RENAME_SECONDS, NEW_NAMES)

    def wait(self, owner: str, name: str, now: float, address: str = "") -> float:
        """For how many seconds somebody can't have this name."""
        has, at = self._took.get(owner, (None, -inf))
        if has == name:
            return 0.0
        return max(at + RENAME_SECONDS - now, self._new.wait(address, now))

    def take(self, owner: str, name: str, now: float, address: str = "") -> None:
        """Somebody has this name now."""
        took = self._took.get(owner)
        if took is None or took[0] != name:
            self._took[owner] = (name, -inf if took is None else now)
            if address:
                self._new.take(address, now)
        self._took.move_to_end(owner)
        if len(self._took) > REMEMBERED:
            self._took.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may ask for: messages and commands, and bytes of what it sends."""

    messages: Pace
    bytes: Pace

    def times(self, share: int) -> "Limits":
        """So many times as much."""
        return Limits(self.messages.times(share), self.bytes.times(share))

    def become(self, other: "Limits") -> None:
        """Be like others, for all who have them."""
        self.messages.become(other.messages)
        self.bytes.become(other.bytes)


_SHARES = (1, ADDRESS_SHARE, WIDE_SHARE, ADDRESS_SHARE * WIDE_SHARE)

BURST_SECONDS = 16
"""Seconds' worth of bytes that may come at once."""


def limits_of(settings: Settings) -> Limits:
    """What one connection may ask for."""
    byte_rate = settings.rate_kib * 1024
    return Limits(Pace(settings.rate, settings.burst), Pace(byte_rate, byte_rate * BURST_SECONDS))


class Allowance:
    """Messages and bytes of an address."""

    __slots__ = ("bytes", "messages")

    def __init__(self, messages: Bucket, size: Bucket) -> None:
        self.messages, self.bytes = messages, size

    def take(self, now: float) -> float:
        """A message or command; returns for how many seconds to wait then."""
        return self.messages.take(now)

    def take_bytes(self, size: int, now: float) -> float:
        """Bytes; the same."""
        return self.bytes.take(now, size)

    def wait(self, now: float) -> float:
        """For how many seconds there is nothing to take."""
        return max(self.messages.wait(now), self.bytes.wait(now))

    def wait_for(self, part: float, now: float) -> float:
        """For how many seconds less than this part of either is left."""
        return max(self.messages.wait_for(part, now), self.bytes.wait_for(part, now))


class Meter:
    """What one connection takes, from its own allowance and from its address's.

    Those of one person have one allowance. What a rate is for are the others: how much of one person they have to read,
    and the log to keep; and that does not grow with the tabs it has open.
    """

    __slots__ = ("_address", "_bytes", "_messages")

    def __init__(self, messages: Bucket, size: Bucket, address: Allowance | None) -> None:
        self._messages, self._bytes = messages, size
        self._address = address

    def share(self, other: "Meter") -> None:
        """Have one own allowance with another connection of the same person, from now on."""
        self._messages, self._bytes = other._messages, other._bytes

    def take(self, now: float) -> float:
        """A message or command; returns for how many seconds to wait then."""
        wait = self._messages.take(now)
        return wait if self._address is None else max(wait, self._address.messages.take(now))

    def take_bytes(self, size: int, now: float) -> float:
        """Bytes; the same."""
        wait = self._bytes.take(now, size)
        return wait if self._address is None else max(wait, self._address.bytes.take(now, size))

    def wait_for_share(self, now: float) -> float:
        """For how many seconds its address has less left than one connection may ask for at once."""
        return 0.0 if self._address is None else self._address.wait_for(1 / ADDRESS_SHARE, now)


class Meters:
    """Makes the meters of connections, and keeps the allowances of addresses, which may be `shared`: see groups_of."""

    def __init__(self, limits: Limits, shared: Shared | None = None) -> None:
        self._shared = shared
        self._limits = {share: limits.times(share) for share in _SHARES}
        self._addresses: OrderedDict[str, Allowance] = OrderedDict()

    def meter(self, host: str, now: float) -> Meter:
        """A new connection's. Loopback, where all proxied and local ones are, is counted by connection alone."""
        limits = self._limits[1]
        address = None if is_loopback(host) else self._of(host, ADDRESS_SHARE, now)
        return Meter(Bucket(limits.messages, now), Bucket(limits.bytes, now), address)

    def visitor(self, host: str, now: float) -> Allowance:
        """Of who makes plain requests, a connection each: the address's; loopback counts as one connection."""
        return self._of(host, 1 if is_loopback(host) else ADDRESS_SHARE, now)

    def change(self, limits: Limits) -> None:
        """Have other limits, for those too who are here."""
        for share, kept in self._limits.items():
            kept.become(limits.times(share))

    def owed(self, host: str, now: float) -> float:
        """For how many seconds an address has nothing to take."""
        if is_loopback(host):
            return 0.0
        if self._shared is not None:
            return self._of(host, ADDRESS_SHARE, now).wait(now)
        return max(kept.wait(now) if (kept := self._addresses.get(key)) else 0.0 for key, _ in groups_of(host))

    def _of(self, host: str, times: int, now: float) -> Allowance:
        found: Allowance | None = None
        for group, share in reversed(groups_of(host)):  # the wider one first
            if group not in self._addresses:
                self._addresses[group] = self._allowance(group, self._limits[times * share], now, found)
            self._addresses.move_to_end(group)
            found = self._addresses[group]
        while len(self._addresses) > REMEMBERED:
            self._addresses.popitem(last=False)
        assert found is not None, "everybody is counted as something"
        return found

    def _allowance(self, group: str, limits: Limits, now: float, wider: Allowance | None) -> Allowance:
        messages, size = (None, None) if wider is None else (wider.messages, wider.bytes)
        return Allowance(
            address_bucket(self._shared, "messages", group, limits.messages, now, messages),
            address_bucket(self._shared, "bytes", group, limits.bytes, now, size),
        )
