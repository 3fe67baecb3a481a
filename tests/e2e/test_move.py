"""gateway export, import and move: a room goes from one store to another, with all that is in it."""

import asyncio
import json
import re
import signal
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from gateway.config import Settings
from gateway.stores.jetstream.nats import Link, Place
from gateway.stores.opening import open_store
from gateway.upkeep.moving import Counted, counted

from ..nats import NatsServer, lone_server, url
from ..samples import a_draft
from ..stores.marks import files_in
from ..tables import in_worlds
from . import nursery
from .conftest import Own, Start
from .gateway import Gateway, ended
from .peers import Chat, chat
from .test_backup import filled
from .test_upkeep import store, told

pytestmark = pytest.mark.nats


async def furnish(gateway: Gateway) -> str:
    """Say all kinds of things; returns the session of who did."""
    async with chat(gateway, name="Ann") as ann, chat(gateway, name="Bob") as bob:
        await ann.send({"type": "say", "text": "one"}, {"type": "say", "text": "two"})
        await bob.texts(2)
        await bob.send({"type": "say", "text": "no!", "re": 1}, {"type": "command", "text": "/me waves"})
        await bob.texts(2)
        await ann.texts(4)
        await ann.send({"type": "delete", "seq": 2})
        await ann.next("deleted")
        await ann.say("three\nlines \u4f60\n")
        await ann.texts(1)
        return str(ann.welcome["session"])


async def within(place: str, *, keep: int = 100_000) -> Counted:
    room = await open_store(Settings(store=place, keep=keep))
    try:
        return await counted(room)
    finally:
        await room.close()


def export(*flags: str, **environment: str) -> list[str]:
    ended = told("export", *flags, **environment)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


async def test_an_export_has_what_was_said_and_nothing_secret(start: Start) -> None:
    gateway = start("--title", "Tea")
    session = await furnish(gateway)
    lines = [json.loads(line) for line in export(*store(gateway))]
    assert [line["type"] for line in lines] == ["room", *["message"] * 3, "deleted", "message", "end"]
    room, one, no, waves, deleted, three, end = lines
    assert (room["title"], room["first"], room["head"]) == ("Tea", 1, 6)
    assert (one["from"], one["text"], one["seq"], one["via"]) == ("Ann", "one", 1, "web")
    assert (no["from"], no["re"], waves["kind"], waves["seq"]) == ("Bob", 1, "action", 4)
    assert (deleted["of"], deleted["from"], three["by"]) == ([2], "Ann", one["by"])
    assert end == {"type": "end", "messages": 5, "names": 0, "bans": 0}
    assert not {"owner", "secret"} & {key for line in lines for key in line}
    assert session not in str(lines)
    gateway.interrupt()
    assert [json.loads(line) for line in export(*store(gateway))][1:] == lines[1:]


@pytest.mark.parametrize("to", ["sqlite", "nats"])
async def test_what_was_exported_with_its_secrets_is_the_same_room(
    start: Start, tmp_path: Path, nats: NatsServer, to: str
) -> None:
    gateway = start("--admin-password", "pw")
    session = await furnish(gateway)
    async with chat(gateway, name="Op") as op, chat(gateway, name="Cy"):
        await op.send({"type": "command", "text": "/op pw"})
        await op.next("notice")
        await op.send({"type": "command", "text": "/ban Cy"})
        await op.next("notice")
    lines = export(*store(gateway), "--secrets")
    gateway.interrupt()
    before = await within(f"sqlite:{gateway.store}")
    assert before.bans
    place = f"sqlite:{tmp_path}/new.db" if to == "sqlite" else url([nats], f"imported-{tmp_path.name[-20:]}")
    made = nursery.run(["import", "--store", place], stdin="\n".join(lines) + "\n")
    counts = f"5 messages, {before.names} names, {before.bans} bans"
    assert made.stdout == f"{place}: {counts}, counted there; it is a new log\n", made.stderr
    assert await within(place) == before
    gateway = start("--store", place)
    async with chat(gateway, session=session, history=10) as ann:
        assert ann.welcome["name"] == "Ann"
        assert await ann.texts(3) == ["one", "no!", "waves"]
        assert (await ann.next("deleted"))["of"] == [2]
        assert (await ann.next("message"))["by"] == ann.welcome["id"]
        await ann.say("more")
        assert (await ann.next("message"))["seq"] == 7


async def test_without_the_secrets_people_are_new_and_each_is_one(start: Start, tmp_path: Path) -> None:
    gateway = start()
    session = await furnish(gateway)
    (tmp_path / "room.jsonl").write_text("\n".join(export(*store(gateway))) + "\n")
    made = nursery.run(["import", str(tmp_path / "room.jsonl"), "--store", f"sqlite:{tmp_path}/new.db"])
    assert made.returncode == 0, made.stderr
    again = start("--store", f"sqlite:{tmp_path}/new.db")
    async with chat(again, session=session, history=10) as ann:
        assert ann.welcome["name"] != "Ann"
        said = [await ann.next("message") for _ in range(3)]
        await ann.next("deleted")
        last = await ann.next("message")
    assert said[0]["by"] == last["by"] not in (ann.welcome["id"], said[1]["by"])
    assert said[1]["by"] == said[2]["by"] != ""


@pytest.mark.parametrize(
    ("spoil", "told_of"),
    [
        (lambda lines: lines[:-1], "line 7: it ends here, and not with the line that counts: it is not whole"),
        (lambda lines: lines[1:], "line 1: the first line is none of a room that gateway export wrote"),
        (lambda lines: [*lines[:3], lines[1], *lines[3:]], "line 4: seq 1 does not come behind 3"),
        (lambda lines: [*lines[:3], *lines[4:]], "line 6: it counts "),
        (lambda lines: [*lines[:3], "{}", *lines[3:]], "line 4: "),
        (lambda lines: [], "line 1: it ends here"),
        (lambda lines: [re.sub(r'"head":\d+', '"head":1000000000', lines[0]), *lines[1:]], "line 7: up to here 9999"),
        (lambda lines: [re.sub(r'"head":\d+', '"head":1' + 30 * "0", lines[0]), *lines[1:]], "line 1: "),
        (lambda lines: [f'{lines[0][:-1]},"secret":"{88 * "A"}"}}', *lines[1:]], "line 1: the secret has more than"),
    ],
)
async def test_what_is_not_whole_is_not_taken(
    start: Start, tmp_path: Path, spoil: Callable[[list[str]], list[str]], told_of: str
) -> None:
    gateway = start()
    await furnish(gateway)
    lines = export(*store(gateway))
    spoiled = "".join(f"{line}\n" for line in spoil(lines))
    made = nursery.run(["import", "--store", f"sqlite:{tmp_path}/new.db"], stdin=spoiled)
    assert made.returncode == 1
    assert made.stderr.startswith(f"gateway: {told_of}")
    assert not (tmp_path / "new.db").exists()
    if (tmp_path / "new.db.filling").exists():
        assert "gateway import or move into it has not ended" in ended("--store", f"sqlite:{tmp_path}/new.db").stderr


async def test_a_move_to_nats_and_back_loses_nothing(start: Start, tmp_path: Path, nats: NatsServer) -> None:
    gateway = start("--keep", "4")  # so its log does not begin with 1
    session = await furnish(gateway)
    running = told("move", "--from", f"sqlite:{gateway.store}", "--to", f"sqlite:{tmp_path}/x.db")
    assert "in use by another gateway" in running.stderr
    gateway.interrupt()
    old, there, back = f"sqlite:{gateway.store}", url([nats], "moved"), f"sqlite:{tmp_path}/back.db"
    before = await within(old)
    for source, target in ((old, there), (there, back)):
        moved = told("move", "--from", source, "--to", target, HOME=str(tmp_path))
        assert moved.returncode == 0, moved.stderr
        assert moved.stdout.startswith(f"{target}: {before.messages} messages, 2 names, 0 bans, counted there")
        assert await within(target) == before
    assert await within(old) == before
    refused = told("move", "--from", old, "--to", there)
    assert "the room moved has messages, up to seq 6: give another name" in refused.stderr
    assert "a room with" in told("move", "--from", there, "--to", back).stderr
    gateway = start("--store", there)
    async with chat(gateway, session=session) as ann:
        assert ann.welcome["name"] == "Ann"
        await ann.say("more")
        assert (await ann.next("message"))["seq"] == 7


# --- kill -9 ----------------------------------------------------------------------------------------------------------


async def in_nats(server: NatsServer, room: str) -> int:
    """The seq to which a room in NATS has come."""
    link = await Link.open(Place.parse(url([server], room)))
    try:
        with suppress(Exception):
            return (await link.client.jetstream().stream_info(f"CHAT_{room}")).state.last_seq
        return 0
    finally:
        await link.close()


async def in_file(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@pytest.mark.parametrize("command", ["move", in_worlds("import")])
@pytest.mark.parametrize("to", ["sqlite", in_worlds("nats")])
async def test_one_that_is_killed_says_so_and_goes_on(tmp_path: Path, nats: NatsServer, command: str, to: str) -> None:
    await filled(tmp_path, 10_000)
    source = f"sqlite:{tmp_path}/room.db"
    before = await within(source)
    room = f"killed-{command}"
    place = f"sqlite:{tmp_path}/new.db" if to == "sqlite" else url([nats], room)
    arguments = ["move", "--from", source, "--to", place]
    if command == "import":
        (tmp_path / "room.jsonl").write_text("\n".join(export("--store", source, "--secrets")) + "\n")
        arguments = ["import", str(tmp_path / "room.jsonl"), "--store", place]
    with nursery.in_pipes(*arguments) as filling:
        while True:
            far = await (in_file(tmp_path / "new.db.filling-wal") if to == "sqlite" else in_nats(nats, room))
            if far > (2_000_000 if to == "sqlite" else 1500):
                break
            assert filling.poll() is None
            await asyncio.sleep(0)
        filling.kill()
        filling.wait(10)
    assert await within(source) == before
    refused = ended("--store", place)
    assert refused.returncode == 1
    assert "has not ended: run that again" in refused.stderr
    again = nursery.run(arguments)
    assert again.returncode == 0, again.stderr
    assert await within(place) == before


async def test_what_was_begun_from_another_room_is_not_gone_on_with(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        await filled(tmp_path / name, 1000)
    lines = export("--store", f"sqlite:{tmp_path}/a/room.db")
    place = f"sqlite:{tmp_path}/new.db"
    nursery.run(["import", "--store", place], stdin="\n".join(lines[:-1]) + "\n")
    other = told("move", "--from", f"sqlite:{tmp_path}/b/room.db", "--to", place)
    assert "begun from another room, and not ended" in other.stderr


async def test_a_stream_that_keeps_less_is_told(tmp_path: Path, nats: NatsServer) -> None:
    await filled(tmp_path, 1000)
    moved = told("move", "--from", f"sqlite:{tmp_path}/room.db", "--to", url([nats], "small"), "--keep", "100")
    assert moved.returncode == 1
    assert "what has come is not what was there: 100 of 1000 messages" in moved.stderr
    refused = ended("--store", url([nats], "small"))
    assert "gateway import or move into the room small has not ended" in refused.stderr


@pytest.mark.parametrize("says", [False, in_worlds(True)])
async def test_a_room_in_nats_that_is_served_is_not_moved(
    start: Start, tmp_path: Path, nats: NatsServer, *, says: bool
) -> None:
    place, target = url([nats], f"served-{says}"), f"sqlite:{tmp_path}/y.db"
    gateway = start("--store", place)
    async with chat(gateway, name="Ann") as ann:
        await ann.say("one")
        await ann.next("message")
        for _ in range(2):  # whatever the first has left
            speaking = asyncio.ensure_future(speak(ann)) if says else None
            refused = await asyncio.to_thread(told, "move", "--from", place, "--to", target, HOME=str(tmp_path))
            if speaking is not None:
                speaking.cancel()
            assert refused.returncode == 1
            assert f"{place}: a gateway serves it: stop it" in refused.stderr
            assert not list(tmp_path.glob("y.db*"))
    gateway.interrupt()
    moved = told("move", "--from", place, "--to", target, HOME=str(tmp_path))
    assert moved.returncode == 0, moved.stderr


@pytest.mark.worlds
async def test_a_room_that_is_opened_while_it_is_moved_is_not_taken(
    start: Start, tmp_path: Path, nats: NatsServer
) -> None:
    """It is many messages, of which the last are told when a gateway is there."""
    await filled(tmp_path, 10_000)
    place, target = url([nats], "opened"), f"sqlite:{tmp_path}/z.db"
    assert told("move", "--from", f"sqlite:{tmp_path}/room.db", "--to", place).returncode == 0
    with nursery.in_pipes("move", "--from", place, "--to", target) as moving:
        while not (tmp_path / "z.db.filling").exists():
            assert moving.poll() is None
            await asyncio.sleep(0)
        moving.send_signal(signal.SIGSTOP)
        start("--store", place)
        moving.send_signal(signal.SIGCONT)
        assert await asyncio.to_thread(moving.wait, 30) == 1
    assert not (tmp_path / "z.db").exists()
    assert "gateway import or move into it has not ended" in ended("--store", target).stderr


async def speak(client: Chat) -> None:
    for number in count():
        await client.say(f"line {number}")
        await asyncio.sleep(0.02)


async def test_nothing_is_moved_to_where_it_is_forgotten_or_from_nowhere(tmp_path: Path) -> None:
    await filled(tmp_path, 1000)
    assert "it is forgotten" in told("move", "--from", f"sqlite:{tmp_path}/room.db", "--to", "memory:").stderr
    nowhere = told("move", "--from", f"sqlite:{tmp_path}/x.db", "--to", f"sqlite:{tmp_path}/y")
    assert nowhere.stderr == f"gateway: sqlite:{tmp_path}/x.db: there is no room\n"
    assert not (tmp_path / "x.db").exists()


async def test_a_mistake_in_a_rooms_name_makes_none(tmp_path: Path, nats: NatsServer) -> None:
    place = url([nats], "tpyo")
    for command in (
        ["export", "--store", place],
        ["backup", str(tmp_path / "copy"), "--store", place],
        ["move", "--from", place, "--to", f"sqlite:{tmp_path}/y.db"],
    ):
        refused = told(*command, HOME=str(tmp_path))
        assert refused.returncode == 1
        assert "there is no room" in refused.stderr or "no gateway runs there" in refused.stderr
    link = await Link.open(Place.parse(place))
    names = [each.config.name for each in await link.client.jetstream().streams_info()]
    await link.close()
    assert not [name for name in names if "tpyo" in str(name)]


async def test_a_room_that_was_moved_has_no_name_that_was_forgotten_in_its_files(own: Own, tmp_path: Path) -> None:
    """As docs/operations.md has it: nats-server writes over no entry of a bucket."""
    server = own(lone_server(tmp_path))
    room = await open_store(Settings(store=url([server], "OLD")))
    await room.append([a_draft("hello")])
    for name, owner in (("Zebrabob", "zebra's"), ("Ann", "ann's")):
        assert await room.names.claim(name, owner)
        await room.bans.put(f"mute {owner}", name)
    await room.names.forget("zebra's")
    await room.bans.delete("mute zebra's")
    await room.close()
    moved = await asyncio.to_thread(told, "move", "--from", url([server], "OLD"), "--to", url([server], "NEW"))
    assert moved.returncode == 0, moved.stderr
    files = {kind: b"".join(map(files_in, server.folder.rglob(f"*_NEW_{kind}"))) for kind in ("names", "bans")}
    for kind, found in files.items():
        assert b"Ann" in found, kind
        assert b"Zebrabob" not in found, kind
        assert b"zebra's" not in found, kind
