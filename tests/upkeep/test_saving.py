"""A file that is whole, or not there, whoever else writes it."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.stores import StoreError
from gateway.upkeep.asking import UpkeepError
from gateway.upkeep.saving import saved


def test_of_two_at_a_time_the_second_is_told_and_the_first_is_whole(tmp_path: Path) -> None:
    """It took the first one's away, or had its own empty one put in its place."""
    with saved(tmp_path / "copy") as first:
        first.write(b"first")
        with (
            pytest.raises(UpkeepError, match=r"/copy: another backup is being written there: wait until it has ended$"),
            saved(tmp_path / "copy"),
        ):
            pass
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("copy", b"first")]


def test_what_fails_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "copy").write_bytes(b"before")
    with suppress(ZeroDivisionError), saved(tmp_path / "copy") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("copy", b"before")]


def test_what_a_process_left_that_was_killed_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "copy.part").write_bytes(b"half")
    (tmp_path / "copy.part").chmod(0o644)
    with saved(tmp_path / "copy") as file:
        file.write(b"whole")
    (copy,) = tmp_path.iterdir()
    assert copy.read_bytes() == b"whole"
    assert copy.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_what_is_no_file_beside_it_is_let_alone(tmp_path: Path, kind: str) -> None:
    part = tmp_path / "copy.part"
    if kind == "pipe":
        os.mkfifo(part)
    else:
        part.symlink_to("/dev/null")
    before = part.lstat()
    with pytest.raises((StoreError, OSError), match=r"copy\.part"), saved(tmp_path / "copy"):
        pass
    assert os.path.samestat(part.lstat(), before)
