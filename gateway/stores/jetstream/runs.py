"""Runs of seqs of a stream: where there are no texts, so that reading passes them over; or what was taken back.

What is in one never comes to be out of it. So whatever was read once, or heard of, costs nothing any more, however much
it is.
"""

from bisect import bisect_left, bisect_right

MOST = 100_000
"""Runs that are known; of more the oldest are forgotten."""


class Runs:
    """Apart from each other, the oldest first."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def note(self, first: int, last: int) -> None:
        """All of these are in one. They may be none at all."""
        if first > last:
            return
        begin = bisect_left(self._lasts, first - 1)
        end = bisect_right(self._firsts, last + 1)
        if begin < end:  # it touches these
            first, last = min(first, self._firsts[begin]), max(last, self._lasts[end - 1])
        self._firsts[begin:end], self._lasts[begin:end] = [first], [last]
        if len(self._firsts) > MOST:
            del self._firsts[: MOST // 10], self._lasts[: MOST // 10]

    def begin_before(self, seq: int) -> int:
        """Where the run begins that is right before a seq, or holds it; the seq itself if there is none."""
        run = bisect_left(self._firsts, seq) - 1
        return self._firsts[run] if run >= 0 and self._lasts[run] >= seq - 1 else seq

    def end_behind(self, seq: int) -> int:
        """Where the run ends that is right behind a seq, or holds it; the seq itself if there is none."""
        run = bisect_right(self._firsts, seq + 1) - 1
        return self._lasts[run] if run >= 0 and self._lasts[run] > seq else seq
