"""Whoever comes and goes with whichever session and name: a name is held by who goes by it, and by nobody else.

Hypothesis makes the visits, and outages between them; whether names and people balance is what tests/books.py says.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.messages import owner_of
from gateway.room.room import Room

from .books import holders
from .inprocess import Gateway, Json, Loop, gateway, nodes, rest, timeless
from .test_outages import Flaky

CALLS = ("recall", "claim", "release", "forget")
SESSIONS = [letter * 22 for letter in "abc"]


@dataclass(frozen=True)
class Come:
    """With one of the sessions, and a name that is to be had, somebody's, or nobody's; None asks for none."""

    session: int
    name: str | None


@dataclass(frozen=True)
class Rename:
    """The one of that session that came last."""

    session: int
    name: str


@dataclass(frozen=True)
class Go:
    """The same."""

    session: int


@dataclass(frozen=True)
class Fail:
    """From now on the store can't do this; nothing is all that it can't."""

    calls: frozenset[str]


@dataclass(frozen=True)
class Wait:
    """Some seconds."""

    seconds: int


Step = Come | Rename | Go | Fail | Wait

sessions = st.integers(0, len(SESSIONS) - 1)
names = st.sampled_from(["Victor", "viktor", "Ann", "*", "10.0.0.1"])
steps = st.one_of(
    st.builds(Come, sessions, st.none() | names),
    st.builds(Rename, sessions, names),
    st.builds(Go, sessions),
    st.builds(Fail, st.frozensets(st.sampled_from(CALLS))),
    st.builds(Wait, st.integers(0, 8)),
)


@given(st.lists(steps, max_size=12))
@example([Come(0, "Victor"), Come(0, "*"), Go(0)])  # it was held for who had gone
@example([Come(0, "Victor"), Wait(9), Fail(frozenset({"recall", "claim"})), Come(0, "Victor"), Fail(frozenset())])
@example([Come(0, "Ann"), Rename(0, "Victor"), Come(0, "viktor"), Wait(1), Come(0, "Ann")])
def test_a_name_is_held_by_who_goes_by_it(steps: list[Step]) -> None:
    async def run() -> None:
        store = Flaky()
        async with gateway(store) as here:
            peers: dict[int, Json] = {}
            for step in steps:
                await _do(step, here, store, peers)
                if not store.failing:
                    await here.after(0)
            store.failing = set()
            await here.after(10)
            here.balance()
            for peer in peers.values():
                peer.reset()
            await here.after(10)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(run())


@given(st.lists(st.tuples(steps.filter(lambda step: not isinstance(step, Fail)), st.booleans()), max_size=14))
@example([(Come(0, "Ann"), True), (Come(0, "*"), False)])  # it was a guest on the second
@example([(Come(0, "Ann"), True), (Come(0, "Victor"), False), (Come(1, "Ann"), False), (Go(0), False)])
@example(
    [(Come(0, None), True), (Come(0, None), False), (Rename(0, "Ann"), True), (Go(0), True), (Come(1, "Ann"), True)]
)
def test_a_person_has_one_name_on_all_nodes_and_holds_it_where_it_is_in(steps: list[tuple[Step, bool]]) -> None:
    async def run() -> None:
        store = Flaky()
        async with nodes(store) as both:
            peers: tuple[dict[int, Json], ...] = ({}, {})
            for step, there in steps:
                await _do(step, both[there], store, peers[there])
                await both[0].after(1)
                _check([here.house.room for here in both], store)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(run())


def _check(rooms: list[Room], store: Flaky) -> None:
    labels = {(each.owner, each.label) for room in rooms for each in room.roster.members()}
    assert len(labels) == len({owner for owner, _ in labels})
    names: Any = rooms[0].store.names
    for owner in map(owner_of, SESSIONS):
        there = [each for room in rooms for each in room.roster.connections(owner)[:1]]
        assert len({each.named for each in there}) < 2
        assert len(names._holders[owner]) == sum(each.named for each in there)
        assert (owner in holders(store)) == any(each.named for each in there)


async def _do(step: Step, here: Gateway, store: Flaky, peers: dict[int, Json]) -> None:
    match step:
        case Come(session, name):
            named = {} if name is None else {"name": name}
            peers[session] = Json(here).hello(session=SESSIONS[session], **named)
        case Rename(session, name) if session in peers and peers[session].is_there:
            peers[session].tell(type="name", name=name)
        case Go(session) if session in peers:
            peers.pop(session).reset()
        case Fail(calls):
            store.failing = set(calls)
        case Wait(seconds):
            await here.after(seconds)
        case _:
            pass
    await rest()


@timeless
async def test_who_may_have_neither_the_name_it_wants_nor_the_one_it_had_is_in_without_one() -> None:
    """It had been renamed here, and called otherwise on another node: both have to wait. That was a fault of ours."""
    async with nodes() as (one, two):
        ann = Json(one).hello(session=SESSIONS[0], name="Ann")
        await rest()
        ann.tell(type="name", name="Bob")
        await rest()
        carol = Json(two).hello(session=SESSIONS[0], name="Carol")
        for each in (ann, carol):
            each.reset()
            await rest()
        back = Json(one).hello(session=SESSIONS[0], name="Dora")
        await one.after(1)
        assert back.is_there
        assert back.events("welcome")[0]["name"].startswith("guest-")
        assert [event["code"] for event in back.events("error")] == ["rename-wait"]


@timeless
async def test_a_session_that_comes_in_on_another_node_is_in_on_both() -> None:
    """With a position or without one, as a page that was loaded anew."""
    async with nodes() as (one, two):
        people = [Json(one).hello(name="Ann")]
        await rest()
        welcome = people[0].events("welcome")[0]
        for here, after in ((two, {}), (one, {"after": {"epoch": welcome["epoch"], "seq": welcome["seq"]}}), (two, {})):
            people.append(Json(here).hello(session=welcome["session"], **after))
            await one.after(1)
            assert [each.is_there for each in people] == [True] * len(people)
            assert people[-1].events("welcome")[0]["name"] == "Ann"
        assert len(one.house.room.roster) == 2  # it counts once a node


@timeless
async def test_a_node_that_is_stopped_is_empty_at_once() -> None:
    async with nodes() as (one, two):
        for _ in range(3):
            Json(two).hello()
        await one.after(2)
        assert len(one.house.room.roster) == 3
        await two.stop()
        await rest()
        assert len(one.house.room.roster) == 0
