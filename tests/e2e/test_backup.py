"""gateway backup of rooms that people are in, and copies that were made without it."""

import asyncio
import os
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest

from gateway.stores.schema import COPY_ID
from gateway.stores.sqlite import SqliteStore
from gateway.upkeep.backup import copied

from ..nats import until, url
from ..processes import need
from ..samples import a_draft
from ..tables import in_worlds
from . import nursery
from .conftest import Start
from .gateway import MODULE, Gateway, ended
from .peers import chat
from .test_upkeep import asking, store, told
from .test_workers import FLAGS


def backup(file: Path, *flags: str, **environment: str) -> str:
    """Make a copy; the line that tells it."""
    ended = told("backup", str(file), *flags, **environment)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def rows(file: Path, query: str) -> list[str]:
    """As the CLI of SQLite reads them."""
    shown = subprocess.run([need("sqlite3"), str(file), query], capture_output=True, text=True, check=True)
    return shown.stdout.splitlines()


def texts(file: Path) -> list[str]:
    return rows(file, "SELECT text FROM messages WHERE kind NOT IN ('erased', 'dropped') ORDER BY seq")


async def say(gateway: Gateway, *said: str) -> None:
    async with chat(gateway, name="Ann") as ann:
        for text in said:
            await ann.say(text)
            await ann.next("message")


def beside(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name.startswith(("room.", "memory", "nats-"))}


async def test_a_copy_is_whole_private_and_says_what_it_is(start: Start, tmp_path: Path) -> None:
    gateway = start("--title", "Tea room")
    await say(gateway, "one", "two", "three")
    line = backup(tmp_path / "copy", *store(gateway))
    epoch, size = rows(gateway_copy := tmp_path / "copy", "SELECT epoch FROM copy")[0], gateway_copy.stat().st_size
    assert line == f"{tmp_path}/copy: a copy of Tea room, up to seq 3 of log {epoch}, {size:,} bytes\n"
    assert stat.S_IMODE(gateway_copy.stat().st_mode) == 0o600
    assert rows(gateway_copy, "PRAGMA integrity_check") == ["ok"]
    assert rows(gateway_copy, "PRAGMA application_id") == [str(COPY_ID)]
    assert texts(gateway_copy) == ["one", "two", "three"]
    assert beside(tmp_path) == {"room.db", "room.db-wal", "room.db.sock"}
    await say(gateway, "four")  # the room goes on


@pytest.mark.parametrize("kind", ["memory", "nats"])
async def test_any_store_can_be_copied(start: Start, tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    place = "memory:"
    if kind == "nats":
        place = url([request.getfixturevalue("nats")], "copied")
    gateway = start("--store", place)
    async with chat(gateway, name="Ann") as ann:
        for text in ("one", "two", "three"):
            await ann.say(text)
            seq = (await ann.next("message"))["seq"]
        await ann.send({"type": "delete", "seq": seq - 1})
        await ann.next("deleted")
    backup(tmp_path / "copy", "--store", place, HOME=str(tmp_path))
    copy = tmp_path / "copy"
    assert rows(copy, "SELECT seq, kind, label, text FROM messages") == [
        "1||Ann|one", "2|erased|-|", "3||Ann|three", "4|deleted|Ann|2",
    ]  # fmt: skip
    assert rows(copy, "SELECT name FROM names") == ["Ann"]
    assert rows(copy, "PRAGMA integrity_check") == ["ok"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


async def test_a_room_that_nobody_has_open_is_copied_too(start: Start, tmp_path: Path) -> None:
    gateway = start()
    await say(gateway, "one")
    gateway.interrupt()
    backup(tmp_path / "copy", *store(gateway))
    assert texts(tmp_path / "copy") == ["one"]
    assert beside(tmp_path) == {"room.db"}


@pytest.mark.nats
@pytest.mark.worlds
async def test_a_room_of_workers_is_copied_by_one_of_them(start: Start, tmp_path: Path) -> None:
    gateway = start(*FLAGS)
    await say(gateway, "one", "two")
    backup(tmp_path / "copy", "--embedded-nats", HOME=str(tmp_path))
    assert texts(tmp_path / "copy") == ["one", "two"]


def test_a_room_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    for place in (f"sqlite:{tmp_path}/tpyo.db", "memory:"):
        failed = told("backup", str(tmp_path / "copy"), "--store", place, HOME=str(tmp_path))
        assert failed.returncode == 1
        assert failed.stderr.startswith("gateway: no gateway runs there (")
    assert list(tmp_path.iterdir()) == []


async def test_nothing_but_a_copy_is_written_over(start: Start, tmp_path: Path) -> None:
    gateway = start()
    await say(gateway, "one")
    before = gateway.store.read_bytes()
    failed = told("backup", str(gateway.store), *store(gateway))
    assert failed.stderr == f"gateway: {gateway.store}: is there already, and is no copy of a room: give another name\n"
    assert gateway.store.read_bytes() == before
    for _ in range(2):
        backup(tmp_path / "copy", *store(gateway))


@pytest.mark.parametrize("kind", ["pipe", "device", "a socket of another's", "its own socket"])
async def test_nothing_is_put_in_the_place_of_what_is_no_file(start: Start, tmp_path: Path, kind: str) -> None:
    """As root that was /dev/null for the whole machine, or what a proxy speaks to."""
    gateway = start()
    file = tmp_path / "file"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/null")
    elif kind == "its own socket":
        file = tmp_path / "room.db.sock"
    else:
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(file))
    before = file.lstat()
    failed = told("backup", str(file), *store(gateway))
    assert failed.stderr == f"gateway: {file}: is there already, and is no copy of a room: give another name\n"
    assert failed.returncode == 1
    assert os.path.samestat(file.lstat(), before)


@pytest.mark.parametrize("command", ["backup", "export"])
async def test_a_gateway_that_does_not_answer_is_told_as_that(start: Start, tmp_path: Path, command: str) -> None:
    """And not with the advice to stop it, or to take another file."""
    gateway = start()
    (tmp_path / "room.db.sock").unlink()
    file = [str(tmp_path / "copy")] if command == "backup" else []
    failed = told(command, *file, *store(gateway))
    assert failed.returncode == 1
    assert failed.stderr == (
        f"gateway: a gateway has this room open and does not answer at {gateway.store}.sock: "
        "it is just starting, or is to be restarted; ask again\n"
    )


async def test_a_link_stays_and_what_it_leads_to_is_written(start: Start, tmp_path: Path) -> None:
    gateway = start()
    (tmp_path / "copies").mkdir()
    (tmp_path / "newest").symlink_to("copies/copy")
    for text in ("one", "two"):
        await say(gateway, text)
        backup(tmp_path / "newest", *store(gateway))
    assert (tmp_path / "newest").is_symlink()
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["copy"]
    assert texts(tmp_path / "copies" / "copy") == ["one", "two"]


def test_a_copy_to_standard_output_is_in_the_file_that_it_is(start: Start, tmp_path: Path) -> None:
    gateway = start()
    with (tmp_path / "copy").open("wb") as out:
        command = [*MODULE, "backup", "/dev/stdout", *store(gateway)]
        subprocess.run(command, stdout=out, check=True)
    assert Path("/dev/stdout").is_symlink()
    assert rows(tmp_path / "copy", "PRAGMA integrity_check") == ["ok"]


async def filled(folder: Path, messages: int = 20_000) -> None:
    """A room with so many messages of 1,000 bytes: so that a copy takes a while."""
    room = await SqliteStore.open(folder / "room.db", 10**6, 2**40)
    for start in range(0, messages, 1000):
        await room.append([a_draft(f"{number} {'x' * 1000}") for number in range(start, start + 1000)])
    await room.close()


async def test_a_gateway_that_is_killed_meanwhile_leaves_no_copy(start: Start, tmp_path: Path) -> None:
    await filled(tmp_path)
    gateway = start()
    with nursery.in_pipes("backup", str(tmp_path / "copy"), *store(gateway)) as copying:
        await asyncio.to_thread(until, (tmp_path / "room.db.copying").exists, pause=0.001)
        gateway.kill()
        assert copying.wait(10) == 1
        assert copying.stderr.read().endswith("the gateway ended before it was done: ask again\n")
    assert (tmp_path / "room.db.copying").exists()
    assert not (tmp_path / "copy").exists()
    assert not (tmp_path / "copy.part").exists()
    gateway.again()
    assert not (tmp_path / "room.db.copying").exists()
    backup(tmp_path / "copy", *store(gateway))
    assert len(texts(tmp_path / "copy")) == 20_000


async def test_a_backup_that_is_killed_leaves_no_copy_and_the_gateway_nothing_of_it(
    start: Start, tmp_path: Path
) -> None:
    await filled(tmp_path)
    gateway = start()
    with nursery.in_pipes("backup", str(tmp_path / "copy"), *store(gateway)) as copying:
        await asyncio.to_thread(until, (tmp_path / "room.db.copying").exists, pause=0.001)
        copying.kill()
        copying.wait(10)
    assert not (tmp_path / "copy").exists()
    await asyncio.to_thread(until, lambda: not (tmp_path / "room.db.copying").exists())
    assert (tmp_path / "copy.part").exists()
    backup(tmp_path / "copy", *store(gateway))
    assert not (tmp_path / "copy.part").exists()


async def test_a_second_backup_at_the_same_time_is_told_to_wait(start: Start, tmp_path: Path) -> None:
    await filled(tmp_path)
    gateway = start()
    with socket.socket(socket.AF_UNIX) as first:
        first.connect(os.fspath(tmp_path / "room.db.sock"))
        first.sendall(asking(gateway, "backup"))
        assert first.recv(10)
        failed = told("backup", str(tmp_path / "copy"), *store(gateway))
    assert failed.stderr == "gateway: a backup of this room is under way: wait until it has ended\n"


@pytest.mark.parametrize("place", ["sqlite:room.db", "memory:"])
def test_what_keeps_it_from_being_made_is_told(start: Start, tmp_path: Path, place: str) -> None:
    state = tmp_path / ".local" / "state" / "chat-gateway"
    (folder := state / "memory.copying" if place == "memory:" else tmp_path / "room.db.copying").mkdir(parents=True)
    flags = ("--store", place) if place == "memory:" else ()
    gateway = start(*flags)
    failed = told("backup", str(tmp_path / "copy"), *(flags or store(gateway)), HOME=str(tmp_path))
    assert failed.returncode == 1
    assert failed.stderr == f"gateway: {folder}: that is a folder; give --store a file\n"
    assert not (tmp_path / "copy").exists()


def test_a_folder_that_is_not_there_is_told(start: Start, tmp_path: Path) -> None:
    failed = told("backup", str(tmp_path / "none" / "copy"), *store(start()))
    assert failed.returncode == 1
    assert failed.stderr == f"gateway: {tmp_path}/none/copy: its folder is not there; make it\n"


# --- copies made by hand ----------------------------------------------------------------------------------------------


async def test_a_copy_of_the_file_without_its_wal_is_refused_and_not_an_empty_room(
    start: Start, tmp_path: Path
) -> None:
    gateway = start()
    await say(gateway, "one", "two")
    (copies := tmp_path / "copies").mkdir()
    shutil.copy(gateway.store, copies / "room.db")
    refused = ended("--store", f"sqlite:{copies}/room.db")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"gateway: {copies}/room.db: a copy made by hand, of a room that has more in the -wal beside it: put that "
        "beside this one too; or have what is here by gateway restore --incomplete\n"
    )
    assert beside(copies) == {"room.db"}
    assert (copies / "room.db").read_bytes() == gateway.store.read_bytes()


async def test_so_is_one_of_a_room_whose_wal_was_written_to_the_file_meanwhile(start: Start, tmp_path: Path) -> None:
    gateway = start()
    async with chat(gateway, name="Ann") as ann:
        await ann.say("one")
        await ann.send({"type": "delete", "seq": (await ann.next("message"))["seq"]})
        await ann.next("deleted")
        await ann.say("two")
        await ann.next("message")
    shutil.copy(gateway.store, tmp_path / "room.copy")
    assert "a copy made by hand" in ended("--store", f"sqlite:{tmp_path}/room.copy").stderr


@pytest.mark.parametrize("after", ["kill", in_worlds("kill and a look by sqlite3"), in_worlds("stop"), "with its WAL"])
async def test_a_file_that_has_all_is_taken(start: Start, tmp_path: Path, after: str) -> None:
    gateway = start()
    await say(gateway, "one", "two")
    if after == "with its WAL":
        (copies := tmp_path / "copies").mkdir()
        gateway.kill()
        for name in ("room.db", "room.db-wal"):
            shutil.copy(tmp_path / name, copies / name)
        gateway = start(folder=copies)
    else:
        if after == "stop":
            gateway.interrupt()
        else:
            gateway.kill()
        if after.endswith("sqlite3"):
            assert texts(gateway.store) == ["one", "two"]
            assert not (tmp_path / "room.db-wal").exists()
        gateway.again()
    async with chat(gateway, history=10) as ann:
        assert await ann.texts(2) == ["one", "two"]


def test_no_gateway_takes_a_copy_for_its_room(start: Start, tmp_path: Path) -> None:
    backup(tmp_path / "copy", *store(start()))
    refused = ended("--store", f"sqlite:{tmp_path}/copy")
    assert refused.stderr == (
        f"gateway: {tmp_path}/copy: a copy that gateway backup made: put it in its place by gateway restore\n"
    )


@pytest.mark.worlds
def test_a_terminal_gets_a_bar(start: Start, tmp_path: Path) -> None:
    gateway = start()
    command = [*MODULE, "backup", str(tmp_path / "copy"), *store(gateway)]
    at_terminal = [need("script"), "-qec", " ".join(command), "/dev/null"]
    shown = subprocess.run(at_terminal, capture_output=True, check=True).stdout
    assert re.search(rb"\r\[#{30}\] 100%", shown), shown


async def test_what_is_taken_back_meanwhile_is_not_in_the_copy(tmp_path: Path) -> None:
    room = await SqliteStore.open(tmp_path / "room.db", 10**6, 2**40)
    seqs = [(await room.append([a_draft(f"{number} {'x' * 5000} secret word")]))[0] for number in range(100)]

    async def tell(done: int, of: int) -> None:
        if seqs and done < of:
            await room.append([a_draft(str(seqs.pop(0)), kind="deleted", label="Ann")])

    await copied(room, tmp_path / "copy", "", 1, tell)
    await room.close()
    assert len(seqs) < 100
    copy = sqlite3.connect(tmp_path / "copy")
    left = copy.execute("SELECT count(*) FROM messages WHERE text LIKE '%secret%'").fetchone()[0]
    copy.close()
    assert left == len(seqs)
    assert (tmp_path / "copy").read_bytes().count(b"secret word") == left
