"""Below TLS: pieces in turns, and what waits there. The real thing is in e2e/test_tls."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast, get_args

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import LoopName
from gateway.guard.turns import SLICE_SECONDS, Turns
from gateway.members.secure import PIECE, UNANSWERED, Ciphertext, Secured
from gateway.serving.loops import loop_factory

from ..patience import PATIENCE


class Inner:
    """The loop's TLS, to which each piece is work for a fifth of a turn."""

    def __init__(self, below: "Below") -> None:
        self.below = below
        self.buffer = bytearray(300)  # smaller than a piece
        self.got = b""
        self.ends: list[object] = []

    def get_buffer(self, sizehint: int) -> bytearray:
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        assert not self.ends
        self.got += self.buffer[:nbytes]
        self.below.time += SLICE_SECONDS / 5 * nbytes / PIECE

    def eof_received(self) -> bool:
        self.ends.append("eof")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.ends.append(exc)

    def pause_writing(self) -> None:
        """It keeps what it answers."""

    def resume_writing(self) -> None:
        """It sends that."""


class Below:
    """A transport, a clock and the loop's next turn."""

    def __init__(self) -> None:
        self.time = 0.0
        self.reading = True
        self.inner = Inner(self)
        self.next: list[Any] = []
        self.turns = Turns(lambda: self.time, self.next.append)
        self.ciphertext = Ciphertext(self.turns, cast(asyncio.Transport, self), "203.0.113.9")

    def get_protocol(self) -> Inner:
        return self.inner

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return False

    def come(self, data: bytes) -> None:
        view = self.ciphertext.get_buffer(-1)
        view[: len(data)] = data
        self.ciphertext.buffer_updated(len(data))

    def turn(self) -> None:
        due, self.next[:] = [*self.next], []
        for call in due:
            call()


def test_what_takes_longer_than_a_turn_waits_and_is_not_read() -> None:
    below = Below()
    below.come(bytes(PIECE * 8))
    assert (len(below.inner.got), below.reading) == (PIECE * 5, False)
    below.turn()
    assert (len(below.inner.got), below.reading) == (PIECE * 8, True)
    below.come(b"more")
    assert below.inner.got[-4:] == b"more"


def test_who_uses_up_the_turn_by_its_last_piece_tells_the_next() -> None:
    below = Below()
    below.come(bytes(PIECE * 5))
    assert len(below.inner.got) == PIECE * 5
    with below.turns:
        assert below.turns.is_over()


def test_while_tls_itself_does_not_want_more_it_is_not_read() -> None:
    below = Below()
    original = below.inner.buffer_updated

    def last(nbytes: int) -> None:
        original(nbytes)
        below.pause_reading()

    below.inner.buffer_updated = last  # type: ignore[method-assign]
    below.come(bytes(PIECE * 8))
    below.turn()
    assert len(below.inner.got) == PIECE * 8
    assert not below.reading


@pytest.mark.parametrize("is_lost", [True, False])
def test_the_end_comes_behind_what_waits(is_lost: bool) -> None:
    below = Below()
    below.come(bytes(PIECE * 8))
    if is_lost:
        below.ciphertext.connection_lost(None)
    else:
        below.ciphertext.eof_received()
    assert len(below.inner.got) == PIECE * 8
    assert len(below.inner.ends) == 1
    below.turn()


def test_what_comes_while_it_stands_in_line_waits_for_the_same_turn() -> None:
    below = Below()
    below.come(bytes(PIECE * 8))
    given = len(below.inner.got)
    assert given < PIECE * 8
    below.come(bytes(PIECE))
    assert len(below.inner.got) == given
    assert len(below.turns._waiting) == 1


@given(st.lists(st.binary(min_size=1, max_size=3000), max_size=20), st.lists(st.booleans()))
def test_all_of_it_comes_in_its_order(pieces: list[bytes], turns: list[bool]) -> None:
    below = Below()
    for number, piece in enumerate(pieces):
        below.come(piece)
        if number < len(turns) and turns[number]:
            below.turn()
    while below.next:
        below.turn()
    assert below.inner.got == b"".join(pieces)
    assert below.reading


def test_who_makes_tls_answer_and_takes_nothing_is_not_read_any_more() -> None:
    """A client that asked for new keys again and again had 66 MB of answers kept, and counted as one that moves."""
    below = Below()
    below.ciphertext.pause_writing()
    given = 0
    while below.reading or below.ciphertext._is_in_line:
        given += PIECE
        below.come(bytes(PIECE))
        while below.next:
            below.turn()
        assert given < 2 * UNANSWERED
    assert len(below.inner.got) == UNANSWERED
    below.come(b"what was read already")
    assert len(below.inner.got) == UNANSWERED
    below.ciphertext.resume_writing()
    while below.next:
        below.turn()
    assert below.inner.got.endswith(b"what was read already")
    assert below.reading


class Met(asyncio.Protocol):
    """Someone who is met, and takes nothing."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


@asynccontextmanager
async def secured() -> AsyncIterator[tuple[asyncio.Transport, Secured]]:
    """Our end of a connection whose peer has shaken hands and takes nothing: the loop's transport, and ours."""
    loop, authority = asyncio.get_running_loop(), trustme.CA()
    own, peers_own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("localhost").configure_cert(own)
    authority.configure_trust(peers_own)
    ours, peers = socket.socketpair()
    for each in (ours, peers):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    below, protocol = await loop.connect_accepted_socket(Met, ours)
    coming = loop.create_task(loop.create_connection(Met, sock=peers, ssl=peers_own, server_hostname="localhost"))
    above = await loop.start_tls(below, protocol, own, server_side=True)
    peer, _ = await coming
    peer.pause_reading()
    assert above is not None
    try:
        yield above, Secured(above, below)
    finally:
        below.abort()
        peer.abort()


@pytest.mark.parametrize("loop", get_args(LoopName))
def test_what_waits_below_is_told(loop: LoopName) -> None:
    async def trial() -> None:
        async with secured() as (above, transport):
            for _ in range(8):
                transport.write(bytes(4096))
            assert above.get_write_buffer_size() < 4096
            assert transport.get_write_buffer_size() > 16_384

    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        runner.run(trial())


@pytest.mark.parametrize("loop", get_args(LoopName))
def test_who_is_closed_twice_can_still_be_cut_off(loop: LoopName) -> None:
    """asyncio's own transport of TLS forgets at a second time what it is to end, and what it still has."""

    async def trial() -> None:
        async with secured() as (_, transport):
            met = cast(Met, transport.get_protocol())
            transport.write(bytes(256 * 1024))
            for _ in range(2):
                transport.close()
                assert transport.get_write_buffer_size() > 128 * 1024
            transport.abort()
            async with asyncio.timeout(PATIENCE):
                await met.lost.wait()

    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        runner.run(trial())
