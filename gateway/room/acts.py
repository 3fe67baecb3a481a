"""What operators can do: send away, mute, ban, lift, slow the room down; and see who somebody is.

1. Each act MUST show its operator what came of it: whom it hit and how many connections, or why nobody.
2. Each act MUST be in the log of the server: who, whom, from which address, for how long.
"""

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Literal

from ..logs import signature
from ..names import defused
from ..people import Seen
from ..refusals import RefusedError
from ..stores.nodes import Acted
from ..wires.answers import Notice
from ..wires.events import MAX_SECONDS, Act, Moderate
from .moderation import Moderation
from .room import RoomMember
from .sanctions import (
    MAX_SLOW,
    SLOW,
    Kind,
    Note,
    address_of,
    barred_network,
    is_loopback_network,
    network_subject,
    person_subject,
    shown_time,
    text_of,
    time_of,
)
from .slices import in_slices
from .whom import Target, called, id_in, key_of, speaker_of, spoke_as, which_of, whom

MAX_LISTED = 100
MAX_SHOWN = 20

log = logging.getLogger("gateway.moderation")


async def act(moderation: Moderation, operator: RoomMember, request: Moderate) -> None:
    """Do it in the whole room, and tell the operator. Raises StoreError."""
    try:
        moderation.check_operator(operator.by)  # it has waited, and may be none any more
        await _ACTS[request.act](_Act(moderation, operator, request))
    except RefusedError as refused:
        operator.refuse(refused)


class _Act:
    """One act."""

    def __init__(self, moderation: Moderation, operator: RoomMember, request: Moderate) -> None:
        self._moderation = moderation
        self._operator = operator
        self._request = request
        self._room = moderation.room
        self._phrases = moderation.room.phrases

    async def kick(self) -> None:
        """Send away; who it is may come again, and is no operator then: nor is who has just gone by itself."""
        targets, _ = await self._targets()
        hit = [(each, await self._moderation.members_of(each), await self._elsewhere(each)) for each in targets]
        for target, members, _ in hit:
            self._moderation.send_away(target, members)
            self._room.store.nodes.tell(self._acted("kick", target))
        if not any(members or elsewhere for _, members, elsewhere in hit):
            raise RefusedError("not-here", targets[0].name)
        for target, members, elsewhere in hit:
            self._report("kick", target, members, len(members) + len(elsewhere))

    async def sanction(self, kind: Kind) -> None:
        """Mute or ban."""
        moderation = self._moderation
        targets, seconds = await self._targets()
        seconds = min(seconds, MAX_SECONDS)
        until = moderation.wall() + seconds * 1000 if seconds else 0
        for target in targets:
            members = await moderation.members_of(target)
            subjects = self._subjects(kind, target, moderation.hosts_of(target, members))
            note = Note(defused(target.name), self._operator.shown, until, target.by)
            kept = {} if target.network is None else moderation.rules.moved(kind, target.network)
            notes = kept | dict.fromkeys(sorted(subjects), note)
            concerned = await moderation.order(notes, self._acted(kind, target, seconds))
            count = len({*members, *concerned}) + len(await self._elsewhere(target))
            self._report(kind, target, members, count, (seconds, self._lasting(until)))

    def _subjects(self, kind: Kind, target: Target, hosts: Sequence[str]) -> set[str]:
        """What is put under a sanction with a target. What it is under already is then for as long as this."""
        if target.network is not None:
            return {network_subject(kind, target.network)}
        rules = self._moderation.rules
        people = {each for each in rules.about(kind, target.by) if not address_of(each)}
        people.add(person_subject(kind, target.by, target.owner))
        return people | rules.places(kind, target.by, hosts, self._operator.host)

    async def lift(self, kind: Kind) -> None:
        """Unmute or unban."""
        now = self._moderation.wall()
        held = {subject: note for subject, note in (await self._held(kind)).items() if note.holds(now)}
        if not held:
            raise RefusedError(_NONE[kind], self._asked)
        await self._moderation.lift(held)
        places: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for subject, note in held.items():
            places[note.name, note.member].add(address_of(subject))
        several = len({by for _, by in places}) > 1
        names = [f"{name} [{by}]" if several and by else name for name, by in places]
        self._notice(_DONE[f"un{kind}"], detail=", ".join([*dict.fromkeys(names)][:MAX_SHOWN]))
        for (name, by), hosts in places.items():
            there = sorted(hosts - {"", name})
            self._moderation.record(f"un{kind}", self._signature, Target(name, by), there, None, 0)

    async def slow(self) -> None:
        """One message a person in so many seconds, or as many as they like."""
        seconds = self._request.seconds
        if seconds > MAX_SLOW:
            raise RefusedError("bad-argument", "/slow")
        if seconds:
            await self._moderation.order({SLOW: Note(SLOW, self._operator.shown, 0, seconds=seconds)})
            self._notice("slowed", detail=seconds)
        else:
            await self._moderation.lift([SLOW])
            self._notice("slow-off")
        self._room.metrics.acted("slow")
        log.warning("operator %s: slow mode, %s s", self._signature, seconds)

    async def tell_all(self, kind: Kind) -> None:
        """Who is muted, or banned; until when, by whom."""
        now = self._moderation.wall()
        found: defaultdict[Note, list[str]] = defaultdict(list)
        for subject, note in self._moderation.rules.of(kind).items():
            if note.holds(now):
                found[note].append(address_of(subject))
        if not found:
            self._notice(_NOBODY[kind])
        notes = sorted(found, key=lambda note: (note.until or inf, note.name))
        for note in notes[:MAX_LISTED]:
            places = ", ".join(sorted({*found[note]} - {"", note.name}))
            name = f"{note.name} [{places}]" if places else note.name
            self._notice(_LISTED[kind], detail=name, lasting=self._lasting(note.until), by=note.operator)
        if len(notes) > MAX_LISTED:
            self._notice("list-more", count=len(notes) - MAX_LISTED)

    async def whois(self) -> None:
        """Who somebody is: all that is known here of whoever goes by a name, or is here from an address."""
        targets, _ = await whom(self._room.past, self._room.roster, self._request)
        for target in (replace(each, spares_loopback=False) for each in targets[:MAX_SHOWN]):
            here = [self._room.roster.seen(member) for member in await self._moderation.members_of(target)]
            elsewhere = await self._elsewhere(target)
            for person in here[:MAX_SHOWN]:
                self._describe(person, [])
            for person in elsewhere[:MAX_SHOWN]:
                self._describe(person, [self._phrases("fact-elsewhere")])
            if more := len(here[MAX_SHOWN:]) + len(elsewhere[MAX_SHOWN:]):
                self._notice("list-more", count=more)
            if target.network is not None and not (here or elsewhere):
                self._notice("nobody-from", detail=target.name)
            elif not (here or elsewhere):
                hosts = self._moderation.hosts_of(target, ())
                gone = Seen(target.name, "web", target.by, "".join(hosts))
                self._describe(gone, [self._phrases("fact-gone")], is_here=False)

    # --- whom -----------------------------------------------------------------------------------------------------

    async def _targets(self) -> tuple[Sequence[Target], int]:
        """Who is meant, and for how many seconds. Raises RefusedError: nobody, or nobody to whom that can be done."""
        targets, seconds = await whom(self._room.past, self._room.roster, self._request)
        for target in targets:
            if target.by == self._operator.by:
                raise RefusedError("yourself")
            if target.network is not None and is_loopback_network(target.network):
                raise RefusedError("own-machine", target.name)
            if target.covers(self._operator.by, self._operator.host):
                raise RefusedError("own-address", target.name)
        return targets, seconds

    async def _elsewhere(self, target: Target) -> Sequence[Seen]:
        """The connections on other nodes that are meant, as far as is known."""
        people = [*self._room.roster.elsewhere()]
        return [each async for each in in_slices(people) if target.covers(each.by, each.host)]

    async def _held(self, kind: Kind) -> dict[str, Note]:
        """What is to be lifted: of a person; or of who is called so now, was when it was done, or said something so."""
        request, rules, past = self._request, self._moderation.rules, self._room.past
        if request.seq:
            return rules.about(kind, (await speaker_of(past, request.seq)).by)
        if by := request.member or id_in(request.target):
            return rules.about(kind, by)
        if (network := barred_network(request.target)) is not None:
            return rules.upon(kind, network)
        here = called(self._room.roster, request.target)
        if held := {each: note for one in here for each, note in rules.about(kind, one.by).items()}:
            return held
        key = key_of(request.target)
        held = {each: note for each, note in rules.of(kind).items() if key_of(note.name) == key}
        if not held:
            gone = await spoke_as(past, request.target)
            held = {each: note for one in gone for each, note in rules.about(kind, one.by).items()}
        if len({note.member for note in held.values()}) > 1:
            raise which_of((note.name, note.member) for note in held.values())
        return held

    @property
    def _asked(self) -> str:
        request = self._request
        return request.target or request.member or str(request.seq)

    # --- what came of it ------------------------------------------------------------------------------------------

    def _acted(self, what: Literal["kick", "mute", "ban"], target: Target, seconds: int = 0) -> Acted:
        """What other nodes are told, to do it too."""
        return Acted(
            what,
            defused(target.name),
            seconds,
            self._operator.shown,
            person=target.by,
            network="" if target.network is None else text_of(target.network),
            origin=target.origin,
            spared=self._operator.host,
        )

    def _report(
        self, what: str, target: Target, members: Sequence[RoomMember], count: int, lasts: tuple[int, str] | None = None
    ) -> None:
        """Tell the operator, and the log. `lasts` for so many seconds, and in words."""
        seconds, lasting = lasts or (None, "")
        self._notice(_DONE[what], detail=target.name, lasting=lasting, count=count)
        hosts = self._moderation.hosts_of(target, members)
        self._moderation.record(what, self._signature, target, hosts, seconds, len(members))

    def _describe(self, person: Seen, facts: list[str], *, is_here: bool = True) -> None:
        moderation, phrases = self._moderation, self._phrases
        if is_here:
            facts.append(person.via)
        if person.host:
            facts.append(phrases("fact-from", host=person.host))
        if person.since is not None:
            facts.append(phrases("fact-since", when=shown_time(person.since)))
        if moderation.is_operator(person.by):
            facts.append(phrases("fact-operator"))
        if (mute := moderation.mute_of(person.host, person.by)) is not None:
            facts.append(phrases("fact-muted", lasting=self._lasting(mute.until)))
        self._notice("whois", detail=person.name, by=person.by, facts=", ".join(facts))

    def _notice(self, code: str, **values: object) -> None:
        self._operator.answer(Notice(code, self._phrases(code, **values)))

    def _lasting(self, until: int) -> str:
        if not until:
            return self._phrases("for-ever")
        return self._phrases("until", when=time_of(until))

    @property
    def _signature(self) -> str:
        return signature(self._operator.shown, self._operator.by, self._operator.host)


_DONE = {"kick": "kicked", "mute": "muted", "ban": "banned", "unmute": "unmuted", "unban": "unbanned"}
_NONE: Mapping[Kind, str] = {"mute": "no-such-mute", "ban": "no-such-ban"}
_NOBODY: Mapping[Kind, str] = {"mute": "mutes-none", "ban": "bans-none"}
_LISTED: Mapping[Kind, str] = {"mute": "mutes", "ban": "bans"}
_ACTS: Mapping[Act, Callable[[_Act], Awaitable[None]]] = {
    "kick": _Act.kick,
    "mute": lambda one: one.sanction("mute"),
    "unmute": lambda one: one.lift("mute"),
    "muted": lambda one: one.tell_all("mute"),
    "ban": lambda one: one.sanction("ban"),
    "unban": lambda one: one.lift("ban"),
    "banned": lambda one: one.tell_all("ban"),
    "whois": _Act.whois,
    "slow": _Act.slow,
}
