"""Pages of the log: so many messages, and so many bytes of them at most. The store is read a step at a time, so that no
more than a page and a step are ever in memory for one.
"""

import msgspec

from ..messages import Message
from ..stores import Store
from ..wires.events import Page

STEP = 16
FEW = 4
"""Messages that are read first for who asks for a page of PAGE_BYTES: of the longest texts one fills it."""

OVERHEAD = 250  # bytes of a message besides its text, about


async def newest(store: Store, before: int, limit: int, size: int, step: int = STEP, first: int | None = None) -> Page:
    """The last messages before a seq; `more` tells whether there are older ones. Raises StoreError.

    `limit` in messages, `size` in bytes; a message that is larger stands alone. Read are `first` messages, or a
    step, then `step` at a time.
    """
    kept: list[Message] = []
    while len(kept) < limit:
        wanted = min(first if first and not kept else step, limit - len(kept))
        found = await store.page(before, wanted)
        taken, size = _within(found[::-1], size, is_empty=not kept)
        kept += taken
        if len(taken) < wanted:
            break
        before = kept[-1].seq
    return Page(kept[::-1], more=bool(kept) and kept[-1].seq > store.first)


async def oldest(store: Store, after: int, limit: int, size: int, step: int = STEP) -> Page:
    """The first messages after a seq; `more` tells whether there are newer ones. The rest is as in `newest`."""
    kept: list[Message] = []
    while len(kept) < limit:
        wanted = min(step, limit - len(kept))
        taken, size = _within(await store.read(after, wanted), size, is_empty=not kept)
        kept += taken
        if len(taken) < wanted:
            break
        after = kept[-1].seq
    return Page(kept, more=bool(kept) and kept[-1].seq < store.head)


def _within(messages: list[Message], size: int, *, is_empty: bool) -> tuple[list[Message], int]:
    """As many of the first as fit, one at least if there is none yet; and what is left of the size."""
    for count, message in enumerate(messages):
        size -= OVERHEAD + len(msgspec.json.encode(message.text))  # with what JSON escapes
        if size < 0 and not (is_empty and count == 0):
            return messages[:count], size
    return messages, size
