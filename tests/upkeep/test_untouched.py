"""Whoever reads a room of before leaves it byte for byte: it is the way back, and an older gateway opens it still."""

import io
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from gateway.config import Settings
from gateway.stores import InUseError, StoreError
from gateway.stores.untouched import open_untouched
from gateway.upkeep.keeping import back_up, carry_over, put_back, write_out

BEFORE = Path(__file__).parents[1] / "corpus/8ba59cb/room.db"
UNSAID = "INSERT INTO messages VALUES (9, 5, 'ann', 'web', 'o', 'in the wal', 10)"


@pytest.fixture(params=["stopped", "killed"])
def room(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The file of before, of which some may lie in its WAL; a link leads to it."""
    folder = tmp_path / "state"
    folder.mkdir()
    file, whole = folder / "file.db", Path(shutil.copy(BEFORE, tmp_path / "whole.db"))
    with closing(apsw.Connection(str(whole))) as db:
        db.execute("PRAGMA journal_mode = WAL").fetchall()
        if request.param == "killed":
            db.execute(UNSAID)
            shutil.copy(f"{whole}-wal", f"{file}-wal")
        else:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        shutil.copy(whole, file)
    (folder / "room.db").symlink_to(file)
    return folder / "room.db"


def show(_done: int, _of: int) -> None:
    """Nobody looks."""


def in_it(room: Path) -> int:
    return 9 if room.with_name("file.db-wal").exists() else 8


def at(room: Path) -> Settings:
    return Settings(store=f"sqlite:{room}")


def _backup(room: Path, free: Path) -> None:
    assert f"up to seq {in_it(room)} of log cig95JjD" in back_up(free, at(room), show)


def _export(room: Path, free: Path) -> None:
    write_out(out := io.BytesIO(), at(room), secrets=True)
    assert out.getvalue().count(b'"type":"message"') == in_it(room)


def _move(room: Path, free: Path) -> None:
    (line,) = carry_over(at(room), at(free), show, replace=False)
    assert f": {in_it(room)} messages, 4 names, " in line  # of two that look alike a room of today keeps one


def _restore(room: Path, free: Path) -> None:
    put_back(room.resolve(), at(free), show, replace=False, incomplete=False)


def _refused(room: Path, free: Path) -> None:
    with pytest.raises(StoreError, match=f"a room with {in_it(room)} messages is there"):
        put_back(BEFORE, at(room), show, replace=False, incomplete=False)


@pytest.mark.parametrize("command", [_backup, _export, _move, _restore, _refused])
def test_a_room_of_before_stays_as_it_is(room: Path, tmp_path: Path, command: Callable[[Path, Path], None]) -> None:
    before = {file.name: file.read_bytes() for file in room.parent.iterdir()}
    command(room, tmp_path / "free.db")
    assert {file.name: file.read_bytes() for file in room.parent.iterdir()} == before


def test_what_is_put_aside_is_of_its_version_and_whole_by_itself(room: Path) -> None:
    """Its WAL is put away first: whoever kills a restore between the two would leave a room without it."""
    file, messages = room.resolve(), in_it(room)
    _, aside, _ = put_back(BEFORE, at(file), show, replace=True, incomplete=False)
    kept = aside.removeprefix("what was there is ")
    assert [each.name for each in file.parent.glob("*-wal")] == []
    with closing(apsw.Connection(kept)) as db, closing(apsw.Connection(str(BEFORE))) as before:
        assert db.execute("SELECT count(*) FROM messages").fetchall() == [(messages,)]
        query = "SELECT sql, user_version FROM sqlite_schema, pragma_user_version ORDER BY sql"
        assert db.execute(query).fetchall() == before.execute(query).fetchall()


async def test_nobody_opens_a_room_that_is_read(room: Path) -> None:
    store = await open_untouched(room)
    with pytest.raises(InUseError):
        await open_untouched(room)
    await store.close()
    await (await open_untouched(room)).close()
