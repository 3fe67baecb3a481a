"""Latencies in buckets of fixed bounds, as an HDR histogram has them: two are merged exactly, by adding up.

Values are whole microseconds. Up to 2047 each has its bucket; above, 1024 buckets for each power of two, so a value is
known to a thousandth of itself.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

_BITS = 10


@dataclass(slots=True)
class Histogram:
    """How often which latency was seen."""

    counts: Counter[int] = field(default_factory=Counter)
    max: int = 0

    @property
    def total(self) -> int:
        """How many values there are."""
        return self.counts.total()

    def record(self, value: int, count: int = 1) -> None:
        """A value, seen so many times."""
        self.counts[bucket_of(value)] += count
        self.max = max(self.max, value)

    def merge(self, other: "Histogram") -> None:
        """Add another one."""
        self.counts.update(other.counts)
        self.max = max(self.max, other.max)

    def percentile(self, percent: float) -> int:
        """The value that so many percent do not exceed, to a thousandth; 0 if there is none."""
        rank = max(1, ceil(self.total * percent / 100))
        for index in sorted(self.counts):
            rank -= self.counts[index]
            if rank <= 0:
                return min(highest_in(index), self.max)
        return 0


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """All of them as one."""
    whole = Histogram()
    for histogram in histograms:
        whole.merge(histogram)
    return whole


def bucket_of(value: int) -> int:
    """The number of a value's bucket; it grows with the value."""
    shift = max(0, value.bit_length() - _BITS - 1)
    return (shift << _BITS) + (value >> shift)


def highest_in(index: int) -> int:
    """The highest value of a bucket."""
    shift = max(0, (index >> _BITS) - 1)
    return ((index - (shift << _BITS) + 1) << shift) - 1
