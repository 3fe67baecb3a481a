"""A line with lanes."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.guard.lanes import Lanes


def drain(line: Lanes[str]) -> str:
    return "".join(line.take() for _ in range(len(line)))


def test_the_lanes_take_turns_and_each_keeps_its_order() -> None:
    line: Lanes[str] = Lanes()
    for item in "aAaAbc":
        line.put(item.lower(), item)
    assert drain(line) == "abcAaA"
    assert not line


@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_who_is_new_waits_for_one_of_each_lane(before: list[str]) -> None:
    line: Lanes[str] = Lanes()
    for lane in before:
        line.put(lane, lane)
    line.put("new", "!")
    assert drain(line).index("!") <= len(set(before))
