"""A WebSocket member on a clock and a transport that the test holds: heartbeat, floods, goodbyes."""

import json
import random
import zlib
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.http11 import Request

from gateway.guard.holds import Hold
from gateway.guard.turns import SLICE_SECONDS
from gateway.members import websocket as websocket_module
from gateway.members.connection import GONE_SECONDS
from gateway.members.controls import CONTROL_BURST
from gateway.members.costs import DEAF_BYTES, READ_BYTES
from gateway.members.costs import DEFLATED as DEAR
from gateway.members.handshake import shake_hands
from gateway.members.parser import MAX_EMPTY, MAX_OVERHEAD, MESSAGE_SECONDS, Parser
from gateway.messages import new_session, owner_of
from gateway.room import roster as roster_module
from gateway.room.sanctions import Note
from gateway.stores.memory import MemoryStore
from gateway.wires.closing import Closing
from gateway.wires.frames import Boundary, may_inflate
from gateway.wires.json import JsonWire

from ..fakes import FakeTransport, Scene, reason, scene
from ..samples import a_draft
from ..tables import each_of, in_worlds
from ..wires.kinds import frames_of

FIELDS = {
    "Host": "x",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
PING, PONG = 0x89, 0x8A


def frame(payload: bytes, opcode: Opcode = Opcode.TEXT) -> bytes:
    return Frame(opcode, payload).serialize(mask=True)


def join(here: Scene, *, json_wire: bool = False, offers: Mapping[str, str] | None = None) -> tuple[Any, FakeTransport]:
    protocol = {"Sec-WebSocket-Protocol": "chat.v1.json"} if json_wire else {}
    protocol |= offers or {}
    response, member = shake_hands(here.house, Request("/ws", Headers(FIELDS | protocol)), here.place(), "10.0.0.1")
    assert response.startswith(b"HTTP/1.1 101")
    assert member is not None
    assert member.wire.name == ("json" if json_wire else "text")
    return here.connect(member)


async def enter(here: Scene, *, offers: Mapping[str, str] | None = None, **hello: Any) -> tuple[Any, FakeTransport]:
    member, transport = join(here, json_wire=True, offers=offers)
    member.data_received(frame(json.dumps({"type": "hello", **hello}).encode()))
    await here.settle()
    return member, transport


def events(transport: FakeTransport) -> list[Any]:
    return [json.loads(line) for payload in frames_of(transport.take()) for line in payload.split(b"\n")]


def opcodes(transport: FakeTransport) -> list[int]:
    data, found = transport.take(), []
    while data:
        found.append(data[0])
        data = data[2 + data[1] :]
    return found


async def test_a_bad_handshake_is_answered_and_lets_nobody_in() -> None:
    async with scene() as here:
        response, member = shake_hands(here.house, Request("/ws", Headers({"Host": "x"})), here.place(), "10.0.0.1")
        assert response.startswith(b"HTTP/1.1 426")
        assert member is None


async def test_who_is_silent_is_pinged_and_then_closed() -> None:
    async with scene() as here:
        ann, transport = join(here)
        here.clock.pass_by(24)
        assert transport.take() == b""
        here.clock.pass_by(2)
        assert opcodes(transport) == [PING]
        here.clock.pass_by(8)
        assert reason(ann) is None
        here.clock.pass_by(3)
        assert reason(ann) == "silent"
        assert transport.take()[4:] == b"silent"
        here.clock.pass_by(3)
        assert transport.aborted


async def test_who_answers_pings_stays() -> None:
    async with scene() as here:
        ann, transport = join(here)
        for _ in range(20):
            here.clock.pass_by(26)
            assert opcodes(transport) == [PING]
            ann.data_received(frame(b"", Opcode.PONG))
        assert reason(ann) is None


async def test_while_we_do_not_read_its_silence_is_ours() -> None:
    async with scene() as here:
        ann, transport = join(here)
        here.clock.pass_by(26)
        assert opcodes(transport) == [PING]
        ann.hold(Hold.INBOX)  # and so hears no pong
        here.clock.pass_by(290)
        assert reason(ann) is None
        ann.let_go(Hold.INBOX)
        here.clock.pass_by(20)
        assert opcodes(transport) == []  # its silence begins now
        here.clock.pass_by(30)
        assert reason(ann) == "silent"


async def test_who_is_gone_asks_for_no_answers() -> None:
    """64 connections that had sent 20 MB of these and closed took all places for hours."""
    async with scene(rate=1.0, burst=1) as here:
        ann, transport = join(here, json_wire=True)
        asked = [
            b"{}",
            b'{"type":"ping"}',
            b'{"type":"who"}',
            b'{"type":"history"}',
            b'{"type":"command","text":"/who"}',
        ]
        ann.data_received(frame(b"\n".join([b'{"type":"hello","name":"Ann"}', *asked * 1000])))
        transport.closed = True
        ann.connection_lost(None)
        await here.settle()
        here.clock.pass_by(5)
        await here.settle()
        assert here.house.members == set()
        assert here.house.gate.taken == 0


async def test_who_is_gone_has_five_minutes_to_say_the_rest() -> None:
    async with scene(rate=1.0, burst=1, rate_kib=0) as here:
        ann, transport = join(here)
        ann.data_received(frame(b"x") * 1000)
        transport.closed = True
        ann.connection_lost(None)
        for _ in range(400):
            here.clock.pass_by(1)
            await here.settle()
        assert 250 < here.room.store.head < 320
        assert reason(ann) == "lost"
        assert here.house.members == set()


async def test_pongs_are_merged_while_they_are_not_taken() -> None:
    async with scene() as here:
        ann, transport = join(here)
        transport.fill()
        for number in range(CONTROL_BURST - 1):
            ann.data_received(frame(str(number).encode(), Opcode.PING))
        assert transport.take() == b""
        transport.empty()
        await here.settle()
        assert transport.take() == bytes([PONG, 2]) + str(CONTROL_BURST - 2).encode()


async def test_a_flood_of_pings_is_read_slowly() -> None:
    async with scene() as here:
        ann, transport = join(here)
        ann.data_received(frame(b"", Opcode.PING) * (CONTROL_BURST - 1))
        assert transport.is_reading()
        ann.data_received(frame(b"", Opcode.PING) * 5)
        assert not transport.is_reading()
        here.clock.pass_by(1)
        assert transport.is_reading()
        assert reason(ann) is None


async def test_presence_is_state_and_waits_for_who_is_paused() -> None:
    async with scene() as here:
        _, ann = await enter(here, name="ann")
        _, bob = await enter(here, name="bob")
        ann.take()
        bob.take()
        ann.fill()
        for number in range(5):
            _, guest = join(here)
            here.room.roster.advance()
            here.room._presences.clear()
            if number % 2:
                guest.protocol.connection_lost(None)
        here.room.roster.advance()
        assert ann.take() == b""
        ann.empty()
        await here.settle()
        (event,) = events(ann)
        assert event["type"] == "presence"
        assert event["members"] == 5
        assert len([each for each in event["joined"] if each["name"].startswith("guest-")]) == 3
        assert event["left"] == []


async def test_members_of_a_format_share_presence_bytes() -> None:
    async with scene() as here:
        people = [(await enter(here))[0] for _ in range(3)]
        here.room.roster.advance()
        wire_format, since = people[0].format, people[0]._version
        shared = here.room.presence(wire_format, since, people[0].wire.answer)
        assert here.room.presence(wire_format, since, people[1].wire.answer) is shared


async def test_a_close_is_answered_only_when_what_was_said_is_in_the_log() -> None:
    async with scene() as here:
        ann, transport = join(here)
        ann.data_received(frame(b"last") + frame(b"\x03\xe8bye", Opcode.CLOSE))
        assert transport.take() == b""
        assert not transport.is_closing()
        await here.settle()
        assert here.room.store.head == 1
        assert transport.take() == b"\x88\x05\x03\xe8bye"
        assert transport.is_closing()


async def test_who_sent_a_close_is_owed_nothing_more() -> None:
    async with scene(rate=0.0) as here:
        ann, _ = join(here)
        bob, slow = join(here)
        slow.fill()
        ann.data_received(frame(b"x") * 500)
        await here.settle()
        bob.data_received(frame(b"last") + frame(b"", Opcode.CLOSE))
        await here.settle()
        assert slow.is_closing()
        assert slow.take() == b"\x88\x00"
        assert here.room.store.head == 501


async def test_a_session_is_told_to_its_member_alone() -> None:
    async with scene() as here:
        ann, transport = await enter(here, name="ann")
        (welcome,) = events(transport)
        ann.data_received(frame(b'{"type":"say","text":"hi","id":"1"}'))
        await here.settle()
        (message,) = await here.store.read(0, 10)
        secret = welcome["session"]
        assert secret not in (welcome["id"], message.origin, ann.owner)
        assert secret not in repr(here.room.store.__dict__)


async def test_whose_message_it_is_goes_by_person_and_not_by_name() -> None:
    async with scene() as here:
        ann, transport = await enter(here, name="ann")
        (welcome,) = events(transport)
        for line in (
            '{"type":"say","text":"hi","id":"1"}',
            '{"type":"name","name":"bob"}',
            '{"type":"say","text":"ho"}',
        ):
            ann.data_received(frame(line.encode()))
            await here.settle()
        ann.data_received(frame(b'{"type":"who"}'))
        told = events(transport)
        said = [(event["from"], event["by"]) for event in told if event["type"] == "message"]
        assert said == [("ann", welcome["id"]), ("bob", welcome["id"])]
        assert told[-1]["names"] == [{"name": "bob", "via": "web", "by": welcome["id"]}]
        here.clock.pass_by(5)  # one name in so long
        _, again = await enter(here, name="carl", session=welcome["session"], history=1)
        (welcomed, message) = events(again)
        assert welcomed["id"] == message["by"] == welcome["id"]


async def test_no_two_guests_have_one_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster_module, "guest_label", lambda by, letters: "guest-" + ("a" * 6 + by * 2)[:letters])
    async with scene() as here:
        (first,), (second,) = [events((await enter(here))[1]) for _ in range(2)]
        assert first["name"] == "guest-aaaaaa"
        assert second["name"] == f"guest-aaaaaa{second['id'][0]}"
        _, first_again = await enter(here, session=first["session"])
        assert events(first_again)[0]["name"] == "guest-aaaaaa"


async def test_a_name_of_before_that_is_not_allowed_any_more_is_forgotten_with_a_notice() -> None:
    async with scene() as here:
        session = new_session()
        await here.room.store.names.claim("ann: I quit. bob", owner_of(session))
        await here.room.store.names.release(owner_of(session))
        _, transport = await enter(here, session=session)
        welcome, notice = events(transport)
        assert welcome["name"].startswith("guest-")
        assert (notice["type"], notice["code"]) == ("notice", "name-forgotten")
        assert "ann:I quit. bob" in notice["text"]
        assert await here.room.store.names.recall(owner_of(session)) is None
        _, again = await enter(here, session=session)
        assert [event["type"] for event in events(again)] == ["welcome"]


async def test_a_refused_name_says_which_character_it_is_about() -> None:
    async with scene() as here:
        _, transport = await enter(here, name="ann\u200b")
        _, error = events(transport)
        assert (error["code"], "U+200B" in error["message"]) == ("name-characters", True)


async def test_what_the_log_dropped_before_a_live_member_had_it_is_a_gap() -> None:
    async with scene(store=MemoryStore(50, 10**6)) as here:
        _, transport = await enter(here)
        events(transport)
        await here.store.append([a_draft(str(number)) for number in range(200)])
        await here.settle()
        gap, *messages = events(transport)
        assert gap == {"type": "gap", "from": 1, "to": 150}
        assert [event["seq"] for event in messages] == list(range(151, 201))


async def test_a_stalled_member_keeps_its_cursor_and_no_bytes() -> None:
    async with scene(rate=0.0) as here:
        ann, _ = await enter(here, name="ann")
        bob, slow = await enter(here, name="bob")
        slow.fill()
        for number in range(100):
            ann.data_received(frame(json.dumps({"type": "say", "text": f"{number}" * 100}).encode()))
        await here.settle()
        assert bob.cursor == 0
        assert bob._outbox is None


async def test_a_pong_in_the_same_instant_as_the_ping_is_an_answer() -> None:
    async with scene() as here:
        member, transport = join(here)
        transport.take()
        here.clock.pass_by(25.0)
        assert opcodes(transport) == [PING]
        member.data_received(frame(b"", Opcode.PONG))  # the clock has not moved
        here.clock.pass_by(11)
        assert reason(member) is None


# --- what a peer can make us keep, and what it is owed ----------------------------------------------------------------

DEEP = b'{"type":"ping","x":' + b"[" * 1000
DEFLATED = {"Sec-WebSocket-Extensions": "permessage-deflate"}
BROKEN = {
    "binary": frame(b"x", Opcode.BINARY),
    "reserved opcode": b"\x83\x80" + bytes(4),
    "reserved bit": b"\xb1\x80" + bytes(4),
    "not masked": b"\x81\x01x",
    "not UTF-8": frame(b"\xff"),
    "too big": b"\x81\xff" + (2**40).to_bytes(8) + bytes(4),
    "empty fragments": b"\x01\x80" + bytes(4) + (b"\x00\x80" + bytes(4)) * 65,
    "a deflate stream that is none": b"\xc1\x84" + bytes(4) + b"\xff\xff\xff\xff",
}


def deflated(payload: bytes) -> bytes:
    return Frame(Opcode.TEXT, payload).serialize(mask=True, extensions=[PerMessageDeflate(True, True, 15, 15)])


async def stored(here: Scene) -> int:
    await here.settle()
    return here.room.store.head


@each_of("how", BROKEN)
@each_of("json_wire", [False, True])
async def test_who_breaks_the_protocol_says_no_more_than_its_rate_allows(how: str, json_wire: bool) -> None:
    async with scene(rate=50.0, burst=20) as here:
        if json_wire:
            ann, transport = await enter(here, offers=DEFLATED)
            many = b"\n".join([b'{"type":"say","text":"x"}'] * 400)
        else:
            ann, transport = join(here, offers=DEFLATED)
            many = b"x"
        transport.take()
        said = frame(many) if json_wire else frame(many) * 400
        ann.data_received(said + BROKEN[how])
        transport.closed = True
        ann.connection_lost(None)
        assert await stored(here) <= 21
        here.clock.pass_by(2)  # what came before is said, as fast as anybody may
        assert await stored(here) <= 21 + 2 * 50 + 1
        for _ in range(12):
            here.clock.pass_by(1)
            await here.settle()
        assert await stored(here) == 400
        assert not here.house.members
        assert here.house.gate.taken == 0


@pytest.mark.parametrize("pieces", [1, 7])
async def test_what_deflate_makes_nothing_of_counts_as_what_it_was(pieces: int) -> None:
    """Half a megabyte of empty blocks counted as 256 bytes: ten megabytes a second held the process.

    And as many times more as it is dearer to look at: so many blocks of a kind of their own took 0.3 us a byte.
    """
    async with scene(rate_kib=64) as here:
        ann, _ = join(here, offers=DEFLATED)
        ann.count_bytes(16 * 64 * 1024 - 2 * 60_000 * DEAR)  # all but so much of what may come at once
        assert not ann.is_held
        data = b"\xc1\xfe" + (60_000).to_bytes(2) + bytes(4) + b"\x00\x00\x00\xff\xff" * 12_000
        for _ in range(2):
            for at in range(0, len(data), len(data) // pieces + 1):
                ann.data_received(data[at : at + len(data) // pieces + 1])
        assert ann.is_held
        assert reason(ann) is None


@pytest.mark.parametrize("deflates", [True, False])
async def test_a_fragment_counts_as_its_message_was_begun(deflates: bool) -> None:
    async with scene(rate=0.0, rate_kib=64.0) as here:
        ann, _ = await enter(here, offers=DEFLATED)
        whole = b'{"type":"say","text":"%s"}' % random.Random(1).randbytes(5_000).hex().encode()
        payload = PerMessageDeflate(True, True, 15, 15).encode(Frame(Opcode.TEXT, whole)).data if deflates else whole
        before = ann.meter(1000.0)._bytes._left
        first = Frame(Opcode.TEXT, payload[:100], fin=False).serialize(mask=True)
        ann.data_received(bytes([first[0] | 0x40 * deflates]) + first[1:])
        ann.data_received(Frame(Opcode.PING, b"").serialize(mask=True))
        ann.data_received(Frame(Opcode.CONT, payload[100:]).serialize(mask=True))
        taken = before - ann.meter(1000.0)._bytes._left
        assert taken == pytest.approx(len(payload) * (DEAR if deflates else 1), abs=1000 + 30 * DEAR)
        assert await stored(here) == 1


@pytest.mark.parametrize("head", [b"\xc1", b"\x41"])
async def test_what_no_text_is_compressed_to_is_not_inflated(head: bytes) -> None:
    """40,000 blocks that come to nothing, in a frame of 458,000 bytes, stopped everybody for 140 ms."""
    async with scene(rate_kib=64) as here:
        ann, _ = join(here, offers=DEFLATED)
        most = 2 * 65536 + MAX_OVERHEAD
        ann.data_received(head + b"\xff" + most.to_bytes(8) + bytes(4) + b"\x00")
        assert reason(ann) is None
        bob, _ = join(here, offers=DEFLATED)
        bob.data_received(head + b"\xff" + (most + 1).to_bytes(8) + bytes(4))
        assert reason(bob) == "too-big"
        ann.connection_lost(None)


@pytest.mark.parametrize("escapes", [False, True])
@pytest.mark.parametrize("alphabet", ["ascii", "han", "any"])
async def test_every_text_may_come_compressed(alphabet: str, escapes: bool) -> None:
    """The largest of what compresses least, in JSON as others write it, at level 1."""
    chosen = random.Random(2)
    ranges = {"ascii": (0x20, 0x7E), "han": (0x4E00, 0x9FFF), "any": (0x10000, 0x10FFFD)}[alphabet]
    size = len(chr(ranges[0]).encode())
    text = "".join(chr(chosen.randint(*ranges)) for _ in range(65536 // size))
    payload = json.dumps({"type": "say", "text": text}, ensure_ascii=escapes).encode()
    if escapes and alphabet == "ascii":
        payload = b'{"type":"say","text":"%s"}' % "".join(f"\\u{ord(each):04x}" for each in text).encode()
    compressed = zlib.compressobj(1, wbits=-15)
    data = compressed.compress(payload) + compressed.flush(zlib.Z_SYNC_FLUSH)
    assert len(data) < 2 * 65536 + MAX_OVERHEAD
    async with scene(rate_kib=0) as here:
        ann, _ = await enter(here, offers=DEFLATED)
        sent = Frame(Opcode.TEXT, data[:-4]).serialize(mask=True)
        ann.data_received(bytes([sent[0] | 0x40]) + sent[1:])
        assert reason(ann) is None
        assert await stored(here) == 1


async def test_a_read_counts_however_little_of_a_frame_comes() -> None:
    async with scene(rate=0.0, rate_kib=1.0) as here:
        ann, _ = join(here)
        data = frame(b"x" * 1000)
        for at in range(16 * 1024 // (READ_BYTES - 1) + 1):  # the rest counts when the frame is whole
            assert not ann.is_held
            ann.data_received(data[at : at + 1])
        assert ann.is_held


async def test_a_large_message_counts_as_itself_however_it_is_cut() -> None:
    counts: list[float] = []
    for piece in (READ_BYTES, 1460, 65536):
        async with scene(rate=0.0, rate_kib=64.0) as here:
            ann, _ = await enter(here)
            data = frame(b'{"type":"say","text":"%s"}' % (b"x" * 60_000))
            before = ann.meter(1000.0)._bytes._left
            for at in range(0, len(data), piece):
                ann.data_received(data[at : at + piece])
            counts.append(before - ann.meter(1000.0)._bytes._left)
    assert max(counts) <= min(counts) + READ_BYTES


async def test_who_is_gone_leaves_no_more_to_do_than_it_sent() -> None:
    """A kilobyte, then a reset, was 17,000 messages from nobody: one address could replace the log of the room."""
    async with scene(rate=50.0, burst=20) as here:
        ann, transport = await enter(here, offers=DEFLATED)
        data = deflated(b"\n".join([b'{"type":"say","text":"x"}'] * 10_000))
        ann.data_received(data)
        transport.closed = True
        ann.connection_lost(ConnectionResetError())
        for _ in range(30):
            here.clock.pass_by(1)
            await here.settle()
        assert reason(ann) == "lost"
        assert 0 < here.room.store.head <= 20 + (200 + len(data)) / DEAF_BYTES
        assert not here.house.members


async def test_who_is_given_up_before_its_transport_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    """A write had failed; and 1006 is no code to send, which was a fault of ours."""
    async with scene(rate=50.0, burst=20) as here:
        ann, transport = await enter(here, offers=DEFLATED)
        ann.data_received(deflated(b"\n".join([b'{"type":"say","text":"x"}'] * 10_000)))
        ann.turn_deaf()
        for _ in range(30):
            here.clock.pass_by(1)
            await here.settle()
        assert reason(ann) == "lost"
        assert transport.closed
    assert "fault" not in caplog.text


@pytest.mark.parametrize("begun", [b"\x41\x81" + bytes(4) + b"x", b"\x81\xa0" + bytes(4) + b"x", b"\xc1"])
async def test_half_a_message_is_not_kept_for_ever(begun: bytes) -> None:
    async with scene() as here:
        ann, _ = join(here, offers=DEFLATED)
        ann.data_received(frame(b"whole"))
        for _ in range(8):
            here.clock.pass_by(MESSAGE_SECONDS / 4)
            ann.data_received(frame(b"", Opcode.PONG))
        assert reason(ann) is None  # nothing is half said
        ann.data_received(begun)
        here.clock.pass_by(MESSAGE_SECONDS - 0.5)
        assert reason(ann) is None
        here.clock.pass_by(1)
        assert reason(ann) == "silent"


async def test_a_message_that_comes_slowly_is_heard_and_the_next_has_its_own_time() -> None:
    async with scene() as here:
        ann, _ = join(here, offers=DEFLATED)
        for _ in range(3):
            for part in (b"\x01\x81" + bytes(4) + b"a", b"\x00\x81" + bytes(4) + b"b", b"\x80\x81" + bytes(4) + b"c"):
                ann.data_received(part)
                here.clock.pass_by(MESSAGE_SECONDS / 3 - 0.5)
        assert await stored(here) == 3
        assert reason(ann) is None


async def test_while_we_do_not_read_half_a_message_has_time() -> None:
    async with scene(rate=1.0, burst=1) as here:
        ann, _ = join(here, offers=DEFLATED)
        ann.data_received(b"\x01\x81" + bytes(4) + b"a")
        ann.wait_for_rate(here.clock.now() + 2 * MESSAGE_SECONDS)
        here.clock.pass_by(2 * MESSAGE_SECONDS + 1)
        assert reason(ann) is None
        here.clock.pass_by(MESSAGE_SECONDS)
        assert reason(ann) == "silent"


@each_of("how", BROKEN)
async def test_nothing_of_a_broken_frame_or_behind_it_is_done(how: str) -> None:
    async with scene() as here:
        ann, transport = join(here, offers=DEFLATED)
        ann.data_received(frame(b"before") + BROKEN[how] + frame(b"behind"))
        assert await stored(here) == 1
        assert reason(ann) in ("protocol", "unsupported", "not-utf8", "too-big", "fragments")
        assert transport.closed


async def test_a_muted_one_stays_muted_however_it_ends() -> None:
    async with scene(admin_password="secret") as here:
        ann, transport = join(here)
        await here.house.moderation.order({f"mute:session:{ann.owner}": Note("Ann", "Op", here.clock.wall() + 10**6)})
        ann.data_received(frame(b"x") * 100 + BROKEN["binary"])
        transport.closed = True
        ann.connection_lost(None)
        here.clock.pass_by(30)
        assert await stored(here) == 0


@pytest.mark.parametrize("json_wire", [False, True])
async def test_one_frame_waits_and_nothing_behind_it_is_inflated(
    json_wire: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    inflated: list[int] = []
    decode = PerMessageDeflate.decode

    def counted(self: PerMessageDeflate, given: Frame, *, max_size: int | None = None) -> Frame:
        found = decode(self, given, max_size=max_size)
        inflated.append(len(found.data))
        return found

    monkeypatch.setattr(PerMessageDeflate, "decode", counted)
    async with scene(rate=50.0, burst=5) as here:
        ann, transport = (await enter(here, offers=DEFLATED)) if json_wire else join(here, offers=DEFLATED)
        text = b"\n".join([b'{"type":"say","text":"%b"}' % (b"a" * 6000)] * 60) if json_wire else b"a" * 60_000
        bomb = deflated(text) * 300
        assert len(bomb) < 300_000
        inflated.clear()
        ann.data_received(bomb)
        assert not transport.reading
        assert sum(inflated) <= 6 * 6 * 65536  # the burst, of 300 frames
        at_once = len(inflated)
        here.clock.pass_by(1)
        assert len(inflated) <= at_once + 51


INFLATES = {
    "one event": b'{"type":"say","text":"%b"}' % (b"a" * 450_000),
    "many events": b'{"type":"ping"}\n' * 28_000,
}


@pytest.mark.parametrize("last", [0, in_worlds(1), in_worlds(100)])
@pytest.mark.parametrize("what", INFLATES)
async def test_what_many_inflate_neither_is_kept_nor_keeps_their_neighbour_waiting(what: str, last: int) -> None:
    """43 KB from sixty connections of one address silenced the others of it for 85 s, and were 30 MB in memory.

    In one piece; and with a last piece that comes a second later, which alone has it inflated.
    """
    async with scene(per_ip=0) as here:
        crowd = [(await enter(here, offers=DEFLATED))[0] for _ in range(30)]
        neighbours = [((await enter(here, offers=DEFLATED))[0], deflated), ((await enter(here))[0], frame)]
        here.clock.pass_by(20)
        sent = deflated(INFLATES[what])
        for piece in (sent[: len(sent) - last], sent[len(sent) - last :]):
            here.clock.pass_by(1)
            for member in crowd:
                member.data_received(piece)
        await here.settle()
        assert here.house.meters.owed("10.0.0.1", here.clock.now()) < 1
        for member, framed in neighbours:
            for text in ("one", "two"):
                head = await stored(here)
                member.data_received(framed(json.dumps({"type": "say", "text": text, "x": "y" * 400}).encode()))
                here.clock.pass_by(1)
                assert await stored(here) == head + 1
        waiting = [member for member in crowd if member._unread]
        assert waiting
        for _ in range(110):
            assert sum(len(member.wire._unread) for member in crowd) < 6 * 2**20
            here.clock.pass_by(1)
            for member in crowd:  # it answers pings
                member.heard_at = here.clock.now()
        assert any(member._unread for member in waiting) is (what == "many events")  # of which each is a request
        assert all(reason(member) is None for member in crowd)


async def test_a_bomb_is_closed_at_its_limit() -> None:
    async with scene() as here:
        ann, transport = join(here, offers=DEFLATED)
        ann.data_received(deflated(b"a" * 10_000_000))
        assert reason(ann) == "too-big"
        assert transport.closed


@pytest.mark.parametrize(
    ("sent", "why", "owes"),
    [
        (deflated(b"a" * 10_000_000), "too-big", True),
        (b"\xff" * 100, "protocol", False),
        (b"\x81\xff" + (500_000).to_bytes(8) + bytes(4), "too-big", False),  # of which only the head has come
    ],
)
async def test_what_was_inflated_for_a_bomb_counts_for_its_address(sent: bytes, why: str, owes: bool) -> None:
    async with scene(rate_kib=1) as here:
        ann, _ = join(here, offers=DEFLATED)
        ann.data_received(sent)
        assert reason(ann) == why
        assert bool(here.house.meters.owed("10.0.0.1", here.clock.now())) is owes


async def test_bytes_are_counted_as_well_as_messages() -> None:
    async with scene(rate_kib=64.0, language="en") as here:
        ann, transport = join(here, offers=DEFLATED)
        ann.data_received(deflated(b"a" * 65536) * 100)
        assert 15 <= await stored(here) <= 18  # 1,024 KiB at once
        assert not transport.reading
        here.clock.pass_by(4)
        assert 15 <= await stored(here) <= 18 + 5  # then 64 a second
        for _ in range(110):
            here.clock.pass_by(1)
            await here.settle()
        assert await stored(here) == 100


async def test_blank_lines_are_counted_too() -> None:
    async with scene() as here:
        ann, transport = await enter(here, offers=DEFLATED)
        for _ in range(20):
            if transport.reading:
                ann.data_received(deflated(b"\n" * 450_000))
        assert not transport.reading
        assert reason(ann) is None


async def test_all_of_an_address_share_four_times_of_what_one_has() -> None:
    async with scene(rate=1.0, burst=10, per_ip=0) as here:
        members = [join(here)[0] for _ in range(30)]
        for member in members:
            member.data_received(frame(b"x") * 10)
        assert await stored(here) <= 4 * 10 + len(members)
        here.clock.pass_by(10)
        await here.settle()
        assert here.room.store.head <= 4 * 10 + len(members) + 4 * 10


@pytest.mark.parametrize(
    "first", [b"", b'{"type":"hello","name":"a"}\n', b'{"type":"hello"}\n{"type":"history","limit":1}\n']
)
async def test_what_is_nested_deeply_is_bad_json_and_harms_nobody(first: bytes) -> None:
    async with scene() as here:
        ann, transport = await enter(here, name="ann")
        bob, others = join(here, json_wire=True, offers=DEFLATED)
        bob.data_received(deflated(first + DEEP))
        await here.settle()
        bob.data_received(deflated(DEEP + b"\n" + DEEP))
        others.closed = True
        bob.connection_lost(None)
        await here.settle()
        assert here.house.gate.taken == len(here.house.members) == 1
        transport.take()
        ann.data_received(frame(b'{"type":"say","text":"still here"}'))
        await here.settle()
        assert [event["text"] for event in events(transport) if event["type"] == "message"] == ["still here"]


async def test_after_our_goodbye_nothing_is_decoded_and_the_peers_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene() as here:
        ann, transport = join(here)
        ann.close(Closing.KICKED)
        monkeypatch.setattr(Parser, "read", lambda *arguments: pytest.fail("decoded"))
        ann.data_received(frame(b"x" * 70_000) * 3 + frame(b"\x03\xe8", Opcode.CLOSE)[:3])
        assert not transport.closed
        ann.data_received(frame(b"\x03\xe8", Opcode.CLOSE)[3:])
        assert transport.closed


async def test_one_read_of_many_requests_is_done_in_turns() -> None:
    async with scene(rate=0.0) as here:
        bob, transport = await enter(here)
        transport.take()
        bob.data_received(frame(b"\n".join([b'{"type":"ping"}'] * 10)))
        assert len(events(transport)) == 10
        with here.house.turns:
            here.worked += SLICE_SECONDS  # somebody has used up the time
        bob.data_received(frame(b"\n".join([b'{"type":"ping"}'] * 10)))
        assert len(events(transport)) <= 1
        assert not transport.reading
        await here.settle()
        assert len(events(transport)) >= 9
        assert transport.reading


async def test_who_is_held_when_the_turn_is_used_up_leaves_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of 56 whose one dear request ended in a hold had a slice of its own: others waited for half a second."""
    original = JsonWire.next_request
    async with scene(rate=0.0) as here:
        bob, ann, heard = (await enter(here))[0], *(await enter(here))

        def dear(wire: JsonWire, now: float) -> Any:
            if wire is bob.wire:
                here.worked += SLICE_SECONDS
                bob.hold(Hold.STORE)
            return original(wire, now)

        monkeypatch.setattr(JsonWire, "next_request", dear)
        heard.take()
        bob.data_received(frame(b'{"type":"ping"}'))
        ann.data_received(frame(b'{"type":"ping"}'))
        assert not heard.reading
        assert events(heard) == []
        await here.settle()
        assert [each["type"] for each in events(heard)] == ["pong"]
        monkeypatch.undo()
        bob.let_go(Hold.STORE)


async def test_what_a_waiting_frame_may_be_inflated_to_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """60 frames of empty blocks were looked at anew at each wake: a tenth of a processor, for 1.4 KB a second."""
    looks: list[int] = []

    def counted(data: bytes, at: int, most: int) -> bool:
        looks.append(at)
        return may_inflate(data, at, most)

    monkeypatch.setattr(websocket_module, "may_inflate", counted)
    async with scene(per_ip=0) as here:
        crowd = [(await enter(here, offers=DEFLATED))[0] for _ in range(30)]
        for member in crowd:
            member.data_received(deflated(INFLATES["many events"]))
        waiting = [member for member in crowd if member._unread]
        assert waiting
        assert 0 < len(looks) <= len(crowd)
        before = len(looks)
        for _ in range(40):
            here.clock.pass_by(0.05)
        assert any(member._unread for member in waiting)
        assert len(looks) == before


async def test_empty_fragments_are_counted_in_each_message() -> None:
    """Some libraries end each message with one."""
    async with scene(rate=0.0, rate_kib=0.0) as here:
        ann, _ = join(here)
        message = b"\x01\x81" + bytes(4) + b"a" + (b"\x00\x80" + bytes(4)) * 9 + b"\x80\x80" + bytes(4)
        for _ in range(20):
            ann.data_received(message)
        assert await stored(here) == 20
        assert reason(ann) is None


@pytest.mark.parametrize(("empty", "why"), [(MAX_EMPTY, None), (MAX_EMPTY + 1, "fragments")])
async def test_a_message_has_so_many_empty_fragments_at_most(empty: int, why: str | None) -> None:
    """They have no bytes that would bound them."""
    async with scene(rate=0.0, rate_kib=0.0) as here:
        ann, _ = join(here)
        ann.data_received(b"\x01\x81" + bytes(4) + b"a" + (b"\x00\x80" + bytes(4)) * empty)
        ann.data_received(b"\x80\x81" + bytes(4) + b"b")
        assert reason(ann) == why
        assert await stored(here) == (why is None)


STAGES: dict[str, Callable[[Any], None]] = {
    "told goodbye": lambda member: member.close(Closing.KICKED),
    "leaving": lambda member: member.leave(Closing.GOING_AWAY),
}


@pytest.mark.parametrize("stage", STAGES)
async def test_what_comes_behind_a_goodbye_is_passed_over_in_turns_and_at_the_rate(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """16 MiB of empty pings held the loop for three seconds: nobody counted what is not heard."""
    original, passed = Boundary.pass_frame, 0

    def dear(boundary: Boundary, data: bytes, at: int) -> int:
        nonlocal passed
        passed += 1
        here.worked += SLICE_SECONDS / 5
        return original(boundary, data, at)

    async with scene() as here:
        ann, transport = join(here)
        transport.fill()  # so that who leaves does not go at once
        ann.send(b"owed")
        STAGES[stage](ann)
        monkeypatch.setattr(Boundary, "pass_frame", dear)
        ping = frame(b"", Opcode.PING)
        ann.data_received(ping * 40_000)
        assert passed <= 6, "more than a turn of the loop"
        assert not transport.reading
        await here.settle()
        assert 3000 < passed < 5000, "the bytes that may come at once, 256 of them a frame"
        assert not transport.reading
        monkeypatch.undo()


@pytest.mark.parametrize("stage", STAGES)
async def test_who_sends_on_behind_a_goodbye_and_takes_nothing_is_closed(stage: str) -> None:
    async with scene(rate=0.0, rate_kib=0.0) as here:
        ann, transport = join(here)
        transport.fill()
        ann.send(b"owed")
        STAGES[stage](ann)
        for _ in range(16):
            here.clock.pass_by(5)
            if not transport.closed:
                ann.data_received(frame(b"", Opcode.PONG))
            await here.settle()
        assert transport.aborted


@pytest.mark.parametrize("line", ["0", "[]", '{"type":"ping"}', '{"type":"who"}', '{"type":"nothing"}'])
async def test_what_is_not_done_for_who_has_gone_is_counted_like_what_is(line: str) -> None:
    """470 bytes were 228,000 lines, which cost a second and a half of processor time when nobody counted them."""
    async with scene(rate=10.0, burst=20, rate_kib=1.0) as here:  # 16 KiB at once
        ann, _ = await enter(here)
        decoded = 0
        original = ann.wire.next_request

        def next_request(now: float) -> Any:
            nonlocal decoded
            decoded += 1
            return original(now)

        ann.wire = SimpleNamespace(
            **{name: getattr(ann.wire, name) for name in ("format", "deadline", "feed_eof", "feed_reset", "answer")},
            name="json", tells_presence=True, feed=ann.wire.feed, next_request=next_request,
        )  # fmt: skip
        ann.data_received(frame(f"{line}\n".encode() * 500))
        ann.connection_lost(None)
        await here.settle()
        assert decoded < 100
        here.clock.pass_by(10)
        await here.settle()
        assert decoded < 150
        here.clock.pass_by(GONE_SECONDS)
        await here.settle()
