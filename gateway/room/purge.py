"""All that a person ever said is erased, by an operator: under whatever name, and the names that it had.

1. What it takes back of deletions, which have a name too, it is `of` itself: who was away when they came hears of it.
2. It is done only to what was listed: who asks is told how much each one said that a name may mean, and has to say how
   much is to go. If that is another number by then, it is told again; also if a name still means several.
3. The log of the server says it by public id, not by name.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..messages import Message
from ..names import NAME_BYTES, shown_label
from ..refusals import RefusedError
from ..wires.answers import Notice
from ..wires.events import Purge
from .authors import Lookup, here, said_as
from .moderation import Moderation
from .retraction import Retraction
from .room import RoomMember
from .whom import id_in, visitor_owner

MAX_LISTED = 20


@dataclass
class _Record:
    """All that one said and took back, the oldest first; without a `by`, all that was under a name by nobody known."""

    name: str
    by: str
    seqs: list[int] = field(default_factory=list)
    deletions: list[Message] = field(default_factory=list)
    owners: set[str] = field(default_factory=set)
    first: int = 0
    last: int = 0

    def add(self, message: Message) -> None:
        """It said this, too, or took something back: something newer."""
        self.owners.add(message.owner)
        if message.kind == "deleted":
            self.deletions.append(message)
            return
        self.name, self.last = shown_label(message.label, message.by), message.at
        self.first = message.at if not self.seqs else self.first
        self.seqs.append(message.seq)


async def purge(moderation: Moderation, member: RoomMember, request: Purge) -> None:
    """Do it, or list what it would be. Raises StoreError."""
    try:
        await _Purge(moderation, member).do(request)
    except RefusedError as refused:
        member.refuse(refused)


class _Purge:
    """One purge."""

    def __init__(self, moderation: Moderation, member: RoomMember) -> None:
        self._room = moderation.room
        self._member = member
        self._retraction = Retraction(moderation, member)
        self._lookup = Lookup(moderation.room, member)

    async def do(self, request: Purge) -> None:
        """Erase, if it is told of which one how much; else list."""
        await self._retraction.wait()
        name, count = request.whole, None
        records = await self._records(name) if name and not id_in(request.target) else []
        if not records:
            name, count = request.target, request.count
            records = await self._records(name)
        if not records:
            raise RefusedError("nothing-said", name)
        meant = [each for each in records if len(each.seqs) == count]
        if len(meant) == 1 and (len(records) == 1 or not meant[0].by):  # of several each has an order by its id
            await self._erase(meant[0])
        else:
            self._list(name, records)

    async def _records(self, name: str) -> list[_Record]:
        """Of each one that may be meant."""
        is_so = said_as(name)
        bys = await self._people(name)
        records = {by: _Record(name, by) for by in sorted(bys)}
        async for message in self._lookup.entries():
            if message.by in records and (message.by or is_so(message)):
                records[message.by].add(message)
        for by, record in records.items():
            record.owners |= {each.owner for each in self._room.roster.of(by)}
        if (script := await self._script(name)) and script in records:
            records[script].owners.add(visitor_owner("", name))
        return [each for each in records.values() if each.seqs or each.deletions or each.owners]

    async def _people(self, name: str) -> Collection[str]:
        """By public id; empty is whoever the log knows by the name alone."""
        if found := id_in(name):
            return {found}
        is_so, present = said_as(name), here(self._room, name)
        bys: set[str] = set(present.bys if present else ())
        async for message in self._lookup.entries():
            if is_so(message):
                bys.add(message.by)
        return bys | ({script} if (script := await self._script(name)) else set())

    async def _script(self, name: str) -> str:
        """Who said something by POST /say under this name, and is remembered for it; empty if nobody did."""
        if len(name) > NAME_BYTES:
            return ""
        owner = visitor_owner("", name)
        known = await self._lookup.ask(lambda: self._room.store.names.recall(owner))
        return "" if known is None else self._room.store.by_of(owner)

    async def _erase(self, record: _Record) -> None:
        self._retraction.check_operator()
        order = f"purge {record.by or 'of nobody known'}"
        await self._retraction.delete(record.seqs, order, record.deletions)
        for owner in sorted(record.owners - {""}):
            await self._room.naming.forget(owner, self._member.lane)
        self._notice("purged", record)

    def _list(self, name: str, records: list[_Record]) -> None:
        for record in records[:MAX_LISTED]:
            self._notice("purge-nobody" if not record.by else "purge-who" if record.seqs else "purge-name", record)
        if len(records) > MAX_LISTED:
            more = self._room.phrases("list-more", count=len(records) - MAX_LISTED)
            self._member.answer(Notice("list-more", more))

    def _notice(self, code: str, record: _Record) -> None:
        facts = {"detail": record.name, "by": record.by, "count": len(record.seqs)}
        text = self._room.phrases(code, first=_day(record.first), last=_day(record.last), **facts)
        if code == "purged" and record.by:
            text += self._room.phrases("ban-by-id", by=record.by)
        self._member.answer(Notice(code, text))


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")
