"""Whose a transport is, and by which of our addresses it came."""

import pytest

from gateway.members.endpoints import as_address, own_of, peer_of

from .test_connection import meet


def test_whose_it_is_and_by_which_of_ours_it_came() -> None:
    _, transport = meet(None, peername=("::ffff:203.0.113.9", 5000, 0, 0), sockname=("2001:db8::1", 8001, 0, 0))
    assert (peer_of(transport), own_of(transport)) == (("203.0.113.9", 5000), ("2001:db8::1", 8001))
    _, transport = meet(None, peername=None)
    assert peer_of(transport) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (("203.0.113.9", 5000), ("203.0.113.9", 5000)),
        (("::ffff:203.0.113.9", 5000, 0, 0), ("203.0.113.9", 5000)),
        (("2001:db8::1", 5000, 0, 0), ("2001:db8::1", 5000)),
        (("::ffff:1:2:3", 5000, 0, 0), ("::ffff:1:2:3", 5000)),
        (("fe80::1%eth0.100", 5000, 0, 2), ("fe80::1%eth0.100", 5000)),
    ],
)
def test_an_address_is_the_same_on_a_socket_of_both_families(
    name: tuple[object, ...], expected: tuple[str, int]
) -> None:
    assert as_address(name) == expected
