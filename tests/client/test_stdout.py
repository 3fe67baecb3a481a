"""A line of output goes out at once; on a disk that is full it is whole or not there: see e2e/test_pipes_hostile."""

import errno
import os
from pathlib import Path

import pytest

from gateway.client.stdout import _take_back, print_line, problem_of


def test_a_line_goes_out_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    print_line("你好")
    os.write(1, b"next\n")
    assert capfd.readouterr().out == "你好\nnext\n"


@pytest.mark.parametrize(
    ("behind", "left"), [(b"", b"whole\ndone\n"), (b"somebody else's\n", b"whole\nhalsomebody else's\n")]
)
def test_half_a_line_is_taken_back_unless_somebody_has_written_behind_it(
    tmp_path: Path, behind: bytes, left: bytes
) -> None:
    """And what is written next stands in its place: there was a hole of zero bytes."""
    path = tmp_path / "output"
    path.write_bytes(b"whole\nhal")
    file = os.open(path, os.O_RDWR)
    os.lseek(file, 0, os.SEEK_END)
    with path.open("ab") as other:
        other.write(behind)
    _take_back(file, 3)
    if not behind:
        os.write(file, b"done\n")
    os.close(file)
    assert path.read_bytes() == left


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.EBADF, "Bad file descriptor"), "it is closed"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError("odd"), "odd"),
    ],
)
def test_why_nothing_can_be_printed(error: OSError, told: str) -> None:
    assert problem_of(error) == told
