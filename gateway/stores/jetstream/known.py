"""What a stream is known to hold: the keys of what this node stored, or heard of, and their seqs.

Without it one message that is said again has a whole group refused, and stored with a sync to disk for each. And what
was taken back is not known to a nats-server that was started since: it would be stored again.
"""

from collections.abc import Mapping
from itertools import islice

MOST = 100_000


class Known:
    """The newest keys, as far as there is room for. What is not known may be there all the same."""

    def __init__(self) -> None:
        self._seqs: dict[bytes, int] = {}
        self._taken_back: dict[bytes, int] = {}

    def seq(self, key: bytes | None) -> int | None:
        """Where the message with this key is, or was."""
        return None if key is None else self._seqs.get(key) or self._taken_back.get(key)

    def note(self, key: bytes | None, seq: int) -> None:
        """The message with this key is there."""
        if key is not None:
            self._seqs[key] = seq
            _bound(self._seqs)

    def note_taken_back(self, keys: Mapping[bytes, int]) -> None:
        """The messages with these keys were there. However much is said since, nobody else may remember that."""
        self._taken_back |= keys
        _bound(self._taken_back)


def _bound(seqs: dict[bytes, int]) -> None:
    if len(seqs) > MOST:
        for oldest in list(islice(seqs, MOST // 10)):
            del seqs[oldest]
