"""What was said is taken back: by who said it, or by an operator.

1. Who said something may take it back, by any of its connections; what the log knows nobody of, operators alone. Who
   is muted may, too: it adds no word, and a secret that slipped out is not to stay because of that.
2. What is meant MUST be looked up after all is in the log that was said here before. A deletion is said like anything
   else, by the inbox, and told of by its entry.
3. Each MUST be in the log of the server: who, of whom, how many; never what.
4. What people take back of their own MUST be erased one after the other, the askers in turn, and be paid: all that is
   said meanwhile is stored behind it, and to erase a line of some bytes NATS writes megabytes.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from ..guard.gate import lane_of
from ..logs import fields, quoted, rationed, signature
from ..messages import MAX_DELETED, TEXTS, Draft, Message, Via, deletion_of
from ..names import shown_label
from ..refusals import RefusedError
from ..wires.answers import Notice
from ..wires.events import Delete
from .authors import Authored, Lookup, author_of, here, said_as
from .moderation import Moderation
from .room import RoomMember
from .whom import RECENT, alike_here, id_in, which_of

LOOK_BACK = 10_000
"""Messages through which one's own last one is looked for."""

AT_ONCE = 50
"""Messages of an entry, of the MAX_DELETED that it may have: a store erases them all before it tells what follows, and
NATS takes 33 ms for each.
"""

log = logging.getLogger("gateway.moderation")
own_log = rationed("gateway.retraction")

ERASING = "what is taken back"


class Author(Protocol):
    """Who takes something back; `id` is its connection."""

    id: str
    owner: str
    by: str
    host: str
    label: str

    @property
    def via(self) -> Via:
        """By which port."""


async def take_back(moderation: Moderation, member: RoomMember, request: Delete) -> None:
    """Do what a member asks for, and tell it. Raises StoreError."""
    retraction = Retraction(moderation, member)
    try:
        if request.seq:
            await retraction.message(request.seq)
        elif request.target:
            await _take_back_of(retraction, member, request)
        else:
            await _take_back_own(retraction, member)
    except RefusedError as refused:
        member.refuse(refused)
    else:
        if not moderation.is_operator(member.by):
            member.count_bytes(moderation.room.store.erasing_bytes)


async def _take_back_own(retraction: "Retraction", member: RoomMember) -> None:
    await retraction.wait()
    lookup = Lookup(retraction.room, member, member)
    seqs = await lookup.seqs(Authored("", [member.by]).wrote, 1, LOOK_BACK)
    if not seqs:
        raise RefusedError("nothing-yours")
    await retraction.delete(seqs)
    member.notice("deleted-last")


async def _take_back_of(retraction: "Retraction", member: RoomMember, request: Delete) -> None:
    await retraction.wait()
    lookup = Lookup(retraction.room, member)
    author, is_all = await _meant(retraction, lookup, request)
    seqs = await lookup.seqs(author.wrote, None if is_all else 1)
    if not seqs:
        raise RefusedError("nothing-said", author.name)
    retraction.check_operator()
    await retraction.delete(seqs, f"delete {quoted(author.name)} ({author.ids})")
    phrases = retraction.room.phrases
    text = phrases("deleted", detail=author.name, count=len(seqs))
    member.answer(Notice("deleted", text + phrases("ban-by-id", by=author.by) if author.by else text))


async def _meant(retraction: "Retraction", lookup: Lookup, request: Delete) -> tuple[Authored, bool]:
    """Whose messages, and whether all. Raises RefusedError: it may be the last of who is called `Al all`, too."""
    found = await _author(retraction, lookup, request.target)
    if request.whole and not id_in(request.target) and (other := await _author(retraction, lookup, request.whole)):
        if found and {*found.bys} != {*other.bys}:
            raise which_of((each.name, by) for each in (other, found) for by in each.bys or ("",))
        return other, False
    if found is None:
        raise RefusedError("nothing-said", request.target)
    return found, request.is_all


async def _author(retraction: "Retraction", lookup: Lookup, name: str) -> Authored | None:
    if found := here(retraction.room, name):
        return found
    authors: dict[str, Authored] = {}
    is_so, looked_at = said_as(name), 0
    async for message in lookup.backwards():
        if authors and looked_at >= RECENT:
            break
        looked_at += 1
        if is_so(message):
            authors.setdefault(message.by, author_of(message))
    named = [(each.name, each.by) for each in authors.values()]
    alike = await alike_here(retraction.room.roster, name, authors) if authors else []
    if len(named) + len(alike) > 1:
        raise which_of([*named, *alike])
    return next(iter(authors.values()), None)


class Retraction:
    """Something is taken back, by its author or by another one."""

    def __init__(self, moderation: Moderation, author: Author) -> None:
        self.room = moderation.room
        self._moderation = moderation
        self._author = author

    async def wait(self) -> None:
        """Until all is in the log that was said here before. Raises RefusedError: it can't be now."""
        await self.room.inbox.passed()
        if cause := self.room.inbox.failure:
            raise RefusedError("not-deleted", cause, 1)

    def check_operator(self) -> None:
        """Whether its author is one still: what it looked for took its time. Raises RefusedError."""
        self._moderation.check_operator(self._author.by)

    async def message(self, seq: int, *, may_any: bool = False) -> int:
        """Take back this one; the seq of the entry that says so. Raises RefusedError, StoreError.

        Who `may_any` came by the operators' password, and acts as one: guests of its address are known as one with it.
        """
        await self.wait()
        found = await Lookup(self.room, self._author).ask(lambda: self._at(seq))
        if found.by == self._author.by and not may_any:
            return await self.delete([seq])
        if not may_any and not self._moderation.is_operator(self._author.by):
            raise RefusedError("not-yours", str(seq))
        author = author_of(found)
        return await self.delete([seq], f"delete {quoted(author.name)} ({author.ids})")

    async def _at(self, seq: int) -> Message:
        past = self.room.past
        if seq > past.head:  # another node may have it already
            await self.room.store.check()
        for message in past.left(await past.read(seq - 1, 1)):
            if message.seq == seq and message.kind in TEXTS:
                return message
        raise RefusedError("no-such-message", str(seq))

    async def delete(self, seqs: Sequence[int], order: str = "", deletions: Sequence[Message] = ()) -> int:
        """Say that these are taken back, some at a time; the seq of the last entry. `order` if not one's own.

        Of deletions, what they are of is taken back anew with each.
        """
        last = 0
        for some in _some_at_a_time([*([seq] for seq in seqs), *([each.seq, *each.of] for each in deletions)]):
            draft = self._draft(some)
            last = await (self.room.inbox.said(draft) if order else self._in_turn(draft))
        author = self._author
        who = signature(shown_label(author.label, author.by), author.by, author.host)
        if order:
            act, _, whom = order.partition(" ")
            self.room.metrics.acted(act)
            extra = fields("act", act=act, operator=who, whom=whom, count=len(seqs))
            log.warning("operator %s: %s, messages: %s", who, order, len(seqs), extra=extra)
        else:
            own_log.info("%s took back own messages: %s", who, len(seqs))
        return last

    async def _in_turn(self, draft: Draft) -> int:
        lane = lane_of(self._author.host, self._author.id)
        return await self.room.questions.answer(lane, ERASING, lambda: self.room.inbox.said(draft))

    def _draft(self, seqs: Iterable[int]) -> Draft:
        author = self._author
        return Draft(
            at=self._moderation.wall(),
            label=author.label,
            via=author.via,
            owner=author.owner,
            origin=author.id,
            text=deletion_of(seqs),
            kind="deleted",
        )


def _some_at_a_time(groups: Iterable[Sequence[int]]) -> Iterator[Sequence[int]]:
    """AT_ONCE of them, each group with nothing left out of it, if it may be."""
    some: list[int] = []
    for group in groups:
        if some and len(some) + len(group) > AT_ONCE:
            yield some
            some = []
        some += group
        while len(some) > MAX_DELETED:
            yield some[:MAX_DELETED]
            some = some[MAX_DELETED:]
    if some:
        yield some
