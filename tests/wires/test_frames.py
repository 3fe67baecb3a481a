"""Where client frames end, however their bytes are split."""

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from gateway.wires.frames import Boundary

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
