"""Blocks of the log in memory: BLOCK seqs each, with where the chunks within it end.

These boundaries are fixed by the seqs and the texts, wherever a block came from: so members at different cursors share
chunks again from the next one on. A block keeps its messages as encoded, one list a format.
"""

from bisect import bisect_left, bisect_right

from ..messages import TEXTS, Message, erased
from ..wires import Format, encoded

BLOCK = 256
CHUNK_BYTES = 64 * 1024
MIN_SIZE = 100  # bytes on a wire of a message without a text, about


class Block:
    """Messages of one block from seq `start`, which is later if retention cut it, to `end`; what answers for these."""

    __slots__ = ("closed", "cost", "cuts", "encoded", "end", "messages", "sizes", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.messages: list[Message] = []
        self.encoded: dict[Format, list[bytes | None]] = {}
        self.sizes = [0]  # on a wire, about, of all before each message
        self.cuts: list[int] = []  # indices at which a chunk ends
        self.closed = 0  # of `sizes`, at the last of these
        self.cost = 0

    def add(self, message: Message) -> int:
        """Returns what it costs."""
        text = message.text
        size = MIN_SIZE + (len(text) if text.isascii() else len(text.encode()))
        if '"' in text or "\\" in text or "\t" in text or "\n" in text:  # most have none, and that is found out fast
            size += _escapes(text)
        size += self.sizes[-1]
        self.sizes.append(size)
        self.messages.append(message)
        if size - self.closed >= CHUNK_BYTES:
            self.close()
        cost = message.cost
        self.cost += cost
        return cost

    def close(self) -> None:
        """End the chunk here: what follows does not follow at once."""
        if self.closed < self.sizes[-1]:
            self.cuts.append(len(self.messages))
            self.closed = self.sizes[-1]

    def slice(self, after: int) -> tuple[int, int]:
        """The indices of the chunk that follows a cursor; both the same if nothing does."""
        start = bisect_right(self.messages, after, key=_seq)
        cut = bisect_right(self.cuts, start)
        return start, self.cuts[cut] if cut < len(self.cuts) else len(self.messages)

    def parts(self, wire_format: Format, start: int, end: int) -> list[bytes]:
        """The messages as encoded; encoding those that are not yet."""
        known = self.encoded.setdefault(wire_format, [])
        known += [None] * (end - len(known))
        messages, parts, size = self.messages, list[bytes](), 0
        for index in range(start, end):
            part = known[index]
            if part is None:
                part = known[index] = encoded(wire_format, messages[index])
                size += len(part)
            parts.append(part)
        self.cost += size
        return parts

    def text_of(self, seq: int) -> Message | None:
        """The message of this seq, if it is what somebody said."""
        at = bisect_left(self.messages, seq, key=_seq)
        is_one = at < len(self.messages) and self.messages[at].seq == seq and self.messages[at].kind in TEXTS
        return self.messages[at] if is_one else None

    def erase(self, seq: int) -> int:
        """Leave of a message but its place, and nothing of what it was encoded as; returns what it costs more."""
        at = bisect_left(self.messages, seq, key=_seq)
        if at == len(self.messages) or self.messages[at].seq != seq:
            return 0
        cost, message = self.cost, self.messages[at]
        self.messages[at] = erased(message)
        self.cost += self.messages[at].cost - message.cost
        for parts in self.encoded.values():
            if at < len(parts) and (part := parts[at]) is not None:
                self.cost -= len(part)
                parts[at] = b""
        return self.cost - cost

    def forget(self) -> None:
        """Keep the messages alone."""
        self.cost -= sum(len(part) for parts in self.encoded.values() for part in parts if part is not None)
        self.encoded.clear()


def _escapes(text: str) -> int:
    """Bytes that are added on a wire, at most: JSON escapes, and what types lines has an indent behind each end."""
    return text.count('"') + text.count("\\") + text.count("\t") + 3 * text.count("\n")


def _seq(message: Message) -> int:
    return message.seq
