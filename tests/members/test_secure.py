"""Below TLS: pieces in turns. The real thing is in e2e/test_tls."""

import asyncio
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.guard.turns import SLICE_SECONDS, Turns
from gateway.members.secure import PIECE, UNANSWERED, Ciphertext


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
