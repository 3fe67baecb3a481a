"""Where a stream holds no texts: what was taken back, what took it back, what no gateway said.

None of it ever becomes one. So what has been read once, or heard of, is passed over, and a page costs what it answers
however much was taken back before it.
"""

from bisect import bisect_left, bisect_right

MOST = 10_000
"""Runs that are known; of more the oldest are forgotten, and read again."""


class Textless:
    """Runs of seqs of one stream, apart from each other, the oldest first."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def note(self, first: int, last: int) -> None:
        """None of these is a text. They may be none at all."""
        if first > last:
            return
        begin = bisect_left(self._lasts, first - 1)
        end = bisect_right(self._firsts, last + 1)
        if begin < end:  # it touches these
            first, last = min(first, self._firsts[begin]), max(last, self._lasts[end - 1])
        self._firsts[begin:end], self._lasts[begin:end] = [first], [last]
        if len(self._firsts) > MOST:
            del self._firsts[: MOST // 10], self._lasts[: MOST // 10]

    def end_of_texts(self, end: int) -> int:
        """The seq before which the last text before `end` stands at the latest."""
        run = bisect_left(self._firsts, end) - 1
        return self._firsts[run] if run >= 0 and self._lasts[run] >= end - 1 else end

    def begin_of_texts(self, after: int) -> int:
        """The seq behind which the first text behind `after` stands at the earliest."""
        run = bisect_right(self._firsts, after + 1) - 1
        return self._lasts[run] if run >= 0 and self._lasts[run] > after else after
