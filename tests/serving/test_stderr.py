"""What the operator reads, and does not read."""

import os
import pty
import re
import time
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from gateway.logs import lines_of
from gateway.serving.stderr import MAX_BYTES, Stderr

LINE = "x" * 99 + "\n"
ASIDE = lines_of("text").aside


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def read(descriptor: int, size: int) -> str:
    data = b""
    while len(data) < size:
        data += os.read(descriptor, size - len(data))
    return data.decode()


@pytest.mark.parametrize("is_blocking", [True, False])
def test_nobody_waits_for_who_reads_nothing_and_what_is_lost_is_told(pipe: tuple[int, int], is_blocking: bool) -> None:
    reading, writing = pipe
    os.set_blocking(writing, is_blocking)
    stderr = Stderr(writing, "utf-8", ASIDE)
    for _ in range(2 * MAX_BYTES // len(LINE)):
        assert stderr.write(LINE) == len(LINE)
    told = ""
    while len(told) < MAX_BYTES - 10 * len(LINE):
        told += os.read(reading, 4096).decode()
    stderr.write("again\n")  # there is room again
    stderr.write("and again\n")
    while not told.endswith("and again\n"):
        told += os.read(reading, 4096).decode()
    lost = re.findall(r"^\((\d+) lines were not written: nobody read them\)$", told, re.MULTILINE)
    assert sum(map(int, lost)) > 0
    assert sum(map(int, lost)) + told.count(LINE) == 2 * MAX_BYTES // len(LINE)
    assert set(told.splitlines()) == {
        LINE.strip(),
        "again",
        "and again",
        *(f"({n} lines were not written: nobody read them)" for n in lost),
    }


def test_what_waits_is_bounded_and_counted_as_long_as_it_waits(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    stderr = Stderr(writing, "utf-8", ASIDE)
    for _ in range(3):
        for _ in range(MAX_BYTES // len(LINE)):
            stderr.write(LINE)
        assert sum(map(len, [*stderr._waiting])) <= MAX_BYTES
        told = read(reading, MAX_BYTES // 4)
    stderr.write("the end\n")  # or its thread would go on in whatever has this descriptor next
    while not told.endswith("the end\n"):
        told = told[-10:] + os.read(reading, 65536).decode()


def test_at_the_end_what_was_begun_is_waited_for_and_not_for_ever(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = pipe
    last: list[Callable[[], None]] = []
    monkeypatch.setattr("gateway.serving.stderr.atexit.register", last.append)
    monkeypatch.setattr("gateway.serving.stderr.LAST_SECONDS", 0.2)
    stderr = Stderr(writing, "utf-8", ASIDE)
    stderr.write(LINE * 2000)  # more than a pipe takes
    while stderr._waiting:
        time.sleep(0.001)
    (finish,) = last
    began = time.monotonic()
    ending = Thread(target=finish, daemon=True)
    ending.start()
    ending.join(10)
    assert not ending.is_alive()
    assert time.monotonic() - began >= 0.2
    assert read(reading, len(LINE) * 2000) == LINE * 2000
    finish()


def test_whether_a_person_reads_it(pipe: tuple[int, int]) -> None:
    master, opened = pty.openpty()
    assert [Stderr(each, "utf-8", ASIDE).isatty() for each in (opened, pipe[1])] == [True, False]
    os.close(master)
    os.close(opened)


def test_what_the_encoding_lacks_is_replaced(pipe: tuple[int, int]) -> None:
    Stderr(pipe[1], "ascii", ASIDE).write("消 息\n")
    assert read(pipe[0], 4) == "? ?\n"


def test_a_reader_that_is_gone_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stderr = Stderr(writing, "utf-8", ASIDE)
    stderr.write(LINE)
    stderr.write(LINE)
    stderr.finish()
    os.close(writing)
