"""The bucket is told the time, so no test of it sleeps."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.rate import Bucket


def test_a_burst_is_free_and_then_it_is_the_rate() -> None:
    bucket = Bucket(50, 200, now=10.0)
    waits = [bucket.take(10.0) for _ in range(201)]
    assert waits[:199] == [0.0] * 199
    assert abs(waits[199] - 1 / 50) < 1e-9
    assert abs(waits[200] - 2 / 50) < 1e-9
    assert bucket.take(10.0 + 1 / 50) > 0
    assert bucket.take(100.0) == 0


def test_a_rate_of_0_is_no_limit() -> None:
    bucket = Bucket(0, 1, now=0.0)
    assert [bucket.take(0.0) for _ in range(1000)] == [0.0] * 1000


@given(st.integers(1, 100), st.integers(1, 100))
def test_who_waits_as_told_is_let_through_at_the_rate(rate: int, burst: int) -> None:
    bucket, now = Bucket(rate, burst, 0.0), 0.0
    for _ in range(burst + 50):
        now += bucket.take(now)
    assert now >= 49 / rate - 1e-6
