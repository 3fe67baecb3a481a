"""A room is filled from another one, or from lines that were exported; and counted in the end."""

from collections.abc import Awaitable
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from msgspec import structs

from ..config import Settings
from ..messages import Message
from ..stores import MAX_DRAFTS, SERVED, Filler, Store, StoreError
from ..stores.namesakes import settled
from ..stores.opening import module_of
from .carrying import Tell, carry, in_batches, put_people, side_by_side
from .lines import Ban, Deleted, End, LineReader, Name, Said

MAX_MISSING = 1_000_000
"""Seqs that may be missing in an export: for each a room remembers that it was there."""


class Counted(NamedTuple):
    """How much is in a room; `digest` is the same for the same messages, whatever connections said them.

    It is of all that a message has: so what a filler forgets is found. Of names that are one today, one counts.
    """

    messages: int
    names: int
    bans: int
    digest: str


async def counted(store: Store) -> Counted:
    """Read all of a room. Raises StoreError."""
    await store.look()
    digest, count, after = blake2b(digest_size=16), 0, store.first - 1
    while found := await store.read(after, MAX_DRAFTS):
        for each in found:
            digest.update(msgspec.msgpack.encode(structs.replace(each, origin="")))
        count, after = count + len(found), found[-1].seq
    names = settled((await store.names.all()).items()).kept
    return Counted(count, len(names), len(await store.bans.all()), digest.hexdigest())


class Filled(NamedTuple):
    """What has come, and who lost a name by that, see `namesakes`, or nothing."""

    there: Counted
    told: str


async def move(source: Store, place: str, target: Settings, tell: Tell, *, replace: bool) -> Filled:
    """Carry a room to another store; what was begun by a process that was killed is gone on with. Raises StoreError."""
    await _check_alone(source, place)
    if not source.head:
        raise StoreError("nobody has said anything in it: there is nothing to move", place)
    name = f"{place} {source.epoch}"
    filler = await module_of(target.store).open_filler(target, name, source.secret, source.first, replace=replace)
    return await _whole(filler, _carried(source, place, filler, tell))


async def read_in(reader: LineReader, target: Settings, tell: Tell, *, replace: bool) -> Filled:
    """The same from what was exported. Raises StoreError."""
    room, kind = reader.room, module_of(target.store)
    filler = await kind.open_filler(target, reader.source, reader.secret, room.first, replace=replace)
    return await _whole(filler, _filled(filler, reader, tell))


async def _whole(filler: Filler, run: Awaitable[Filled]) -> Filled:
    """It is no room, for anybody, before it is counted."""
    try:
        there = await run
    except BaseException:
        await filler.close()
        raise
    await filler.finish()
    return there


async def _check_alone(source: Store, place: str) -> None:
    if await source.others():
        raise StoreError(SERVED.format("another room"), place)


async def _carried(source: Store, place: str, filler: Filler, tell: Tell) -> Filled:
    told = await carry(source, filler, tell)
    await _check_alone(source, place)  # whoever came meanwhile may say more
    there, here = await counted(source), await counted(filler.store)
    if here != there:
        raise StoreError(
            f"what has come is not what was there: {here.messages} of {there.messages} messages, {here.names} of"
            f" {there.names} names, {here.bans} of {there.bans} bans; see --keep and --keep-mib, and begin anew: with"
            " another room's name, or without its .filling"
        )
    return Filled(here, told)


async def _filled(filler: Filler, reader: LineReader, tell: Tell) -> Filled:
    told = await _fill(filler, reader, tell)
    return Filled(await counted(filler.store), told)


async def _fill(filler: Filler, reader: LineReader, tell: Tell) -> str:
    """All lines; what is there already is passed over. Returns who lost a name."""
    store, room = filler.store, reader.room
    begun = after = max(store.head, room.first - 1)
    last = room.first - 1
    waiting: list[Message] = []
    names: list[tuple[str, str]] = []
    bans: list[Ban] = []
    messages = 0
    for line in reader.lines():
        if isinstance(line, Said | Deleted):
            if line.seq <= last:
                raise reader.wrong(f"seq {line.seq} does not come behind {last}")
            last, messages = line.seq, messages + 1
            _check_missing(reader, last - room.first + 1 - messages)
            if last > begun:
                waiting.append(reader.message(line, store.secret))
            if len(waiting) == MAX_DRAFTS:
                after = await _put(filler, after, waiting, last)
                await tell(after, max(after, room.head))
        elif isinstance(line, Name):
            names.append((line.owner, line.name))
        elif isinstance(line, Ban):
            bans.append(line)
        elif line != (there := End(messages, len(names), len(bans))):
            raise reader.wrong(f"it counts {line}, and there were {there}")
    _check_missing(reader, max(last, room.head) - room.first + 1 - messages)
    await _put(filler, after, waiting, max(last, room.head))
    return await put_people(store, names, {ban.subject: ban.note for ban in bans})


def _check_missing(reader: LineReader, count: int) -> None:
    if count > MAX_MISSING:
        raise reader.wrong(f"up to here {count} seqs are missing, and at most {MAX_MISSING} may: number them anew")


async def _put(filler: Filler, after: int, waiting: list[Message], last: int) -> int:
    for batch in in_batches(side_by_side(after, waiting, last)):
        await filler.fill(batch)
    waiting.clear()
    return max(after, last)
