"""What is SQLite's alone: it is locked, it touches no file of others, its failures are told by their reasons."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from gateway.config import Settings, state_folder
from gateway.messages import Hole, Message
from gateway.stores import KEY_SECONDS, StoreError
from gateway.stores.database import INSERTED, Database
from gateway.stores.files import look, open_filler, open_room
from gateway.stores.reading import MOST_READ
from gateway.stores.retention import AT_ONCE, NEIGHBOURS
from gateway.stores.schema import APPLICATION_ID, VERSION, migrate
from gateway.stores.sqlite import SqliteStore
from gateway.upkeep.restoring import restore

from ..patience import PATIENCE
from ..samples import a_draft


async def reopened(path: Path) -> SqliteStore:
    return await SqliteStore.open(path, 1000, 10**6)


async def test_a_file_and_the_state_folder_are_made_and_are_the_operators_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "deep"))
    await (await open_room(Settings(store=f"sqlite:{state_folder('--store')}/room.db"), 10**6)).close()
    path = tmp_path / "deep" / "chat-gateway" / "room.db"
    assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0


async def test_a_folder_that_is_not_there_is_a_mistake_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typo in a path made one: the room that people knew was somewhere else."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "tpyo" / "room.db"
    with pytest.raises(StoreError, match=r"^/.*/tpyo/room\.db: its folder is not there; make it, or give"):
        await open_room(Settings(store=f"sqlite:{path}"), 10**6)
    assert not [*tmp_path.iterdir()]


async def test_a_state_folder_that_can_not_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(StoreError, match=r"/file/chat-gateway: its folder is a file$"):
        await open_room(Settings(store=f"sqlite:{state_folder('--store')}/room.db"), 10**6)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("locking_mode", "exclusive"),
        ("secure_delete", 1),
        ("temp_store", 2),
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("application_id", APPLICATION_ID),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
async def test_each_pragma_is_in_force(tmp_path: Path, pragma: str, value: str | int, is_new: bool) -> None:
    path = tmp_path / "room.db"
    store = await reopened(path)
    if not is_new:
        await store.close()
        store = await reopened(path)
    await store.append([a_draft("a")])
    assert store._database.execute(f"PRAGMA {pragma}") == [(value,)]
    await store.close()


async def test_a_long_wal_is_written_to_the_file_which_is_not_all_of_the_room_then_either(tmp_path: Path) -> None:
    store = await reopened(tmp_path / "room.db")
    for _ in range(20):
        await store.append([a_draft("x" * 1000) for _ in range(1000)])
    assert (tmp_path / "room.db").stat().st_size > 2 * 2**20
    assert (tmp_path / "room.db-wal").stat().st_size < 10 * 2**20
    shutil.copy(tmp_path / "room.db", tmp_path / "copy.db")
    await store.close()
    with pytest.raises(StoreError, match="a copy made by hand"):
        await reopened(tmp_path / "copy.db")
    await (await reopened(tmp_path / "room.db")).close()


async def test_what_is_dropped_is_gone_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await SqliteStore.open(path, 2, 10**6)
    await store.append([a_draft(f"message {number}", key=b"%d" % number, at=0) for number in range(5)])
    await store.append([a_draft("message 5", key=b"5", at=KEY_SECONDS * 2000)])
    for owner, name in (("o1", "Ann"), ("o2", "Bob")):
        await store.names.claim(name, owner)
    await store.names.forget("o1")
    for subject in ("address:203.0.113.1", "session:x"):
        await store.bans.put(subject, "note")
    await store.bans.delete("session:x")
    await store.close()
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    texts = [row[0] for row in db.execute("SELECT text FROM messages ORDER BY seq")]
    assert texts == [*[""] * 4, "message 4", "message 5"]
    assert [row[0] for row in db.execute("SELECT key FROM keys")] == [b"5"]
    assert [row[0] for row in db.execute("SELECT name FROM names")] == ["Bob"]
    assert {row[0] for row in db.execute("SELECT key FROM looks")} == {"bob"}
    assert [row[0] for row in db.execute("SELECT subject FROM bans")] == ["address:203.0.113.1"]
    db.close()


async def test_what_is_there_is_dropped_for_a_smaller_keep(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await reopened(path)
    await store.append([a_draft(str(number)) for number in range(10)])
    await store.close()
    store = await SqliteStore.open(path, 3, 10**6)
    await store.append([a_draft("new")])
    assert [message.text for message in await store.read(0, 10)] == ["8", "9", "new"]
    await store.close()


async def test_a_second_one_is_refused_in_this_process(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await reopened(path)
    with pytest.raises(StoreError, match="in use by another gateway"):
        await reopened(path)
    await store.append([a_draft("still mine")])
    await store.close()


def foreign_database(path: Path) -> None:
    db = apsw.Connection(str(path))
    db.execute("PRAGMA journal_mode = WAL; CREATE TABLE precious(x); INSERT INTO precious VALUES (1)")
    db.close()


def newer_database(path: Path) -> None:
    db = apsw.Connection(str(path))
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION + 1}")
    db.close()


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        (lambda path: path.write_text("a letter to my mother"), "not a gateway's file"),
        (lambda path: path.write_bytes(bytes(5000)), "not a gateway's file"),
        (foreign_database, "not a gateway's file"),
        (newer_database, "made by a newer gateway"),
        (lambda path: path.mkdir(), "that is a folder"),
    ],
)
async def test_a_file_that_is_not_ours_is_not_touched(tmp_path: Path, prepare: object, expected: str) -> None:
    path = tmp_path / "room.db"
    prepare(path)  # type: ignore[operator]
    before = {each: each.read_bytes() if each.is_file() else b"" for each in tmp_path.iterdir()}
    with pytest.raises(StoreError, match=expected) as caught:
        await reopened(path)
    assert str(path) in str(caught.value)
    assert {each: each.read_bytes() if each.is_file() else b"" for each in tmp_path.iterdir()} == before


@pytest.mark.parametrize("kind", ["pipe", "device"])
async def test_what_is_no_file_is_neither_opened_nor_replaced_nor_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "room.db"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/null")
    before, settings = path.lstat(), Settings(store=f"sqlite:{path}")
    for attempt in (
        open_room(settings, 10**6),
        look(settings),
        open_filler(settings, "another", None, 1, replace=True),
        asyncio.to_thread(restore, path, tmp_path / "other.db", print, replace=True, incomplete=True),
    ):
        with pytest.raises(StoreError, match=r"/room.db: a device, a pipe or a socket, and no file$"):
            await attempt
    assert os.path.samestat(path.lstat(), before)
    assert [*tmp_path.iterdir()] == [path]


async def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await reopened(path)
    await store.append([a_draft("x" * 1000) for _ in range(100)])
    await store.close()
    data = bytearray(path.read_bytes())
    data[4096:12288] = b"\xa5" * 8192
    path.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        await reopened(path)


@pytest.mark.parametrize("is_replaced", [False, True])
async def test_nothing_is_taken_as_stored_in_a_file_that_is_not_there_any_more(
    tmp_path: Path, is_replaced: bool
) -> None:
    path = tmp_path / "room.db"
    store = await reopened(path)
    path.rename(tmp_path / "away")
    if is_replaced:
        path.touch()
    changes: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: store.append([a_draft("a")]),
        lambda: store.names.claim("Ann", "o1"),
        lambda: store.names.forget("o1"),
        lambda: store.bans.put("x", "note"),
        lambda: store.bans.delete("x"),
        store.check,
    )
    for change in changes:
        with pytest.raises(StoreError, match="moved away or replaced"):
            await change()
    await store.close()


async def test_a_full_disk_is_said_to_be_full_and_has_room_again(tmp_path: Path) -> None:
    """It rolls a transaction back by itself."""
    store = await reopened(tmp_path / "room.db")
    pages = int(str(store._database.execute("PRAGMA page_count")[0][0]))
    store._database.execute(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(StoreError, match="the disk is full"):
        await store.append([a_draft("x" * 1000) for _ in range(100)])
    store._database.execute("PRAGMA max_page_count = 1000000")
    assert await store.append([a_draft("x")]) == [1]
    await store.close()


async def test_changes_that_come_together_are_one_transaction_and_each_stands_for_itself(tmp_path: Path) -> None:
    store = await reopened(tmp_path / "room.db")
    commits = 0

    def count_commit() -> bool:
        nonlocal commits
        commits += 1
        return False

    store._database.db.set_commit_hook(count_commit)

    def breaks(database: Database) -> None:
        database.execute("DELETE FROM names")
        database.execute("no SQL")

    names, count = store.names, 50
    asked = [names.claim(f"p{number // 2}", f"o{number}") for number in range(count)]
    *got, broken = await asyncio.gather(*asked, store.change(breaks), return_exceptions=True)
    assert got == [True, False] * (count // 2)
    assert isinstance(broken, StoreError)
    assert commits <= 3
    assert await names.recall("o0") == "p0"
    store._database.db.set_commit_hook(None)
    await store.close()


async def test_what_the_machine_says_is_told_in_words() -> None:
    """`[Errno 30] Read-only file system: '/…'` named the path twice, and a number."""
    with pytest.raises(StoreError) as caught:
        await SqliteStore.open(Path("/proc/room.db"), 100, 2**20)
    assert str(caught.value) == "/proc/room.db: No such file or directory"


async def test_whoever_changes_something_hears_of_a_fault_and_the_next_is_written(tmp_path: Path) -> None:
    """The task that writes died, and all waited for ever."""
    store = await reopened(tmp_path / "room.db")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store._database, "change_all", lambda changes: 1 / 0)
        async with asyncio.timeout(PATIENCE):
            got = await asyncio.gather(*(store.bans.put(each, "x") for each in "ab"), return_exceptions=True)
    assert [type(each) for each in got] == [ZeroDivisionError] * 2
    async with asyncio.timeout(PATIENCE):
        await store.bans.put("c", "y")
        assert await store.bans.all() == {"c": "y"}
    await store.close()


async def test_of_long_texts_few_are_read_before_others_have_the_file(tmp_path: Path) -> None:
    """An append that came while 256 texts of 64 KiB were read waited 100 ms for all of them."""
    store = await SqliteStore.open(tmp_path / "room.db", 1000, 10**9)
    await store.append([a_draft("x" * 2**16) for _ in range(100)] + [a_draft("x") for _ in range(100)])
    reading = store._database.reading
    sizes: list[int] = []
    page = reading.page

    def noted(before: int, limit: int) -> list[Message | Hole]:
        found = page(before, limit)
        sizes.append(sum(len(each.text) for each in found if isinstance(each, Message)))
        return found

    reading.page = noted  # type: ignore[method-assign]
    assert [each.seq for each in await store.page(10**9, 500)] == [*range(1, 201)]
    assert [each.seq for each in await store.read(0, 500)] == [*range(1, 201)]
    assert [each.seq for each in await store.page(10**9, 150)] == [*range(51, 201)]
    assert max(sizes) <= MOST_READ + 2**16
    await store.close()


def transactions_of(store: SqliteStore) -> list[int]:
    """How many rows each transaction of it changes, from now on."""
    changed = [0]
    db = store._database.db

    def note(*_: object) -> None:
        changed[-1] += 1

    def committed() -> bool:
        changed.append(0)
        return False

    db.set_update_hook(note)
    db.set_commit_hook(committed)
    return changed


async def test_what_leaves_leaves_some_at_a_time_and_others_have_their_turns(tmp_path: Path) -> None:
    """A message of 64 KiB had 65,000 short ones dropped in its own transaction: half a second, for all who spoke."""
    store = await SqliteStore.open(tmp_path / "room.db", 10**6, 40_000)
    for _ in range(30):
        await store.append([a_draft("x", at=1000) for _ in range(1000)])
    changed = transactions_of(store)
    await store.append([a_draft("y" * 30_000, at=1000)])
    assert len(await store.read(0, 40_000)) > 20_000  # it need not wait for these
    async with asyncio.timeout(PATIENCE):
        while store.first <= 20_000:
            await store.append([a_draft("z", at=1000)])  # nor need others
    assert max(changed) <= AT_ONCE + 1.5 * NEIGHBOURS
    assert sum(changed) > 20_000
    await store.close()


async def test_what_is_too_old_leaves_some_at_a_time_too(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "room.db", 10**6, 10**9)
    for at in range(10):
        await store.append([a_draft("x", at=1000 + at) for _ in range(1000)])
    changed = transactions_of(store)
    await store.expire(1008)
    assert (store.first, store.head) == (8001, 10_000)
    assert max(changed) <= AT_ONCE + 1.5 * NEIGHBOURS
    await store.expire(2000)
    assert (store.first, await store.read(0, 10)) == (10_000, [])
    assert max(changed) <= AT_ONCE + 1.5 * NEIGHBOURS
    await store.close()


async def test_what_has_still_to_go_is_no_failure_of_what_was_stored(tmp_path: Path) -> None:
    """The disk may be full by then: the next message tries again."""
    store = await SqliteStore.open(tmp_path / "room.db", 10**6, 10_000)
    for _ in range(9):
        await store.append([a_draft("x") for _ in range(1000)])
    with pytest.MonkeyPatch.context() as patched:
        tried = asyncio.Event()
        loop = asyncio.get_running_loop()

        def fails() -> bool:
            loop.call_soon_threadsafe(tried.set)
            raise apsw.FullError

        patched.setattr(store._database, "retain", fails)
        assert await store.append([a_draft("y" * 9900)]) == [9001]
        async with asyncio.timeout(PATIENCE):
            await tried.wait()
    assert await store.append([a_draft("z")]) == [9002]
    async with asyncio.timeout(PATIENCE):
        while store.first < 8902:
            await store.check()
    await store.close()


async def test_keys_that_are_too_old_are_forgotten_some_at_a_time(tmp_path: Path) -> None:
    """What was said with a key in ten busy minutes was all forgotten by the first message after a quiet time."""
    store = await reopened(tmp_path / "room.db")
    for start in range(0, 5000, 1000):
        await store.append([a_draft("x", key=b"%d" % number, at=1000) for number in range(start, start + 1000)])
    left = [5000]
    while left[-1]:
        await store.append([a_draft("y", at=KEY_SECONDS * 2000)])
        left.append(store._database.execute("SELECT count(*) FROM keys")[0][0])  # type: ignore[arg-type]
    assert left == [5000, 4000, 3000, 2000, 1000, 0]
    await store.close()


def test_what_is_done_for_each_message_makes_no_table_of_its_own() -> None:
    """SQLite makes one for a list of three or more in a condition: of an index, for each row that is inserted."""
    with closing(apsw.Connection(":memory:")) as db:
        migrate(db)
        steps = [step for _, step, *_ in db.execute(f"EXPLAIN {INSERTED}", [None] * len(Message.__struct_fields__))]
    assert steps.count("IdxInsert") == 2
    assert "OpenEphemeral" not in steps
