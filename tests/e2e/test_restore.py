"""gateway restore: a copy becomes a room again, and everybody knows that it is another log."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from gateway.stores.sqlite import SqliteStore

from ..patience import PATIENCE
from ..samples import a_draft
from .clients import read
from .conftest import Start
from .gateway import Gateway
from .peers import chat
from .test_backup import backup, beside, say, texts
from .test_upkeep import store, told


def restored(file: Path, gateway: Gateway, *flags: str) -> str:
    ended = told("restore", str(file), *store(gateway), *flags)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


async def test_positions_of_before_mean_nothing_in_what_was_put_back(start: Start, tmp_path: Path) -> None:
    """100 were said, the copy of 50 was put back, 60 were said: after 100 was resumed, and 51 to 100 missed."""
    gateway = start("--rate", "0")
    async with chat(gateway, name="Ann") as ann:
        for number in range(1, 101):
            await ann.say(f"old {number}")
            last = await ann.next("message")
            if number == 50:
                await asyncio.to_thread(backup, tmp_path / "copy", *store(gateway))
        epoch = ann.welcome["epoch"]
    assert last["seq"] == 100
    gateway.interrupt()
    told_of = restored(tmp_path / "copy", gateway, "--replace")
    (aside,) = tmp_path.glob("room.db.before-*")
    assert told_of.splitlines()[1] == f"what was there is {aside}"
    assert len(texts(aside)) == 100
    gateway.again()
    async with chat(gateway, name="Bob") as bob:
        for number in range(60):
            await bob.say(f"new {number}")
            await bob.next("message")
    async with chat(gateway, after={"epoch": epoch, "seq": 100}, history=200) as back:
        assert back.welcome["resumed"] is False
        assert f"in a new log, {back.welcome['epoch']}\n" in told_of
        assert await back.texts(110) == [f"old {n}" for n in range(1, 51)] + [f"new {n}" for n in range(60)]
    assert [each["text"] for each in read(gateway) if each["type"] == "message"][49:51] == ["old 50", "new 0"]
    events = await events_after(gateway, f"{epoch}:100")
    assert events[0] == ("gap", {"type": "gap", "from": 1, "to": 109})  # and the last one follows


async def events_after(gateway: Gateway, last_id: str) -> list[tuple[str, dict[str, object]]]:
    """The first that GET /events has for who comes back so."""
    address = f"{gateway.page}events?history=1"
    async with (
        aiohttp.ClientSession() as session,
        session.get(address, headers={"Last-Event-ID": last_id}) as answer,
        asyncio.timeout(PATIENCE),
    ):
        while (line := await answer.content.readline()) and not line.startswith(b"event:"):
            pass
        data = await answer.content.readline()
        return [(line.decode().split()[1], json.loads(data.partition(b":")[2]))]


async def test_a_person_is_the_same_with_name_and_public_id(start: Start, tmp_path: Path) -> None:
    gateway = start()
    async with chat(gateway, name="Ann") as ann:
        await ann.say("hello")
        session, by = ann.welcome["session"], (await ann.next("message"))["by"]
    backup(tmp_path / "copy", *store(gateway))
    gateway.interrupt()
    gateway.store.unlink()
    restored(tmp_path / "copy", gateway)
    assert stat.S_IMODE(gateway.store.stat().st_mode) == 0o600
    assert beside(tmp_path) == {"room.db"}
    gateway.again()
    async with chat(gateway, session=session) as again:
        assert (again.welcome["name"], again.welcome["id"]) == ("Ann", by)


async def test_a_room_with_messages_stays_unless_it_is_told_so(start: Start, tmp_path: Path) -> None:
    gateway = start()
    await say(gateway, "one")
    backup(tmp_path / "copy", *store(gateway))
    running = told("restore", str(tmp_path / "copy"), *store(gateway), "--replace")
    assert running.stderr == (
        f"gateway: {gateway.store}: in use by another gateway; stop that one, or give --store another file\n"
    )
    gateway.interrupt()
    refused = told("restore", str(tmp_path / "copy"), *store(gateway))
    assert refused.returncode == 1
    assert refused.stderr == f"gateway: {gateway.store}: a room with 1 messages is there: --replace puts it aside\n"
    assert texts(gateway.store) == ["one"]


async def test_a_damaged_room_is_put_aside(start: Start, tmp_path: Path) -> None:
    gateway = start()
    await say(gateway, "one")
    backup(tmp_path / "copy", *store(gateway))
    gateway.interrupt()
    with gateway.store.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 20_000)
    refused = told("restore", str(tmp_path / "copy"), *store(gateway))
    assert refused.stderr.endswith("; --replace puts it aside\n")
    restored(tmp_path / "copy", gateway, "--replace")
    (aside,) = (path for path in tmp_path.glob("room.db.before-*") if not path.name.endswith("-wal"))
    assert b"\xff" * 20_000 in aside.read_bytes()
    gateway.again()
    async with chat(gateway, history=5) as ann:
        assert await ann.texts(1) == ["one"]


async def test_a_copy_made_by_hand_is_taken_as_it_is_only_if_told_so(start: Start, tmp_path: Path) -> None:
    gateway = start()
    await say(gateway, "one")
    gateway.interrupt()
    gateway.again()
    await say(gateway, "two")
    shutil.copy(gateway.store, tmp_path / "byhand")
    gateway.kill()
    gateway.store.unlink()
    (tmp_path / "room.db-wal").unlink()
    refused = told("restore", str(tmp_path / "byhand"), *store(gateway))
    assert "a copy made by hand" in refused.stderr
    restored(tmp_path / "byhand", gateway, "--incomplete")
    assert texts(gateway.store) == ["one"]
    assert sqlite3.connect(gateway.store).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_is_no_copy_or_damaged_is_refused_in_a_line(start: Start, tmp_path: Path) -> None:
    gateway = start()
    backup(tmp_path / "copy", *store(gateway))
    gateway.interrupt()
    (tmp_path / "text").write_text("x" * 200)
    copy = bytearray((tmp_path / "copy").read_bytes())
    copy[4096:20_000] = b"\xff" * (20_000 - 4096)
    (tmp_path / "damaged").write_bytes(copy)
    before = gateway.store.read_bytes()
    for name in ("text", "damaged", "nothing"):
        refused = told("restore", str(tmp_path / name), *store(gateway), "--replace")
        assert refused.returncode == 1, name
        assert refused.stderr.count("\n") == 1, refused.stderr
        assert name in refused.stderr or "damaged" in refused.stderr
    assert gateway.store.read_bytes() == before
    assert beside(tmp_path) == {"room.db"}


# --- kill -9 ----------------------------------------------------------------------------------------------------------

DOOMED = """
import os, signal, sys
from pathlib import Path

calls = int(sys.argv.pop(1))

def deadly(call):
    def counted(*arguments, **named):
        global calls
        calls -= 1
        if calls == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **named)
    return counted

for name in ("fsync", "link", "unlink", "rename", "replace", "chown", "open"):
    setattr(os, name, deadly(getattr(os, name)))
from gateway.cli import main
main()
"""
"""Kills itself before it changes the nth thing in a folder by a call of its own."""


def doomed(calls: int, *command: str) -> int:
    """Run a command that kills itself so; its exit status."""
    run = [sys.executable, "-c", DOOMED, str(calls), *command]
    return subprocess.run(run, capture_output=True, check=False).returncode


@pytest.mark.worlds
async def test_whoever_kills_it_leaves_one_of_both_whole_or_says_that_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    new = await SqliteStore.open(tmp_path / "made" / "new.db", 1000, 10**6)
    await new.append([a_draft("new")])
    await new.close()
    old = await SqliteStore.open(tmp_path / "made" / "room.db", 1000, 10**6)
    await old.append([a_draft("old")])
    for name in ("room.db", "room.db-wal"):  # as a gateway leaves them that is killed
        shutil.copy(tmp_path / "made" / name, tmp_path / name)
    await old.close()
    found: set[str] = set()
    status, calls = -signal.SIGKILL, 0
    while status:
        calls += 1
        folder = tmp_path / str(calls)
        folder.mkdir()
        for name in ("room.db", "room.db-wal"):
            shutil.copy(tmp_path / name, folder / name)
        command = ("restore", str(tmp_path / "made" / "new.db"), "--store", f"sqlite:{folder}/room.db", "--replace")
        status = doomed(calls, *command)
        assert status in (0, -signal.SIGKILL)
        room = await SqliteStore.open(folder / "room.db", 1000, 10**6)
        found |= {(text := message.text) for message in await room.read(0, 10)}
        await room.close()
        if text == "new" and (asides := [*folder.glob("*.before-*")]):
            assert texts(asides[0]) == ["old"]
    assert found == {"old", "new"}
    assert calls > 5
    assert os.listdir(folder).count("room.db.restoring") == 0


async def test_a_room_that_is_open_is_no_copy(start: Start, tmp_path: Path) -> None:
    gateway = start()
    await say(gateway, "one")
    refused = told("restore", str(gateway.store), "--store", f"sqlite:{tmp_path}/other.db")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"gateway: {gateway.store}: a gateway has this room open: copy it by gateway backup, or stop that one\n"
    )
    assert not (tmp_path / "other.db").exists()


@pytest.mark.parametrize("at", [4096, 20_000])
async def test_a_damaged_copy_is_told_by_its_own_name(start: Start, tmp_path: Path, at: int) -> None:
    gateway = start()
    await say(gateway, *(f"{number} {'x' * 1000}" for number in range(50)))
    backup(tmp_path / "copy", *store(gateway))
    data = bytearray((tmp_path / "copy").read_bytes())
    data[at : at + 8192] = b"\xa5" * 8192
    (tmp_path / "copy").write_bytes(data)
    refused = told("restore", str(tmp_path / "copy"), "--store", f"sqlite:{tmp_path}/other.db")
    assert (refused.returncode, refused.stderr) == (1, f"gateway: {tmp_path}/copy: it is damaged: take another copy\n")


def test_what_is_no_copy_is_told_as_what_it_is(tmp_path: Path) -> None:
    place = ("--store", f"sqlite:{tmp_path}/room.db")
    for text, expected in (
        ('{"type":"room"}\n', "lines of JSON, and no copy: what gateway export printed is for gateway import"),
        ("nothing " * 20, "not a gateway's file"),
    ):
        (tmp_path / "file").write_text(text)
        refused = told("restore", *place, str(tmp_path / "file"))
        assert (refused.returncode, refused.stderr) == (1, f"gateway: {tmp_path}/file: {expected}\n")
