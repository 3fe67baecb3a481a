"""The bucket is told the time, so no test of it sleeps."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import Settings
from gateway.guard import buckets as bucket_module
from gateway.guard import rate as rate_module
from gateway.guard.buckets import Bucket, Buckets, Pace
from gateway.guard.gate import WIDE_SHARE
from gateway.guard.rate import (
    ADDRESS_SHARE,
    BURST_SECONDS,
    NEW_NAMES,
    RENAME_SECONDS,
    Allowance,
    Limits,
    Meter,
    Meters,
    Renames,
    limits_of,
)

from ..tables import each_of


def limits(rate: float, burst: float, byte_rate: float, byte_burst: float) -> Limits:
    return Limits(Pace(rate, burst), Pace(byte_rate, byte_burst))


def test_a_burst_is_free_and_then_it_is_the_rate() -> None:
    bucket = Bucket(Pace(50, 200), 10.0)
    waits = [bucket.take(10.0) for _ in range(201)]
    assert waits[:199] == [0.0] * 199
    assert abs(waits[199] - 1 / 50) < 1e-9
    assert abs(waits[200] - 2 / 50) < 1e-9
    assert bucket.take(10.0 + 1 / 50) > 0
    assert bucket.take(100.0) == 0


def test_a_rate_of_0_is_no_limit() -> None:
    bucket = Bucket(Pace(0, 1), 0.0)
    assert [bucket.take(0.0) for _ in range(1000)] == [0.0] * 1000


@given(st.integers(1, 100), st.integers(1, 100))
def test_who_waits_as_told_is_let_through_at_the_rate(rate: int, burst: int) -> None:
    bucket, now = Bucket(Pace(rate, burst), 0.0), 0.0
    for _ in range(burst + 50):
        now += bucket.take(now)
    assert now >= 49 / rate - 1e-6


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=30))
def test_to_ask_how_long_takes_nothing_and_is_told_what_is_left_of_it(steps: list[tuple[int, int]]) -> None:
    asked, other, now, wait = Bucket(Pace(1, 5), 0.0), Bucket(Pace(1, 5), 0.0), 0.0, 0.0
    for pause, amount in steps:
        now += pause
        wait = max(0.0, wait - pause)
        assert asked.wait(now) == asked.wait(now) == wait
        wait = other.take(now, amount)
        assert asked.take(now, amount) == wait


def test_how_long_until_a_part_is_left() -> None:
    bucket = Bucket(Pace(10, 100), 0.0)
    assert bucket.wait_for(1, 0.0) == 0
    bucket.take(0.0, 120)
    assert [bucket.wait_for(part, 0.0) for part in (0, 0.25, 1)] == [2, 4.5, 12]
    assert bucket.wait_for(0.25, 4.5) == 0
    assert Bucket(Pace(0, 1), 0.0).wait_for(1, 0.0) == 0


def test_the_first_name_is_free_and_so_is_the_same_again() -> None:
    renames = Renames()
    for now, name, wait in (
        (10.0, "a", 0),
        (10.0, "a", 0),
        (10.0, "b", 0),
        (11.0, "b", 0),
        (11.0, "c", 4),
        (14.5, "a", 0.5),
        (15.0, "c", 0),
        (15.0, "b", 5),
        (16.0, "C", 4),
    ):
        assert renames.wait("ann", name, now) == wait
        if not wait:
            renames.take("ann", name, now)
        assert renames.wait("bob", name, now) == 0


def test_an_address_has_so_many_new_names_at_once_and_then_one_each_five_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And who has none that is counted, as on our own machine, as many as it likes."""
    monkeypatch.setattr(rate_module, "NEW_NAMES", 3)
    renames, now = Renames(), 10.0
    for number in range(20):
        renames.take(f"of nowhere {number}", "a", now)
        assert renames.wait("of nowhere", "a", now) == 0
    for number in range(3):
        assert renames.wait(f"of here {number}", "a", now, "10.0.0.1") == 0
        renames.take(f"of here {number}", "a", now, "10.0.0.1")
        renames.take(f"of here {number}", "a", now, "10.0.0.1")  # it has that one
    for passed, wait in ((0, 5), (2, 3), (5, 0)):
        assert renames.wait("of here", "a", now + passed, "10.0.0.1") == pytest.approx(wait)
        assert renames.wait("of here 0", "a", now + passed, "10.0.0.1") == 0
        assert renames.wait("of there", "a", now + passed, "10.0.0.2") == 0
    renames.take("of here", "a", now + 5, "10.0.0.1")
    assert renames.wait("another of here", "a", now + 7, "10.0.0.1") == pytest.approx(3)
    assert renames.wait("of here 0", "b", now + 7, "10.0.0.1") == pytest.approx(3)  # a second name is new, too


def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_module, "REMEMBERED", 3)
    renames = Renames()
    for owner in "abca":
        renames.take(owner, "1", 1.0)
        renames.take(owner, "2", 1.0)
    renames.take("d", "1", 1.0)
    assert [renames.wait(owner, "3", 1.0) for owner in "abc"] == [RENAME_SECONDS, 0, RENAME_SECONDS]


@pytest.mark.parametrize("table", ["guesses", "names", "addresses"])
def test_a_full_table_forgets_who_was_heard_of_longest_ago(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rate_module, bucket_module):
        monkeypatch.setattr(module, "REMEMBERED", 3)
    buckets, renames, meters = Buckets(0.1, 1), Renames(), Meters(limits(0.1, 1, 0, 0))

    def take(who: str) -> None:
        if table == "guesses":
            buckets.take(who, 1.0)
        elif table == "names":
            renames.take(who, "1", 1.0)
            renames.take(who, "2", 1.0)
        else:
            for _ in range(4):
                meters.visitor(who, 1.0).take(1.0)

    def waits(who: str) -> bool:
        if table == "guesses":
            return buckets.wait(who, 1.0) > 0
        if table == "names":
            return renames.wait(who, "3", 1.0) > 0
        return meters.visitor(who, 1.0).wait(1.0) > 0

    for who in ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1", "10.0.0.4"):
        take(who)
    assert [waits(who) for who in ("10.0.0.4", "10.0.0.1", "10.0.0.3", "10.0.0.2")] == [True, True, True, False]


@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from("abc")), max_size=40))
def test_nobody_has_two_new_names_within_the_time(steps: list[tuple[float, str]]) -> None:
    renames, now, name, changed = Renames(), 0.0, "", []
    for pause, wanted in steps:
        now += pause
        if not renames.wait("ann", wanted, now):
            renames.take("ann", wanted, now)
            if name and wanted != name:
                changed.append(now)
            name = wanted
    assert all(later - earlier >= RENAME_SECONDS - 1e-6 for earlier, later in pairwise(changed))  # of floats


def test_an_address_has_so_many_times_what_a_connection_has_of_each() -> None:
    assert limits(1, 2, 3, 4).times(5) == limits(5, 10, 15, 20)


def test_a_connection_may_ask_for_what_is_set() -> None:
    byte_rate = 7 * 1024
    assert limits_of(Settings(rate=3, burst=5, rate_kib=7)) == limits(3, 5, byte_rate, byte_rate * BURST_SECONDS)


def test_a_connection_waits_until_its_address_has_one_connections_share_left() -> None:
    meters = Meters(limits(1, 2, 50, 100))
    one, other = meters.meter("10.0.0.1", 1.0), meters.meter("10.0.0.1", 1.0)
    one.take_bytes(300, 1.0)
    assert other.wait_for_share(1.0) == 0
    one.take_bytes(100, 1.0)
    assert other.wait_for_share(1.0) == 0.5  # of 400 and 200 a second
    assert other.wait_for_share(1.5) == 0
    for _ in range(7):
        one.take(1.5)
    assert other.wait_for_share(1.5) == 0.25  # of 8 and 4 a second
    assert meters.meter("127.0.0.1", 1.5).wait_for_share(1.5) == meters.meter("10.0.0.2", 1.5).wait_for_share(1.5) == 0


def say(who: Meter | Allowance) -> float:
    return who.take(1.0)


def send(who: Meter | Allowance) -> float:
    return who.take_bytes(50, 1.0)


@each_of("take", [say, send])
@each_of(("host", "is_shared"), [("10.0.0.1", True), ("2001:db8::1", True), ("127.0.0.1", False), ("::1", False)])
def test_those_of_one_address_share_and_those_on_our_own_machine_do_not(
    host: str, is_shared: bool, take: Callable[[Meter | Allowance], float]
) -> None:
    """A connection has enough for two; who makes plain requests has as much as all of the address, or as one."""
    enough = 2 * ADDRESS_SHARE
    meters = Meters(limits(1, 2, 50, 100))
    waits = [take(meters.meter(host, 1.0)) > 0 for _ in range(enough + 1)]
    assert waits == [False] * (enough - 1) + [is_shared] * 2
    assert (meters.owed(host, 1.0) > 0) is is_shared
    meters = Meters(limits(1, 2, 50, 100))
    waits = [take(meters.visitor(host, 1.0)) > 0 for _ in range(enough)]
    assert waits == ([False] * (enough - 1) + [True] if is_shared else [False] + [True] * (enough - 1))
    assert (meters.owed(host, 1.0) > 0) is is_shared
    assert (take(meters.meter(host, 1.0)) > 0) is is_shared
    assert meters.owed("10.9.9.9", 1.0) == 0


@pytest.mark.parametrize(("take", "waits"), [(say, [0, 1, 2]), (send, [0, 0.02, 1.02])])
@pytest.mark.parametrize("host", ["10.0.0.1", "127.0.0.1"])
def test_a_connection_has_its_own_measure_and_all_of_a_person_have_one(
    host: str, take: Callable[[Meter | Allowance], float], waits: list[float]
) -> None:
    meters = Meters(limits(1, 2, 50, 100))
    one, other, stranger = (meters.meter(host, 1.0) for _ in range(3))
    assert [take(one) for _ in range(3)] == waits
    assert take(other) == waits[0]
    other.share(one)
    assert take(other) == pytest.approx(waits[2] + waits[2] - waits[1])
    assert take(stranger) == waits[0]


def test_all_of_a_48_has_so_many_times_what_an_address_has() -> None:
    meters = Meters(limits(1, 2, 1, 100))
    hosts = [f"2001:db8:0:{number:x}::1" for number in range(20)]
    most = 2 * ADDRESS_SHARE * WIDE_SHARE
    made = [meters.meter(host, 0.0) for host in hosts]
    waited = [meters.visitor(host, 0.0).take(0.0) for _ in range(2) for host in hosts]
    assert [wait > 0 for wait in waited] == [False] * (most - 1) + [True] * (len(waited) - most + 1)
    assert meters.owed("2001:db8:0:ffff::1", 0.0) > 0
    assert meters.visitor("2001:db8:0:ffff::1", 0.0).wait(0.0) > 0
    assert meters.meter("2001:db8:0:ffff::1", 0.0).take_bytes(1, 0.0) == 0
    assert meters.owed("2001:db8:1::1", 0.0) == 0
    for meter in made:
        meter.take_bytes(100, 0.0)
    assert meters.meter("2001:db8:0:ffff::1", 0.0).wait_for_share(0.0) > 0
    assert meters.meter("2001:db8:1::1", 0.0).wait_for_share(0.0) == 0


def test_one_64_is_bounded_as_an_ipv4_address_is() -> None:
    meters = Meters(limits(1, 2, 0, 0))
    taken = [[meters.visitor(host, 0.0).take(0.0) for _ in range(10)] for host in ("2001:db8::1", "192.0.2.1")]
    assert taken[0] == taken[1]


def test_all_of_a_48_takes_so_many_new_names() -> None:
    renames = Renames()
    for number in range(NEW_NAMES * WIDE_SHARE):
        host = f"2001:db8:0:{number % 100:x}::1"
        assert renames.wait(f"owner {number}", f"name {number}", 0.0, host) == 0
        renames.take(f"owner {number}", f"name {number}", 0.0, host)
    assert renames.wait("another", "name", 0.0, "2001:db8:0:ffff::1") > 0
    assert renames.wait("another", "name", 0.0, "2001:db8:1::1") == 0


@each_of("take", [say, send])
@each_of("host", ["10.0.0.1", "2001:db8::1", "127.0.0.1"])
def test_other_limits_are_those_of_who_is_here_too(host: str, take: Callable[[Meter | Allowance], float]) -> None:
    """Of a connection, of its address, and of the /48; and there may have been none before."""
    meters = Meters(limits(0, 2, 0, 100))
    here = [meters.meter(host, 1.0) for _ in range(8)]
    assert [take(each) for each in here] == [0] * 8
    meters.change(limits(1, 1, 50, 50))
    assert [take(each) > 0 for each in here] == [True] * 8
    meters.change(limits(0, 2, 0, 100))
    assert [take(each) for each in here] == [0] * 8
    assert here[0].wait_for_share(1.0) == 0
