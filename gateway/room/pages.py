"""Pages of the log: so many messages, and so many bytes of them at most. The store is read a step at a time, so that no
more than a page and a step are ever in memory for one. Deletions are no messages.

Whoever answers with a page MUST pass it by `Past.left`, as whatever is read: it alone knows its last await.
"""

import msgspec

from ..messages import Message
from ..wires.answers import Page
from .past import Past, Reading

STEP = 16
FEW = 4
"""Messages that are read first for who asks for a page of PAGE_BYTES: of the longest texts one fills it."""

OVERHEAD = 250  # bytes of a message besides its text, about


async def newest(past: Past, before: int, limit: int, size: int, step: int = STEP, first: int | None = None) -> Page:
    """The last messages before a seq; `more` tells whether there are older ones. Raises StoreError.

    `limit` in messages, `size` in bytes; a message that is larger stands alone. Read are `first` messages, or a
    step, then `step` at a time.
    """
    kept, last = await _collect(past.backwards, before, limit, size, step, first)
    return Page(kept[::-1], more=last is not None and last > past.first)


async def oldest(
    past: Past,
    after: int,
    limit: int,
    size: int,
    step: int = STEP,
    first: int | None = None,
) -> Page:
    """The first messages after a seq; `more` tells whether there are newer ones. The rest is as in `newest`."""
    kept, last = await _collect(past.onward, after, limit, size, step, first)
    return Page(kept, more=last is not None and last < past.head)


async def entries(past: Past, after: int, limit: int, size: int, step: int = STEP) -> Page:
    """The same with what takes messages back."""
    kept, last = await _collect(past.read, after, limit, size, step)
    return Page(kept, more=last is not None and last < past.head)


async def _collect(
    read: Reading,
    at: int,
    limit: int,
    size: int,
    step: int,
    first: int | None = None,
) -> tuple[list[Message], int | None]:
    """Messages in the order in which they are read, and the seq of what was looked at last; None: nothing is left."""
    kept: list[Message] = []
    last: int | None = None
    while len(kept) < limit:
        wanted = min(first if first and last is None else step, limit - len(kept))
        found = await read(at, wanted)
        for message in found:
            size -= size_of(message)
            if size < 0 and kept:
                return kept, last
            kept.append(message)
            last = at = message.seq
        if len(found) < wanted:
            return kept, None
    return kept, last


def size_of(message: Message) -> int:
    """Bytes that it takes in an answer, about."""
    return OVERHEAD + len(msgspec.json.encode(message.text))  # with what JSON escapes
