"""What workers count together; with real ones in e2e/test_workers.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.guard.buckets import Bucket, Pace, SharedBucket
from gateway.guard.gate import Gate, NoPlaceError
from gateway.guard.lock import GUESSES, SECONDS_A_GUESS, Lock
from gateway.guard.rate import ADDRESS_SHARE, Limits, Meters
from gateway.guard.shared import CELLS, KEY_BYTES, ROWS, Shared, size_for
from gateway.refusals import Refusals


def memory(workers: int = 2, key: bytes = b"k") -> memoryview:
    made = memoryview(bytearray(size_for(workers)))
    made[:KEY_BYTES] = key * KEY_BYTES
    return made


def sights(workers: int = 2) -> list[Shared]:
    """What each worker has."""
    made = memory(workers)
    return [Shared(made, workers, worker) for worker in range(workers)]


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 5), st.booleans())))
def test_two_workers_have_one_bucket(steps: list[tuple[float, int, bool]]) -> None:
    pace, now, (one, two) = Pace(2.0, 7.0), 1000.0, sights()
    alone = Bucket(pace, now)
    both = [SharedBucket(pace, each.levels("room", "10.0.0.1")) for each in (one, two)]
    for seconds, amount, is_first in steps:
        now += seconds
        assert both[is_first].take(now, amount) == pytest.approx(alone.take(now, amount), abs=1e-6)
        assert both[not is_first].wait(now) == pytest.approx(alone.wait(now), abs=1e-6)
        assert both[not is_first].wait_for(0.5, now) == pytest.approx(alone.wait_for(0.5, now), abs=1e-6)


def test_a_clock_that_is_a_little_behind_takes_nothing() -> None:
    one, two = (SharedBucket(Pace(1.0, 2.0), each.levels("room", "10.0.0.1")) for each in sights())
    assert [one.take(10.0), two.take(9.99), one.take(10.0)] == [0.0, 1.0, pytest.approx(2.0, abs=0.02)]


def test_no_rate_is_no_limit() -> None:
    bucket = SharedBucket(Pace(0.0, 1.0), sights()[0].levels("bytes", "10.0.0.1"))
    assert bucket.take(1.0, 10**9) == bucket.wait_for(1.0, 1.0) == 0


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1", "127.0.0.1"])
def test_guesses_are_counted_together(host: str) -> None:
    locks = [Lock("sesame", "room", Refusals(), each) for each in sights()]
    told = [locks[number % 2].refuses(host, "wrong", 0.0, "raw") for number in range(GUESSES + 2)]
    assert told == ["password-wrong"] * GUESSES + ["password-wait"] * 2
    assert [each.refuses(host, "sesame", 0.0, "raw") for each in locks] == ["password-wait"] * 2
    assert [each.refuses(host, "sesame", SECONDS_A_GUESS * 2, "raw") for each in locks] == [None] * 2
    assert locks[0].refuses("10.9.9.9", "sesame", 0.0, "raw") is None


def test_guesses_at_one_lock_are_none_at_the_other() -> None:
    (shared, _) = sights()
    room, operators = (Lock("sesame", about, Refusals(), shared) for about in ("room", "operators"))
    for _ in range(GUESSES + 1):
        room.refuses("10.0.0.1", "wrong", 0.0, "raw")
    assert operators.refuses("10.0.0.1", "sesame", 0.0, "raw") is None


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1"])
def test_rates_of_an_address_are_taken_together(host: str) -> None:
    limits = Limits(Pace(1, 2), Pace(50, 100))
    one, two = (Meters(limits, each) for each in sights())
    enough = 2 * ADDRESS_SHARE
    waits = [(one, two)[number % 2].meter(host, 1.0).take(1.0) > 0 for number in range(enough)]
    assert waits == [False] * (enough - 1) + [True]
    assert one.owed(host, 1.0) == two.owed(host, 1.0) > 0
    assert two.meter(host, 1.0).wait_for_share(1.0) > 0
    assert one.owed("10.9.9.9", 1.0) == 0


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1"])
def test_connections_are_counted_together_and_those_of_the_dead_no_more(host: str) -> None:
    made = memory()
    one, two = (Gate(100, 3, Shared(made, 2, worker)) for worker in range(2))
    places = [one.enter(), two.enter(), two.enter()]
    for each in places:
        each.belong_to(host)
    for gate in (one, two):
        place = gate.enter()
        with pytest.raises(NoPlaceError, match="full-address"):
            place.belong_to(host)
        place.leave()
    places[0].leave()
    two.enter().belong_to(host)
    again = Gate(100, 3, Shared(made, 2, 1))  # the second died with its three
    for _ in range(3):
        again.enter().belong_to(host)


def test_who_meets_another_at_one_place_is_not_counted_for_it() -> None:
    """Of 20,000 addresses with a connection each hardly any is seen as two."""
    here, there = sights()
    for number in range(20_000):
        there.add(f"10.1.{number // 256}.{number % 256}", 1)
    seen = [here.others(f"10.2.{number // 256}.{number % 256}") for number in range(1000)]
    assert sum(seen) < 200
    assert max(seen) < 5
    assert all(here.others(f"10.1.7.{number}") >= 1 for number in range(256))


def test_nobody_knows_whom_a_key_meets() -> None:
    places = {tuple(Shared(memory(1, key), 1, 0)._places("10.0.0.1")) for key in (b"a", b"b", b"c")}
    assert len(places) == 3
    assert all(CELLS * row <= place < CELLS * (row + 1) for each in places for row, place in enumerate(each))
    assert all(len(each) == ROWS for each in places)
