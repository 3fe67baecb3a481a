"""A member: what it is told of what it said, and how it ends, once and for one reason."""

import logging
import socket

import pytest

from gateway.guard.holds import Hold
from gateway.guard.stages import CLOSING, GONE, OPEN, Stage
from gateway.members.connection import GONE_SECONDS, LOOK_SECONDS
from gateway.refusals import RefusedError
from gateway.wires.answers import Page
from gateway.wires.closing import Closing

from ..doors import JsonPeer, RawPeer
from ..fakes import reason, scene
from ..samples import a_message


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
        assert peer.member.is_lost
        assert peer.member.is_deaf
        assert peer.transport.aborted
        assert peer.member not in here.house.members


@pytest.mark.parametrize("stage", [OPEN, CLOSING])
async def test_a_fault_ends_it_with_a_goodbye_or_while_that_is_said_at_once(stage: Stage) -> None:
    async with scene() as here:
        peer = RawPeer(here, "203.0.113.1")
        await peer.come()
        if stage is CLOSING:
            peer.member.close(Closing.BANNED)
        peer.member.fail()
        assert reason(peer.member) == ("banned" if stage is CLOSING else "internal")
        assert peer.transport.aborted is (stage is CLOSING)
        assert peer.member.stage is (GONE if stage is CLOSING else CLOSING)


async def test_what_a_lost_one_said_is_waited_for_so_long_and_not_for_ever() -> None:
    async with scene() as here:
        peer = RawPeer(here, "203.0.113.1")
        await peer.come()
        peer.member.hold(Hold.INBOX)
        peer.member.data_received(b"hello\n\n")
        peer.transport.closed = True
        peer.member.connection_lost(None)
        here.clock.pass_by(GONE_SECONDS - 1)
        assert peer.member in here.house.members
        here.clock.pass_by(1)
        assert peer.member not in here.house.members
        assert reason(peer.member) == "lost"


@pytest.mark.parametrize("hold", [Hold.INBOX, Hold.STORE, Hold.LOG])
async def test_who_has_gone_while_it_is_not_read_is_seen_to_whatever_it_waits_for(hold: Hold) -> None:
    """And nobody speaks meanwhile, so that no write to it fails."""
    async with scene() as here:
        peer = RawPeer(here, "203.0.113.1")
        await peer.come()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            peer.transport._extra["socket"] = ours
            peer.member.hold(hold)
            peer.member.data_received(b"hello\n\n")
            here.clock.pass_by(10 * LOOK_SECONDS)
            theirs.shutdown(socket.SHUT_WR)  # it has said all, and may listen
            here.clock.pass_by(LOOK_SECONDS)
            assert not peer.member.is_deaf
            theirs.close()
            here.clock.pass_by(LOOK_SECONDS)
            assert peer.member.is_deaf
            here.clock.pass_by(GONE_SECONDS)
            assert reason(peer.member) == "lost"
            assert not peer.is_in


@pytest.mark.parametrize("is_held", [True, False])
async def test_a_line_that_waits_for_its_second_end_wakes_nobody_while_it_is_not_asked_for(is_held: bool) -> None:
    """Else it is woken each millisecond."""
    async with scene() as here:
        peer = RawPeer(here, "203.0.113.1")
        await peer.come()
        peer.member.data_received(b"hello\n")
        assert peer.member.wake(here.clock.now()) <= here.clock.now() + here.house.settings.line_grace
        if is_held:
            peer.member.hold(Hold.INBOX)
        else:
            peer.transport.fill()
            peer.member.due = True
            peer.member.send(b"something")
            peer.member.leave(Closing.QUIT)
        here.clock.pass_by(1)
        assert peer.member.wake(here.clock.now()) > here.clock.now() + 1
        if is_held:
            peer.member.let_go(Hold.INBOX)
        else:
            peer.transport.empty()


async def test_who_takes_nothing_hears_who_came_as_soon_as_it_does_in_its_own_form() -> None:
    async with scene() as here:
        outside, ann, typist = (
            JsonPeer(here, "203.0.113.1"),
            JsonPeer(here, "203.0.113.2"),
            RawPeer(here, "203.0.113.3"),
        )
        outside.connect()
        await ann.come()
        await typist.come()
        typist.member.data_received(b"hi\r\n/joins on\r\n")
        here.clock.pass_by(1)
        here.room._tell_changes()
        await here.settle()
        for peer in (outside, ann, typist):
            peer.take()
            peer.transport.fill()
        bob = RawPeer(here, "203.0.113.4", "Bob")
        await bob.come()
        here.room._tell_changes()
        await here.settle()
        for peer in (outside, ann, typist):
            peer.member.flush()
            assert peer.take() == ""
        for peer in (outside, ann, typist):
            peer.transport.empty()
        here.clock.pass_by(0)
        await here.settle()
        assert outside.take() == ""
        (told,) = ann.events(ann.take())
        assert told["type"] == "presence"
        assert typist.take() == "* joined: Bob\r\n"
        assert [peer.member.stage for peer in (outside, ann, typist)] == [OPEN] * 3


@pytest.mark.parametrize("size", [0, 20_000])
async def test_a_page_counts_as_it_is_long(size: int) -> None:
    async with scene(rate_kib=1.0) as here:
        peer = JsonPeer(here, "203.0.113.1")
        await peer.come()
        peer.member.answer(Page([a_message("é" * (size // 2), seq=seq) for seq in range(1, 11)], more=False))
        assert peer.member.is_held is (size > 0)


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (RefusedError("slow", "30", 29.6), {"code": "slow", "seconds": 30, "detail": "30"}),
        (RefusedError("op-needed"), {"code": "op-needed"}),
    ],
)
async def test_a_refusal_has_all_that_a_page_needs_to_say_it_in_its_own_words(
    why: RefusedError, told: dict[str, object]
) -> None:
    async with scene() as here:
        peer = JsonPeer(here, "203.0.113.1")
        await peer.come()
        peer.take()
        peer.member.refuse(why, "7", "No.")
        peer.member.refuse(why, text="No.")
        assert peer.events(peer.take()) == [
            {"type": "error", "message": "No.", "id": "7", **told},
            {"type": "error", "message": "No.", "id": None, **told},
        ]


async def test_who_came_from_where_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with scene() as here:
        with caplog.at_level(logging.INFO, "gateway.member.arrivals"):
            peer = RawPeer(here, "203.0.113.1")
            await peer.come()
        assert caplog.messages == [f"{peer.member.shown} from 203.0.113.1 came by raw"]


async def test_a_name_is_no_more_of_the_line_in_which_it_stands(caplog: pytest.LogCaptureFixture) -> None:
    """Who reads the log looked for somebody at an address that somebody had taken for a name."""
    async with scene() as here:
        peer = RawPeer(here, "203.0.113.1", 'Ann" from 10.0.0.9 ended')
        await peer.come()
        with caplog.at_level(logging.INFO, "gateway.member"):
            peer.member.leave(Closing.QUIT)
            await here.settle()
        assert caplog.messages == ['"Ann\' from 10.0.0.9 ended" from 203.0.113.1 ended: quit']
