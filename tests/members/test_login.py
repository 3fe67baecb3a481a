"""How somebody gets in: when, where in the log, called what, by a hello or the password."""

import json
from typing import Any

import pytest
from websockets.frames import Opcode

from gateway.faults import contained
from gateway.guard.stages import OPEN
from gateway.members.login import HELD_SECONDS, HELLO, KNOCK, seek
from gateway.members.tcp import TcpMember
from gateway.messages import Position
from gateway.stores.memory import MemoryStore
from gateway.wires.proxy import Proxied
from gateway.wires.raw import RawWire

from ..doors import JsonPeer
from ..fakes import a_store, reason, scene
from ..samples import a_draft
from ..tables import each_of
from ..wires.kinds import frames_of
from .test_websocket import enter, events, frame, join


@each_of(
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
        await here.store.append([a_draft(f"{number}") for number in range(10)])
        await here.settle()
        member = here.raw()
        epoch = here.room.store.epoch if epoch == "ours" else epoch
        assert seek(member, None if after is None else Position(epoch, after), history) is goes_on
        assert member.cursor == cursor
        contained(member, member.house.forget, member)


@pytest.mark.parametrize(
    ("after", "history", "cursor"),
    [(None, 500, 7), (None, 3, 7), (None, 2, 8), (None, 0, 10), (2, 500, 2)],  # the last has missed 3 to 7
)
async def test_who_comes_in_is_owed_nothing_that_is_not_kept(after: int | None, history: int, cursor: int) -> None:
    """It was told of a gap that was none of its own."""
    async with scene(MemoryStore(3, 10**6)) as here:
        await here.store.append([a_draft(f"{number}") for number in range(10)])
        await here.settle()
        member = here.raw()
        seek(member, None if after is None else Position(here.room.store.epoch, after), history)
        assert member.cursor == cursor
        contained(member, member.house.forget, member)


async def test_the_last_messages_are_told_whatever_was_taken_back_since() -> None:
    """Fifty deletions, and who came in was told nothing of what had been said before."""
    async with scene() as here:
        await here.store.append([a_draft(f"{number}") for number in range(10)])
        for seq in (3, 5, 6, 9):
            await here.store.append([a_draft(f"{seq}", kind="deleted")])
        await here.settle()
        for history, texts in ((2, "79"), (4, "3679"), (6, "013679"), (0, "")):
            _, ann = await enter(here, name=f"ann {history}", history=history)
            told = [each["text"] for each in events(ann) if each["type"] == "message"]
            assert told == list(texts)


@pytest.mark.parametrize(
    ("after", "resumed", "texts"),
    [
        ({"seq": 1}, True, ["b", "c"]),
        ({"seq": 0}, True, ["a", "b", "c"]),
        ({"seq": 3}, True, []),
        ({"seq": 4}, False, []),
    ],
)
async def test_a_position_without_an_epoch_is_one_of_the_present_log(
    after: dict[str, int], resumed: bool, texts: list[str]
) -> None:
    store = a_store()
    await store.append([a_draft(text) for text in "abc"])
    async with scene(store) as here:
        _, transport = await enter(here, after=after)
        told = events(transport)
        assert (told[0]["resumed"], told[0]["head"]) == (resumed, 3)
        assert [event["text"] for event in told if event["type"] == "message"] == texts


@pytest.mark.parametrize(("hello", "is_counted"), [
    ({"after": {"seq": 3}}, True), ({"history": 2}, True), ({"after": {"seq": 5}}, False), ({}, False),
])  # fmt: skip
async def test_to_come_in_elsewhere_than_at_the_head_counts(hello: dict[str, Any], is_counted: bool) -> None:
    store = a_store()
    await store.append([a_draft(str(number)) for number in range(5)])
    async with scene(store=store, rate_kib=0.1) as here:
        await enter(here, **hello)
        assert bool(here.house.meters.owed("10.0.0.1", here.clock.now())) is is_counted


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


async def test_who_says_no_hello_is_closed() -> None:
    async with scene() as here:
        ann, _ = join(here, json_wire=True)
        here.clock.pass_by(5)
        ann.data_received(frame(b"", Opcode.PING))
        here.clock.pass_by(6)
        assert reason(ann) == "silent"
        assert here.room.roster.members() == []


@pytest.mark.parametrize(
    ("kind", "data", "pause", "seconds"),
    [("raw", b"a\r\n" * 230, 40.0, KNOCK.seconds), ("json", frame(b"\n") * 4300, 6.0, HELLO.seconds)],
)
async def test_who_sends_and_never_logs_in_is_late_all_the_same(
    kind: str, data: bytes, pause: float, seconds: float
) -> None:
    """Each time that it was held by its rate it had all of its time anew, and stayed for ever."""
    async with scene(password="sesame") as here:
        member = here.connect(here.raw())[0] if kind == "raw" else join(here, json_wire=True)[0]
        began = here.clock.now()
        while member.stage is OPEN and here.clock.now() < began + 2 * HELD_SECONDS:
            contained(member, member.data_received, data)
            for _ in range(int(pause * 10)):
                await here.settle()
                here.clock.pass_by(0.1)
        assert reason(member) in ("password", "silent")
        assert here.clock.now() <= began + seconds + HELD_SECONDS + 2 * pause


async def test_the_welcome_comes_before_everything_and_errors_after_it() -> None:
    async with scene() as here:
        await enter(here, name="ann")
        _, bob = await enter(here, name="ann", history=10)
        assert [event["type"] for event in events(bob)] == ["welcome", "error"]


async def test_who_is_gone_before_its_name_was_found_out_holds_nothing() -> None:
    async with scene() as here:
        ann, _ = join(here, json_wire=True)
        ann.data_received(frame(b'{"type":"hello","name":"ann"}'))
        ann.connection_lost(None)
        await here.settle()
        _, other = await enter(here, name="ann")
        assert events(other)[0]["name"] == "ann"


@pytest.mark.parametrize(("password", "code"), [({}, "password-needed"), ({"password": "y"}, "password-wrong")])
async def test_a_hello_without_the_password_is_refused(password: dict[str, Any], code: str) -> None:
    async with scene(password="x") as here:
        member, transport = await enter(here, **password)
        assert reason(member) == "password"
        error, goodbye = frames_of(transport.take())
        assert json.loads(error)["code"] == code
        assert goodbye == (4503).to_bytes(2, "big") + b"password"
        assert len(here.room.roster) == 0
        member, transport = await enter(here, password="x")
        assert events(transport)[0]["type"] == "welcome"


async def test_a_text_member_gives_the_password_by_a_command() -> None:
    async with scene(password="x") as here:
        member, transport = join(here)
        assert b"/pass PASSWORD" in transport.take()
        member.data_received(frame(b"hello"))
        assert b"/pass PASSWORD" in transport.take()
        member.data_received(frame(b"/pass x"))
        assert member.is_in
