"""What is for one peer alone, when it is read, and how long it may take: a connection that is nothing more."""

import asyncio
import socket
from math import inf

import pytest

from gateway.guard.buckets import Pace
from gateway.guard.deadlines import Deadlines
from gateway.guard.gate import Gate
from gateway.guard.holds import Hold
from gateway.guard.rate import Limits, Meters
from gateway.guard.stages import CLOSING, GONE, OPEN, Stage
from gateway.members.connection import LINGER_SECONDS, Connection, hand_over
from gateway.members.outbox import OUTBOX_BYTES

from ..fakes import Clock, FakeTransport, NeverBlamed


class Plain(NeverBlamed, Connection):
    """A connection that is nothing more."""

    drained = 0

    def drain(self) -> None:
        self.drained += 1

    def end_input(self, *, broken: bool) -> None:
        self.input_ended = True


def plain(clock: Clock, stall_timeout: float = 30, kind: type[Plain] = Plain) -> Plain:
    deadlines, meters = Deadlines(clock.now, clock.call_at), Meters(Limits(Pace(5.0, 20.0), Pace(1000.0, 16_000.0)))
    return kind(deadlines, meters, stall_timeout, Gate(1, 0).enter(), "10.0.0.1")


def meet(
    ours: socket.socket | None, clock: Clock | None = None, stall_timeout: float = 30, **extra: object
) -> tuple[Plain, FakeTransport]:
    clock = clock or Clock()
    connection = plain(clock, stall_timeout)
    transport = FakeTransport(connection)
    transport._extra |= {"socket": ours, **extra}  # type: ignore[attr-defined]
    connection.meet(transport)
    return connection, transport


def test_what_is_for_it_alone_waits_in_order_and_holds_it_once_it_is_much() -> None:
    connection, transport = meet(None)
    for _ in range(2):
        transport.fill()
        connection.send(b"a" * OUTBOX_BYTES)
        assert (connection.is_held, connection.due) == (False, True)
        connection.send(b"b")
        assert (connection.is_held, transport.reading) == (True, False)
        connection.flush()
        assert (connection.is_held, connection.due, transport.take()) == (True, True, b"")
        transport.empty()
        connection.flush()
        assert transport.take() == b"a" * OUTBOX_BYTES + b"b"
        assert (connection.is_held, connection.due, transport.reading) == (False, False, True)


def test_what_is_for_it_before_its_transport_is_there_waits_for_that() -> None:
    clock = Clock()
    connection = plain(clock)
    connection.send(b"early")
    transport = FakeTransport(connection)
    connection.meet(transport)
    connection.flush()
    assert transport.take() == b"early"


def test_who_takes_nothing_any_more_is_owed_nothing_and_is_heard_again() -> None:
    connection, transport = meet(None)
    connection.writable = False
    connection.send(b"a" * (OUTBOX_BYTES + 1))
    connection.writable = True
    connection.turn_deaf()
    assert not connection.writable
    assert (connection.is_held, transport.reading, connection.drained) == (False, True, 1)
    transport.fill()
    transport.empty()
    connection.flush()
    connection.send(b"b")
    assert (connection.is_deaf, connection.writable, transport.take()) == (True, False, b"")


def test_what_comes_between_room_and_flush_waits_behind_the_rest() -> None:
    connection, transport = meet(None)
    transport.fill()
    connection.send(b"first")
    transport.empty()
    connection.send(b" second")
    connection.flush()
    assert transport.take() == b"first second"


@pytest.mark.parametrize(("state", "value"), [("stage", CLOSING), ("stage", GONE), ("is_deaf", True)])
def test_who_takes_nothing_any_more_is_sent_nothing_and_none_is_kept(state: str, value: object) -> None:
    connection, transport = meet(None)
    setattr(connection, state, value)
    connection.send(b"hello")
    connection.writable = False
    connection.send(b"hello")
    assert (transport.take(), connection._outbox) == (b"", None)
    transport.paused = True
    transport.empty()
    assert not connection.writable


def test_of_two_reasons_not_to_read_it_both_have_to_go() -> None:
    clock = Clock()
    connection, transport = meet(None, clock)
    clock.pass_by(5)
    connection.let_go(Hold.OUTBOX)  # as with each flush: it was not held, and has said nothing
    assert (connection.drained, connection.heard_at) == (0, clock.now() - 5)
    connection.hold(Hold.RATE)
    connection.hold(Hold.STORE)
    clock.pass_by(5)
    connection.let_go(Hold.INBOX)
    connection.let_go(Hold.STORE)
    assert (connection.is_held, transport.reading, connection.drained) == (True, False, 0)
    connection.let_go(Hold.RATE)
    assert (connection.is_held, transport.reading, connection.drained) == (False, True, 1)
    assert connection.heard_at == clock.now()


@pytest.mark.parametrize("state", ["its last is said", "it is closed"])
def test_who_says_nothing_any_more_is_not_told_to_go_on(state: str) -> None:
    connection, transport = meet(None)
    connection.hold(Hold.RATE)
    connection.input_ended, transport.closed = state == "its last is said", state == "it is closed"
    connection.let_go(Hold.RATE)
    assert (transport.reading, connection.drained) == (False, 1)
    connection.hold(Hold.RATE)
    assert (transport.reading, connection.is_held) == (False, True)


@pytest.mark.parametrize("why", list(Hold))
def test_its_silence_is_ours_while_it_is_not_read_unless_it_takes_no_answers(why: Hold) -> None:
    clock = Clock()
    connection, _ = meet(None, clock)
    begin = clock.now()
    connection.excuse(begin + 1)
    assert connection.heard_at == begin
    connection.hold(Hold.OUTBOX)
    connection.hold(why)
    connection.excuse(begin + 2)
    assert connection.heard_at == (begin if why is Hold.OUTBOX else begin + 2)


@pytest.mark.parametrize(
    ("is_deaf", "buffered", "stall_timeout", "seconds"),
    [
        (False, 0, 30, LINGER_SECONDS),  # it has all, and need only go
        (False, 10, 30, 30),  # it is to have its goodbye
        (False, 10, 0, LINGER_SECONDS),  # so it is where nobody is ever too slow
        (True, 10, 30, LINGER_SECONDS),  # it had its time
    ],
)
def test_who_does_not_go_is_cut_off(is_deaf: bool, buffered: int, stall_timeout: float, seconds: float) -> None:
    clock = Clock()
    connection, transport = meet(None, clock, stall_timeout)
    connection.is_deaf = is_deaf
    transport.buffered = buffered
    connection.linger()
    assert not connection.writable
    assert connection.alarm is not None
    assert connection.alarm.when == clock.now() + LINGER_SECONDS
    connection.wake(clock.now())
    assert connection.wake(clock.now() + seconds - 0.001) > clock.now() + seconds
    assert not transport.aborted
    transport.buffered = buffered and buffered - 1  # whoever takes some of it has its time anew
    is_moving = connection.wake(clock.now() + seconds) < inf
    assert is_moving is bool(buffered)
    assert transport.aborted is not is_moving


@pytest.mark.parametrize("is_leaving", [False, True])
def test_what_tls_adds_to_what_it_does_not_take_is_no_sign_of_life(is_leaving: bool) -> None:
    """Who was kicked asked for new keys again and again, and stayed for as long as it liked."""
    clock = Clock()
    connection, transport = meet(None, clock)
    transport.fill(100_000)
    if is_leaving:
        connection.linger()
    for buffered in (120_000, 110_000, 150_000, 100_000):
        transport.buffered = buffered
        clock.time += 7
        due = connection.wake(clock.now()) if is_leaving else connection.stalls_at(clock.now())
    assert is_leaving or due == 1030
    clock.time += 3
    assert (connection.wake(clock.now()) == inf) if is_leaving else connection.stalls_at(clock.now()) <= clock.now()
    assert transport.aborted is is_leaving


@pytest.mark.parametrize("state", [None, "is_deaf", "writable"])
def test_who_takes_nothing_in_time_is_too_slow_unless_it_is_something_else(state: str | None) -> None:
    clock = Clock()
    connection, transport = meet(None, clock)
    transport.fill()
    assert connection.alarm is not None
    assert connection.alarm.when == clock.now() + 30
    if state:
        setattr(connection, state, True)
    assert connection.stalls_at(clock.now() + 29.9) == (inf if state else clock.now() + 30)
    transport.buffered -= 1  # whoever takes some of it has its time anew
    assert connection.stalls_at(clock.now() + 29.9) == (inf if state else clock.now() + 29.9 + 30)


def test_where_nobody_is_too_slow_nobody_is_woken_for_it_nor_who_leaves() -> None:
    connection, transport = meet(None, stall_timeout=0)
    transport.fill()
    assert (connection.alarm, connection.stalls_at(inf)) == (None, inf)
    connection, transport = meet(None)
    connection.stage = CLOSING
    transport.fill()
    assert connection.alarm is None


@pytest.mark.parametrize(
    ("stage", "is_lost", "buffered", "is_flushed"),
    [
        (OPEN, False, 0, False),
        (CLOSING, False, 0, True),
        (CLOSING, False, 1, False),
        (OPEN, True, 1, True),
    ],
)
def test_a_stop_waits_for_who_has_not_got_its_goodbye(
    stage: Stage, is_lost: bool, buffered: int, is_flushed: bool
) -> None:
    connection, transport = meet(None)
    connection.stage, connection.is_lost = stage, is_lost or connection.is_lost
    transport.buffered = buffered
    assert connection.is_flushed is is_flushed


def test_whoever_has_a_transport_handed_over_can_end_it_whatever_fails_then() -> None:
    _, first = meet(None)
    met: list[object] = []

    class Heir(Plain):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            met.append((self.transport, transport))

    heir = plain(Clock(), kind=Heir)
    hand_over(first, heir)
    assert met == [(first, first)]
    assert first.protocol is heir
