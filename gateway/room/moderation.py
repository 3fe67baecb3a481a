"""Who keeps order, and what is in force: operators, bans, mutes, slow mode. What operators can do is in acts; how
what other nodes have ordered comes to be in force here, in reconciling.

A ban or mute is of a person (its session), and of its addresses but our own machine's and the operator's own: so it
outlasts a rename, a reconnect and a restart. It lies in the store, and every node knows it.

1. What is in force here MUST be what the store has: it is stored first, then done.
2. Other nodes are told of a person by public id, or of an address; never of a name, which changes hands.
3. What another node has stored may be in force here before its word is here, whom it is of and gone by then: from where
   they came MUST be known a while longer, or of a raid only the first would have their addresses barred.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from math import ceil
from typing import Protocol

from msgspec import UNSET

from ..faults import contained
from ..guard.lock import Lock
from ..logs import fields, quoted, signature
from ..messages import TEXTS, Hole, Message
from ..refusals import RefusedError
from ..stores.nodes import Acted, BansChanged
from ..wires.answers import Notice
from ..wires.closing import Closing
from .operators import Operators
from .room import Room, RoomMember
from .sanctions import Note, Rules, encode_note, longer, time_of
from .slices import in_slices
from .slow import Slow
from .whom import PutOut, Sayings, Target

MAX_HOSTS = 20
"""Addresses in one line of the log at most."""

_UNTIL = {"you-are-muted": "you-are-muted-until", "not-said-muted": "not-said-muted-until"}
"""The phrases of a mute that has an end."""

log = logging.getLogger("gateway.moderation")


class Speaker(Protocol):
    """Who wants to say something; `id` is its connection."""

    id: str
    by: str
    host: str


class Moderation:
    """The operators of a room, and what they have ordered. `lock` makes operators; `wall` is the time in ms."""

    def __init__(self, room: Room, lock: Lock, wall: Callable[[], int]) -> None:
        self.lock = lock
        self.room = room
        self.wall = wall
        self.rules = Rules({}, room.store.by_of)
        self._operators = Operators(lambda owner: room.roster.holder(owner) is not None)
        self._slow = Slow()
        self._sayings = Sayings()
        self._put_out = PutOut()
        room.listeners.append(self._note_log)

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
        log.info("%s is an operator now", signature(member.shown, member.by, member.host), extra=extra)

    def look(self, now: float) -> None:
        """See which operators are still here: see Operators."""
        self._operators.look(now)

    def forget_put_out(self) -> None:
        """Who was put out a while ago is not barred by where it came from any more: see PutOut."""
        self._put_out.age()

    def change_password(self, password: str) -> None:
        """Have operators by this one, or none: by another one nobody is an operator any more. Who is in stays in."""
        if not self.lock.change(password):
            return
        for owner in self._operators.end_where(lambda by: True):
            for member in self.room.roster.connections(owner):
                contained(member, self._demote, member)

    def _demote(self, member: RoomMember) -> None:
        """Tell it that it is no operator any more; so its address counts."""
        log.info("%s (%s) is no operator any more: the password is another one", quoted(member.shown), member.by)
        member.notice("op-ended")
        self._enforce(member, self.rules.mutes.of_person(member.by, self.wall()))

    def bars(self, host: str, by: str) -> bool:
        """Whether somebody is banned. Of an operator the address does not count: others may have it, too."""
        if not (bans := self.rules.bans):
            return False  # nearly always so
        now = self.wall()
        return bool(bans.of_person(by, now)) or (by not in self._operators and bool(bans.of_host(host, now)))

    def mute_of(self, host: str, by: str) -> Note | None:
        """What somebody is muted by, if it is."""
        return self._mute_in(self.rules, host, by)

    def _mute_in(self, rules: Rules, host: str, by: str) -> Note | None:
        if not rules.is_muting:
            return None  # asked for each message, and nearly always so
        mutes, now = rules.mutes, self.wall()
        return longer(mutes.of_person(by, now), None if by in self._operators else mutes.of_host(host, now))

    def check_ban(self, host: str, by: str) -> None:
        """Whether somebody may be here at all. Raises RefusedError."""
        if self.bars(host, by):
            raise RefusedError("you-are-banned")

    def check_mute(self, host: str, by: str, phrase: str = "you-are-muted") -> None:
        """Whether somebody may speak, and be called something else. Raises RefusedError, told by that phrase."""
        if (mute := self.mute_of(host, by)) is not None:
            raise self._muted(mute, phrase)

    def _muted(self, mute: Note, phrase: str = "you-are-muted") -> RefusedError:
        """What somebody is told, by this phrase: until when, and for how many seconds, if it has an end."""
        if not mute.until:
            return RefusedError("you-are-muted", phrase=phrase)
        left = max(1, ceil((mute.until - self.wall()) / 1000))
        return RefusedError("you-are-muted", time_of(mute.until), left, _UNTIL[phrase])

    def take_turn(self, speaker: Speaker, key: bytes | None) -> None:
        """Let somebody say something now, by this say-key: it is its turn. Raises RefusedError: it may not."""
        if self.rules.is_muting:
            self.check_mute(speaker.host, speaker.by, "not-said-muted")
        if self._slow.seconds and speaker.by not in self._operators:
            left = self._slow.take(speaker.by, speaker.host, key, self.room.deadlines.now())
            wait = left and max(1, ceil(round(left, 3)))  # a clock's sums are none of whole seconds
            if wait:
                raise RefusedError("slow", str(wait), wait)
        self._sayings.note(speaker.id, speaker.host)

    def give_turn_back(self, speaker: Speaker, key: bytes | None, since: float) -> None:
        """What somebody was to say, by a turn that it took since then, it does not say: it has its turn again."""
        self._slow.give_back(speaker.by, speaker.host, key, since)
        self._sayings.forget(speaker.id)

    def _note_log(self, batch: Sequence[Message | Hole]) -> None:
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
        """From where a target comes, or came when it said what it is meant for, or was put out; as far as is known."""
        hosts = {*(member.host for member in members), self._sayings.host_of(target.origin)}
        hosts |= self._put_out.hosts_of(target.by)
        return sorted(hosts - {""})

    async def order(
        self, notes: Mapping[str, Note], acted: Acted | None = None, *, known: Mapping[str, Note] | None = None
    ) -> list[RoomMember]:
        """Put something in force, here and elsewhere; returns whom it concerns here. Raises StoreError.

        `known` is what is stored, if that may not be what is in force: then that is put in force, too. If only some can
        be stored, that is in force. Other nodes MUST hear of the act before they hear that there is something new: then
        whom it is for is still there, and they see from where it came; see 3 above, too.
        """
        rules = dict(self.rules.notes if known is None else known)
        try:
            for subject, note in notes.items():
                await self.room.store.bans.put(subject, encode_note(note))
                rules[subject] = note
        finally:
            concerned = await self.put(rules)
            if acted is not None:
                self.room.store.nodes.tell(acted)
            self.tell_digest()
        return concerned

    async def lift(self, subjects: Collection[str]) -> list[RoomMember]:
        """Put something out of force; else the same."""
        rules = dict(self.rules.notes)
        try:
            for subject in subjects:
                await self.room.store.bans.delete(subject)
                rules.pop(subject, None)
        finally:
            concerned = await self.put(rules)
            self.tell_digest()
        return concerned

    async def put(self, notes: Mapping[str, Note]) -> list[RoomMember]:
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
        return self._enforce(member, self._mute_in(before, member.host, member.by))

    def _enforce(self, member: RoomMember, before: Note | None) -> bool:
        if self.bars(member.host, member.by):
            self._put_out.note(member.by, member.host)
            member.close(Closing.BANNED)
            return True
        mute = self.mute_of(member.host, member.by)
        if (mute and mute.until) == (before and before.until):  # None if it is not muted, 0 for ever
            return False
        if mute is None:
            member.notice("you-may-speak")
        else:
            why = self._muted(mute)
            text = self.room.phrases(why.phrase, detail=why.detail)
            member.answer(Notice("you-are-muted", text, round(why.seconds) or UNSET))
        return True

    def send_away(self, target: Target, members: Collection[RoomMember]) -> None:
        """Send these away, who are meant. Who has just gone itself is no operator either when it comes back."""
        for by in {target.by, *(member.by for member in members)}:
            self._operators.end(by)
        for member in members:
            contained(member, member.close, Closing.KICKED)

    def record(
        self, act: str, operator: str, target: Target, hosts: Sequence[str], seconds: int | None, count: int
    ) -> None:
        """Write an act into the server's log; `seconds` 0 is for ever, `count` of connections here."""
        whom = f"{quoted(target.name)} ({target.by})" if target.by else target.name
        places = f" from {', '.join(hosts[:MAX_HOSTS])}{', …' * (len(hosts) > MAX_HOSTS)}" if hosts else ""
        lasting = "" if seconds is None else f", {seconds} s" if seconds else ", for ever"
        self.room.metrics.acted(act)
        extra = fields("act", act=act, operator=operator, name=target.name, by=target.by, seconds=seconds, count=count)
        log.warning(
            "operator %s: %s %s%s%s, connections here: %s", operator, act, whom, places, lasting, count, extra=extra
        )

    def tell_digest(self) -> None:
        """Tell the other nodes what is in force here."""
        self.room.store.nodes.tell(BansChanged(self.rules.digest))
