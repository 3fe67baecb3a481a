"""What was written to a connection and its kernel has not yet, as far as messages stand in it.

Who is at the head and takes all has nothing here: a piece is noted only where the kernel took less than all of it. By
TLS each is, so that they are no more than tuples in a list.
"""

from bisect import bisect_right
from collections.abc import Sequence, Set

MANY = 64
"""Pieces that are told apart. Of more, two are one: a transport that is written to holds little more than 64 KiB."""

NONE: Set[int] = frozenset()

Piece = tuple[int, int, Set[int]]
"""Its bytes; the cursor before it, so that it is what follows up to that of the next one; what answers in it hold."""

Untaken = list[Piece]
"""The pieces that were written since the transport held nothing, the oldest first."""


def answered(untaken: Untaken, seqs: Set[int]) -> None:
    """These messages stand in the last piece, unless all is taken."""
    if untaken:
        size, after, others = untaken[-1]
        untaken[-1] = size, after, others | seqs


def bounded(untaken: Untaken, unsent: int) -> Untaken:
    """The same without what is taken, if so many bytes are not."""
    at = len(untaken)
    while at and unsent > 0:
        at -= 1
        unsent -= untaken[at][0]
    kept = untaken[at:]
    return kept if len(kept) <= MANY // 2 else [_joined(kept[at : at + 2]) for at in range(0, len(kept), 2)]


def is_in(gone: Sequence[int], untaken: Untaken, cursor: int, unsent: int) -> bool:
    """Whether one of these, in order, stands in the last so many bytes. What is encrypted is more than it was.

    Each is asked of all who have not taken something, however long ago it was said: most are in no piece at all.
    """
    oldest = untaken[0][1] if untaken else cursor
    is_near = bisect_right(gone, oldest) < bisect_right(gone, cursor)
    if not is_near and not any(seqs for _, _, seqs in untaken):
        return False
    for size, after, seqs in reversed(untaken):
        if unsent <= 0:
            break
        if bisect_right(gone, after) < bisect_right(gone, cursor) or (seqs and not seqs.isdisjoint(gone)):
            return True
        cursor, unsent = after, unsent - size
    return False


def _joined(pieces: Sequence[Piece]) -> Piece:
    sizes, befores, seqs = zip(*pieces, strict=True)
    return sum(sizes), befores[0], frozenset[int]().union(*seqs)
