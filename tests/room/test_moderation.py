"""Bans, mutes and slow mode: each at every door, before and after who it is for came, here and on another node."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.guard.holds import Hold
from gateway.guard.lock import GUESSES
from gateway.messages import Draft, new_session, owner_of
from gateway.phrases import Language
from gateway.refusals import RefusedError
from gateway.room.moderation import MAX_HOSTS
from gateway.room.operators import BACK_SECONDS
from gateway.room.reconciling import KEEP_SECONDS
from gateway.room.sanctions import Note, time_of
from gateway.room.whom import Target
from gateway.stores import StoreError
from gateway.stores.memory import MemoryBans, MemoryStore
from gateway.wires.events import MAX_SECONDS

from ..doors import DOORS, JsonPeer, Pair, Peer, RawPeer, SayPeer, operator, pair, respond, visit
from ..fakes import Scene, reason, scene
from ..tables import each_of

ADMIN: dict[str, Any] = {"admin_password": "secret"}
TROLL, OTHER = "203.0.113.9", "198.51.100.7"
SPEAKING = [name for name, kind in DOORS.items() if kind.speaks]
WAYS = ["name", "member", "seq", "address", "network"]
PLACES = ["here", "there"]
CASES = [
    (door, way)
    for door, kind in DOORS.items()
    for way in WAYS
    if kind.speaks or way in ("address", "network") or (kind.stays and way != "seq")  # as what there is to go by
]


@pytest.fixture
async def nodes() -> AsyncIterator[Pair]:
    async with pair(**ADMIN) as two:
        yield two


class Troll:
    """Someone who has come by some door, and said something if one can there."""

    def __init__(self, two: Pair, door: str, place: str, host: str = TROLL, name: str = "Troll") -> None:
        self.two = two
        self._name = name
        self.peer = DOORS[door](two.two if place == "there" else two.one, host)
        self.aims: dict[str, Any] = {"address": host, "network": f"{host}/24"}

    async def come(self) -> "Troll":
        if self.peer.speaks:
            self.peer.name = self._name
        await self.peer.come()
        if self.peer.speaks:
            await self.peer.say("hello")
            said = self.two.store._messages[-1]
            assert (said.label, said.text) == (self._name, "hello")
            self.aims |= {"name": said.label, "member": said.by, "seq": said.seq}
        else:
            self.aims |= {"name": self.peer.label, "member": self.peer.by} if self.peer.stays else {}
        self.peer.here.room._tell_changes()  # it would wait a second
        await self.two.settle()
        return self


async def act(op: JsonPeer, what: str, way: str, aim: Any, last: str = "") -> dict[str, Any]:
    """Do something to somebody, by an event or typed; the first notice or error that comes of it."""
    if way in ("member", "seq"):
        return await op.moderate(what, **{way: aim})
    told = op.events(await op.ask(f"/{what} {aim}{last}"))
    return next(event for event in told if event["type"] in ("notice", "error"))


async def came_by(kind: type[Peer], here: Scene, host: str) -> tuple[bool, str]:
    """Whether one who comes from there is let in, or answered; and what it is told."""
    peer = kind(here, host)
    told = await peer.come() + (await peer.ask("hi") if not peer.stays else "")
    return (peer.is_in if peer.stays else not told), told


# --- every door ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("door", "way"), CASES)
async def test_who_is_banned_is_out_and_stays_out_at_every_door(nodes: Pair, door: str, way: str, place: str) -> None:
    op = await operator(nodes.one)
    innocent = await Troll(nodes, "json", place, OTHER, "Innocent").come()
    troll = await Troll(nodes, door, place).come()
    done = await act(op, "ban", way, troll.aims[way])
    assert (done["type"], done["code"]) == ("notice", "banned"), done
    await nodes.settle()
    assert troll.peer.ended == ("banned" if troll.peer.stays else None)
    # Whichever way it was meant, its address is known where it came in: all doors are shut to it, on both nodes.
    for kind in DOORS.values():
        for here in (nodes.one, nodes.two):
            is_in, told = await came_by(kind, here, TROLL)
            assert not is_in
            assert "banned" in told or "403 Forbidden" in told, (kind, told)
            assert (await came_by(kind, here, OTHER))[0], kind
    assert innocent.peer.is_in
    assert "error" not in await innocent.peer.say("I am nobody's enemy")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("door", SPEAKING)
async def test_who_is_muted_hears_and_says_nothing_at_any_door(nodes: Pair, door: str, way: str, place: str) -> None:
    op = await operator(nodes.one)
    troll = await Troll(nodes, door, place).come()
    done = await act(op, "mute", way, troll.aims[way])
    assert (done["type"], done["code"]) == ("notice", "muted"), done
    await nodes.settle()
    head = nodes.store.head
    assert "muted you" in await troll.peer.say("let me speak")
    for name in SPEAKING:  # by any other door, under any other name, on both nodes
        for here in (nodes.one, nodes.two):
            again = DOORS[name](here, TROLL, "Angel" if name == "json" else "")
            await again.come()
            assert "muted you" in await again.say("it is me again")
            assert "Angel" not in [member.label for member in here.room.roster.members()]
    assert nodes.store.head == head
    await op.say("all is quiet")
    await nodes.settle()
    if troll.peer.stays:
        assert troll.peer.is_in
        assert "all is quiet" in troll.peer.take()
    done = await act(op, "unmute", way, troll.aims[way])
    if way == "network":
        assert done["code"] == "unmuted"
    await nodes.settle()
    if way in ("name", "member", "seq"):
        assert "muted" not in await troll.peer.say("thank you")
        await nodes.settle()
        assert nodes.store._messages[-1].text == "thank you"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("door", SPEAKING)
async def test_who_was_there_and_who_comes_later_are_slow_at_every_door(nodes: Pair, door: str, place: str) -> None:
    early = await Troll(nodes, door, place).come()
    op = await operator(nodes.one)
    assert (await op.moderate("slow", seconds=30))["code"] == "slowed"
    await nodes.settle()
    late = DOORS[door](early.peer.here, OTHER)
    await late.come()
    for peer, name in ((early.peer, "early"), (late, "late")):
        head = nodes.store.head
        assert "slow mode" not in await peer.say(f"{name} one")
        for text in ("two", "three"):
            assert "in 30 s" in await peer.say(f"{name} {text}")
        await nodes.settle()
        assert nodes.store.head == head + 1
    for number in range(3):  # who keeps order need not wait
        assert "slow mode" not in await op.say(f"calm down {number}")
    await nodes.pass_by(29)
    assert "in 1 s" in await early.peer.say("early four")
    await nodes.pass_by(1)
    assert "slow mode" not in await early.peer.say("early five")
    assert (await op.moderate("slow"))["code"] == "slow-off"
    await nodes.settle()
    assert "slow mode" not in await early.peer.say("early six")


@pytest.mark.parametrize("door", ["raw", "text"])
async def test_who_waits_for_the_password_is_banned_too(door: str) -> None:
    async with scene(password="open", **ADMIN) as here:
        op = JsonPeer(here, "10.0.0.9", "Op", password="open")
        await op.come()
        await op.ask("/op secret")
        peer = DOORS[door](here, TROLL)
        await peer.come()
        assert (await act(op, "ban", "address", TROLL))["code"] == "banned"
        assert "you are banned" in await peer.ask("/pass open")
        assert peer.ended == "banned"
        assert not peer.is_in


@pytest.mark.parametrize("door", ["raw", "text"])
async def test_a_password_that_a_terminal_pasted_opens_the_door(door: str) -> None:
    """Around what is pasted some say that it is."""
    async with scene(password="open") as here:
        peer = DOORS[door](here, TROLL)
        await peer.come()
        await peer.ask("\x1b[200~/pass open\x1b[201~")
        assert peer.is_in


async def test_who_is_banned_while_it_comes_in_does_not() -> None:
    async with scene(**ADMIN) as here:
        peer = JsonPeer(here, TROLL, "Troll")
        op = await operator(here)
        peer.connect()
        op.send(f'{{"type":"command","text":"/ban {TROLL}"}}')  # its name is asked for behind that
        peer.send('{"type":"hello","name":"Troll"}')
        await here.settle()
        assert "you-are-banned" in peer.take()
        assert peer.ended == "banned"
        assert await here.room.store.names.claim("Troll", "somebody else's")
        await here.room.store.names.release("somebody else's")


# --- how long -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("typed", "seconds"), [("30s", 30), ("10m", 600), ("2h", 7200), ("7d", 604800)])
async def test_a_ban_lasts_as_long_as_it_is_to(nodes: Pair, typed: str, seconds: int, place: str) -> None:
    op = await operator(nodes.one)
    troll = await Troll(nodes, "raw", place).come()
    done = await act(op, "ban", "name", "troll", f" {typed}")
    assert "until 20" in done["text"]
    await nodes.settle()
    nodes.jump(seconds - 1 - KEEP_SECONDS)
    await nodes.pass_by(KEEP_SECONDS)
    assert not (await came_by(RawPeer, troll.peer.here, TROLL))[0]
    await nodes.pass_by(1)
    assert (await came_by(RawPeer, troll.peer.here, TROLL))[0]


async def test_for_ever_is_for_ever_and_until_an_unban(nodes: Pair) -> None:
    op = await operator(nodes.one)
    troll = await Troll(nodes, "json", "there").come()
    assert "for ever" in (await act(op, "ban", "member", troll.aims["member"]))["text"]
    await nodes.settle()
    nodes.jump(10 * 365 * 86400)
    await nodes.pass_by(KEEP_SECONDS)
    assert not (await came_by(RawPeer, nodes.one, TROLL))[0]
    assert (await act(op, "unban", "member", troll.aims["member"]))["code"] == "unbanned"
    await nodes.settle()
    for here in (nodes.one, nodes.two):
        assert (await came_by(RawPeer, here, TROLL))[0]
    assert await nodes.store.bans.all() == {}


async def test_a_new_time_is_the_one_that_counts(nodes: Pair) -> None:
    op = await operator(nodes.one)
    troll = await Troll(nodes, "raw", "there").come()
    await act(op, "mute", "name", "Troll", " 7d")
    await act(op, "mute", "name", "Troll", " 10s")
    await nodes.settle()
    await nodes.pass_by(9)
    assert "muted you" in await troll.peer.say("hi")
    await nodes.pass_by(1)
    assert "muted you" not in await troll.peer.say("hi")


# --- what outlasts what -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["ban", "mute"])
async def test_it_outlasts_a_restart_and_so_does_its_end(what: str) -> None:
    store = MemoryStore(100, 10**6)
    async with scene(store, **ADMIN) as here:
        op = await operator(here)
        troll = JsonPeer(here, TROLL, "Troll")
        await troll.come()
        await act(op, what, "name", "Troll")
        await act(op, "slow", "", "5")
    async with scene(store, **ADMIN) as here:
        op = await operator(here)
        again = JsonPeer(here, OTHER, session=troll.welcome["session"])
        told = await again.come() + await again.say("hi")
        assert ("you-are-banned" if what == "ban" else "you-are-muted") in told
        assert "slow" not in await op.say("operators are not")
        assert (await act(op, f"un{what}", "name", "TROLL"))["code"] == f"un{'banned' if what == 'ban' else 'muted'}"
        await act(op, "slow", "", "0")
    async with scene(store, **ADMIN) as here:
        again = JsonPeer(here, OTHER, session=troll.welcome["session"])
        await again.come()
        for number in range(3):
            assert '"ack"' in await again.say(f"hi {number}")
        assert await store.bans.all() == {}


async def test_a_ban_of_before_is_in_force_and_can_be_lifted() -> None:
    """The records are those of 8ba59cb."""
    store = MemoryStore(100, 10**6)
    async with scene(store, **ADMIN) as here:
        troll = JsonPeer(here, OTHER)
        await troll.come()
    for subject in (f"session:{troll.member.owner}", f"address:{TROLL}", "address:2001:db8::/64"):
        await store.bans.put(subject, '{"name":"Ann","by":"Op","until":0}')
    async with scene(store, **ADMIN) as here:
        again = JsonPeer(here, OTHER, session=troll.welcome["session"])
        assert "you-are-banned" in await again.come()
        assert not (await came_by(RawPeer, here, TROLL))[0]
        assert not (await came_by(RawPeer, here, "2001:db8::99"))[0]
        op = await operator(here)
        assert "Ann [2001:db8::/64, 203.0.113.9], for ever, by Op" in await op.ask("/banned")
        assert (await act(op, "unban", "name", "ann"))["code"] == "unbanned"
        assert await store.bans.all() == {}


async def test_a_session_that_is_banned_stays_out_from_any_address() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        troll = JsonPeer(here, TROLL, "Troll")
        await troll.come()
        await act(op, "ban", "name", "Troll")
        assert (await act(op, "unban", "address", TROLL))["code"] == "unbanned"
        again = JsonPeer(here, TROLL, session=troll.welcome["session"])
        assert "you-are-banned" in await again.come()
        assert (await came_by(RawPeer, here, TROLL))[0]


async def test_on_our_own_machine_it_is_of_the_person_alone() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here, "127.0.0.1")
        troll = RawPeer(here, "127.0.0.1", "Troll")
        await troll.come()
        await act(op, "ban", "name", "Troll")
        assert troll.ended == "banned"
        assert (await came_by(RawPeer, here, "127.0.0.1"))[0]
        assert op.is_in
        await op.moderate("slow", seconds=60)
        for number in range(3):
            other = RawPeer(here, "127.0.0.1")
            await other.come()
            assert "slow" not in await other.say(f"hi {number}")


async def test_who_shares_the_operators_address_is_banned_without_it(nodes: Pair) -> None:
    op = await operator(nodes.one, TROLL)
    for place in PLACES:
        troll = await Troll(nodes, "json", place).come()
        await act(op, "ban", "name", "Troll")
        await nodes.settle()
        assert troll.peer.ended == "banned"
        assert op.is_in
    for here in (nodes.one, nodes.two):
        assert (await came_by(RawPeer, here, TROLL))[0]


async def test_an_operators_own_address_is_not_barred_anew(nodes: Pair) -> None:
    op, other = await operator(nodes.one), await operator(nodes.two, TROLL)
    troll = await Troll(nodes, "json", "there").come()
    await act(op, "ban", "member", troll.aims["member"], "")
    await nodes.settle()
    assert not (await came_by(RawPeer, nodes.one, TROLL))[0]
    await act(op, "unban", "address", TROLL)
    await nodes.settle()
    done = await other.moderate("ban", member=troll.aims["member"], seconds=60)
    assert done["code"] == "banned"
    assert not any("address" in subject for subject in await nodes.store.bans.all())


async def test_an_address_that_is_banned_elsewhere_does_not_close_an_operator(nodes: Pair) -> None:
    op, other = await operator(nodes.one), await operator(nodes.two, TROLL)
    await act(op, "ban", "address", TROLL)
    await nodes.settle()
    assert other.is_in
    assert not (await came_by(RawPeer, nodes.two, TROLL))[0]


# --- names --------------------------------------------------------------------------------------------------------


async def test_one_name_in_five_seconds() -> None:
    async with scene() as here:
        for peer in (RawPeer(here, TROLL), JsonPeer(here, OTHER)):
            await peer.come()
            assert "in 5 s" not in await peer.ask(f"/name {peer.host[0]}A")  # its first
            assert "in 5 s" not in await peer.ask(f"/name {peer.host[0]}B")
            here.clock.pass_by(1.5)
            assert "try again in 4 s" in await peer.ask(f"/name {peer.host[0]}C")
            assert peer.label == f"{peer.host[0]}B"
            here.clock.pass_by(3.5)
            await peer.ask(f"/name {peer.host[0]}C")
            assert peer.label == f"{peer.host[0]}C"


async def test_nor_by_coming_in_again_but_by_the_same_name_one_may() -> None:
    async with scene() as here:
        first = JsonPeer(here, TROLL, "A")
        await first.come()
        session = first.welcome["session"]
        labels = []
        for name in ("A", "B", "B", "C", "D", "B"):
            peer = JsonPeer(here, TROLL, name, session=session)
            told = await peer.come()
            labels.append(peer.label)
            assert ('"seconds":5' in told) == (name in "CD")
        assert labels == ["A", "B", "B", "B", "B", "B"]


@pytest.mark.parametrize(("last", "seconds"), [(" 1h", 3600), ("", 600)])
async def test_who_is_muted_is_told_for_how_long(last: str, seconds: int) -> None:
    async with scene(**ADMIN) as here:
        op, troll = await operator(here), JsonPeer(here, TROLL, "Troll")
        await troll.come()
        await act(op, "mute", "name", "Troll", last)
        await here.settle()
        told = troll.events(troll.take())
        assert [each["seconds"] for each in told if each.get("code") == "you-are-muted"] == [seconds]


@each_of("language", ["en", "zh"])
@each_of("door", ["raw", "text", "json"])
async def test_who_is_muted_is_told_until_when_as_its_operator_is(door: str, language: Language) -> None:
    """As it is muted, as it would speak, and as it would be called something else; where a script would speak, too."""
    async with scene(**ADMIN, language=language) as here:
        op, peer = await operator(here), DOORS[door](here, TROLL, "Troll")
        await peer.come()
        peer.take()
        until = time_of(here.clock.wall() + 7 * 86_400_000)
        assert until in (await act(op, "mute", "name", "Troll", " 7d"))["text"]
        await here.settle()
        heard = [
            peer.take(),
            await peer.say("let me"),
            await peer.ask("/name Angel"),
            await SayPeer(here, TROLL).say("me"),
        ]
        assert [told for told in heard if until not in told] == []
        await act(op, "mute", "name", "Troll", f" {MAX_SECONDS}s")
        assert "UTC" in await peer.say("hello?")


@pytest.mark.parametrize("door", ["raw", "text", "json"])
async def test_who_is_muted_keeps_its_name(door: str) -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        peer = DOORS[door](here, TROLL, "Troll")
        await peer.come()
        await act(op, "mute", "name", "Troll", " 1h")
        here.clock.pass_by(6)
        assert "muted you" in await peer.ask("/name Angel")
        if isinstance(peer, JsonPeer):
            assert '"code":"you-are-muted"' in await peer.tell(type="name", name="Angel")
            again = JsonPeer(here, OTHER, "Angel", session=peer.welcome["session"])
            assert '"code":"you-are-muted"' in await again.come()
            assert again.label == "Troll"
        else:
            assert peer.label == "Troll"
        here.clock.jumped += 3600 * 1000
        (member,) = here.room.roster.called("troll")
        here.room.naming.rename(member, "Angel")
        await here.settle()
        assert member.label == "Angel"


# --- the state of all nodes ---------------------------------------------------------------------------------------


async def test_slow_mode_counts_what_a_person_says_elsewhere(nodes: Pair) -> None:
    op = await operator(nodes.one)
    await op.moderate("slow", seconds=30)
    await nodes.settle()
    first = JsonPeer(nodes.one, TROLL)
    await first.come()
    assert '"ack"' in await first.say("one")
    await nodes.settle()
    moved = JsonPeer(nodes.two, OTHER, session=first.welcome["session"])
    await moved.come()
    assert '"code":"slow"' in await moved.say("two")


class SlowBans(MemoryBans):
    """Each note takes some turns of the loop, as it does in a real store."""

    async def put(self, subject: str, note: str) -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        await super().put(subject, note)


async def test_what_two_operators_order_at_once_is_both_in_force() -> None:
    store = MemoryStore(1000, 10**6)
    store.at_once, store.bans = 100, SlowBans()
    async with scene(store, **ADMIN) as here:
        ops = [await operator(here, host) for host in ("198.51.100.1", "198.51.100.2")]
        for op, network in zip(ops, ("203.0.113.0/24", "192.0.2.0/24"), strict=True):
            op.send(json.dumps({"type": "command", "text": f"/ban {network}"}))
        await here.settle()
        assert len(await store.bans.all()) == 2
        for host in ("203.0.113.5", "192.0.2.5"):
            assert here.house.moderation.bars(host, "")


async def test_an_operator_that_is_gone_is_none_a_minute_later_and_order_is_kept_without_it() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        await act(op, "ban", "address", TROLL, " 10m")
        op.member.connection_lost(None)
        await here.settle()
        here.clock.pass_by(BACK_SECONDS)
        assert here.house.moderation.is_operator(op.member.by)
        here.clock.pass_by(2 * KEEP_SECONDS)
        assert not here.house.moderation.is_operator(op.member.by)
        here.clock.pass_by(600)
        await here.settle()
        assert await here.room.store.bans.all() == {}


@pytest.mark.parametrize(
    ("target", "hosts", "seconds", "line"),
    [
        (Target("Troll", "abc"), [TROLL, OTHER], 60, f"Troll (abc) from {TROLL}, {OTHER}, 60 s"),
        (Target("the net"), [TROLL], 0, f"the net from {TROLL}, for ever"),
        (Target("Troll", "abc"), [], None, "Troll (abc)"),
        (Target("a"), ["h"] * MAX_HOSTS, None, f"a from {', '.join(['h'] * MAX_HOSTS)}"),
        (Target("a"), ["h"] * (MAX_HOSTS + 1), None, f"a from {', '.join(['h'] * MAX_HOSTS)}, …"),
    ],
)
async def test_the_servers_log_has_what_an_operator_did(
    target: Target, hosts: list[str], seconds: int | None, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene() as here:
        here.house.moderation.record("ban", "Op", target, hosts, seconds, 2)
        assert caplog.messages == [f"operator Op: ban {line}, connections here: 2"]


async def test_what_is_heard_and_not_said_gives_its_turn_back_and_no_other() -> None:
    async with scene(**ADMIN) as here:
        op, ann = await operator(here), JsonPeer(here, TROLL)
        await ann.come()
        await act(op, "slow", "", "30")
        moderation, now = here.house.moderation, here.clock.now()
        moderation.take_turn(ann.member, b"one")
        for key, since in ((b"two", now), (b"one", now + 1)):  # another's, and of before
            moderation.give_turn_back(ann.member, key, since)
            with pytest.raises(RefusedError, match="slow"):
                moderation.take_turn(ann.member, b"two")
        moderation.give_turn_back(ann.member, b"one", now)
        assert moderation.hosts_of(Target("Ann", origin=ann.member.id), []) == []
        moderation.take_turn(ann.member, b"two")
        assert moderation.hosts_of(Target("Ann", origin=ann.member.id), []) == [TROLL]


# --- slow mode ----------------------------------------------------------------------------------------------------


async def test_what_is_refused_for_another_reason_takes_nobodys_turn() -> None:
    async with scene(max_text=100, **ADMIN) as here:
        op, peer = await operator(here), JsonPeer(here, OTHER)
        await peer.come()
        await op.moderate("slow", seconds=30)
        for text in ("\x02", "é" * 60):
            assert '"type":"error"' in await peer.say(text)
        assert '"type":"ack"' in await peer.say("this is my turn")
        assert '"code":"slow"' in await peer.say("and this is none")


async def test_who_is_too_fast_is_told_by_the_id_and_the_seconds_and_may_say_again_what_it_said() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        await op.moderate("slow", seconds=20)
        ann = JsonPeer(here, TROLL)
        await ann.come()
        first = ann.events(await ann.tell(type="say", text="one", id="1"))
        here.clock.pass_by(2.5)
        (again,) = ann.events(await ann.tell(type="say", text="one", id="1"))
        assert (again["type"], again["id"]) == ("ack", "1")
        assert again["seq"] in [event.get("seq") for event in first]
        (refused,) = ann.events(await ann.tell(type="say", text="two", id="2"))
        assert (refused["type"], refused["code"], refused["id"], refused["seconds"]) == ("error", "slow", "2", 18)
        same_place = RawPeer(here, TROLL)
        await same_place.come()
        assert "in 18 s" in await same_place.say("another connection")
        response = await respond(here, TROLL, "POST", "/say", {"text": "and by curl"})
        assert (response.status, response.headers["Retry-After"]) == (429, "18")
        assert here.room.store.head == 1


@pytest.mark.parametrize(("typed", "code"), [("0", "slow-off"), ("30", "slowed"), ("5m", "slowed"), ("3600", "slowed")])
async def test_how_slow(typed: str, code: str) -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        assert (await act(op, "slow", "", typed))["code"] == code


@pytest.mark.parametrize("typed", ["", "3601", "2h", "-1", "fast", "٣"])
async def test_how_slow_it_can_not_be(typed: str) -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        assert (await act(op, "slow", "", typed))["code"] == "bad-argument"
        assert await here.room.store.bans.all() == {}


# --- operators ----------------------------------------------------------------------------------------------------

COMMANDS = ["/kick Troll", "/mute Troll", "/unmute Troll", "/muted", "/ban Troll", "/unban Troll", "/banned"]


@each_of("command", [*COMMANDS, "/whois Troll", "/slow 10", "/slow 0"])
@each_of("door", ["raw", "text", "json"])
async def test_only_operators_keep_order(door: str, command: str) -> None:
    async with scene(**ADMIN) as here:
        troll, peer = RawPeer(here, TROLL, "Troll"), DOORS[door](here, OTHER)
        await troll.come()
        await peer.come()
        assert "only operators" in await peer.ask(command)
        assert troll.is_in
        assert await here.room.store.bans.all() == {}


@each_of("act", ["kick", "mute", "unmute", "muted", "ban", "unban", "banned", "whois", "slow"])
async def test_nor_does_anybody_else_by_events(act: str) -> None:
    async with scene(**ADMIN) as here:
        troll, peer = RawPeer(here, TROLL, "Troll"), JsonPeer(here, OTHER)
        await troll.come()
        await peer.come()
        assert (await peer.moderate(act, member=troll.by))["code"] == "op-needed"
        assert troll.is_in
        assert await here.room.store.bans.all() == {}


async def test_a_wrong_password_makes_no_operator_and_guesses_are_limited() -> None:
    async with scene(**ADMIN) as here:
        peer = RawPeer(here, TROLL)
        await peer.come()
        for _ in range(GUESSES):
            assert "not the password" in await peer.ask("/op guess")
        assert "too many" in await peer.ask("/op secret")
        assert "only operators" in await peer.ask("/banned")
        here.clock.pass_by(10)
        assert "you are an operator" in await peer.ask("/op secret")


async def test_without_an_admin_password_there_are_none() -> None:
    async with scene() as here:
        peer = RawPeer(here, TROLL)
        await peer.come()
        assert "no operators" in await peer.ask("/op secret")
        assert "only operators" in await peer.ask("/banned")


async def test_an_operator_is_one_by_its_session() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        again = JsonPeer(here, OTHER, session=op.welcome["session"])
        await again.come()
        assert (await again.moderate("banned"))["code"] == "bans-none"
        assert "/slow SECONDS" in await again.ask("/help")
        other = JsonPeer(here, OTHER)
        await other.come()
        assert "/slow" not in await other.ask("/help")


# --- faults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails_at", [1, 2])
async def test_what_can_not_be_stored_is_told_and_not_in_force(fails_at: int) -> None:
    class Failing(MemoryBans):
        calls = 0

        async def put(self, subject: str, note: str) -> None:
            self.calls += 1
            if self.calls == fails_at:
                raise StoreError("no disk")
            await super().put(subject, note)

    store = MemoryStore(100, 10**6)
    store.bans = Failing()
    async with scene(store, **ADMIN) as here:
        op = await operator(here)
        troll = RawPeer(here, TROLL, "Troll")
        await troll.come()
        assert "no disk" in await op.ask("/ban Troll")
        # What is in force is what is stored: of the two that it is banned by, those before the failure.
        assert len(await here.room.store.bans.all()) == fails_at - 1
        assert [*here.house.moderation.rules.notes] == [*await here.room.store.bans.all()]
        assert troll.is_in == (fails_at == 1)


async def test_who_is_gone_and_still_speaks_is_hit_like_others() -> None:
    for what, expected in (("kick", "kicked"), ("ban", "banned"), ("mute", "lost")):
        async with scene(rate=10, burst=10, **ADMIN) as here:
            op = await operator(here)
            ghost = RawPeer(here, TROLL, "Ghost")
            await ghost.come()
            here.clock.pass_by(5)
            ghost.member.data_received(b"".join(b"line %d\n\n" % number for number in range(100)))
            ghost.transport.closed = True
            ghost.member.connection_lost(None)
            await here.settle()
            assert ghost.member in here.house.members
            said = here.room.store.head
            assert 0 < said < 100
            assert (await act(op, what, "name", "Ghost"))["type"] == "notice"
            here.clock.pass_by(60)
            await here.settle()
            assert here.room.store.head == said
            assert ghost.ended == expected
            assert not ghost.is_in
            assert ghost.member not in here.house.members


async def test_plain_requests_of_a_ban_by_name_are_refused_from_anywhere() -> None:
    async with scene(**ADMIN) as here:
        op = await operator(here)
        await SayPeer(here, TROLL, "ci").say("deployed")
        await act(op, "ban", "name", "CI")
        status, answer = await visit(here, OTHER, "POST", "/say", {"text": "again", "name": "ci"})
        assert (status, answer["code"]) == (403, "you-are-banned")
        assert (await visit(here, OTHER, "POST", "/say", {"text": "again", "name": "cd"}))[0] == 200
        assert (await visit(here, TROLL, "GET", "/messages"))[0] == 403


async def test_slow_mode_counts_what_was_said_on_another_node_from_when_it_was_said() -> None:
    async with pair(admin_password="secret") as both:
        op = await operator(both.one)
        await op.ask("/slow 10")
        await both.settle()
        session = new_session()
        said_at = both.two.clock.wall() - 4000  # and heard of only now
        draft = Draft(at=said_at, label="Ann", via="web", owner=owner_of(session), origin="o", text="hi")
        await both.store.append([draft])
        await both.settle()
        again = JsonPeer(both.two, "203.0.113.2", session=session)
        await again.come()
        (error,) = [each for each in again.events(await again.say("more")) if each["type"] == "error"]
        assert (error["code"], error["seconds"]) == ("slow", 6)


# --- asked by itself ----------------------------------------------------------------------------------------------


async def test_an_address_does_not_count_for_an_operator_and_the_person_does() -> None:
    async with scene(**ADMIN) as here:
        moderation = here.house.moderation
        moderation._operators.add("op", "owner", here.clock.now())
        for seconds, until in ((90, here.clock.wall() + 89_001), (0, 0)):
            note = Note("Troll", "Op", until)
            subjects = [f"{kind}{whom}" for kind in ("", "mute:") for whom in (f"address:{TROLL}", "person:troll")]
            await moderation.order(dict.fromkeys(subjects, note))
            for host, by, is_meant in (
                (TROLL, "x", True), (TROLL, "op", False), (OTHER, "troll", True), (OTHER, "x", False),
            ):  # fmt: skip
                assert moderation.bars(host, by) is is_meant
                if is_meant:
                    with pytest.raises(RefusedError) as refused:
                        moderation.check_mute(host, by)
                    assert (refused.value.code, refused.value.seconds) == ("you-are-muted", seconds)
                else:
                    moderation.check_mute(host, by)


async def test_each_whom_it_concerns_is_told_once_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """And who is muted in two ways may speak when both are lifted."""
    monkeypatch.setattr("gateway.room.slices.SLICE", 2)
    note = Note("Troll", "Op", 0)
    async with scene(**ADMIN) as here:
        moderation = here.house.moderation
        people = [here.connect(here.raw(host)) for host in (TROLL, OTHER, TROLL, TROLL, TROLL)]
        await here.settle()
        first, _, *rest = [member for member, _ in people]

        def told() -> list[bytes]:
            return [transport.take() for _, transport in people]

        told()
        muted, may_speak = b"* an operator has muted you\n\n", b"* an operator lets you speak again\n\n"
        assert await moderation.order({f"mute:address:{TROLL}": note}) == [first, *rest]
        assert told() == [muted, b"", muted, muted, muted]
        assert await moderation.order({f"mute:person:{first.by}": note}) == []
        assert await moderation.lift([f"mute:address:{TROLL}"]) == rest
        assert told() == [b"", b"", may_speak, may_speak, may_speak]
        assert await moderation.lift([f"mute:person:{first.by}"]) == [first]
        assert told() == [may_speak, b"", b"", b"", b""]
        assert await moderation.order({f"address:{TROLL}": note}) == [first, *rest]
        assert [reason(member) for member, _ in people] == ["banned", None, "banned", "banned", "banned"]
        assert moderation.hosts_of(Target("Troll", first.by, origin="nobody's"), [first]) == [TROLL]
        assert moderation.hosts_of(Target("Troll", first.by), []) == [TROLL]  # it was put out just now
        for _ in range(2):
            moderation.forget_put_out()
        assert moderation.hosts_of(Target("Troll", first.by), []) == []


async def test_who_is_muted_until_another_time_is_told_that() -> None:
    async with scene(**ADMIN) as here:
        moderation = here.house.moderation
        member, transport = here.connect(here.raw(TROLL))
        await here.settle()
        transport.take()
        told: list[bytes] = []
        for seconds in (60, 60, 3600, 0, 0, 60):
            until = moderation.wall() + seconds * 1000 if seconds else 0
            await moderation.order({f"mute:person:{member.by}": Note("Troll", "Op", until)})
            told.append(transport.take())
        starts = [text.partition(b" until ")[0].rstrip() for text in told]
        assert starts == [b"* an operator has muted you", b"", *[b"* an operator has muted you"] * 2, b"", starts[0]]
        assert [b" until " in text for text in told] == [True, False, True, False, False, True]


async def test_who_becomes_an_operator_is_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with scene(**ADMIN) as here:
        with caplog.at_level(logging.INFO, "gateway.moderation"):
            op = await operator(here)
        assert f"{op.label} ({op.by}) from {op.host} is an operator now" in caplog.messages


@pytest.mark.parametrize("way", ["raw", "text", "command", "moderate"])
async def test_an_order_of_who_breaks_off_is_carried_out_however_it_was_given(way: str) -> None:
    """What arrived whole before is done: a typed one was not, the same as an event was."""
    async with scene(**ADMIN) as here:
        bob = RawPeer(here, TROLL, "Bob")
        await bob.come()
        kind = way if way in ("raw", "text") else "json"
        op = DOORS[kind](here, OTHER, "Op")
        await op.come()
        await op.ask("/op secret")
        op.member.hold(Hold.INBOX)
        event = {"type": "moderate", "act": "kick", "member": bob.by}
        typed = {"command": '{"type":"command","text":"/kick Bob"}', "moderate": json.dumps(event)}
        op.send(typed.get(way, "/kick Bob"))
        op.transport.closed = True
        op.member.connection_lost(None)
        await here.settle()
        assert bob.ended is None
        op.member.let_go(Hold.INBOX)
        await here.settle()
        assert bob.ended == "kicked"
