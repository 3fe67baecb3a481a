"""The password, and the guesses at it."""

import pytest

from gateway.lock import GUESSES, SECONDS_A_GUESS, Lock
from gateway.rate import REMEMBERED


def test_without_a_password_all_come_in() -> None:
    lock = Lock()
    assert lock.is_open
    assert lock.refuses("10.0.0.1", None, 0.0) is None
    assert lock.refuses("10.0.0.1", "anything", 0.0) is None


def test_the_password_opens_it_and_nothing_else_does() -> None:
    lock = Lock("密码 x")
    assert not lock.is_open
    assert lock.refuses("10.0.0.1", None, 0.0) == "password-needed"
    for wrong in ("", "密码", "密码 X", "密码 x "):
        assert lock.refuses("10.0.0.1", wrong, 0.0) == "password-wrong"
    assert lock.refuses("10.0.0.1", "密码 x", 0.0) is None


def guess(lock: Lock, host: str, times: int, now: float = 0.0) -> str | None:
    return [lock.refuses(host, "wrong", now) for _ in range(times)][-1]


@pytest.mark.parametrize(
    ("guesser", "other", "is_barred"),
    [
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("127.0.0.1", "127.0.0.1", True),
    ],
)
def test_who_guessed_too_often_waits_even_with_the_right_one(guesser: str, other: str, is_barred: bool) -> None:
    lock = Lock("x")
    assert guess(lock, guesser, GUESSES) == "password-wrong"
    assert lock.refuses(other, "x", 0.0) == ("password-wait" if is_barred else None)
    assert lock.refuses(other, "x", SECONDS_A_GUESS) is None


def test_a_guess_comes_back_each_ten_seconds() -> None:
    lock = Lock("x")
    guess(lock, "10.0.0.1", GUESSES)
    for number in range(1, 4):
        now = number * SECONDS_A_GUESS
        assert guess(lock, "10.0.0.1", 1, now) == "password-wrong"
        assert guess(lock, "10.0.0.1", 1, now + 1) == "password-wait"


def test_no_password_at_all_is_no_guess() -> None:
    lock = Lock("x")
    for _ in range(100):
        assert lock.refuses("10.0.0.1", None, 0.0) == "password-needed"
    assert lock.refuses("10.0.0.1", "x", 0.0) is None


def test_memory_of_guessers_is_bounded() -> None:
    lock = Lock("x")
    for number in range(REMEMBERED + 100):
        lock.refuses(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "wrong", 0.0)
    assert len(lock._guesses) == REMEMBERED
