"""A room is carried from one store to another: the log with its seqs, who is called what, who is banned.

1. Seqs MUST stay, since entries name others by them. What is not there any more has its place, as what was taken back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from ..messages import Message, remains
from ..stores import MAX_DRAFTS, Filler, Store
from ..stores.namesakes import settled

Tell = Callable[[int, int], Awaitable[None]]
"""Is told how much is done, of how much."""


async def carry(source: Store, target: Filler, tell: Tell) -> str:
    """Fill one with all that is in the other, as it is when that is done; returns who lost a name. Raises StoreError.

    What is said meanwhile is carried too; what is taken back meanwhile is gone where it goes, too.
    """
    after = max(target.store.head, source.first - 1)
    while True:
        head = source.head
        found = await source.read(after, MAX_DRAFTS)
        last = found[-1].seq if found else head
        for batch in in_batches(side_by_side(after, found, last)):
            await target.fill(batch)
            await tell(batch[-1].seq - source.first + 1, source.head - source.first + 1)
        if not found:
            break
        after = last
    return await put_people(target.store, (await source.names.all()).items(), await source.bans.all())


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


async def put_people(store: Store, names: Iterable[tuple[str, str]], bans: Mapping[str, str]) -> str:
    """Have a store remember who was called what, and who is banned, and nothing of another try; nobody holds a name.

    Returns what tells who lost theirs, see `namesakes`, or nothing. Raises StoreError.
    """
    kept, told = settled(names)
    for owner in (await store.names.all()).keys() - kept.keys():
        await store.names.forget(owner)
    people = list(kept.items())
    for start in range(0, len(people), store.at_once):
        await asyncio.gather(*(_put_name(store, *pair) for pair in people[start : start + store.at_once]))
    for subject in (await store.bans.all()).keys() - bans.keys():
        await store.bans.delete(subject)
    for subject, note in bans.items():
        await store.bans.put(subject, note)
    return told


async def _put_name(store: Store, owner: str, name: str) -> None:
    await store.names.claim(name, owner)
    await store.names.release(owner)
