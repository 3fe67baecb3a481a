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


@given(st.lists(st.sampled_from("abc"), max_size=20), st.integers(0, 19))
def test_what_waits_no_more_takes_no_turn(before: list[str], at: int) -> None:
    line: Lanes[str] = Lanes()
    other: Lanes[str] = Lanes()
    for number, lane in enumerate(before):
        line.put(lane, f"{lane}{number}")
        if number != at:
            other.put(lane, f"{lane}{number}")
    assert line.drop("abc"[at % 3], "none of these") is False
    if at < len(before):
        assert line.drop(before[at], f"{before[at]}{at}")
    assert (len(line), line.lanes) == (len(other), other.lanes)
    assert sorted(line.take() for _ in range(len(line))) == sorted(other.take() for _ in range(len(other)))
