"""A member: where it begins, what it is told of what it said, and how it ends, once and for one reason."""

import logging

import pytest

from gateway.faults import contained
from gateway.guard.stages import GONE, OPEN
from gateway.members.login import KNOCK
from gateway.members.tcp import TcpMember
from gateway.messages import Position
from gateway.stores.memory import MemoryStore
from gateway.wires.closing import Closing
from gateway.wires.proxy import Proxied
from gateway.wires.raw import RawWire

from ..doors import JsonPeer, RawPeer
from ..fakes import reason, scene
from ..samples import a_draft


@pytest.mark.parametrize(
    ("epoch", "after", "history", "goes_on", "cursor"),
    [
        ("ours", 0, 2, True, 0),
        ("ours", 7, 2, True, 7),
        ("", 7, 2, True, 7),  # of whichever log this is
        ("ours", 10, 2, True, 10),  # it has all there is
        ("ours", 11, 2, False, 8),  # of a log that had more
        ("another", 7, 2, False, 8),
        ("", None, 2, False, 8),
        ("", None, 0, False, 10),
        ("", None, 500, False, 0),
    ],
)
async def test_it_goes_on_where_it_was_or_so_many_back(
    epoch: str, after: int | None, history: int, goes_on: bool, cursor: int
) -> None:
    async with scene() as here:
        await here.room.store.append([a_draft(f"{number}") for number in range(10)])
        await here.settle()
        member = here.raw()
        epoch = here.room.store.epoch if epoch == "ours" else epoch
        assert member.seek(None if after is None else Position(epoch, after), history) is goes_on
        assert member.cursor == cursor
        contained(member, member.house.forget, member)


@pytest.mark.parametrize(
    ("after", "history", "cursor"),
    [(None, 500, 7), (None, 3, 7), (None, 2, 8), (None, 0, 10), (2, 500, 2)],  # the last has missed 3 to 7
)
async def test_who_comes_in_is_owed_nothing_that_is_not_kept(after: int | None, history: int, cursor: int) -> None:
    """It was told of a gap that was none of its own."""
    async with scene(MemoryStore(3, 10**6)) as here:
        await here.room.store.append([a_draft(f"{number}") for number in range(10)])
        await here.settle()
        member = here.raw()
        member.seek(None if after is None else Position(here.room.store.epoch, after), history)
        assert member.cursor == cursor
        contained(member, member.house.forget, member)


async def test_who_was_called_nothing_is_a_guest_by_whichever_port_it_came() -> None:
    async with scene() as here:
        peer = Proxied(("10.0.0.1", 50000), ("10.0.0.9", 8001))
        wire = RawWire(here.house.phrases, 1000, 0.3, lambda: 0)
        member, _ = here.connect(TcpMember(here.house, here.place(), peer, wire, KNOCK))
        assert member.label == here.room.roster.guest_label(member.by)
        assert here.connect(here.raw())[0].label == repr(peer.peer)


async def test_what_it_waits_for_its_address_is_no_time_of_its_hello() -> None:
    async with scene(rate=1.0, burst=1, rate_kib=0.0) as here:
        here.house.meters.visitor("203.0.113.1", here.clock.now()).take(here.clock.now())
        while here.house.meters.owed("203.0.113.1", here.clock.now()) < 5:
            here.house.meters.visitor("203.0.113.1", here.clock.now()).take(here.clock.now())
        peer = JsonPeer(here, "203.0.113.1")
        peer.connect()
        here.clock.pass_by(12)
        assert peer.member.stage is OPEN
        here.clock.pass_by(6)
        assert reason(peer.member) == "silent"


async def test_each_ack_is_of_what_was_said() -> None:
    async with scene() as here:
        peer = JsonPeer(here, "203.0.113.1")
        await peer.come()
        told = [peer.events(await peer.say(text)) for text in ("one", "two")]
        acks = [event for events in told for event in events if event["type"] == "ack"]
        assert acks == [{"type": "ack", "id": "one", "seq": 1}, {"type": "ack", "id": "two", "seq": 2}]


@pytest.mark.parametrize("way", ["it is flushed", "it is lost"])
async def test_who_leaves_twice_or_is_lost_meanwhile_left_for_the_first_reason(
    way: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene() as here:
        peer = RawPeer(here, "203.0.113.1", "Ann")
        await peer.come()
        peer.transport.fill()
        peer.send("/who")
        await here.settle()
        peer.member.leave(Closing.GOING_AWAY)
        peer.member.leave(Closing.KICKED)
        assert reason(peer.member) is None
        with caplog.at_level(logging.INFO, "gateway.member"):
            if way == "it is lost":
                peer.member.connection_lost(None)
            else:
                peer.transport.empty()
                await here.settle()
        assert reason(peer.member) == "going-away"
        assert caplog.messages == ["Ann from 203.0.113.1 ended: going-away"]


async def test_who_is_outside_has_what_it_is_owed_as_soon_as_it_takes_it() -> None:
    async with scene(password="secret") as here:
        peer = RawPeer(here, "203.0.113.1")
        await peer.come()
        peer.transport.fill()
        assert await peer.ask("/who") == ""
        peer.transport.empty()
        here.clock.pass_by(0)
        assert "/pass" in peer.take()


@pytest.mark.parametrize(("closed", "ended"), [(None, "internal"), (Closing.BANNED, "banned")])
async def test_who_is_cut_is_gone_for_the_reason_that_it_had(closed: Closing | None, ended: str) -> None:
    async with scene() as here:
        peer = RawPeer(here, "203.0.113.1")
        await peer.come()
        if closed:
            peer.member.close(closed)
        peer.member.cut()
        assert (reason(peer.member), peer.member.stage, peer.member.writable) == (ended, GONE, False)
        assert peer.transport.aborted
        assert peer.member not in here.house.members
