"""Parsers: lent while there is half a message, of which nothing stays with them, or with who is gone."""

import gc
import weakref
from math import inf

import pytest
from websockets.frames import Frame, Opcode

from gateway.guard.stages import GONE
from gateway.members.parser import MAX_IDLE, MESSAGE_SECONDS, Parser, borrow

from ..fakes import scene
from .test_websocket import DEFLATED, deflated, enter, frame, join


def part(data: bytes, *, of: Opcode = Opcode.CONT, fin: bool = False) -> bytes:
    return Frame(of, data, fin=fin).serialize(mask=True)


def joined(parser: Parser, data: bytes) -> list[bytes | None]:
    """What each piece of a frame made whole."""
    ends = [parser.boundary.pass_frame(data, 0)]
    while ends[-1] < len(data):
        ends.append(parser.boundary.pass_frame(data, ends[-1]))
    pieces = zip([0, *ends], ends, strict=False)
    return [parser.join(each) for at, end in pieces for each in parser.read(data, at, end)]


def test_a_message_is_whole_with_its_last_fragment_and_each_begins_anew() -> None:
    parser = borrow(1000, deflate=False)
    for _ in range(2):
        assert joined(parser, part(b"a", of=Opcode.TEXT) + part(b"") + part(b"")) == [None] * 3
        assert parser.empty == 2
        assert not parser.is_idle
        assert joined(parser, part(b"b", fin=True)) == [b"ab"]
        assert parser.is_idle
    assert joined(parser, part(b"c", of=Opcode.TEXT, fin=True)) == [b"c"]


def test_who_borrows_next_has_its_own_time_and_its_own_limit() -> None:
    parser = borrow(1000, deflate=True)
    parser.whole_by = 1.0
    parser.give_back()
    again = borrow(2000, deflate=True)
    assert again is parser
    assert again.whole_by == inf
    assert again.protocol.max_message_size == 6 * 2000 + 64 * 1024
    assert borrow(1000, deflate=False) is not parser


def test_of_those_that_a_crowd_gave_back_some_are_kept() -> None:
    """Not one for each who was within a message when most were."""
    crowd = [borrow(1000, deflate=True) for _ in range(2 * MAX_IDLE)]
    for parser in crowd:
        parser.give_back()
    again = [borrow(1000, deflate=True) for _ in crowd]
    assert len({*crowd} & {*again}) == MAX_IDLE


async def test_parsers_are_lent_and_nothing_of_one_member_gets_into_another() -> None:
    async with scene(rate=0.0) as here:
        members = [join(here)[0] for _ in range(5)]
        streams = [
            b"".join(frame(f"{number} {part} {'x' * size}".encode()) for part, size in enumerate((0, 150, 60_000)))
            for number in range(5)
        ]
        half = [frame(b"a " + str(number).encode())[:-1] for number in range(5)]
        cuts = [*range(400), *range(400, max(map(len, streams)), 1000)]
        for start, end in zip(cuts, [*cuts[1:], None], strict=True):
            for member, stream in zip(members, streams, strict=True):
                if data := stream[start:end]:
                    member.data_received(data)
        for member, data in zip(members, half, strict=True):
            assert member._parser is None, "who is between two messages holds no parser"
            member.data_received(data)
            assert member._parser is not None, "who is within one keeps it"
        await here.settle()
        said = [message.text.split(" ")[:2] for message in await here.store.read(0, 100)]
        assert sorted(said) == [[str(number), str(part)] for number in range(5) for part in range(3)]


@pytest.mark.parametrize("how", ["silent", "quit", "lost", "cut"])
async def test_who_is_gone_leaves_no_half_message_to_the_garbage_collector(how: str) -> None:
    """A kilobyte each, and a megabyte was kept of each until some collection, which a quiet room hardly has."""
    async with scene() as here:
        ann, transport = await enter(here, offers=DEFLATED)
        if how == "quit":
            ann.data_received(frame(b'{"type":"command","text":"/quit"}'))
        ann.data_received(b"\x41" + deflated(b'"' * 100_000)[1:])
        assert ann._parser
        half, fragments = weakref.ref(ann._parser.protocol), ann._parser._fragments
        gc.disable()
        try:
            if how == "cut":
                ann.cut()
            for _ in range(3):
                here.clock.pass_by(MESSAGE_SECONDS + 1 if how == "silent" else 0)
            transport.closed = True
            ann.connection_lost(None)
            await here.settle()
            assert (half(), ann._parser) == (None, None)
        finally:
            gc.enable()
        assert fragments or how == "quit"
        assert ann.stage is GONE
