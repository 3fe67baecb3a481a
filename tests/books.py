"""What is taken for connections is given back: the books of a gateway, which have to balance whenever it is at rest."""

from collections.abc import Collection, Iterator
from typing import Any, cast

from gateway.guard.gate import WIDE_PREFIX
from gateway.guard.holds import Hold
from gateway.guard.stages import CLOSING
from gateway.members.arrival import Arrival, Newcomer
from gateway.members.house import House
from gateway.members.member import Member
from gateway.stores.memory import MemoryStore
from gateway.stores.nodes import Alone


def off(house: House, protocols: Collection[Any] | None, strangers: Collection[str] = ()) -> list[str]:
    """What does not balance.

    `protocols` are those of all connections that there are, None if that is not known; `strangers` are owners who hold
    their names otherwise than by being here.
    """
    people = [*_places(house, protocols), *_people(house), *holds(house)]
    return [*people, *_alarms(house, protocols), *_names(house, strangers)]


def holders(store: object) -> set[str]:
    """The owners who hold a name, where that can be seen."""
    if not isinstance(store, MemoryStore):
        return set()
    return {owner for owner, name in store.names._names.items() if name.held}


def _places(house: House, protocols: Collection[Any] | None) -> Iterator[str]:
    """A place at the gate is a member's, or of who may become one."""
    taken, members = house.gate.taken, len(house.members)
    if protocols is None:
        if taken < members:
            yield f"{members} members have {taken} places"
        return
    outside = [each for each in protocols if isinstance(each, Newcomer) or _has_place(each)]
    if taken != members + len(outside):
        yield f"{taken} places are taken, by {members} members and {outside}"
    for answered in house.unread._visits:
        if answered.get_protocol() not in outside:
            yield f"{answered} has an answer on its way, and is gone"
    by_address = house.gate._by_address
    narrow = (count for group, count in by_address.items() if not group.endswith(f"/{WIDE_PREFIX}"))
    if sum(narrow) > taken or any(count < 1 for count in by_address.values()):
        yield f"of {taken} connections these are counted by their addresses: {by_address}"


def _has_place(protocol: Any) -> bool:
    return isinstance(protocol, Arrival) and protocol._place is not None


def _people(house: House) -> Iterator[str]:
    """Who is in the room is a member; who is gone is one only as long as something of what it said is to be done."""
    room = house.room
    for member in cast(Any, room.roster.members()):
        if member not in house.members:
            yield f"{member.label} is in the room and no member"
        if member.stage >= CLOSING:
            yield f"{member.label} is in the room, and was closed: {member.why.reason}"
    for member in cast("set[Any]", house.members):
        if member.is_lost and not (member._unlogged or member.holds):
            yield f"{member.label} is gone, owes nothing, and is a member"
    behind = [each for lane in room.pump._behind._lanes.values() for each in lane]
    lines = [*room.pump._ready, *behind, *(each for line in room.pump._at_head.values() for each in line)]
    for listener in cast("list[Any]", lines):
        if listener not in house.members:
            yield f"{listener.label} is served and no member"
    if not room.inbox.failure:
        owed = sum(member._unlogged for member in cast("set[Any]", house.members))
        if owed > len(room.inbox._entries):
            yield f"{owed} messages are owed an answer, and {len(room.inbox._entries)} wait"
        if not room.inbox._entries and room.inbox.size:
            yield f"an empty inbox holds {room.inbox.size} bytes"
        if room.inbox._told:
            yield "someone was told that the store fails, and not that it is back"
        if room.inbox._held and not room.inbox._entries:
            yield "the inbox holds someone for nothing"


def holds(house: House) -> Iterator[str]:
    """Who is not read has a reason not to be that is so."""
    room = house.room
    waiting = {worker for lane in house.turns._waiting._lanes.values() for worker in lane}
    for member in cast("set[Any]", house.members):
        holds = member.holds
        reasons = {
            Hold.RATE: member._rate_until < float("inf") and member.alarm is not None,
            Hold.OUTBOX: bool(member._outbox),
            Hold.INBOX: member in room.inbox._held,
            Hold.STORE: bool(room.questions),
            Hold.TURN: member in waiting,
            Hold.LOG: member._unlogged > 0,
        }
        for hold, is_so in reasons.items():
            if holds & hold and not is_so and member.stage < CLOSING:
                yield f"{member.label} is held for nothing: {hold.name}"
        if member._reading is bool(holds) and not (member.input_ended or member.stage >= CLOSING):
            yield f"{member.label} is {'' if member._reading else 'not '}read, with {holds!r}"


def _alarms(house: House, protocols: Collection[Any] | None) -> Iterator[str]:
    """Who is to be woken is there."""
    deadlines = house.room.deadlines
    for when, _, alarm in deadlines._heap:
        waiter: Any = alarm.waiter
        if waiter is None:
            continue
        if isinstance(waiter, Member) and waiter not in house.members:
            yield f"{waiter.label} is to be woken, and is no member"
        if isinstance(waiter, Newcomer) and protocols is not None and waiter not in protocols:
            yield f"{waiter} is to be woken at {when}, and is gone"
        if waiter.alarm is not alarm:
            yield f"{waiter} is to be woken twice"


def _names(house: House, strangers: Collection[str]) -> Iterator[str]:
    """Who goes by a name has it, and nobody has one who is not there."""
    room, store = house.room, house.room.store
    if not isinstance(store, MemoryStore) or not isinstance(store.nodes, Alone) or room.questions:
        return
    held = holders(store) - {*strangers}
    named = {member.owner for member in room.roster.members() if member.named}
    for owner in held - named:
        yield f"{store.names._names[owner].name} is held by nobody who is here"
    for owner in named - held - {*strangers}:
        yield f"somebody goes by the name of {owner}, and does not hold it"
