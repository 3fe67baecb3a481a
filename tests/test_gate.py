"""Who may connect."""

import pytest

from gateway.gate import Gate


def test_places_are_given_and_given_back() -> None:
    gate = Gate(2, 0)
    assert [gate.enter("10.0.0.1") for _ in range(3)] == [None, None, "full"]
    gate.leave("10.0.0.1")
    assert gate.enter("10.0.0.2") is None


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("?", "?", True),
    ],
)
def test_one_address_has_so_many(first: str, second: str, same: bool) -> None:
    gate = Gate(100, 1)
    assert gate.enter(first) is None
    assert gate.enter(second) == ("full-address" if same else None)
    gate.leave(first)
    assert gate.enter(first) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_not_counted(host: str) -> None:
    gate = Gate(100, 1)
    assert [gate.enter(host) for _ in range(5)] == [None] * 5


def test_nothing_is_left_behind() -> None:
    gate = Gate(100, 5)
    for number in range(50):
        gate.enter(f"10.0.0.{number}")
    for number in range(50):
        gate.leave(f"10.0.0.{number}")
    assert not gate._by_address
    assert gate._taken == 0
