"""Counts what was heard, second by second of the talk. It is told the time, in µs since the talk began."""

from collections import Counter
from collections.abc import Callable

from .dialects import Heard
from .orders import Interval
from .speech import Said


class Meter:
    """The figures of one process; each second is told when it is over."""

    def __init__(self, tell: Callable[[Interval], None]) -> None:
        self._tell = tell
        self._interval = Interval(-1)
        self.ended = 0.0  # seconds after the start, when the last one was heard

    def read(self, size: int) -> None:
        """So many bytes came."""
        self._interval.bytes += size

    def hear(self, counts: Counter[tuple[Heard, bool]], now: int) -> None:
        """So many members heard this now; those that could not have heard it before are not timed."""
        second = now // 1_000_000
        if second != self._interval.second:
            self.end_interval(second)
        timed: Counter[Said] = Counter()
        for (heard, is_timely), count in counts.items():
            assert heard.passage is not None
            self._interval.deliveries += count * len(heard.passage.said)
            if is_timely:
                timed.update(heard.passage.said if count == 1 else dict.fromkeys(heard.passage.said, count))
        for said, count in timed.items():
            self._interval.latencies.record(now - said.sent, count)
        self.ended = now / 1e6

    def end_interval(self, second: int = -1) -> None:
        """Tell of the second that is over, and begin another one."""
        if self._interval.second >= 0:
            self._tell(self._interval)
        self._interval = Interval(second)
