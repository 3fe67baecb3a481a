"""Token buckets, which are told the time: what is left of so much a second, of a connection or an address."""

from collections import OrderedDict
from dataclasses import dataclass

from .gate import WIDE_SHARE, groups_of
from .shared import Levels, Shared

REMEMBERED = 10_000
"""Keys whose buckets are remembered, the most recent ones."""


@dataclass(slots=True)
class Pace:
    """`rate` tokens a second, `burst` at once. A rate of 0 is no limit. Many buckets share one, which may change."""

    rate: float
    burst: float

    def times(self, share: int) -> "Pace":
        """So many times as much."""
        return Pace(self.rate * share, self.burst * share)

    def become(self, other: "Pace") -> None:
        """Be like another one, for all who have it."""
        self.rate, self.burst = other.rate, other.burst


class Bucket:
    """What is left of a pace."""

    __slots__ = ("_at", "_left", "_pace")

    def __init__(self, pace: Pace, now: float) -> None:
        self._pace = pace
        self._left = pace.burst
        self._at = now

    def take(self, now: float, amount: float = 1) -> float:
        """Take some, more than there are too; returns for how many seconds the taker has to wait then."""
        pace = self._pace
        if not pace.rate:
            return 0.0
        self._left = min(pace.burst, self._left + (now - self._at) * pace.rate) - amount
        self._at = now
        return max(0.0, (1 - self._left) / pace.rate)

    def wait(self, now: float) -> float:
        """For how many seconds there is nothing to take."""
        return self.take(now, 0)

    def wait_for(self, part: float, now: float) -> float:
        """For how many seconds less than this part of what it holds is left."""
        pace = self._pace
        wanted = pace.burst * part
        if self._left >= wanted:  # nearly always so, and since then it has not become less
            return 0.0
        if not pace.rate:
            return 0.0
        self.take(now, 0)
        return max(0.0, (wanted - self._left) / pace.rate)


class WithinWider(Bucket):
    """One whose takers take from a wider one, too, which holds WIDE_SHARE times as much and is others' as well."""

    __slots__ = ("_wider",)

    def __init__(self, pace: Pace, now: float, wider: Bucket) -> None:
        super().__init__(pace, now)
        self._wider = wider

    def take(self, now: float, amount: float = 1) -> float:
        """See the base class."""
        return max(super().take(now, amount), self._wider.take(now, amount))

    def wait_for(self, part: float, now: float) -> float:
        """See the base class; of the wider one it is as much."""
        return max(super().wait_for(part, now), self._wider.wait_for(part / WIDE_SHARE, now))


class SharedBucket(Bucket):
    """What is left of a pace for all workers together. It may have a wider one, as WithinWider has."""

    __slots__ = ("_levels", "_wider")

    def __init__(self, pace: Pace, levels: Levels, wider: Bucket | None = None) -> None:
        super().__init__(pace, 0.0)
        self._levels = levels
        self._wider = wider

    def take(self, now: float, amount: float = 1) -> float:
        """See the base class."""
        pace, wait = self._pace, 0.0
        if pace.rate:
            wait = max(0.0, (1 - pace.burst + self._levels.take(now, pace.rate, amount)) / pace.rate)
        return wait if self._wider is None else max(wait, self._wider.take(now, amount))

    def wait_for(self, part: float, now: float) -> float:
        """See the base class."""
        pace, wait = self._pace, 0.0
        if pace.rate:
            left = pace.burst - self._levels.level(now, pace.rate)
            wait = max(0.0, (pace.burst * part - left) / pace.rate)
        return wait if self._wider is None else max(wait, self._wider.wait_for(part / WIDE_SHARE, now))


def address_bucket(
    shared: Shared | None, kind: str, group: str, pace: Pace, now: float, wider: Bucket | None = None
) -> Bucket:
    """A bucket of an address's, of this `kind` where workers share them."""
    if shared is not None:
        return SharedBucket(pace, shared.levels(kind, group), wider)
    return Bucket(pace, now) if wider is None else WithinWider(pace, now, wider)


class Buckets:
    """A bucket for each address: see groups_of. They may be `shared` among workers, as those of this `kind`."""

    def __init__(self, rate: float, burst: float, shared: Shared | None = None, kind: str = "") -> None:
        self._pace = Pace(rate, burst)
        self._shared = shared
        self._kind = kind
        self._kept: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def wait(self, host: str, now: float) -> float:
        """For how many seconds there is nothing to take."""
        if self._shared is not None:
            self._make(host, now)
        return max(kept.wait(now) if (kept := self._kept.get(key)) else 0.0 for key, _ in groups_of(host))

    def take(self, host: str, now: float) -> None:
        """Take one."""
        self._make(host, now)
        for key, _ in groups_of(host):
            self._kept[key].take(now)

    def _make(self, host: str, now: float) -> None:
        for key, share in groups_of(host):
            if key not in self._kept:
                self._kept[key] = address_bucket(self._shared, self._kind, key, self._pace.times(share), now)
            self._kept.move_to_end(key)
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
