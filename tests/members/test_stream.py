"""GET /events as a member, on a clock that the test moves."""

import json
import re
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from gateway.members.stream import BEAT_SECONDS, RETRY_MS, StreamMember
from gateway.messages import Message, Position
from gateway.wires.closing import Closing
from gateway.wires.stream import position_of

from ..fakes import FakeTransport, Scene, reason, scene
from ..tables import each_of
from .test_websocket import enter


def listen(here: Scene, **more: str) -> tuple[StreamMember, FakeTransport]:
    """A stream that has had its head."""
    asked = {"accept": "", "last_id": "", "query": "", **more}
    member, transport = here.connect(StreamMember(here.house, here.place(), "10.0.0.1", **asked))
    head, _, first = transport.take().partition(b"\r\n\r\n")
    assert head.endswith(b"Connection: close")
    if not member.wire.is_plain:
        retry = re.match(rb"retry: (\d+)\n", first)
        assert retry
        transport.data += first[retry.end() :]
        assert RETRY_MS[0] <= int(retry[1]) <= RETRY_MS[1]
    return member, transport


async def say(here: Scene, speaker: Any, *texts: str) -> None:
    for text in texts:
        speaker[0].data_received(frame({"type": "say", "text": text}))
    await here.settle()


def frame(event: dict[str, Any]) -> bytes:
    return Frame(Opcode.TEXT, json.dumps(event).encode()).serialize(mask=True)


async def test_streams_share_their_bytes_and_a_message_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene() as here:
        ann = await enter(here)
        streams = [listen(here) for _ in range(50)]
        written: list[bytes] = []
        for member, _ in streams:
            monkeypatch.setattr(member.transport, "write", written.append)
        encoded: list[int] = []
        wire_format = streams[0][0].format
        assert all(member.format is wire_format for member, _ in streams)
        encode = wire_format.encode

        def counted(message: Message) -> bytes:
            encoded.append(message.seq)
            return encode(message)

        monkeypatch.setattr(wire_format, "encode", counted)
        await say(here, ann, "hello")
        assert len(written) == 50
        assert all(data is written[0] for data in written)
        assert encoded == [1]


async def test_a_comment_comes_from_time_to_time() -> None:
    async with scene() as here:
        _, transport = listen(here)
        here.clock.pass_by(BEAT_SECONDS + 0.1)
        assert transport.take() == b":\n\n"
        here.clock.pass_by(BEAT_SECONDS)
        assert transport.take() == b":\n\n"


async def test_plain_lines_are_not_silent_for_a_minute_and_an_empty_line_comes_in_silence_alone() -> None:
    async with scene() as here:
        nc, _ = here.connect(here.raw())
        _, transport = listen(here, accept="text/plain")
        here.clock.pass_by(55)
        assert transport.take() == b"\n"
        here.clock.pass_by(55)
        assert transport.take() == b"\n"
        for number in range(10):
            nc.data_received(f"{number}\n\n".encode())
            await here.settle()
            assert transport.take().endswith(f"{number}\n".encode())
            here.clock.pass_by(20)
            assert transport.take() == b""
        here.clock.pass_by(55)
        assert transport.take() == b"\n"


@each_of("said_at", range(1, 100, 6))
async def test_plain_lines_are_never_silent_for_long_whenever_something_was_said(said_at: int) -> None:
    """After a message at 9 s the next sign of life came 74 s later: nginx had ended it."""
    async with scene() as here:
        nc, _ = here.connect(here.raw())
        _, transport = listen(here, accept="text/plain")
        last = 0
        for second in range(1, 200):
            here.clock.pass_by(1)
            if second == said_at:
                nc.data_received(b"hello\n\n")
                await here.settle()
            if transport.take():
                last = second
            assert second - last <= 2 * BEAT_SECONDS


async def test_one_that_takes_nothing_is_a_cursor_and_is_closed_in_the_end() -> None:
    async with scene(stall_timeout=60) as here:
        ann = await enter(here)
        member, transport = listen(here)
        transport.fill()
        await say(here, ann, *(f"{number}" for number in range(100)))
        assert (member.cursor, transport.take(), member._outbox) == (0, b"", None)
        here.clock.pass_by(61)
        assert reason(member) == Closing.TOO_SLOW.reason
        other, taking = listen(here, last_id=f"{here.room.store.epoch}:98")
        here.clock.pass_by(0.1)
        await here.settle()
        assert taking.take().count(b"\n\n") == 2
        assert other.cursor == 100


@each_of(
    ("last_id", "position"),
    [("e:41", Position("e", 41)), ("2026-11-24T11:00:00.1Z:41", Position("2026-11-24T11:00:00.1Z", 41)),
     (":41", None), ("41", None), ("e:", None), ("e:4:x", None), ("e:+4", None), ("e:\u0664", None)],
)  # fmt: skip
def test_a_position(last_id: str, position: Position | None) -> None:
    assert position_of(last_id) == position


@each_of(
    ("last_id", "query", "expected"),
    [("", "", []), ("x", "", []), ("other:1", "history=1", ["c"]), ("", "history=2", ["b", "c"]), ("", "history=x", []),
     ("{epoch}:1", "", ["b", "c"]), ("{epoch}:99", "", []), ("{epoch}:-1", "", []),
     ("", "history=9999999", ["a", "b", "c"])],
)  # fmt: skip
async def test_where_it_begins(last_id: str, query: str, expected: list[str]) -> None:
    async with scene() as here:
        ann = await enter(here)
        await say(here, ann, "a", "b", "c")
        _, transport = listen(here, last_id=last_id.format(epoch=here.room.store.epoch), query=query)
        await here.settle()
        told = [part for part in transport.take().decode().split("\n\n") if part]
        gaps = [part for part in told if part.startswith("event: gap\n")]
        assert [json.loads(part.partition("data: ")[2])["text"] for part in told if part not in gaps] == expected
        goes_on = not last_id or last_id == "{epoch}:1"
        gap = f'{{"type":"gap","from":1,"to":{3 - len(expected)}}}'
        assert gaps == ([] if goes_on else [f"event: gap\ndata: {gap}"])


async def test_who_asks_for_more_than_its_address_may_is_answered_all_the_same() -> None:
    """What it resumes counts; it was counted before there was a connection to hold, which was a fault of ours."""
    async with scene(rate_kib=1) as here:
        ann = await enter(here)
        await say(here, ann, "a")
        for _ in range(8):
            _, transport = listen(here, query="history=1")
            await here.settle()
            assert b'"text":"a"' in transport.take()


async def test_it_counts_and_goes() -> None:
    async with scene() as here:
        member, transport = listen(here)
        assert len(here.room.roster) == 1
        member.data_received(b"whatever")
        transport.closed = True
        member.connection_lost(None)
        assert len(here.room.roster) == 0
        assert reason(member) == "left"


async def test_who_closes_its_side_is_gone() -> None:
    async with scene() as here:
        member, transport = listen(here)
        assert here.house.gate.taken == 1
        assert not member.eof_received()  # so the loop closes the transport
        transport.closed = True
        member.connection_lost(None)
        assert reason(member) == "left"
        assert here.house.gate.taken == 0
        assert here.room.roster.members() == []


async def test_a_write_that_fails_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_pipe(descriptor: int, data: bytes) -> int:
        raise BrokenPipeError

    async with scene() as here:
        ann = await enter(here)
        member, transport = listen(here)
        monkeypatch.setattr("gateway.members.delivery.os_write", broken_pipe)
        member._fd = 10**6  # as if it had a socket
        await say(here, ann, "hello")
        here.clock.pass_by(0.1)
        assert reason(member) == "left"
        assert transport.closed
        assert member not in here.room.roster
