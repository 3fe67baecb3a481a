"""A room is carried from one store to another: the log with its seqs, who is called what, who is banned.

1. Seqs MUST stay, since entries name others by them. What is not there any more has its place, as what was taken back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ..messages import Message, remains
from ..stores import MAX_DRAFTS, Filler, Store

Tell = Callable[[int, int], Awaitable[None]]
"""Is told how much is done, of how much."""


class Carried(NamedTuple):
    """How much was carried, but for what was there already."""

    messages: int
    names: int
    bans: int


async def carry(source: Store, target: Filler, tell: Tell) -> Carried:
    """Fill one with all that is in the other, as it is when that is done. Raises StoreError.

    What is said meanwhile is carried too; what is taken back meanwhile is gone where it goes, too.
    """
    count = 0
    after = max(target.store.head, source.first - 1)
    while True:
        head = source.head
        found = await source.read(after, MAX_DRAFTS)
        last = found[-1].seq if found else head
        for batch in in_batches(side_by_side(after, found, last)):
            await target.fill(batch)
            await tell(batch[-1].seq - source.first + 1, source.head - source.first + 1)
        count += len(found)
        if not found:
            break
        after = last
    names, bans = await source.names.all(), await source.bans.all()
    await put_names(target.store, list(names.items()))
    for subject, note in bans.items():
        await target.store.bans.put(subject, note)
    return Carried(count, len(names), len(bans))


def side_by_side(after: int, messages: Sequence[Message], last: int) -> Iterator[Message]:
    """These, and in the place of each that is missing from behind `after` up to `last` what is left of such a one."""
    at = 0
    for message in messages:
        at = at or message.at
        yield from (remains(seq, at) for seq in range(after + 1, message.seq))
        yield message
        after, at = message.seq, message.at
    yield from (remains(seq, at) for seq in range(after + 1, last + 1))


def in_batches(messages: Iterator[Message]) -> Iterator[list[Message]]:
    """As many at once as a store takes."""
    while batch := list(islice(messages, MAX_DRAFTS)):
        yield batch


async def put_names(store: Store, names: Sequence[tuple[str, str]]) -> None:
    """Have a store remember who was called what; nobody holds any."""
    for start in range(0, len(names), store.at_once):
        await asyncio.gather(*(_put_name(store, *pair) for pair in names[start : start + store.at_once]))


async def _put_name(store: Store, owner: str, name: str) -> None:
    await store.names.claim(name, owner)
    await store.names.release(owner)
