"""What is in force on this node is brought in line: with what the store has, and with what was ordered on other nodes.

1. Whatever another node tells MUST be looked up in the store before it is in force here: a word may be late, or of what
   has been lifted again. By its word alone is done what the store knows nothing of: who is kicked is sent away.
2. It MUST come right without any word, too: each node tells again and again what is in force there.
"""

from collections.abc import Sequence

from ..guard.deadlines import Alarm
from ..names import defused
from ..stores.nodes import Acted, BansChanged, Event
from .moderation import Moderation
from .questions import ORDERS, OURS
from .sanctions import Kind, Rules, barred_network, stored_notes
from .whom import Target

KEEP_SECONDS = 10.0
"""Seconds between two looks for what has run out; each time other nodes are told what is in force here."""


class Reconciler:
    """Does that for one node, from `begin` on."""

    def __init__(self, moderation: Moderation) -> None:
        self.alarm: Alarm | None = None
        self._moderation = moderation
        self._room = moderation.room
        self._is_behind = False
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
            self._room.questions.do(ORDERS, lambda: self._do_too(event))
        elif isinstance(event, BansChanged) and event.digest != self._moderation.rules.digest and not self._is_behind:
            self._is_behind = True
            self._room.questions.do(ORDERS, self._catch_up)

    async def _catch_up(self) -> None:
        self._is_behind = False
        await self._moderation.put(await stored_notes(self._room.store))

    async def _do_too(self, event: Acted) -> None:
        """An operator did something on another node: do here what can be done here alone. Raises StoreError."""
        network = barred_network(event.network)
        if event.act == "unban" or bool(event.person) == (network is not None):
            self._room.store.skipped("an operator's act on another node", "a person or a network has to be meant")
            return
        target = Target(defused(event.target), event.person, origin=event.origin, network=network)
        members = await self._moderation.members_of(target)
        hosts = self._moderation.hosts_of(target, members)
        if event.act == "kick":
            self._moderation.send_away(target, members)
        else:
            await self._bar_too(event.act, target, hosts, event.spared)
        if hosts:
            lasting = None if event.act == "kick" else event.seconds
            self._moderation.record(
                event.act, f"{defused(event.operator)} on another node", target, hosts, lasting, len(members)
            )

    async def _bar_too(self, kind: Kind, target: Target, hosts: Sequence[str], spared: str) -> None:
        """Have in force what is stored, and what a person is under itself, if it still is, at its places too.

        All at once: who is told that it is muted is muted by each door.
        """
        stored = await stored_notes(self._room.store)
        rules = Rules(stored, self._room.store.by_of)
        note = (rules.mutes if kind == "mute" else rules.bans).of_person(target.by, self._moderation.wall())
        places = sorted(rules.places(kind, target.by, hosts, spared)) if note else ()
        if note and (anew := {each: note for each in places if stored.get(each) != note}):
            await self._moderation.order(anew, known=stored)
        else:
            await self._moderation.put(stored)

    # --- again and again ------------------------------------------------------------------------------------------

    def wake(self, now: float) -> float:
        """See Deadlines."""
        self._moderation.look(now)
        self._room.questions.do(ORDERS, self._keep)
        return now + KEEP_SECONDS

    async def _keep(self) -> None:
        """Forget what is over, in the store too; tell the others, who may have missed a word. Raises StoreError."""
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
