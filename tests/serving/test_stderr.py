"""What the operator reads, and does not read."""

import os
import re
from collections.abc import Iterator

import pytest

from gateway.serving.stderr import MAX_BYTES, Stderr

LINE = "x" * 99 + "\n"


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
    stderr = Stderr(writing, "utf-8")
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


def test_what_the_encoding_lacks_is_replaced(pipe: tuple[int, int]) -> None:
    Stderr(pipe[1], "ascii").write("消 息\n")
    assert read(pipe[0], 4) == "? ?\n"


def test_a_reader_that_is_gone_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stderr = Stderr(writing, "utf-8")
    stderr.write(LINE)
    stderr.write(LINE)
    stderr.finish()
    os.close(writing)
