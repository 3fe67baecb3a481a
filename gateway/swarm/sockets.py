"""The sockets of one process's members, and its pipe, on one epoll."""

import select
from collections.abc import Sequence

from .peer import Peer, Phase

WRITABLE = select.EPOLLOUT

_AT_ONCE = 64
"""Sockets that are read at once."""

Ready = Sequence[tuple[int, int]]
"""Descriptors, and what they are ready for."""


class Sockets:
    """Who is ready. Of a descriptor that is no peer's the pipe has something."""

    def __init__(self, pipe: int) -> None:
        self.peers: dict[int, Peer] = {}
        self._poll = select.epoll()
        self._poll.register(pipe, select.EPOLLIN)

    def ready(self, timeout: float) -> list[Ready]:
        """Those that are, after so many seconds at most, some at a time."""
        found = self._poll.poll(timeout)
        return [found[at : at + _AT_ONCE] for at in range(0, len(found), _AT_ONCE)]

    def add(self, peer: Peer) -> None:
        """It connects."""
        self.peers[peer.socket.fileno()] = peer
        self._poll.register(peer.socket.fileno(), WRITABLE)

    def watch(self, peer: Peer) -> None:
        """Read it; wait for room only while there is something to write."""
        if peer.phase is not Phase.AWAY:
            self._poll.modify(peer.socket.fileno(), select.EPOLLIN | (WRITABLE if peer.owes else 0))

    def ignore(self, peer: Peer) -> None:
        """Neither read it nor write to it."""
        self._poll.modify(peer.socket.fileno(), 0)

    def forget(self, peer: Peer) -> None:
        """Before its socket is closed, which epoll sees by itself."""
        self.peers.pop(peer.socket.fileno(), None)
