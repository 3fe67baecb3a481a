"""A member: what it is told of what it said, and how it ends, once and for one reason."""

import logging

import pytest

from gateway.guard.stages import GONE
from gateway.wires.closing import Closing

from ..doors import JsonPeer, RawPeer
from ..fakes import reason, scene


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
