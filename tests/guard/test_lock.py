"""The password, and the guesses at it."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.guard import lock
from gateway.guard.buckets import REMEMBERED
from gateway.guard.gate import WIDE_SHARE
from gateway.guard.lock import GUESSES, MAX_PREPARED, SECONDS_A_GUESS
from gateway.metrics import Metrics

from ..growth import Shape, assert_linear


class Lock(lock.Lock):
    """The room's; `metrics` has what was told of it."""

    def __init__(self, password: str = "") -> None:
        self.metrics = Metrics()
        super().__init__(password, "room", self.metrics.refusals)

    def told(self, reason: str) -> float:
        lines = self.metrics.expose().decode().splitlines()
        name = f'gateway_refusals_total{{reason="{reason}"}} '
        return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def test_all_of_a_subscribers_64s_guess_together() -> None:
    """1,000 guesses of 200 of them were all judged."""
    lock = Lock("sesame")
    told = [lock.refuses(f"2001:db8:0:{number:x}::1", "wrong", 0.0, "raw") for number in range(200)]
    assert told.count("password-wrong") == GUESSES * WIDE_SHARE
    assert lock.refuses("2001:db8:0:ffff::1", "sesame", 0.0, "raw") == "password-wait"
    assert lock.refuses("2001:db8:1::1", "sesame", 0.0, "raw") is None


def test_without_a_password_all_come_in() -> None:
    lock = Lock()
    assert not lock.is_set
    assert lock.refuses("10.0.0.1", None, 0.0, "raw") is None
    assert lock.refuses("10.0.0.1", "anything", 0.0, "raw") is None


def test_the_password_opens_it_and_nothing_else_does() -> None:
    lock = Lock("密码 x")
    assert lock.is_set
    assert lock.refuses("10.0.0.1", None, 0.0, "raw") == "password-needed"
    for wrong in ("", "密码", "密码 X", "密码 x "):
        assert lock.refuses("10.0.0.1", wrong, 0.0, "raw") == "password-wrong"
    assert lock.refuses("10.0.0.1", "密码 x", 0.0, "raw") is None


@pytest.mark.parametrize(
    ("password", "given"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("caf\u00e9", "cafe\u0301"),
        ("한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
        ("open sesame", "open\u3000sesame"),
        ("open sesame", "open\u00a0sesame"),
    ],
)
def test_what_reads_the_same_opens_it(password: str, given: str) -> None:
    assert Lock(password).refuses("10.0.0.1", given, 0.0, "raw") is None


@pytest.mark.parametrize(("password", "given"), [("fi", "\ufb01"), ("A", "a"), ("a", "\uff41"), ("a b", "a  b")])
def test_what_reads_otherwise_does_not(password: str, given: str) -> None:
    assert Lock(password).refuses("10.0.0.1", given, 0.0, "raw") == "password-wrong"


def test_a_password_of_any_length_opens_it() -> None:
    for size in (MAX_PREPARED, MAX_PREPARED + 1, 10 * MAX_PREPARED):
        assert Lock("é" * size).refuses("10.0.0.1", "é" * size, 0.0, "raw") is None
    longest = "é " * (MAX_PREPARED // 2)
    assert Lock(longest).refuses("10.0.0.1", longest.replace(" ", "\u3000"), 0.0, "raw") is None


@pytest.mark.parametrize("unit", ["\u0301\u0316", "\u3000", "\u1100", "e\u0301", "\ufdfa", "\U0001d160", "\ud800"])
def test_a_guess_costs_as_much_as_its_bytes(unit: str) -> None:
    def guess(data: bytes) -> None:
        Lock("x").refuses("10.0.0.1", data.decode(errors="surrogatepass"), 0.0, "raw")

    assert_linear(guess, Shape(b"a", unit.encode(errors="surrogatepass")))


def guess(lock: Lock, host: str, times: int, now: float = 0.0) -> str | None:
    return [lock.refuses(host, "wrong", now, "raw") for _ in range(times)][-1]


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
    assert lock.refuses(other, "x", 0.0, "raw") == ("password-wait" if is_barred else None)
    assert lock.refuses(other, "x", SECONDS_A_GUESS, "raw") is None


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
        assert lock.refuses("10.0.0.1", None, 0.0, "raw") == "password-needed"
    assert lock.refuses("10.0.0.1", "x", 0.0, "raw") is None


def test_memory_of_guessers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    most = REMEMBERED // 10
    monkeypatch.setattr("gateway.guard.buckets.REMEMBERED", most)
    lock = Lock("x")
    for number in range(most + 100):
        lock.refuses(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "wrong", 0.0, "raw")
    assert len(lock._guesses) == most
    number = most + 99
    last = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    assert [guess(lock, host, GUESSES) for host in (last, "10.0.0.0")] == ["password-wait", "password-wrong"]


@given(st.text(st.characters(), max_size=20) | st.sampled_from(["\ud800", "\udcff", "\ud83d\ude00", "\0"]))
def test_any_text_is_a_guess(text: str) -> None:
    lock = Lock("密码")
    assert lock.refuses("10.0.0.1", text, 0.0, "raw") == (None if text == "密码" else "password-wrong")


def test_each_wrong_guess_is_one_line_and_one_count(caplog: pytest.LogCaptureFixture) -> None:
    lock = Lock("密码")
    for reason in ("password-wrong", "password-wait"):
        logging.getLogger(
            f"gateway.refusals.{reason}"
        ).filters.clear()  # of what other tests had written in this second
    with caplog.at_level(logging.INFO):
        lock.refuses("10.0.0.1", None, 0.0, "raw")
        lock.refuses("10.0.0.1", "密码", 0.0, "raw")
        assert not caplog.messages
        guess(lock, "10.0.0.1", GUESSES + 1)
        lock.refuses("10.0.0.1", "密码", 0.0, "raw")
    wrong, wait = "refused 10.0.0.1: password-wrong (room) by raw", "refused 10.0.0.1: password-wait (room) by raw"
    assert caplog.messages == [wrong] * GUESSES + [wait] * 2
    assert (lock.told("password-wrong"), lock.told("password-wait")) == (GUESSES, 2)
