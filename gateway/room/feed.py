"""The newest part of the log in memory, handed out as chunks that all members at one cursor and format share.

A chunk ends where `blocks` say. Only what reaches the head in one chunk crosses that: whoever is at the head gets each
batch in one write. No message is encoded twice for a format while its block is here, unless that takes more than
LIVE_BYTES. An older block whose texts are large is read and kept in pieces.

1. One call MUST encode no more than the chunk that it gives: what a cursor or a new format costs is bounded.
2. What is taken back MUST be in nothing that is here from then on, nor come back by a read that began before: `bygone`.
"""

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from ..messages import TEXTS, Hole, Message
from ..wires import Format, plain
from .blocks import BLOCK, CHUNK_BYTES, MIN_SIZE, Block
from .bygone import Bygone
from .pieces import Pieces

LIVE_BYTES = 16 * 1024 * 1024
MEMO_BYTES = 8 * 1024 * 1024
EMPTY_COST = 1000  # of an empty block, about
MAX_HOLES = 1000
"""Losses of which who is before them is told, the newest: of what is older one may not hear that it was lost."""

LOOKED = 4096
"""Entries among which the last messages are counted; of what is older each counts as one."""

Ranges = Mapping[str, Sequence[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """What follows a cursor, to `last`, as bytes: `count` entries that are told. `own`: by origin, where each one lies.

    `closed`: it ends at a boundary, so nothing will ever be added to it.
    """

    data: bytes
    count: int
    last: int
    closed: bool
    own: Ranges

    def without(self, origin: str) -> bytes:
        """The data less what that connection said: the very same object if it said nothing."""
        cuts = self.own.get(origin)
        if not cuts:
            return self.data
        kept = []
        start = 0
        for cut_start, cut_end in cuts:
            kept.append(self.data[start:cut_start])
            start = cut_end
        kept.append(self.data[start:])
        return b"".join(kept)


@dataclass(frozen=True, slots=True)
class Missing:
    """What a cursor needs is not in memory: read from seq `first` to the end of its block, or a piece, and `put` it.

    `is_large`: the block is known to be too large to be read in one go.
    """

    first: int
    is_large: bool = False


_Piece = tuple[Block, int, int]
"""A block, and from which to before which of its messages."""


class Feed:
    """The log's newest LIVE_BYTES, filled by the store's `follow` alone, and pieces of its older part on request."""

    def __init__(self, after: int) -> None:
        self.head = after
        self.made = 0  # bytes that chunks were made of, ever
        self._begun = 0  # the first seq that is followed since the rest was dropped
        self._live: OrderedDict[int, Block] = OrderedDict()
        self._live_cost = 0
        self._old = Pieces()
        self._holes: list[Hole] = []
        self._memo: OrderedDict[tuple[Format, int], Chunk] = OrderedDict()  # likewise
        self._memo_cost = 0
        self.bygone = Bygone()
        self.is_away = False  # the log is not followed, so that what is taken back is not known

    def extend(self, batch: Sequence[Message | Hole]) -> int:
        """What follows the head in the log; returns how many messages. Who is before a Hole is told of it."""
        count, block = 0, None
        for message in batch:
            if isinstance(message, Hole):
                self._skip(message)
                continue
            if message.kind in TEXTS:
                count += 1
            elif message.kind == "deleted":
                self._take_back(message.of)
            if block is None or message.seq > block.end:
                block = self._block_of(message.seq)
            self._live_cost += block.add(message)
            self.head = message.seq
        self._bound_live()
        return count

    def _block_of(self, seq: int) -> Block:
        """The one that the next message is for."""
        number = seq // BLOCK
        block = self._live.get(number)
        if block is None:
            block = self._live[number] = Block(self.head + 1, number * BLOCK + BLOCK - 1)
        return block

    def _bound_live(self) -> None:
        while self._live_cost > LIVE_BYTES and len(self._live) > 1:
            self._live_cost -= self._live.popitem(last=False)[1].cost
        if self._live_cost > LIVE_BYTES:
            (newest,) = self._live.values()
            newest.forget()
            self._live_cost = newest.cost

    def back(self, count: int) -> int:
        """The cursor that so many messages follow: what takes others back is none, nor is what is left of these."""
        at = self.head
        newest = (message for block in reversed(self._live.values()) for message in reversed(block.messages))
        for message in islice(newest, LOOKED):
            if not count:
                break
            count -= message.kind in TEXTS
            at = message.seq - 1
        return at - count

    def is_gone(self, seq: int) -> bool:
        """Whether it is known to be no text, any more or at all: it was taken back since this began, or before."""
        if seq in self.bygone:
            return True
        block = self._live.get(seq // BLOCK)
        return block is not None and block.start <= seq <= self.head and block.text_of(seq) is None

    def expire(self, first: int, before: int) -> None:
        """The log retains nothing before `first` any more, and what is older than a time is to be nowhere."""
        self.bygone.expire(first)
        blocks = (*self._live.values(), *self._old)
        self._erase([each.seq for block in blocks for each in block.messages if each.seq <= first and each.at < before])
        plain.forget()

    def drop(self) -> None:
        """The log is not followed: whoever is behind waits until it can be read again."""
        self.is_away = True
        self._old.clear()
        for blocks in (self._live, self._memo):
            blocks.clear()
        self._live_cost = self._memo_cost = 0
        plain.forget()
        self._begun = self.head + 1

    def _take_back(self, seqs: Sequence[int]) -> None:
        self.bygone.add(seqs)
        for seq in seqs:
            if (block := self._live.get(seq // BLOCK)) and (message := block.text_of(seq)):
                self.bygone.keep(message)
        self._erase(seqs)

    def _erase(self, seqs: Sequence[int]) -> None:
        """Chunks go with them, all of them: so many that to look for those takes longer than to make others anew."""
        for seq in seqs:
            if live := self._live.get(seq // BLOCK):
                self._live_cost += live.erase(seq)
            if old := self._old.find(seq):
                self._old.cost += old.erase(seq)
        if seqs:
            plain.forget()
            self._memo.clear()
            self._memo_cost = 0

    @property
    def live_from(self) -> int:
        """The first seq that is no old one."""
        return next(iter(self._live.values())).start if self._live else self.head + 1

    def _skip(self, hole: Hole) -> None:
        if block := self._live.get(self.head // BLOCK):
            block.close()
        if self._holes and self._holes[-1].last == hole.first - 1:
            hole = Hole(self._holes.pop().first, hole.last)
        self._holes = [*self._holes, hole][-MAX_HOLES:]
        self.head = hole.last

    def put(self, first: int, messages: Sequence[Message], start: int, end: int) -> None:
        """What was read from seq `first`, as far as seq `end`; nothing before seq `start` of it is retained.

        If it is nothing, `end` may be as far off as the next message: an empty block is passed in one step. What was
        read before the log was not followed any more is not kept.
        """
        if self.is_away:
            return
        block = Block(start, end)
        messages = self.bygone.left(messages)
        for message in messages:
            block.add(message)
        if not messages:
            block.cost = EMPTY_COST
        self._old.put(first, block)

    def chunk(self, wire_format: Format, after: int, *, squeezed: bool = False) -> Chunk | Missing | Hole | None:
        """What follows a cursor, up to the next boundary at most; None at the head.

        `squeezed`: it is for many, so that what reaches the head may be as much as is one write when compressed.
        """
        if after >= self.head:
            return None
        key = (wire_format, after)
        known = self._memo.get(key)
        if known is not None and (known.closed or known.last == self.head):
            self._memo.move_to_end(key)
            return known
        found = self._make(wire_format, after, CHUNK_BYTES * (wire_format.squeeze if squeezed else 1))
        if isinstance(found, Chunk):
            self._remember(key, found)
        return found

    def _make(self, wire_format: Format, after: int, room: int) -> Chunk | Missing | Hole | None:
        block = self._find(after)
        if not isinstance(block, Block):
            return block
        start, end = block.slice(after)
        return self._encode(wire_format, self._tail(block, start, room) or [(block, start, end)])

    def _find(self, after: int) -> Block | Missing | Hole | None:
        """The block that holds what follows a cursor."""
        at = bisect_right(self._holes, after + 1, key=_first) - 1
        if at >= 0 and self._holes[at].last > after:
            return Hole(after + 1, self._holes[at].last)
        seq = after + 1
        while seq <= self.head:
            number = seq // BLOCK
            block = (self._live.get(number) if seq >= self._begun else None) or self._old.find(seq)
            if block is None:
                if not self._live or number <= next(iter(self._live)):
                    return Missing(seq, is_large=True) if self._old.is_large(number) else Missing(number * BLOCK)
                seq = (number + 1) * BLOCK  # a hole in the seqs holds the whole block
                continue
            if seq < block.start:  # a hole between two blocks is no loss
                return Hole(after + 1, block.start - 1)
            if block.messages and block.messages[-1].seq >= seq:
                return block
            seq = block.end + 1
        return None

    def _tail(self, block: Block, start: int, room: int) -> list[_Piece]:
        """All from this message on to the head, if that is so many bytes at most; else nothing."""
        first = block.messages[start].seq
        is_whole = not self._holes or self._holes[-1].last < first
        if self.head - first >= room // MIN_SIZE or self._live.get(first // BLOCK) is not block or not is_whole:
            return []
        later = range(first // BLOCK + 1, self.head // BLOCK + 1)
        blocks = [next_one for number in later if (next_one := self._live.get(number))]
        pieces = [(block, start, len(block.messages)), *((each, 0, len(each.messages)) for each in blocks)]
        size = sum(each.sizes[end] - each.sizes[begin] for each, begin, end in pieces)
        return pieces if size <= room else []

    def _encode(self, wire_format: Format, pieces: list[_Piece]) -> Chunk:
        parts: list[bytes] = []
        messages: list[Message] = []
        for block, start, end in pieces:
            cost = block.cost
            parts += block.parts(wire_format, start, end)
            messages += block.messages[start:end]
            if self._live.get(messages[-1].seq // BLOCK) is block:
                self._live_cost += block.cost - cost
            else:
                self._old.cost += block.cost - cost
        self._bound_live()
        self._old.bound()
        self.made += sum(map(len, parts))
        own = _ranges(messages, parts) if wire_format.excludes_own else {}
        told = parts if all(parts) else [part for part in parts if part]
        last = messages[-1].seq
        return Chunk(wire_format.join(told) if told else b"", len(told), last, last < self.head, own)

    def _remember(self, key: tuple[Format, int], chunk: Chunk) -> None:
        if replaced := self._memo.pop(key, None):
            self._memo_cost -= len(replaced.data)
        self._memo[key] = chunk
        self._memo_cost += len(chunk.data)
        while self._memo_cost > MEMO_BYTES and len(self._memo) > 1:
            self._memo_cost -= len(self._memo.popitem(last=False)[1].data)


def _ranges(messages: Sequence[Message], parts: Sequence[bytes]) -> Ranges:
    own: dict[str, list[tuple[int, int]]] = defaultdict(list)
    at = 0
    for message, end in zip(messages, accumulate(map(len, parts)), strict=True):
        own[message.origin].append((at, end))
        at = end
    return own


def _first(hole: Hole) -> int:
    return hole.first
