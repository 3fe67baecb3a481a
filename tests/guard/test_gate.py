"""Who may connect."""

from functools import partial
from sys import getrefcount

import pytest

from gateway.guard.gate import PROBES, WIDE_SHARE, Gate, NoPlaceError, Place, is_loopback, lane_of

from ..tables import each_of


def enter(gate: Gate, host: str) -> Place | str:
    """A place, or why there is none."""
    try:
        place = gate.enter()
    except NoPlaceError as error:
        return str(error)
    try:
        place.belong_to(host)
    except NoPlaceError as error:
        place.leave()
        return str(error)
    return place


def test_places_are_given_and_given_back() -> None:
    gate = Gate(2, 0)
    first = enter(gate, "10.0.0.1")
    assert isinstance(first, Place)
    assert isinstance(enter(gate, "10.0.0.1"), Place)
    assert enter(gate, "10.0.0.1") == "full"
    first.leave()
    assert isinstance(enter(gate, "10.0.0.2"), Place)


def test_a_place_is_left_once_however_often_that_is_said() -> None:
    gate = Gate(2, 5)
    kept, left = enter(gate, "10.0.0.1"), enter(gate, "10.0.0.1")
    assert isinstance(kept, Place)
    assert isinstance(left, Place)
    for _ in range(3):
        left.leave()
    assert gate.taken == 1
    left.belong_to("10.0.0.9")
    kept.leave()
    assert gate.taken == 0
    assert not gate._by_address


@each_of(
    ("first", "second", "same"),
    [
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", True),  # the last of its /64
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("fe80::1%eth0", "fe80::1%eth1", True),
        ("fe80::1%eth0", "fe80::2%eth0", False),  # on a link each is somebody
        ("64:ff9b::808:808", "8.8.8.8", True),  # as a translator writes it
        ("64:ff9b::808:808", "64:ff9b::808:809", False),
        ("?", "?", True),
        ("?", "unix", False),
    ],
)
def test_one_address_has_so_many(first: str, second: str, same: bool) -> None:
    gate = Gate(100, 1)
    place = enter(gate, first)
    assert isinstance(place, Place)
    assert (enter(gate, second) == "full-address") is same
    place.leave()
    assert isinstance(enter(gate, first), Place)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_not_counted(host: str) -> None:
    gate = Gate(100, 1)
    places = [enter(gate, host) for _ in range(5)]
    for place in places:
        assert isinstance(place, Place)
        place.leave()
    assert not gate._by_address
    assert gate.taken == 0


def test_who_leaves_makes_room_for_one_of_its_address() -> None:
    gate = Gate(100, 3)
    first, *others = (enter(gate, "10.0.0.1") for _ in range(3))
    assert isinstance(first, Place)
    assert all(isinstance(each, Place) for each in others)
    first.leave()
    assert [isinstance(enter(gate, "10.0.0.1"), Place) for _ in range(2)] == [True, False]


def test_a_subscriber_of_many_64s_has_so_many_times_as_much() -> None:
    """16 of the 256 that are in one /56 filled a room."""
    gate = Gate(1000, 5)
    places = [enter(gate, f"2001:db8:0:{number:x}::1") for number in range(50)]
    assert sum(isinstance(each, Place) for each in places) == 5 * WIDE_SHARE
    assert isinstance(enter(gate, "2001:db8:1::1"), Place)
    for each in places:
        if isinstance(each, Place):
            each.leave()
    assert [isinstance(enter(gate, "2001:db8::1"), Place) for _ in range(6)] == [True] * 5 + [False]


def test_all_of_a_link_have_so_many_times_as_much_as_one_and_one_lane() -> None:
    """A neighbour has any number of these addresses: each was a crowd of its own, with guesses and a lane."""
    gate = Gate(1000, 5)
    places = [enter(gate, f"fe80::{number:x}%eth0") for number in range(1, 51)]
    assert sum(isinstance(each, Place) for each in places) == 5 * WIDE_SHARE
    assert lane_of("fe80::1", "a") == lane_of("fe80::2", "b") != lane_of("fe80:0:0:1::1", "c")


def test_all_of_a_48_is_one_lane() -> None:
    assert lane_of("2001:db8::1", "a") == lane_of("2001:db8:0:ffff::1", "b") != lane_of("2001:db8:1::1", "c")


def test_who_has_none_may_ask_how_we_are_and_the_oldest_of_those_makes_room() -> None:
    gate = Gate(0, 1)
    evicted: list[int] = []
    places = [gate.enter_to_ask("full", "10.0.0.1") for _ in range(PROBES)]
    for number, place in enumerate(places):
        place.belong_to("10.0.0.1")
        place.make_way_by(partial(evicted.append, number))
    places[1].leave()
    assert evicted == []
    more = [gate.enter_to_ask("full", "10.0.0.1") for _ in range(3)]
    assert evicted == [0, 2]
    for place in (*places, *more):
        place.leave()
    assert gate.taken == 0
    assert not gate._by_address
    assert not gate._probes


@pytest.mark.parametrize("probe", ["203.0.113.9", "127.0.0.1", "::1", "2001:db8:2::1"])
@pytest.mark.parametrize("crowd", ["10.0.0.1", "2001:db8::{0:x}", "2001:db8:0:{0:x}::1", "127.0.0.1"])
def test_one_crowd_takes_no_others_place_to_ask(probe: str, crowd: str) -> None:
    """A probe lives for a round trip, and eight connections of a flood for less."""
    gate, evicted = Gate(0, 0), list[str]()

    def enter_to_ask(host: str) -> None:
        gate.enter_to_ask("full", host).make_way_by(partial(evicted.append, host))

    for _ in range(PROBES):
        enter_to_ask(crowd.format(1))
    enter_to_ask(probe)
    for number in range(100):
        enter_to_ask(crowd.format(number))
    assert probe not in evicted or (is_loopback(crowd) and is_loopback(probe))
    assert len(gate._probes) == PROBES


def test_our_own_machine_goes_last_from_half_of_the_places_to_ask() -> None:
    gate, evicted = Gate(0, 0), list[str]()
    for host in ("127.0.0.1", *(f"10.0.0.{number}" for number in range(100))):
        gate.enter_to_ask("full", host).make_way_by(partial(evicted.append, host))
    assert evicted == [f"10.0.0.{number}" for number in range(100 - PROBES + 1)]


def test_a_place_of_the_rooms_holds_nobody_who_brought_it() -> None:
    """A member has it for days, and would keep its door as long."""
    held: set[int] = set()
    enter(gate := Gate(100, 5), "10.0.0.1")
    before = getrefcount(held)
    place = gate.enter()
    place.make_way_by(held.clear)
    assert getrefcount(held) == before
    place.leave()


def test_nothing_is_left_behind() -> None:
    gate = Gate(100, 5)
    places = [enter(gate, f"10.0.0.{number % 7}") for number in range(50)]
    for place in places:
        if isinstance(place, Place):
            place.leave()
    assert not gate._by_address
    assert gate.taken == 0


def test_a_lane_is_an_addresss_and_on_our_own_machine_a_connections() -> None:
    assert lane_of("203.0.113.9", "one") == lane_of("203.0.113.9", "two") != lane_of("203.0.113.8", "one")
    assert lane_of("2001:db8::1", "one") == lane_of("2001:db8::2", "two")
    assert lane_of("127.0.0.1", "one") != lane_of("127.0.0.1", "two")
