"""How much a member, or an address, may ask for: token buckets that are told the time."""

from collections import OrderedDict

REMEMBERED = 10_000
"""Keys whose buckets are remembered, the most recent ones."""


class Bucket:
    """`rate` requests a second, `burst` at once. A rate of 0 is no limit."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = now

    def take(self, now: float) -> float:
        """Take one; returns for how many seconds the taker then has to wait before the next, 0 if not at all."""
        if not self._rate:
            return 0.0
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - 1
        self._at = now
        return max(0.0, (1 - self._left) / self._rate)


class Buckets:
    """A bucket for each key, as of an address."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._kept: OrderedDict[str, tuple[Bucket, float]] = OrderedDict()  # and until when there is no more

    def __len__(self) -> int:
        return len(self._kept)

    def wait(self, key: str, now: float) -> float:
        """For how many seconds there is nothing to take."""
        kept = self._kept.get(key)
        return max(0.0, kept[1] - now) if kept else 0.0

    def take(self, key: str, now: float) -> None:
        """Take one."""
        bucket = self._kept[key][0] if key in self._kept else Bucket(self._rate, self._burst, now)
        self._kept[key] = (bucket, now + bucket.take(now))
        self._kept.move_to_end(key)
        if len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
