"""Latencies: known to a thousandth, merged exactly."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.swarm.histogram import Histogram, bucket_of, highest_in, merged

VALUES = st.integers(0, 10**10)


def histogram_of(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    return histogram


@given(VALUES)
def test_a_bucket_holds_its_value_and_is_a_thousandth_wide(value: int) -> None:
    index = bucket_of(value)
    highest = highest_in(index)
    lowest = highest_in(index - 1) + 1 if index else 0
    assert lowest <= value <= highest
    assert highest - lowest <= value / 1024


@given(VALUES, VALUES)
def test_buckets_are_in_the_order_of_their_values(one: int, other: int) -> None:
    assert (bucket_of(one) <= bucket_of(other)) or one > other


@given(st.lists(VALUES, min_size=1), st.floats(0, 100))
def test_a_percentile_is_the_value_of_its_rank(values: list[int], percent: float) -> None:
    rank = max(1, -int(-len(values) * percent // 100))
    exact = sorted(values)[rank - 1]
    assert exact <= histogram_of(values).percentile(percent) <= exact * (1 + 1 / 1024)


@given(st.lists(st.lists(VALUES)))
def test_parts_merged_are_the_whole(parts: list[list[int]]) -> None:
    whole = histogram_of([value for part in parts for value in part])
    assert merged(map(histogram_of, parts)) == whole


def test_a_value_seen_often_counts_so_often() -> None:
    histogram = Histogram()
    histogram.record(5, 99)
    histogram.record(1_000_000)
    assert histogram.total == 100
    assert histogram.percentile(99) == 5
    assert histogram.percentile(100) == histogram.max == 1_000_000


def test_of_nothing_there_is_no_percentile() -> None:
    assert Histogram().percentile(50) == 0
