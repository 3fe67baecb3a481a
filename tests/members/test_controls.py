"""Control frames: how many a WebSocket peer may send, and the pong that it is owed."""

from gateway.members.controls import CONTROL_BURST, CONTROL_RATE, CONTROL_WAIT, Controls


def test_so_many_may_come_at_once_and_then_so_many_a_second() -> None:
    controls = Controls(0.0)
    assert [controls.count(0.0) > 0 for _ in range(CONTROL_BURST)] == [False] * (CONTROL_BURST - 1) + [True]
    assert controls.count(0.0) == 2 / CONTROL_RATE
    assert controls.count(60.0) == 0


def test_after_a_flood_it_is_read_again_before_all_is_paid() -> None:
    controls = Controls(0.0)
    assert max(controls.count(0.0) for _ in range(1000)) == CONTROL_WAIT


def test_of_the_pongs_that_wait_the_newest_is_owed_once() -> None:
    controls = Controls(0.0)
    assert controls.owed() == b""
    assert not controls.keep(b"\x81\x05hello")
    assert all(controls.keep(bytes([0x8A, 1, number])) for number in range(3))
    assert [controls.owed(), controls.owed()] == [b"\x8a\x01\x02", b""]
