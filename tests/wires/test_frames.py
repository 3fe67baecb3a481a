"""Where client frames end, however their bytes are split; and what they may be inflated to."""

import random

from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from gateway.wires.frames import Boundary, may_inflate

from ..tables import each_of

SIZES = st.sampled_from([0, 1, 125, 126, 200, 65535, 65536, 70000])


@given(st.lists(SIZES, min_size=1, max_size=5), st.data())
def test_a_boundary_is_reached_where_a_frame_ends_and_nowhere_else(sizes: list[int], draw: st.DataObject) -> None:
    frames = [Frame(Opcode.TEXT, b"x" * size).serialize(mask=True) for size in sizes]
    stream = b"".join(frames)
    ends = {sum(map(len, frames[:count])) for count in range(len(frames) + 1)}
    near = sorted({min(len(stream), max(0, end + step)) for end in ends for step in range(-3, 16)})
    cuts = sorted({*draw.draw(st.lists(st.sampled_from(near), max_size=12)), len(stream)})
    boundary, start = Boundary(), 0
    for cut in cuts:
        at = start
        while at < cut:
            at = boundary.pass_frame(stream[:cut], at)
            assert at == cut or at in ends
        assert boundary.is_reached is (cut in ends)
        start = cut


def deflated(payload: bytes, *, fin: bool = True) -> bytes:
    deflate = PerMessageDeflate(True, True, 15, 15)
    return Frame(Opcode.TEXT, payload, fin).serialize(mask=True, extensions=[deflate])


@each_of(
    ("frame", "is_much"),
    [
        (deflated(b"hi"), False),
        (deflated(b"a" * 4096), False),
        (deflated(b"a" * 4097), True),
        (deflated(b"a" * 1_000_000), True),
        (deflated(random.Random(1).randbytes(4000)), False),
        (deflated(random.Random(1).randbytes(70_000)), True),
        (deflated(b"hi")[:-1], True),  # nobody knows what the rest is
        (deflated(b"hi")[:1], True),
        (deflated(b"hi", fin=False), True),
        (Frame(Opcode.CONT, b"hi").serialize(mask=True), True),  # of what is compressed, maybe
        (b"\xc1\x84" + bytes(4) + b"\xff\xff\xff\xff", False),  # no deflate: an end, and nothing to keep
        (Frame(Opcode.TEXT, b"a" * 70_000).serialize(mask=True), False),
        (Frame(Opcode.PING, b"hi").serialize(mask=True), False),
        (Frame(Opcode.CLOSE, b"").serialize(mask=True), False),
    ],  # masks are random
)
def test_what_a_frame_may_be_inflated_to(frame: bytes, is_much: bool) -> None:
    assert may_inflate(b"before" + frame, 6, 4096) is is_much
