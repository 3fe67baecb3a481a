"""How much a member may ask for: a token bucket that is told the time."""


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
