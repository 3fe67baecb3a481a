"""The sockets of a crowd: who is ready, for what, and who is let be."""

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from multiprocessing import Pipe

import pytest

from gateway.swarm.dialects import Raw
from gateway.swarm.peer import Peer, Phase
from gateway.swarm.sockets import WRITABLE, Sockets
from gateway.swarm.speech import Speech

from .test_plan import plan


class World:
    """A pipe, and peers that have connected to a listener."""

    def __init__(self, ends: ExitStack) -> None:
        self.conductor, pipe = Pipe()
        self.pipe = pipe.fileno()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.sockets = Sockets(self.pipe)
        self._ends = ends
        for each in (self.conductor, pipe, self.listener):
            ends.callback(each.close)

    def peer(self, number: int) -> tuple[Peer, socket.socket]:
        one = plan()
        peer = Peer(number, [self.listener.getsockname()], Raw(Speech(one.run, one.size), ""), None)
        peer.connect()
        self.sockets.add(peer)
        there = self.listener.accept()[0]
        for each in (peer.socket, there):
            self._ends.callback(each.close)
        return peer, there

    def ready(self) -> dict[int, int]:
        return {fd: event for batch in self.sockets.ready(1.0) for fd, event in batch}


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as ends:
        yield World(ends)


def test_who_connects_is_ready_when_it_has_and_then_when_something_came(world: World) -> None:
    peer, there = world.peer(0)
    fd = peer.socket.fileno()
    assert world.sockets.peers[fd] is peer
    assert world.ready() == {fd: WRITABLE}
    peer.connected()
    world.sockets.watch(peer)
    there.sendall(b"hello")
    assert world.ready() == {fd: select.EPOLLIN}


def test_who_owes_something_is_ready_when_there_is_room(world: World) -> None:
    peer, there = world.peer(0)
    peer.connected()
    while not peer.owes:
        peer.send(b"x" * 2**20)
    world.sockets.watch(peer)
    there.sendall(b"hello")
    while world.ready()[peer.socket.fileno()] != select.EPOLLIN:  # there is room again when what is sent has come
        peer.send(b"x" * 2**20)
    there.settimeout(0)
    while peer.owes:
        with suppress(BlockingIOError):
            while there.recv(2**20):
                pass
        assert world.ready()[peer.socket.fileno()] & WRITABLE
        peer.send(b"")


def test_of_no_peer_is_the_pipe(world: World) -> None:
    world.conductor.send("go")
    assert world.ready() == {world.pipe: select.EPOLLIN}
    assert world.pipe not in world.sockets.peers


def test_who_is_ignored_is_not_ready_and_who_is_away_is_not_watched(world: World) -> None:
    (stalled, there), (gone, other) = world.peer(0), world.peer(1)
    world.sockets.ignore(stalled)
    world.sockets.forget(gone)
    gone.leave()
    assert gone.phase is Phase.AWAY
    world.sockets.watch(gone)
    for each in (there, other):
        each.sendall(b"hello")
    world.conductor.send("go")
    assert world.ready() == {world.pipe: select.EPOLLIN}
    assert list(world.sockets.peers.values()) == [stalled]


def test_many_that_are_ready_come_some_at_a_time(world: World) -> None:
    for number in range(70):
        world.peer(number)
    assert [len(batch) for batch in world.sockets.ready(1.0)] == [64, 6]
