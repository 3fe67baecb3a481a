"""Bans and mutes of several people at one address: what is ordered of one takes nothing from another's."""

import json
from ipaddress import ip_network

import pytest

from gateway.room.sanctions import Kind, address_of, network_subject, place_subject
from gateway.stores.memory import MemoryStore
from gateway.stores.nodes import Acted

from ..doors import JsonPeer, Pair, RawPeer, operator
from ..fakes import Scene, scene
from .test_moderation import ADMIN, OTHER, TROLL, nodes

__all__ = ["nodes"]

KINDS: list[Kind] = ["ban", "mute"]
V6 = "2001:db8::9"


async def two_at(here: Scene, host: str) -> list[JsonPeer]:
    """Two people, as one man with two browsers is; they have said something there."""
    people = [JsonPeer(here, host, name) for name in ("Ann", "Bob")]
    for each in people:
        await each.come()
        await each.say(f"I am {each.label}")
    return people


async def is_free(here: Scene, host: str = TROLL) -> bool:
    """Whether who is new may come from there and speak."""
    fresh = JsonPeer(here, host)
    await fresh.come()
    return fresh.is_in and '"ack"' in await fresh.say("hello")


async def order(op: JsonPeer, kind: str, whom: JsonPeer, seconds: int = 0) -> None:
    done = await op.moderate(kind, member=whom.by, seconds=seconds)
    assert done["type"] == "notice", done


async def known(nodes: Pair, place: str) -> tuple[JsonPeer, Scene, list[JsonPeer]]:
    """An operator, and two people at one address who are on the operator's node, or on the other one."""
    op = await operator(nodes.one)
    where = nodes.one if place == "here" else nodes.two
    people = await two_at(where, TROLL)
    where.room._tell_changes()
    await nodes.settle()
    return op, where, people


@pytest.mark.parametrize("place", ["here", "there"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [(3600, 5), (5, 3600), (0, 5), (5, 0)])
async def test_the_longest_counts(nodes: Pair, kind: str, place: str, seconds: tuple[int, int]) -> None:
    op, where, people = await known(nodes, place)
    for whom, lasting in zip(people, seconds, strict=True):
        await order(op, kind, whom, lasting)
        await nodes.settle()
        where.room._tell_changes()  # a ban of the first closes both
        await nodes.settle()
    await nodes.pass_by(6)
    assert not await is_free(where)
    if all(seconds):
        await nodes.pass_by(3600)
        assert await is_free(where)


@pytest.mark.parametrize("place", ["here", "there"])
@pytest.mark.parametrize("kind", KINDS)
async def test_to_lift_ones_lifts_not_the_others(nodes: Pair, kind: str, place: str) -> None:
    op, where, people = await known(nodes, place)
    for whom in people:
        await order(op, kind, whom)
        await nodes.settle()
    for whom, free in zip(reversed(people), (False, True), strict=True):
        await order(op, f"un{kind}", whom)
        await nodes.settle()
        assert await is_free(where) is free
    assert await nodes.store.bans.all() == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("host", [TROLL, V6])
async def test_to_lift_an_addresss_lifts_all_that_holds_there(kind: str, host: str) -> None:
    async with scene(**ADMIN) as here:
        op, people = await operator(here), await two_at(here, host)
        for whom in people:
            await order(op, kind, whom)
        await op.ask(f"/{kind} {host} 1h")
        listed = await op.ask("/banned" if kind == "ban" else "/muted")
        assert "%" not in listed
        assert listed.count(TROLL if host == TROLL else "2001:db8::/64") == 3
        told = await op.ask(f"/un{kind} {host}")
        assert all(name in told for name in ("Ann", "Bob"))
        assert await is_free(here, host)
        assert {address_of(subject) for subject in await here.room.store.bans.all()} == {""}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_order_of_an_address_takes_nothing_from_a_persons(kind: str) -> None:
    async with scene(**ADMIN) as here:
        op, (ann, _) = await operator(here), await two_at(here, TROLL)
        await order(op, kind, ann)
        await op.ask(f"/{kind} {TROLL} 5s")
        here.clock.pass_by(30)
        await here.settle()
        assert not await is_free(here)


async def test_an_order_of_another_network_puts_nobody_under_it_for_longer(nodes: Pair) -> None:
    op = await operator(nodes.one)
    troll = RawPeer(nodes.two, TROLL)
    await troll.come()
    await op.ask("/ban 192.0.2.0/24")
    await op.ask("/ban 203.0.113.0/24 5s")
    await nodes.settle()
    assert troll.ended == "banned"
    await nodes.pass_by(30)
    assert await is_free(nodes.two)


async def test_ones_new_time_is_had_by_its_places_that_another_node_knows(nodes: Pair) -> None:
    op, where, (ann, _) = await known(nodes, "there")
    nodes.subject.is_cut = True  # so the operator's node does not hear of the places
    for seconds in (5, 3600):
        await order(op, "mute", ann, seconds)
        nodes.two.reconciler._hear("n1", Acted("mute", "Ann", seconds, "Op", ann.by))
        await nodes.settle()
    await nodes.pass_by(6)
    assert not await is_free(where)


# --- notes of before, and gateways --------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 5])
async def test_a_place_of_before_is_its_persons(seconds: int) -> None:
    store = MemoryStore(100, 10**6)
    async with scene(store, **ADMIN) as here:
        ann = JsonPeer(here, OTHER, "Ann")
        await ann.come()
        note = json.dumps({"name": "Ann", "by": "Op", "until": 0, "member": ann.by})
        for subject in (f"mute:session:{ann.member.owner}", f"mute:address:{TROLL}"):
            await store.bans.put(subject, note)
    async with scene(store, **ADMIN) as here:
        op, ann = await operator(here), JsonPeer(here, OTHER, session=ann.welcome["session"])
        await ann.come()
        assert not await is_free(here)
        if seconds:
            await order(op, "mute", ann, seconds)
            here.clock.pass_by(30)
            await here.settle()
        else:
            await order(op, "unmute", ann)
        assert await is_free(here)
        assert await store.bans.all() == {}


async def test_an_order_of_its_address_takes_nothing_from_a_place_of_before() -> None:
    store = MemoryStore(100, 10**6)
    await store.bans.put(
        f"address:{TROLL}", json.dumps({"name": "Ann", "by": "Op", "until": 0, "member": "Ann-Ann_Ann0"})
    )
    async with scene(store, **ADMIN) as here:
        op = await operator(here)
        assert "banned" in await op.ask(f"/ban {TROLL} 5s")
        here.clock.pass_by(30)
        await here.settle()
        assert not await is_free(here)
        assert "Ann" in await op.ask(f"/unban {TROLL}")
        assert await is_free(here)


@pytest.mark.parametrize(("host", "network"), [(TROLL, TROLL), (V6, "2001:db8::/64")])
@pytest.mark.parametrize("kind", KINDS)
def test_gateways_of_before_read_a_place_as_the_address_that_it_is(kind: Kind, host: str, network: str) -> None:
    """They take what stands behind the % for a zone, and pass it over."""
    subject = place_subject(kind, ip_network(network), "Ann-Ann_Ann0")
    start = "address:" if kind == "ban" else "mute:address:"
    read = subject.removeprefix(start).partition("%")[0]
    assert subject == f"{start}{read}%Ann-Ann_Ann0"
    assert "/" not in read
    assert ip_network(read).network_address == ip_network(network).network_address


def test_the_address_of_a_place() -> None:
    for network in (TROLL, "2001:db8::/64"):
        for kind in KINDS:
            assert address_of(place_subject(kind, ip_network(network), "x")) == network
            assert address_of(network_subject(kind, ip_network(network))) == network
