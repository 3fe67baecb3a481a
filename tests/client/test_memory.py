"""What is remembered of a server: for its owner alone, for one client at a time, and nothing that is damaged."""

import os
import stat
from pathlib import Path

import pytest

from gateway.client.memory import Known, Memory

KNOWN = Known("Ann", "abcdefghijklmnopqrstuv", "e", 41)


def test_it_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    one = Memory(tmp_path / "state", "ws://h:1/ws")
    assert one.recall() == Known()
    one.keep(Known("x" * 100, KNOWN.session, "e" * 100, 9))
    one.keep(KNOWN)
    one.close()
    (file,) = (tmp_path / "state" / "rooms").iterdir()
    assert [stat.S_IMODE(each.stat().st_mode) for each in (file, file.parent)] == [0o600, 0o700]
    assert Memory(tmp_path / "state", "ws://h:1/ws").recall() == KNOWN
    assert Memory(tmp_path / "state", "ws://h:2/ws").recall() == Known()


def test_a_file_that_others_could_read_is_its_owners_again(tmp_path: Path) -> None:
    Memory(tmp_path, "h:1").close()
    (file,) = (tmp_path / "rooms").iterdir()
    file.chmod(0o644)
    Memory(tmp_path, "h:1").close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_second_client_is_somebody_else(tmp_path: Path) -> None:
    """Whoever comes with a session ends the connection of who came with it before."""
    one = Memory(tmp_path, "h:1")
    held = os.listdir("/proc/self/fd")
    other = Memory(tmp_path, "h:1")
    assert os.listdir("/proc/self/fd") == held
    one.keep(KNOWN)
    other.keep(Known("Bob", KNOWN.session))
    assert other.recall() == Known()
    assert one.recall() == KNOWN
    one.close()
    assert Memory(tmp_path, "h:1").recall() == KNOWN


@pytest.mark.parametrize("kept", [b"", b"\xff", b"[" * 9999, b'{"session":"../../etc"}', b'{"seq":"x"}', b'{"name":5}'])
def test_what_is_damaged_is_forgotten(tmp_path: Path, kept: bytes) -> None:
    memory = Memory(tmp_path, "h:1")
    memory.keep(KNOWN)
    (file,) = (tmp_path / "rooms").iterdir()
    file.write_bytes(kept)
    assert memory.recall() == Known()


def test_where_nothing_can_be_kept_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (None, tmp_path / "file"):
        memory = Memory(folder, "h:1")
        memory.keep(KNOWN)
        assert memory.recall() == Known()
        memory.close()


def test_an_address_of_any_length_has_a_file(tmp_path: Path) -> None:
    Memory(tmp_path, "wss://" + "x/" * 1000).keep(KNOWN)
    assert len(os.listdir(tmp_path / "rooms")) == 1
