"""Writing straight to a socket, and by the transport where it is full."""

import socket
from collections.abc import Iterator
from math import inf

import pytest

from gateway.connection import Connection, Delivery, as_address
from gateway.deadlines import Deadlines
from gateway.gate import Gate
from gateway.member import Member
from gateway.wires.closing import Closing

from .fakes import Clock, FakeTransport, NeverBlamed


class Plain(NeverBlamed, Connection):
    """A connection that is nothing more."""

    def drain(self) -> None:
        pass

    def close(self, why: Closing) -> None:
        pass

    def wake(self, now: float) -> float:
        return inf


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, peer = socket.socketpair()
    ours.setblocking(False)
    peer.setblocking(False)
    yield ours, peer
    ours.close()
    peer.close()


def meet(ours: socket.socket) -> tuple[Plain, FakeTransport]:
    clock = Clock()
    connection = Plain(Deadlines(clock.now, clock.call_at), 0, Gate(1, 0).enter(), "10.0.0.1")
    transport = FakeTransport(connection)
    transport._extra["socket"] = ours  # type: ignore[attr-defined]
    connection.meet(transport)
    return connection, transport


def test_what_fits_goes_straight_to_the_socket(pair: tuple[socket.socket, socket.socket]) -> None:
    connection, transport = meet(pair[0])
    connection.write(b"hello")
    assert pair[1].recv(100) == b"hello"
    assert transport.take() == b""


def test_nothing_overtakes_what_waits_in_the_transport(pair: tuple[socket.socket, socket.socket]) -> None:
    connection, transport = meet(pair[0])
    transport.buffered = 10
    connection.write(b"behind it")
    assert transport.take() == b"behind it"
    transport.buffered = 0
    connection.write(b"straight again")
    assert pair[1].recv(100) == b"straight again"
    assert transport.take() == b""


def test_what_does_not_fit_is_the_transports(pair: tuple[socket.socket, socket.socket]) -> None:
    connection, transport = meet(pair[0])
    data = bytes(range(256)) * 8192
    connection.write(data)
    rest = transport.take()
    assert rest
    transport.buffered = len(rest)
    connection.write(b"after")
    assert transport.take() == b"after"
    got = b""
    while len(got) < len(data) - len(rest):
        got += pair[1].recv(1 << 20)
    assert got + rest == data


def test_a_peer_that_is_gone_is_no_error(pair: tuple[socket.socket, socket.socket]) -> None:
    connection, transport = meet(pair[0])
    pair[1].close()
    connection.write(b"hello")
    assert transport.take() == b""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (("203.0.113.9", 5000), ("203.0.113.9", 5000)),
        (("::ffff:203.0.113.9", 5000, 0, 0), ("203.0.113.9", 5000)),
        (("2001:db8::1", 5000, 0, 0), ("2001:db8::1", 5000)),
        (("fe80::1%eth0.100", 5000, 0, 2), ("fe80::1%eth0.100", 5000)),
    ],
)
def test_an_address_is_the_same_on_a_socket_of_both_families(
    name: tuple[object, ...], expected: tuple[str, int]
) -> None:
    assert as_address(name) == expected


def test_what_each_delivery_touches_lies_together() -> None:
    """One field elsewhere is one more cache line for each of the room: 19,000 of them, or 5 % of all that it does."""
    slots = {name for kind in Member.__mro__ for name in getattr(kind, "__slots__", ())}
    touched = {name for step in (Member.take, Connection.write) for name in step.__code__.co_names if name in slots}
    assert {"cursor", "_fd", "stage"} < touched
    assert touched - {"id", "transport"} <= set(Delivery.__slots__)  # these for its own messages, or for a full socket
