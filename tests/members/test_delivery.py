"""Writing straight to a socket, and by the transport where it is full."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from gateway.members.connection import Connection
from gateway.members.delivery import Delivery
from gateway.members.member import Member

from .test_connection import meet


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, peer = socket.socketpair()
    ours.setblocking(False)
    peer.setblocking(False)
    yield ours, peer
    ours.close()
    peer.close()


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
    connection.send(b"hello")
    connection.send(b"again")
    assert transport.take() == b""
    assert (connection.is_deaf, connection.writable, connection.due, connection._outbox) == (True, False, False, None)
    assert connection.alarm is not None  # its end comes a little later


def test_past_tls_nothing_goes_straight_to_the_socket(pair: tuple[socket.socket, socket.socket]) -> None:
    connection, transport = meet(pair[0], sslcontext=object())
    connection.write(b"hello")
    assert transport.take() == b"hello"


def test_a_socket_that_is_full_has_lost_nothing(pair: tuple[socket.socket, socket.socket]) -> None:
    connection, transport = meet(pair[0])
    with suppress(BlockingIOError):
        while True:
            pair[0].send(b"x" * 65536)
    connection.write(b"hello")
    assert transport.take() == b"hello"


def test_what_each_delivery_touches_lies_together() -> None:
    """One field elsewhere is one more cache line for each of the room: 19,000 of them, or 5 % of all that it does."""
    slots = {name for kind in Member.__mro__ for name in getattr(kind, "__slots__", ())}
    touched = {name for step in (Member.take, Connection.write) for name in step.__code__.co_names if name in slots}
    assert {"cursor", "_fd", "stage"} < touched
    assert touched - {"id", "transport"} <= set(Delivery.__slots__)  # these for its own messages, or for a full socket
