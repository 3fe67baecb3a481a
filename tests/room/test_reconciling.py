"""What is in force on each node: what the store has, whatever the nodes tell each other, or fail to."""

import asyncio
from typing import Any

import pytest

from gateway.room.reconciling import KEEP_SECONDS
from gateway.room.sanctions import Note, encode_note, stored_notes
from gateway.stores.memory import MemoryBans, MemoryStore
from gateway.stores.nodes import Acted, BansChanged
from gateway.text.controls import clean

from ..doors import Pair, RawPeer, operator
from ..fakes import scene
from .test_moderation import ADMIN, OTHER, TROLL, Troll, act, came_by
from .test_moderation import nodes as nodes


@pytest.mark.parametrize("what", ["ban", "mute"])
async def test_what_has_run_out_is_in_no_list_and_not_in_the_store(nodes: Pair, what: str) -> None:
    op = await operator(nodes.one)
    await Troll(nodes, "raw", "there").come()
    await act(op, what, "name", "Troll", " 1h")
    await nodes.settle()
    assert len(await nodes.store.bans.all()) == 2
    listed = f"/{what.removesuffix('e')}{'ned' if what == 'ban' else 'ed'}"
    assert "Troll [203.0.113.9], until" in await op.ask(listed)
    nodes.jump(3600)
    assert "nobody is" in await op.ask(listed)
    await nodes.pass_by(KEEP_SECONDS)
    assert await nodes.store.bans.all() == {}
    assert f"no-such-{what}" in await op.ask(f"/un{what} Troll")


async def test_a_ban_made_anew_meanwhile_is_not_taken_for_the_one_that_ran_out(nodes: Pair) -> None:
    op, other = await operator(nodes.one), await operator(nodes.two, "10.0.0.8")
    await act(op, "ban", "address", TROLL, " 1h")
    await nodes.settle()
    nodes.subject.is_cut = True
    await act(other, "ban", "address", TROLL)
    nodes.jump(3600)
    await nodes.pass_by(KEEP_SECONDS)
    assert len(await nodes.store.bans.all()) == 1
    for here in (nodes.one, nodes.two):
        assert not (await came_by(RawPeer, here, TROLL))[0]


async def test_a_word_that_is_lost_is_made_good(nodes: Pair) -> None:
    op = await operator(nodes.one)
    nodes.subject.is_cut = True
    await act(op, "ban", "address", TROLL)
    await nodes.settle()
    assert (await came_by(RawPeer, nodes.two, TROLL))[0]
    nodes.subject.is_cut = False
    await nodes.pass_by(KEEP_SECONDS)
    assert not (await came_by(RawPeer, nodes.two, TROLL))[0]


def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Has one more for each look at the store from now on."""
    asked: list[int] = []
    original = MemoryBans.all

    async def bans(bans: MemoryBans) -> Any:
        asked.append(1)
        return await original(bans)

    monkeypatch.setattr(MemoryBans, "all", bans)
    return asked


async def test_who_knows_the_same_asks_the_store_no_more(nodes: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    op = await operator(nodes.one)
    await act(op, "ban", "address", TROLL)
    await nodes.settle()
    asked = looks(monkeypatch)
    await nodes.pass_by(60)
    assert asked == []


async def test_another_nodes_act_that_means_nobody_is_left_out(nodes: Pair, caplog: pytest.LogCaptureFixture) -> None:
    bystander = await Troll(nodes, "raw", "there").come()
    tell = nodes.one.room.store.nodes.tell
    for person, network in (("", ""), ("x", "203.0.113.0/24"), ("", "Troll")):
        for what in ("kick", "ban", "mute"):
            tell(Acted(what, "Troll", 0, "Op", person, network))
    tell(Acted("unban", "Troll", 0, "Op", "AAAAAAAAAAAA"))
    tell(Acted("kick", "Troll", 0, "Op", "AAAAAAAAAAAA"))  # somebody else's, by that name
    tell(BansChanged("other"))
    await nodes.settle()
    assert bystander.peer.is_in
    assert await nodes.store.bans.all() == {}
    assert nodes.two.room.store.skipped.count == 10
    assert "an operator's act on another node is left out: a person or a network has to be meant" in caplog.messages


async def test_another_nodes_act_is_done_to_all_of_a_network(nodes: Pair, caplog: pytest.LogCaptureFixture) -> None:
    troll = await Troll(nodes, "raw", "there").come()
    other = RawPeer(nodes.two, OTHER)
    await other.come()
    nodes.one.room.store.nodes.tell(Acted("kick", "the net", 0, "Op", "", f"{TROLL}/24"))
    await nodes.settle()
    assert (troll.peer.ended, other.ended) == ("kicked", None)
    # Nothing of how long it lasts.
    assert f"operator Op on another node: kick the net from {TROLL}, connections here: 1" in caplog.messages
    again = await Troll(nodes, "raw", "there").come()
    nodes.one.room.store.nodes.tell(Acted("kick", "\x1b[2Jnet", 0, "\u202eOp", "", TROLL))
    await nodes.settle()
    assert again.peer.ended == "kicked"
    assert [line for line in caplog.messages if clean(line) != line] == []


@pytest.mark.parametrize("is_there", [True, False])
async def test_with_another_nodes_act_all_that_is_stored_is_in_force(nodes: Pair, is_there: bool) -> None:
    """Though no other word of it has come, or comes."""
    op = await operator(nodes.one)
    troll = await Troll(nodes, "json", "there" if is_there else "here").come()
    nodes.subject.is_cut = True
    await act(op, "ban", "address", OTHER)
    await act(op, "ban", "member", troll.aims["member"])
    await nodes.settle()
    nodes.subject.is_cut = False
    nodes.one.room.store.nodes.tell(Acted("ban", "Troll", 0, "Op", troll.aims["member"], ""))
    await nodes.settle()
    assert nodes.two.house.moderation.rules.notes == await stored_notes(nodes.two.room.store)
    for host in (TROLL, OTHER) if is_there else (OTHER,):
        assert not (await came_by(RawPeer, nodes.two, host))[0]


@pytest.mark.parametrize("is_read_before", [False, True])
@pytest.mark.parametrize(("door", "way"), [("raw", "member"), ("json", "seq"), ("/events", "member")])
async def test_of_a_raid_the_addresses_of_all_are_barred(
    nodes: Pair, door: str, way: str, is_read_before: bool
) -> None:
    """All are put out with the first, or before any word is there: their own words come when they are gone."""
    hosts = [f"198.51.100.{number}" for number in range(1, 6)]
    op = await operator(nodes.one)
    raiders = [await Troll(nodes, door, "there", host, f"Troll{host[-1]}").come() for host in hosts]
    nodes.subject.late = []
    for raider in raiders:
        await act(op, "ban", way, raider.aims[way])
    if is_read_before:
        await nodes.two.reconciler.read_again()
        await nodes.pass_by(KEEP_SECONDS)
    await nodes.subject.catch_up()
    await nodes.settle()
    assert [raider.peer.is_in for raider in raiders] == [False] * 5
    assert [(await came_by(RawPeer, nodes.two, host))[0] for host in hosts] == [False] * 5


async def test_what_others_did_meanwhile_is_done_by_one_look_at_the_store(
    nodes: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With thousands of notes a look takes a while: a node that was behind came ever further behind."""
    op = await operator(nodes.one)
    trolls = [await Troll(nodes, "raw", "there", f"198.51.100.{n}", f"Troll{n}").come() for n in range(1, 5)]
    nodes.subject.late = []
    for number in range(20):
        await act(op, "ban", "address", f"192.0.2.{number}")
    for troll, what in zip(trolls, ("ban", "mute", "kick", "mute"), strict=True):
        await act(op, what, "member", troll.aims["member"])
    asked = looks(monkeypatch)
    await nodes.subject.catch_up()
    await nodes.settle()
    assert [troll.peer.ended for troll in trolls] == ["banned", None, "kicked", None]
    assert "muted" in await trolls[3].peer.ask("hello")
    assert len(asked) <= 4  # for the first, for all the others, and by each node for what that changed
    assert nodes.two.house.moderation.rules.notes == await stored_notes(nodes.store)


class WaitingBans(MemoryBans):
    """Each note waits until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = asyncio.Event()

    async def put(self, subject: str, note: str) -> None:
        await self.may_go_on.wait()
        await super().put(subject, note)


@pytest.mark.parametrize("word", [None, BansChanged("other"), Acted("mute", "X", 0, "Op", "AAAAAAAAAAAA")])
async def test_what_is_ordered_while_something_else_changes_is_in_force_and_so_is_that(word: Any) -> None:
    """While something runs out, or another node has its word."""
    store, bans = MemoryStore(1000, 10**6), WaitingBans()
    store.at_once, store.bans = 100, bans
    async with scene(store, **ADMIN) as here:
        op = await operator(here)
        bans.may_go_on.set()
        await act(op, "ban", "address", OTHER, " 10s")
        bans.may_go_on.clear()
        await op.ask(f"/ban {TROLL}")
        if word is None:
            here.clock.jumped += 60_000
            here.clock.pass_by(KEEP_SECONDS)
        else:
            await MemoryBans.put(bans, "address:192.0.2.9", encode_note(Note("X", "Op", 0)))
            here.reconciler._hear("another node", word)
        await here.settle()
        bans.may_go_on.set()
        await here.settle()
        assert here.house.moderation.rules.notes == await stored_notes(store)
        assert len(await store.bans.all()) == (1 if word is None else 3)
