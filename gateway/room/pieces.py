"""Pieces of the older log in memory: what was read for those who were behind; of OLD_BYTES what was used last."""

from bisect import bisect_right, insort
from collections import OrderedDict, defaultdict
from collections.abc import Iterator

from .blocks import BLOCK, Block

OLD_BYTES = 8 * 1024 * 1024
MAX_LARGE = 1000


class Pieces:
    """Blocks, or parts of such; `cost` is of all, and whoever makes one dearer adds to it."""

    def __init__(self) -> None:
        self.cost = 0
        self._pieces: OrderedDict[int, Block] = OrderedDict()  # by where each begins, least recently used first
        self._begins: defaultdict[int, list[int]] = defaultdict(list)  # by block number, in order
        self._large: OrderedDict[int, None] = OrderedDict()  # blocks that are read in pieces

    def __iter__(self) -> Iterator[Block]:
        return iter(self._pieces.values())

    def put(self, first: int, piece: Block) -> None:
        """One that was read from seq `first`."""
        if first in self._pieces:
            self._drop(first)
        self._pieces[first] = piece
        insort(self._begins[first // BLOCK], first)
        self.cost += piece.cost
        if piece.messages and (piece.end + 1) % BLOCK:
            self._large[first // BLOCK] = None
            while len(self._large) > MAX_LARGE:
                self._large.popitem(last=False)
        self.bound()

    def find(self, seq: int) -> Block | None:
        """The one that this seq is in."""
        begins = self._begins.get(seq // BLOCK, [])
        at = bisect_right(begins, seq) - 1
        if at < 0 or self._pieces[begins[at]].end < seq:
            return None
        self._pieces.move_to_end(begins[at])
        return self._pieces[begins[at]]

    def is_large(self, number: int) -> bool:
        """Whether that block is known to be too large to be read in one go."""
        return number in self._large

    def bound(self) -> None:
        """Keep so much as may be kept."""
        while self.cost > OLD_BYTES and len(self._pieces) > 1:
            self._drop(next(iter(self._pieces)))

    def clear(self) -> None:
        """Keep nothing."""
        self._pieces.clear()
        self._begins.clear()
        self.cost = 0

    def _drop(self, first: int) -> None:
        self.cost -= self._pieces.pop(first).cost
        begins = self._begins[first // BLOCK]
        begins.remove(first)
        if not begins:
            del self._begins[first // BLOCK]
