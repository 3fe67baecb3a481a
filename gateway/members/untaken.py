"""What was written to a connection and its kernel has not yet, as far as messages stand in it.

Who is at the head and takes all has nothing here: a piece is noted only where the kernel took less than all of it.
"""

from bisect import bisect_right
from collections.abc import Sequence, Set

MANY = 64
"""Pieces that are told apart. Of more, two are one: a transport that is written to holds little more than 64 KiB."""

MUCH = 128 * 1024
"""Bytes, past which it is looked what is taken meanwhile."""

_Piece = tuple[int, int, Set[int]]
"""Its bytes, the cursor before it, and what answers in it hold."""


class Untaken:
    """The pieces that were written since the transport held nothing, the oldest first."""

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self._size = 0

    def add(self, size: int, after: int) -> None:
        """A piece was written: what follows this cursor, up to that of the next one, or nothing of the log."""
        self._pieces.append((size, after, frozenset()))
        self._size += size

    def answer(self, seqs: Set[int]) -> None:
        """These messages stand in the last piece, unless that is taken."""
        if self._pieces:
            size, after, others = self._pieces[-1]
            self._pieces[-1] = size, after, others | seqs

    @property
    def is_much(self) -> bool:
        """Whether it is to be bounded."""
        return len(self._pieces) > MANY or self._size > MUCH

    def bound(self, unsent: int) -> None:
        """Forget what is taken, if so many bytes are not."""
        at = len(self._pieces)
        while at and unsent > 0:
            at -= 1
            unsent -= self._pieces[at][0]
        kept = self._pieces[at:]
        if len(kept) > MANY // 2:
            kept = [_joined(kept[at : at + 2]) for at in range(0, len(kept), 2)]
        self._pieces, self._size = kept, sum(size for size, _, _ in kept)

    def has(self, gone: Sequence[int], cursor: int, unsent: int) -> bool:
        """Whether one of these, in order, stands in the last so many bytes. What is encrypted is more than it was."""
        for size, after, seqs in reversed(self._pieces):
            if unsent <= 0:
                break
            if bisect_right(gone, after) < bisect_right(gone, cursor) or (seqs and not seqs.isdisjoint(gone)):
                return True
            cursor, unsent = after, unsent - size
        return False


def _joined(pieces: Sequence[_Piece]) -> _Piece:
    sizes, befores, seqs = zip(*pieces, strict=True)
    return sum(sizes), befores[0], frozenset[int]().union(*seqs)
