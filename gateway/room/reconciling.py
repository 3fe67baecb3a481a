"""What is in force on this node is brought in line: with what the store has, and with what was ordered on other nodes.

1. Whatever another node tells MUST be looked up in the store before it is in force here: a word may be late, or of what
   has been lifted again. By its word alone is done what the store knows nothing of: who is kicked is sent away.
2. It MUST come right without any word, too: each node tells again and again what is in force there.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..guard.deadlines import Alarm
from ..names import defused
from ..stores.nodes import Acted, BansChanged, Event
from .moderation import Moderation
from .questions import ORDERS, OURS
from .room import RoomMember
from .sanctions import Note, Rules, barred_network, stored_notes
from .slices import in_slices
from .whom import Target

KEEP_SECONDS = 10.0
"""Seconds between two looks for what has run out; each time other nodes are told what is in force here."""


@dataclass(slots=True)
class _Deed:
    """An act on another node, and whom it is for here."""

    event: Acted
    target: Target
    members: Sequence[RoomMember] = ()
    hosts: Sequence[str] = ()


class Reconciler:
    """Does that for one node, from `begin` on."""

    def __init__(self, moderation: Moderation) -> None:
        self.alarm: Alarm | None = None
        self._moderation = moderation
        self._room = moderation.room
        self._is_behind = False
        self._acted: list[Acted] = []  # on other nodes, and is to be done here
        self._room.store.nodes.listen(self._hear)

    async def begin(self) -> None:
        """Have in force what is stored, and keep it so. Raises StoreError."""
        await self._moderation.put(await stored_notes(self._room.store))
        deadlines = self._room.deadlines
        deadlines.wake_at(self, deadlines.now() + KEEP_SECONDS)

    async def read_again(self) -> bool:
        """Have in force what is stored; whether that is something else. Raises StoreError."""
        before = self._moderation.rules.digest
        await self._room.questions.answer(OURS, ORDERS, self._catch_up)
        return self._moderation.rules.digest != before

    # --- what other nodes tell ------------------------------------------------------------------------------------

    def _hear(self, node: str, event: Event) -> None:
        if isinstance(event, Acted):
            if not self._acted:
                self._room.questions.do(ORDERS, self._do_too)
            self._acted.append(event)
        elif isinstance(event, BansChanged) and event.digest != self._moderation.rules.digest and not self._is_behind:
            self._is_behind = True
            self._room.questions.do(ORDERS, self._catch_up)

    async def _catch_up(self) -> None:
        self._is_behind = False
        await self._moderation.put(await stored_notes(self._room.store))

    async def _do_too(self) -> None:
        """Operators did something on other nodes: do here what can be done here alone. Raises StoreError.

        All that has been heard of by now, by one look at the store: in a raid that is much, and many notes are there.
        """
        acted, self._acted = self._acted, []
        deeds = [deed async for event in in_slices(acted) if (deed := self._deed_of(event))]
        await self._find(deeds)
        for deed in deeds:
            if deed.event.act == "kick":
                self._moderation.send_away(deed.target, deed.members)
        if any(deed.event.act != "kick" for deed in deeds):
            await self._bar_too(deeds)
        for deed in deeds:
            self._record(deed)

    def _deed_of(self, event: Acted) -> "_Deed | None":
        network = barred_network(event.network)
        if event.act == "unban" or bool(event.person) == (network is not None):
            self._room.store.skipped("an operator's act on another node", "a person or a network has to be meant")
            return None
        return _Deed(event, Target(defused(event.target), event.person, origin=event.origin, network=network))

    async def _find(self, deeds: Sequence["_Deed"]) -> None:
        """Whom they are for here, and from where these come."""
        people: defaultdict[str, list[RoomMember]] = defaultdict(list)
        async for member in in_slices(self._room.roster.members()):
            people[member.by].append(member)
        async for deed in in_slices(deeds):
            target = deed.target
            deed.members = await self._moderation.members_of(target) if target.network else people[target.by]
            deed.hosts = self._moderation.hosts_of(target, deed.members)

    async def _bar_too(self, deeds: Sequence["_Deed"]) -> None:
        """Have in force what is stored, and what a person is under itself, if it still is, at its places too.

        All at once: who is told that it is muted is muted by each door.
        """
        stored = await stored_notes(self._room.store)
        rules, now = Rules(stored, self._room.store.by_of), self._moderation.wall()
        anew: dict[str, Note] = {}
        async for deed in in_slices(deeds):
            if (kind := deed.event.act) not in ("mute", "ban"):
                continue
            note = (rules.mutes if kind == "mute" else rules.bans).of_person(deed.target.by, now)
            places = rules.places(kind, deed.target.by, deed.hosts, deed.event.spared) if note else ()
            anew |= {each: note for each in sorted(places) if note and stored.get(each) != note}
        if anew:
            await self._moderation.order(anew, known=stored)
        else:
            await self._moderation.put(stored)

    def _record(self, deed: "_Deed") -> None:
        event = deed.event
        if deed.hosts:
            lasting = None if event.act == "kick" else event.seconds
            operator = f"{defused(event.operator)} on another node"
            self._moderation.record(event.act, operator, deed.target, deed.hosts, lasting, len(deed.members))

    # --- again and again ------------------------------------------------------------------------------------------

    def wake(self, now: float) -> float:
        """See Deadlines."""
        self._moderation.look(now)
        self._room.questions.do(ORDERS, self._keep)
        return now + KEEP_SECONDS

    async def _keep(self) -> None:
        """Forget what is over, in the store too; tell the others, who may have missed a word. Raises StoreError."""
        self._moderation.forget_put_out()  # not before what was ordered until now is done
        if self._moderation.rules.run_out(self._moderation.wall()):
            over = await self._room.store.surely_past()
            # As the store has it now: it may have been ordered anew on another node.
            stored = Rules(await stored_notes(self._room.store), self._room.store.by_of)
            await self._moderation.put(stored.notes)
            await self._moderation.lift(stored.run_out(over))
        else:
            self._moderation.tell_digest()

    def fail(self) -> None:
        """See Blamed: a fault is told, and we go on."""

    cut = fail
