"""What a stream is known to hold: the keys of what this node stored, or heard of, and their seqs.

Without it one message that is said again has a whole group refused, and stored with a sync to disk for each.
"""

from itertools import islice

MOST = 100_000


class Known:
    """The newest keys, as far as there is room for. What is not known may be there all the same."""

    def __init__(self) -> None:
        self._seqs: dict[bytes, int] = {}

    def seq(self, key: bytes | None) -> int | None:
        """Where the message with this key is."""
        return None if key is None else self._seqs.get(key)

    def note(self, key: bytes | None, seq: int) -> None:
        """The message with this key is there."""
        if key is None:
            return
        self._seqs[key] = seq
        if len(self._seqs) > MOST:
            for oldest in list(islice(self._seqs, MOST // 10)):
                del self._seqs[oldest]
