"""Who keeps order, and what is in force: operators, bans, mutes, slow mode. What operators can do is in acts.

A ban or mute is of a person (its session), and of its addresses but our own machine's and the operator's own: so it
outlasts a rename, a reconnect and a restart. It lies in the store, and every node knows it.

1. What is in force here MUST be what the store has: it is stored first, then done.
2. Other nodes are told of a person by public id, or of an address; never of a name, which changes hands.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from math import ceil
from typing import Protocol

from ..faults import contained
from ..guard.deadlines import Alarm
from ..guard.lock import Lock
from ..logs import fields
from ..messages import TEXTS, Hole, Message
from ..names import defused
from ..refusals import RefusedError
from ..stores.nodes import Acted, BansChanged, Event
from ..wires.closing import Closing
from .operators import Operators
from .questions import ORDERS, OURS
from .room import Room, RoomMember
from .sanctions import Kind, Note, Rules, barred_network, encode_note, longer, stored_notes
from .slices import in_slices
from .slow import Slow
from .whom import Sayings, Target

KEEP_SECONDS = 10.0
"""Seconds between two looks for what has run out; each time other nodes are told what is in force here."""

MAX_HOSTS = 20
"""Addresses in one line of the log at most."""

log = logging.getLogger("gateway.moderation")


class Speaker(Protocol):
    """Who wants to say something; `id` is its connection."""

    id: str
    by: str
    host: str


class Moderation:
    """The operators of a room, and what they have ordered. `lock` makes operators; `wall` is the time in ms."""

    def __init__(self, room: Room, lock: Lock, wall: Callable[[], int]) -> None:
        self.alarm: Alarm | None = None
        self.lock = lock
        self.room = room
        self.wall = wall
        self.rules = Rules({}, room.store.by_of)
        self._operators = Operators(lambda owner: room.roster.holder(owner) is not None)
        self._slow = Slow()
        self._sayings = Sayings()
        self._is_behind = False
        room.store.nodes.listen(self._hear)
        room.listeners.append(self._hear_log)

    async def load(self) -> None:
        """Know what is stored, and keep it so. Raises StoreError."""
        await self._put(await stored_notes(self.room.store))
        deadlines = self.room.deadlines
        deadlines.wake_at(self, deadlines.now() + KEEP_SECONDS)

    # --- what is so -----------------------------------------------------------------------------------------------

    def is_operator(self, by: str) -> bool:
        """Whether this person has given the admin password, and was here since."""
        return by in self._operators

    def check_operator(self, by: str) -> None:
        """Whether this person is one. Raises RefusedError."""
        self._operators.check(by)

    def promote(self, member: RoomMember, password: str) -> None:
        """Make its person an operator. Raises RefusedError."""
        if not self.lock.is_set:
            raise RefusedError("op-none")
        if problem := self.lock.refuses(member.host, password, self.room.deadlines.now(), member.wire.name):
            raise RefusedError(problem)
        self._operators.add(member.by, member.owner, self.room.deadlines.now())
        extra = fields("operator", address=member.host, name=member.shown, by=member.by, door=member.wire.name)
        log.info("%s (%s) from %s is an operator now", member.shown, member.by, member.host, extra=extra)

    def change_password(self, password: str) -> None:
        """Have operators by this one, or none: by another one nobody is an operator any more. Who is in stays in."""
        if not self.lock.change(password):
            return
        for owner in self._operators.end_where(lambda by: True):
            for member in self.room.roster.connections(owner):
                contained(member, self._demote, member)

    def _demote(self, member: RoomMember) -> None:
        """Tell it that it is no operator any more; so its address counts."""
        log.info("%s (%s) is no operator any more: the password is another one", member.shown, member.by)
        member.notice("op-ended")
        self._enforce(member, was_muted=bool(self.rules.mutes.of_person(member.by, self.wall())))

    def bars(self, host: str, by: str) -> bool:
        """Whether somebody is banned. Of an operator the address does not count: others may have it, too."""
        if not (bans := self.rules.bans):
            return False  # nearly always so
        now = self.wall()
        return bool(bans.of_person(by, now)) or (by not in self._operators and bool(bans.of_host(host, now)))

    def mute_of(self, host: str, by: str) -> Note | None:
        """What somebody is muted by, if it is."""
        if not self.rules.is_muting:
            return None  # asked for each message, and nearly always so
        mutes, now = self.rules.mutes, self.wall()
        return longer(mutes.of_person(by, now), None if by in self._operators else mutes.of_host(host, now))

    def check_ban(self, host: str, by: str) -> None:
        """Whether somebody may be here at all. Raises RefusedError."""
        if self.bars(host, by):
            raise RefusedError("you-are-banned")

    def check_mute(self, host: str, by: str, phrase: str = "") -> None:
        """Whether somebody may speak, and be called something else. Raises RefusedError, told by that phrase."""
        if (mute := self.mute_of(host, by)) is not None:
            seconds = self._left(mute)
            raise RefusedError("you-are-muted", str(seconds), seconds, phrase)

    def _left(self, note: Note) -> int:
        """Seconds that it still holds; 0 is for ever."""
        return max(1, ceil((note.until - self.wall()) / 1000)) if note.until else 0

    def hear(self, speaker: Speaker, key: bytes | None) -> None:
        """Take note of what somebody says now, by this say-key. Raises RefusedError: it may not."""
        if self.rules.is_muting:
            self.check_mute(speaker.host, speaker.by, "not-said-muted")
        if self._slow.seconds and speaker.by not in self._operators:
            left = self._slow.take(speaker.by, speaker.host, key, self.room.deadlines.now())
            wait = left and max(1, ceil(round(left, 3)))  # a clock's sums are none of whole seconds
            if wait:
                raise RefusedError("slow", str(wait), wait)
        self._sayings.note(speaker.id, speaker.host)

    def hear_not(self, speaker: Speaker, key: bytes | None, since: float) -> None:
        """What somebody was to say, as was heard since then, it does not say: it has its turn again."""
        self._slow.give_back(speaker.by, speaker.host, key, since)
        self._sayings.forget(speaker.id)

    def _hear_log(self, batch: Sequence[Message | Hole]) -> None:
        """What was said here came from somewhere; what was said on other nodes counts for slow mode, too."""
        if self._sayings.are_under_way:
            for item in batch:
                if isinstance(item, Message):
                    self._sayings.logged(item.origin)
        if not self._slow.seconds:
            return
        now, wall = self.room.deadlines.now(), self.wall()
        for item in batch:
            if isinstance(item, Message) and item.by and item.kind in TEXTS:
                self._slow.note(item.by, now - max(0, wall - item.at) / 1000)

    # --- what is done to a target ---------------------------------------------------------------------------------

    async def members_of(self, target: Target) -> list[RoomMember]:
        """The connections on this node that are meant."""
        return [
            member async for member in in_slices(self.room.roster.members()) if target.covers(member.by, member.host)
        ]

    def hosts_of(self, target: Target, members: Collection[RoomMember]) -> list[str]:
        """From where a target comes, or came when it said what it is meant for, as far as is known here."""
        hosts = {*(member.host for member in members), self._sayings.host_of(target.origin)}
        return sorted(hosts - {""})

    async def order(
        self, notes: Mapping[str, Note], acted: Acted | None = None, *, known: Mapping[str, Note] | None = None
    ) -> list[RoomMember]:
        """Put something in force, here and elsewhere; returns whom it concerns here. Raises StoreError.

        `known` is what is stored, if that may not be what is in force: then that is put in force, too. If only some can
        be stored, that is in force. Other nodes MUST hear of the act before they hear that there is something new: then
        whom it is for is still there, and they see from where it came.
        """
        rules = dict(self.rules.notes if known is None else known)
        try:
            for subject, note in notes.items():
                await self.room.store.bans.put(subject, encode_note(note))
                rules[subject] = note
        finally:
            concerned = await self._put(rules)
            if acted is not None:
                self.room.store.nodes.tell(acted)
            self._tell_digest()
        return concerned

    async def lift(self, subjects: Collection[str]) -> list[RoomMember]:
        """Put something out of force; else the same."""
        rules = dict(self.rules.notes)
        try:
            for subject in subjects:
                await self.room.store.bans.delete(subject)
                rules.pop(subject, None)
        finally:
            concerned = await self._put(rules)
            self._tell_digest()
        return concerned

    async def _put(self, notes: Mapping[str, Note]) -> list[RoomMember]:
        """Have these in force: close who is banned now, tell who is muted now, or not any more. Returns these."""
        before, self.rules = self.rules, Rules(notes, self.room.store.by_of)
        self._slow.set(self.rules.slow)
        if before.notes == self.rules.notes:
            return []
        now = self.wall()
        self._operators.end_where(lambda by: bool(self.rules.bans.of_person(by, now)))
        members = in_slices(self.room.roster.members())
        return [member async for member in members if contained(member, self._enforce_since, member, before)]

    def _enforce_since(self, member: RoomMember, before: Rules) -> bool:
        now = self.wall()
        was_muted = bool(before.mutes.of_person(member.by, now) or before.mutes.of_host(member.host, now))
        return self._enforce(member, was_muted=was_muted)

    def _enforce(self, member: RoomMember, *, was_muted: bool) -> bool:
        if self.bars(member.host, member.by):
            member.close(Closing.BANNED)
            return True
        mute = self.mute_of(member.host, member.by)
        if was_muted == (mute is not None):
            return False
        if mute is None:
            member.notice("you-may-speak")
        else:
            member.notice("you-are-muted", seconds=self._left(mute))
        return True

    def record(
        self, act: str, operator: str, target: Target, hosts: Sequence[str], seconds: int | None, count: int
    ) -> None:
        """Write an act into the server's log; `seconds` 0 is for ever, `count` of connections here."""
        whom = f"{target.name} ({target.by})" if target.by else target.name
        places = f" from {', '.join(hosts[:MAX_HOSTS])}{', …' * (len(hosts) > MAX_HOSTS)}" if hosts else ""
        lasting = "" if seconds is None else f", {seconds} s" if seconds else ", for ever"
        self.room.metrics.acted(act)
        extra = fields("act", act=act, operator=operator, name=target.name, by=target.by, seconds=seconds, count=count)
        log.warning(
            "operator %s: %s %s%s%s, connections here: %s", operator, act, whom, places, lasting, count, extra=extra
        )

    # --- the store and other nodes --------------------------------------------------------------------------------

    def _hear(self, node: str, event: Event) -> None:
        if isinstance(event, Acted):
            self.room.questions.do(ORDERS, lambda: self._do_too(event))
        elif isinstance(event, BansChanged) and event.digest != self.rules.digest and not self._is_behind:
            self._is_behind = True
            self.room.questions.do(ORDERS, self._catch_up)

    async def read_again(self) -> bool:
        """Have in force what is stored; whether that is something else. Raises StoreError."""
        before = self.rules.digest
        await self.room.questions.answer(OURS, ORDERS, self._catch_up)
        return self.rules.digest != before

    async def _catch_up(self) -> None:
        self._is_behind = False
        await self._put(await stored_notes(self.room.store))

    async def _do_too(self, event: Acted) -> None:
        """An operator did something on another node: do here what can be done here alone. Raises StoreError."""
        network = barred_network(event.network)
        if event.act == "unban" or bool(event.person) == (network is not None):
            self.room.store.skipped("an operator's act on another node", "a person or a network has to be meant")
            return
        target = Target(defused(event.target), event.person, origin=event.origin, network=network)
        members = await self.members_of(target)
        hosts = self.hosts_of(target, members)
        if event.act == "kick":
            self.send_away(target, members)
        else:
            await self._bar_too(event.act, target, hosts, event.spared)
        if hosts:
            lasting = None if event.act == "kick" else event.seconds
            self.record(event.act, f"{defused(event.by)} on another node", target, hosts, lasting, len(members))

    async def _bar_too(self, kind: Kind, target: Target, hosts: Sequence[str], spared: str) -> None:
        """Have in force what is stored, and what a person is under itself, if it still is, at its places too.

        All at once: who is told that it is muted is muted by each door.
        """
        stored = await stored_notes(self.room.store)
        rules = Rules(stored, self.room.store.by_of)
        note = (rules.mutes if kind == "mute" else rules.bans).of_person(target.by, self.wall())
        places = sorted(rules.places(kind, target.by, hosts, spared)) if note else ()
        if note and (anew := {each: note for each in places if stored.get(each) != note}):
            await self.order(anew, known=stored)
        else:
            await self._put(stored)

    def send_away(self, target: Target, members: Collection[RoomMember]) -> None:
        """Send these away, who are meant. Who has just gone itself is no operator either when it comes back."""
        for by in {target.by, *(member.by for member in members)}:
            self._operators.end(by)
        for member in members:
            contained(member, member.close, Closing.KICKED)

    def _tell_digest(self) -> None:
        self.room.store.nodes.tell(BansChanged(self.rules.digest))

    def wake(self, now: float) -> float:
        """See Deadlines."""
        self._operators.look(now)
        self.room.questions.do(ORDERS, self._keep)
        return now + KEEP_SECONDS

    async def _keep(self) -> None:
        """Forget what is over, in the store too; tell the others, who may have missed a word. Raises StoreError."""
        if self.rules.run_out(self.wall()):
            # As the store has it now: it may have been ordered anew on another node.
            stored = Rules(await stored_notes(self.room.store), self.room.store.by_of)
            await self._put(stored.notes)
            await self.lift(stored.run_out(self.wall()))
        else:
            self._tell_digest()

    def fail(self) -> None:
        """See Blamed: a fault is told, and we go on."""

    cut = fail
