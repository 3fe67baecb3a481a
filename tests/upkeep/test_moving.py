"""Names that come from elsewhere, by whichever way: what is counted is what can be, and who loses a name is told of."""

import asyncio
import io
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from gateway.config import Settings
from gateway.stores.memory import MemoryStore
from gateway.stores.opening import open_store
from gateway.upkeep.carrying import put_people
from gateway.upkeep.keeping import back_up, carry_over, put_back, read_back, write_out

from ..nats import NatsServer, url
from ..samples import a_draft

BEFORE = Path(__file__).parents[1] / "corpus/8ba59cb/room.db"
KEPT = {"Ann", "eve: I quit. bob", "ci", "troll"}
LOST = "1 name is given up, and who had it comes back as a guest and may take another one: \u0410nn (looks as Ann does)"


def show(_done: int, _of: int) -> None:
    """Nobody looks."""


def at(place: str | Path) -> Settings:
    return Settings(store=place if isinstance(place, str) else f"sqlite:{place}")


async def names_in(settings: Settings) -> set[str]:
    store = await open_store(settings)
    try:
        return set((await store.names.all()).values())
    finally:
        await store.close()


def exported(room: Path) -> list[dict[str, object]]:
    write_out(out := io.BytesIO(), at(room), secrets=True)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def imported(lines: list[dict[str, object]], target: Settings) -> list[str]:
    return read_back(
        io.BytesIO("".join(json.dumps(line) + "\n" for line in lines).encode()), target, show, replace=False
    )


def _opened(room: Path, target: Path) -> list[str]:
    shutil.copy(room, target)
    return []


def _moved(room: Path, target: Path) -> list[str]:
    return carry_over(at(room), at(target), show, replace=False)[1:]


def _imported(room: Path, target: Path) -> list[str]:
    return imported(exported(room), at(target))[1:]


def _restored(room: Path, target: Path) -> list[str]:
    return put_back(room, at(target), show, replace=False, incomplete=False)[1:]


def _copied(room: Path, target: Path) -> list[str]:
    back_up(copy := target.with_name("copy"), at(room), show)
    return _restored(copy, target)


@pytest.mark.parametrize("way", [_opened, _moved, _imported, _restored, _copied])
async def test_names_of_before_come_to_the_same_by_each_way(
    tmp_path: Path, way: Callable[[Path, Path], list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    room = Path(shutil.copy(BEFORE, tmp_path / "old.db"))
    told = await asyncio.to_thread(way, room, tmp_path / "new.db")
    assert await names_in(at(tmp_path / "new.db")) == KEPT
    assert [*told, *(each.message for each in caplog.records if "given up" in each.message)] == [LOST]


def edited(*names: tuple[str, str]) -> list[dict[str, object]]:
    """Lines of a room with these names, as somebody made them up."""
    room = {"type": "room", "epoch": "e", "first": 1, "head": 1, "at": "2026-11-27T17:21:43Z", "secret": "eHh4eA=="}
    said = {"type": "message", "seq": 1, "at": "2026-11-27T17:21:06Z", "from": "ci", "via": "web", "text": "hi"}
    people: list[dict[str, object]] = [{"type": "name", "owner": owner, "name": name} for owner, name in names]
    return [room, said, *people, {"type": "end", "messages": 1, "names": len(names), "bans": 0}]


ODD = [
    ("o1", "Ann"),
    ("o2", "\u0410nn"),
    ("o1", "Zoe"),
    ("o3", "zoe"),
    ("o 4", "Bob"),
    ("o5", "guest-abcdef"),
    ("o6", "::1"),
]
ODD_KEPT = {"Zoe", "\u0410nn", "guest-abcdef", "::1"}


@pytest.mark.nats
@pytest.mark.parametrize("to", ["sqlite", "nats"])
def test_whatever_names_are_imported_a_move_of_them_is_whole(tmp_path: Path, nats: NatsServer, to: str) -> None:
    there = url([nats], f"odd-{tmp_path.name[-20:]}") if to == "nats" else f"sqlite:{tmp_path}/odd.db"
    line, told = imported(edited(*ODD), at(there))
    assert ": 1 messages, 4 names, 0 bans, counted there" in line
    assert told.startswith("2 names are given up")
    assert "zoe (looks as Zoe does)" in told
    assert "Bob (no name, or nobody's)" in told
    back = at(tmp_path / "back.db")
    (line,) = carry_over(at(there), back, show, replace=False)
    assert "4 names" in line
    assert asyncio.run(names_in(back)) == ODD_KEPT


async def test_names_that_a_room_had_side_by_side_are_moved_as_one(tmp_path: Path) -> None:
    """Whatever way they came in: its looks are of an older table."""
    store = await open_store(at(tmp_path / "old.db"))
    await store.append([a_draft("hi")])
    assert await store.names.claim("Ann", "o1")
    await store.close()
    with closing(apsw.Connection(str(tmp_path / "old.db"))) as db:
        db.execute("INSERT INTO names(key, name, owner, held) VALUES ('\u0430nn', '\u0410nn', 'o2', 0)")
    lines = await asyncio.to_thread(carry_over, at(tmp_path / "old.db"), at(tmp_path / "new.db"), show, replace=False)
    assert ": 1 messages, 1 names, 0 bans, counted there" in lines[0]
    assert lines[1:] == [LOST]
    assert await names_in(at(tmp_path / "new.db")) == {"Ann"}


async def test_people_of_a_try_that_was_killed_are_not_there_in_the_end() -> None:
    """The room was opened between: one was purged, one renamed, one pardoned. It was 3 of 2 names for ever."""
    store = MemoryStore(10, 10)
    await put_people(store, [("o1", "Ann"), ("o2", "Bob"), ("o3", "Cy")], {"s1": "n1", "s2": "n2"})
    await put_people(store, [("o2", "Bobby"), ("o3", "Bob")], {"s2": "n3"})
    assert await store.names.all() == {"o2": "Bobby", "o3": "Bob"}
    assert await store.bans.all() == {"s2": "n3"}
