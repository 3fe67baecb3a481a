"""A person has one name on all its connections, from the first to the last, on one node or two."""

import asyncio
import json
from typing import Any

import pytest

from gateway.guard.rate import RENAME_SECONDS
from gateway.room.room import MAX_CONNECTIONS
from gateway.stores.memory import MemoryNames
from gateway.stores.nodes import Entered
from gateway.wires.closing import Closing

from ..doors import JsonPeer, RawPeer, SayPeer, pair
from ..fakes import Scene, WaitingNames, a_store, scene
from ..test_outages import Flaky, FlakyNames

HOST = "203.0.113.7"


async def tab(here: Scene, first: JsonPeer, name: str = "", host: str = HOST, **hello: Any) -> JsonPeer:
    """Another connection of the same person."""
    peer = JsonPeer(here, host, name, session=first.welcome["session"], **hello)
    await peer.come()
    return peer


async def person(here: Scene, name: str = "", host: str = HOST) -> JsonPeer:
    """Somebody, by its first connection."""
    peer = JsonPeer(here, host, name)
    await peer.come()
    return peer


def told(peer: JsonPeer) -> list[str]:
    """The names that it was told it has."""
    return [event["name"] for event in peer.events(peer.take()) if event["type"] == "name"]


async def gone(here: Scene, *peers: JsonPeer) -> None:
    for each in peers:
        each.member.connection_lost(None)
    await here.settle()


async def can_have(here: Scene, name: str) -> bool:
    """Whether somebody else can have that name."""
    thief = RawPeer(here, "198.51.100.7", name)
    await thief.come()
    has = thief.label == name
    thief.member.close(Closing.QUIT)
    thief.member.connection_lost(None)
    await here.settle()
    return has


async def test_a_second_tab_has_the_persons_name_and_it_is_held_to_the_last() -> None:
    async with scene() as here:
        first = await person(here, "Ann")
        second = await tab(here, first)
        assert (second.welcome["name"], second.welcome["id"], second.welcome["members"]) == (
            "Ann", first.welcome["id"], 1,
        )  # fmt: skip
        assert first.ended is None
        await gone(here, first)
        assert not await can_have(here, "Ann")
        assert (await tab(here, second)).welcome["name"] == "Ann"
        await gone(here, second)
        assert not await can_have(here, "Ann")
        third = here.room.roster.members()[0]
        third.close(Closing.KICKED)
        await here.settle()
        assert await can_have(here, "Ann")


async def test_a_rename_is_the_persons_and_each_of_its_connections_is_told_once() -> None:
    async with scene() as here:
        tabs = [await person(here, "Ann")]
        tabs += [await tab(here, tabs[0]) for _ in range(2)]
        here.room._tell_changes()
        for each in tabs:
            each.take()
        here.clock.pass_by(RENAME_SECONDS + 1)
        tabs[1].send('{"type":"name","name":"Anna"}')
        await here.settle()
        assert [told(each) for each in tabs] == [["Anna"]] * 3
        assert {each.label for each in tabs} == {"Anna"}
        here.room._tell_changes()
        await here.settle()
        (presence,) = [each for each in tabs[2].events(tabs[2].take()) if each["type"] == "presence"]
        assert (presence["members"], presence["renamed"]) == (1, [{"from": "Ann", "to": "Anna"}])
        assert len(presence["joined"]) == len(presence["left"]) == 1
        tabs[1].send('{"type":"name","name":"Anna"}')  # who asks is answered
        await here.settle()
        assert [told(each) for each in tabs] == [[], ["Anna"], []]
        assert await can_have(here, "Ann")


async def test_a_hello_that_names_another_name_renames_the_person_by_the_rules_for_renames() -> None:
    async with scene() as here:
        first = await person(here, "Ann")
        await person(here, "Zoe", "198.51.100.9")
        assert (await tab(here, first, "Anna")).welcome["name"] == "Anna"
        assert told(first) == ["Anna"]
        for name, code in (("Annie", "rename-wait"), ("Zoe", "rename-wait")):
            late = JsonPeer(here, HOST, name, session=first.welcome["session"])
            assert f'"code":"{code}"' in await late.come()
            assert late.welcome["name"] == "Anna"
        here.clock.pass_by(RENAME_SECONDS + 1)
        late = JsonPeer(here, HOST, "Zoe", session=first.welcome["session"])
        assert '"code":"name-taken"' in await late.come()
        assert late.welcome["name"] == "Anna"
        assert told(first) == []


async def test_another_spelling_is_another_name_and_who_takes_nothing_is_owed_few() -> None:
    """Each tab is told of each rename: of one that takes nothing they would have been kept, at the person's rate."""
    async with scene() as here:
        first = await person(here, "Ann")
        paused = await tab(here, first)
        paused.transport.fill()
        for number in range(20):
            first.send(json.dumps({"type": "name", "name": ("ANN", "ann")[number % 2]}))
        await here.settle()
        paused.transport.empty()
        await here.settle()
        assert told(paused) == ["ANN"]
        answers = [await SayPeer(here, HOST, name).ask(name) for name in ("ci", "CI", "ci", "Ci")]
        assert answers[:2] == ["", ""]
        assert all("rename-wait" in answer for answer in answers[2:]), answers
        # A script elsewhere goes by the same name, and writes it as it ever did.
        assert [await SayPeer(here, "198.51.100.7", "ci").ask(text) for text in "ab"] == ["", ""]


async def test_a_guest_is_one_guest_and_named_by_any_of_its_tabs() -> None:
    async with scene() as here:
        first = await person(here)
        second = await tab(here, first)
        assert first.label == second.label == first.welcome["name"]
        third = await tab(here, first, "Ann")
        assert first.label == second.label == third.label == "Ann"
        assert told(first) == told(second) == ["Ann"]


@pytest.mark.parametrize("way", ["name", "hello"])
async def test_whoever_asked_for_it_is_gone_when_the_name_is_there(way: str) -> None:
    """The person goes by what the store has for it; else the name that it goes by would be anybody's."""
    store = a_store()
    store.names = names = WaitingNames()
    names.may_go_on.set()
    async with scene(store) as here:
        first = await person(here, "Ann")
        here.clock.pass_by(RENAME_SECONDS + 1)
        names.may_go_on.clear()
        if way == "name":
            second = await tab(here, first)
            second.send('{"type":"name","name":"Anna"}')
        else:
            second = JsonPeer(here, HOST)
            second.connect()
            second.send(json.dumps({"type": "hello", "name": "Anna", "session": first.welcome["session"]}))
        await here.settle()
        second.member.close(Closing.KICKED)
        names.may_go_on.set()
        await here.settle()
        assert (first.label, told(first)) == ("Anna", ["Anna"])
        assert not await can_have(here, "Anna")


async def test_past_so_many_connections_the_oldest_of_the_person_ends() -> None:
    async with scene(per_ip=0) as here:
        first, other = await person(here, "Ann"), await person(here, "Bob")
        tabs = [first] + [await tab(here, first) for _ in range(MAX_CONNECTIONS - 1)]
        assert [each.ended for each in tabs] == [None] * MAX_CONNECTIONS
        tabs.append(await tab(here, first))
        assert [each.ended for each in tabs] == ["replaced"] + [None] * MAX_CONNECTIONS
        assert (tabs[-1].welcome["name"], other.ended, len(here.room.roster)) == ("Ann", None, 2)
        assert not await can_have(here, "Ann")


async def test_all_that_is_done_to_a_person_is_done_to_each_of_its_connections() -> None:
    async with scene(admin_password="secret") as here:
        op = await person(here, "Op", "10.0.0.9")
        await op.ask("/op secret")
        tabs = [await person(here, "Ann")]
        tabs.append(await tab(here, tabs[0], host="198.51.100.5"))
        await op.ask("/mute Ann 1h")
        for each in tabs:
            assert "you-are-muted" in await each.say("hi")
        assert "2" in await op.ask("/kick Ann")
        assert [each.ended for each in tabs] == ["kicked"] * 2
        back = [await tab(here, tabs[0]), await tab(here, tabs[0], host="198.51.100.5")]
        await op.ask("/ban Ann")
        assert [each.ended for each in back] == ["banned"] * 2


async def test_together_a_persons_connections_may_ask_for_what_one_may() -> None:
    async with scene(rate=1.0, burst=20, per_ip=0) as here:
        first = await person(here)
        tabs = [first, *[await tab(here, first, host=f"203.0.113.{number}") for number in range(3)]]
        for number in range(30):
            tabs[number % 4].send('{"type":"ping"}')
        await here.settle()
        assert 15 < sum(each.take().count("pong") for each in tabs) <= 24
        stranger = await person(here)
        assert "pong" in await stranger.tell(type="ping")


async def test_what_one_tab_says_the_others_are_told_on_the_way_of_everybody() -> None:
    async with scene() as here:
        first = await person(here, "Ann")
        second = await tab(here, first)
        await first.say("hi")
        (heard,) = [each for each in second.events(second.take()) if each["type"] == "message"]
        assert (heard["text"], heard["by"]) == ("hi", second.welcome["id"])
        again = await second.say("hi")  # its ids are the session's
        assert [each["seq"] for each in second.events(again) if each["type"] == "ack"] == [heard["seq"]]


# --- two nodes ----------------------------------------------------------------------------------------------------


async def test_a_person_on_two_nodes_has_one_name_and_holds_it_on_both() -> None:
    async with pair() as both:
        first = await person(both.one, "Ann")
        second = await tab(both.two, first)
        await both.settle()
        assert (second.welcome["name"], first.ended) == ("Ann", None)
        await both.pass_by(RENAME_SECONDS + 1)
        second.send('{"type":"name","name":"Anna"}')
        await both.settle()
        assert (first.label, second.label, told(first)) == ("Anna", "Anna", ["Anna"])
        await gone(both.two, second)
        await both.settle()
        assert not await can_have(both.one, "Anna")
        assert await can_have(both.one, "Ann")
        await gone(both.one, first)
        assert await can_have(both.two, "Anna")


async def test_a_guest_on_one_node_is_named_on_the_other() -> None:
    async with pair() as both:
        first = await person(both.one)
        second = await tab(both.two, first, "Ann")
        await both.settle()
        assert (first.label, second.label) == ("Ann", "Ann")
        await gone(both.two, second)
        await both.settle()
        assert not await can_have(both.two, "Ann")


async def test_who_has_two_names_given_at_once_has_one_in_the_end() -> None:
    async with pair() as both:
        first = await person(both.one)
        second = await tab(both.two, first)
        first.send('{"type":"name","name":"Ann"}')
        second.send('{"type":"name","name":"Bob"}')
        await both.settle()
        assert first.label == second.label
        assert first.label in ("Ann", "Bob")
        assert await can_have(both.one, "Bob" if first.label == "Ann" else "Ann")
        assert not await can_have(both.one, first.label)


async def test_a_gateway_of_before_tells_who_came_back_and_nobody_is_closed_by_it() -> None:
    """It has taken this node out of the entry: the name is claimed again."""
    async with pair() as both:
        first = await person(both.one, "Ann")
        both.subject.holders.clear()
        both.two.room.store.nodes.tell(Entered(first.member.owner))
        both.two.room.store.nodes.tell(Entered("nobody's"))
        await both.settle()
        assert (first.ended, first.label, told(first)) == (None, "Ann", [])
        assert both.subject.holders[first.member.owner] == {"n1"}


async def test_whose_name_the_store_has_lost_goes_on_by_it_and_holds_it_again() -> None:
    async with scene() as here:
        first, guest = await person(here, "Ann"), await person(here)
        for each in (first, guest):
            await here.room.store.names.forget(each.member.owner)
            here.room.naming.follow(each.member.owner)
        await here.settle()
        assert (first.label, told(first), told(guest)) == ("Ann", [], [])
        assert not await can_have(here, "Ann")


async def test_whose_new_name_could_not_be_asked_for_goes_by_it_after_the_outage() -> None:
    store = Flaky()
    async with scene(store) as here:
        first, guest = await person(here, "Ann"), await person(here)
        assert await store.names.claim("Anna", first.member.owner)  # on another node
        store.failing = {"recall"}
        for each in (first, guest):
            here.room.naming.follow(each.member.owner)
        await here.settle()
        here.room.naming.try_again()
        await here.settle()
        assert first.label == "Ann"
        store.failing = set()
        here.room.naming.try_again()
        await here.settle()
        assert (first.label, told(first), told(guest)) == ("Anna", ["Anna"], [])
        store.tried.clear()
        here.room.naming.try_again()
        await here.settle()
        assert not store.tried


async def test_what_is_tried_again_waits_in_line_once_however_long_the_store_hangs() -> None:
    class Hanging(FlakyNames):
        async def release(self, owner: str) -> None:
            await super().release(owner)
            await goes_on.wait()

    goes_on = asyncio.Event()
    store = Flaky()
    store.names = Hanging(store._try)
    async with scene(store) as here:
        people = [await person(here, name) for name in ("Ann", "Bob", "Zoe")]
        store.failing = {"release"}
        await gone(here, *people)
        store.failing = set()
        for _ in range(20):
            here.room.naming.try_again()
            await here.settle()
        assert len(here.room.questions) == len(people)
        goes_on.set()
        await here.settle()
        assert await can_have(here, "Ann")


async def test_whose_name_was_given_away_meanwhile_is_a_guest_on_all_its_connections() -> None:
    class Given(MemoryNames):
        async def claim(self, name: str, owner: str) -> bool:
            return not is_given and await super().claim(name, owner)

    is_given = False
    store = a_store()
    store.names = Given()
    async with scene(store) as here:
        here.balances = False  # the store knows nothing of it
        first = await person(here, "Ann")
        second = await tab(here, first)
        is_given = True
        here.room.naming.follow(first.member.owner)
        await here.settle()
        for each in (first, second):
            assert each.label.startswith("guest-")
            heard = each.take()
            assert '"code":"name-taken"' in heard
            assert f'"name":"{each.label}"' in heard


@pytest.mark.parametrize("name", ["", "Ann"])
async def test_who_is_alone_on_its_node_costs_no_more(name: str) -> None:
    async with scene() as here:
        await person(here, name)
        await RawPeer(here, HOST).come()
        assert not here.room.roster._further
