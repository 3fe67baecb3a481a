"""A room of before goes on: its file, its stream and buckets, its people; and beside gateways of before."""

import asyncio
import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import apsw
import msgspec
import pytest

from gateway.messages import owner_of, say_key
from gateway.names import name_key
from gateway.people import Person
from gateway.room.sanctions import Rules, stored_notes
from gateway.stores import Store, schema
from gateway.stores.jetstream import JetStreamStore
from gateway.stores.jetstream.bucket import key_of
from gateway.stores.jetstream.nats import Place
from gateway.stores.namesakes import settled
from gateway.stores.nodes import Acted, BansChanged, Census, Entered, Event, NameChanged
from gateway.stores.records import record_of
from gateway.stores.schema import STEPS, VERSION
from gateway.stores.sqlite import SqliteStore

from ..fakes import FakeTransport, scene
from ..members.test_websocket import enter, events, frame
from ..nats import NatsServer, url
from ..patience import PATIENCE
from ..samples import a_draft

BEFORE = Path(__file__).parents[1] / "corpus/8ba59cb"
NATS = json.loads((BEFORE / "nats.json").read_text(encoding="utf-8"))
GUEST = "and who had it comes back as a guest and may take another one"
LABELS = ["Ann", "eve:I quit. bob", "Аnn", "guest-tmbrbk", "ci", "troll", "Ann"]
TEXTS = ["hello", "from the raw port", "a forged line", "I am not Ann", "as a guest", "deployed", "spam", "unacked"]


def session(name: str) -> str:
    return (name * 22)[:22]


ANN, EVE, TROLL = session("ann"), session("eve"), session("troll")


async def check_log(store: Store) -> None:
    """All that was said is there, under labels that forge nothing, and nobody's."""
    messages = await store.read(0, 100)
    assert [message.text for message in messages] == TEXTS
    assert [message.label for message in messages if message.via == "web"] == LABELS
    assert {(message.owner, message.by) for message in messages} == {("", "")}


async def check_people(store: Store) -> None:
    """Names come back, and what was said is not said again."""
    assert await store.names.recall(owner_of(ANN)) == "Ann"
    assert await store.names.recall(owner_of(EVE)) == "eve: I quit. bob"
    at = (await store.read(7, 1))[0].at + 1000
    again = [a_draft("unacked", key=say_key(ANN, "c2", "unacked"), at=at)]
    again += [a_draft("deployed", key=say_key("say ci", "k1", "deployed"), at=at)]
    assert await store.append(again) == [8, 6]
    assert await store.append([a_draft("new", at=at)]) == [9]
    assert await store.names.claim("Ann", owner_of(ANN))
    assert not await store.names.claim("Аnn", owner_of(session("cyr")))


async def test_of_names_of_before_that_are_one_today_the_older_one_is_kept(
    room: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for told in (f"1 name is given up, {GUEST}: Аnn (looks as Ann does)", ""):
        store = await reopened(room)
        assert list((await store.names.all()).values()) == ["Ann", "eve: I quit. bob", "ci", "troll"]
        assert await store.names.recall(owner_of(ANN)) == "Ann"
        assert await store.names.recall(owner_of(session("cyr"))) is None
        await store.close()
        assert [each.message for each in caplog.records if "given up" in each.message] == [told] * bool(told)
        caplog.clear()
    assert raw(room, "SELECT count(*) FROM looks WHERE key NOT IN (SELECT key FROM names)") == [(0,)]


# --- SQLite -------------------------------------------------------------------------------------------------------


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A copy of the file of before."""
    return Path(shutil.copy(BEFORE / "room.db", tmp_path))


async def reopened(path: Path) -> SqliteStore:
    return await SqliteStore.open(path, 1000, 10**6)


def raw(path: Path, query: str) -> list[tuple[Any, ...]]:
    db = apsw.Connection(str(path))
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


async def test_names_of_before_have_looks(room: Path) -> None:
    store = await reopened(room)
    assert await store.names.claim("АNN", "o1")  # its first letter is Cyrillic
    assert await store.names.recall(owner_of(ANN)) is None
    await store.close()


async def test_a_file_of_before_goes_on(room: Path) -> None:
    store = await reopened(room)
    assert (store.epoch, store.first, store.head) == ("cig95JjD", 1, 8)
    await check_log(store)
    await check_people(store)
    bans = await store.bans.all()
    assert {json.loads(note)["name"] for note in bans.values()} == {"troll", "192.0.2.7"}
    by = store.by_of(owner_of(ANN))
    await store.close()
    store = await reopened(room)
    assert store.by_of(owner_of(ANN)) == by
    assert store.head == 9
    await store.close()
    assert raw(room, "PRAGMA user_version") == [(VERSION,)]


async def test_people_of_before_come_back(room: Path) -> None:
    store = await reopened(room)
    said_at = (await store.page(9, 1))[0].at
    async with scene(store=store) as here:
        here.clock.jumped = said_at + 1000 - here.clock.wall()
        ann, transport = await enter(here, session=ANN, after={"epoch": "cig95JjD", "seq": 7})
        welcome, message = await told_by(transport, 2)
        assert (welcome["name"], welcome["resumed"]) == ("Ann", True)
        assert (message["text"], "by" in message) == ("unacked", False)
        for say in ({"id": "c2", "text": "unacked"}, {"id": "c3", "text": "new"}):
            ann.data_received(frame(json.dumps({"type": "say", **say}).encode()))
        told = await told_by(transport, 3)
        acks = {event["id"]: event["seq"] for event in told if event["type"] == "ack"}
        assert acks == {"c2": 8, "c3": 9}
        assert [event["by"] for event in told if event["type"] == "message"] == [welcome["id"]]
        await check_refused(store)
    await store.close()


async def told_by(transport: FakeTransport, count: int) -> list[Any]:
    """So many events, once the store's thread has done its part."""
    told: list[Any] = []
    async with asyncio.timeout(PATIENCE):
        while len(told) < count:
            await asyncio.sleep(0.01)
            told += [event for event in events(transport) if event["type"] != "presence"]
    return told


async def check_refused(store: Store) -> None:
    rules = Rules(await stored_notes(store), store.by_of)
    assert rules.bans.of_person(store.by_of(owner_of(TROLL)), 0)
    assert rules.bans.of_host("192.0.2.7", 0)
    assert not rules.bans.of_person(store.by_of(owner_of(ANN)), 0)
    assert not rules.bans.of_host("10.0.0.1", 0)


def test_the_first_step_makes_what_gateways_of_before_made() -> None:
    db = apsw.Connection(":memory:")
    for statement in STEPS[0]:
        db.execute(statement)
    query = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
    made = [(name, "".join(str(sql).split())) for name, sql in db.execute(query)]
    db.close()
    there = apsw.Connection(
        f"file:{BEFORE / 'room.db'}?mode=ro&immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    )
    assert [(name, "".join(str(sql).split())) for name, sql in there.execute(query)] == made
    there.close()


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from gateway.stores import schema
from gateway.stores.sqlite import SqliteStore

class Deadly(tuple):
    def __iter__(self):
        for number, statement in enumerate(tuple.__iter__(self)):
            yield statement
            if number == self.last:
                os.kill(os.getpid(), signal.SIGKILL)

for case in sys.argv[1:]:
    path, step, Deadly.last = case.rsplit(":", 2)[0], *map(int, case.rsplit(":", 2)[1:])
    if not (pid := os.fork()):
        schema.STEPS = tuple(Deadly(each) if at == step else each for at, each in enumerate(schema.STEPS))
        asyncio.run(SqliteStore.open(Path(path), 1000, 10**6))
        os._exit(0)
    if (status := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])) != -signal.SIGKILL:
        sys.exit(f"{case}: {status}")
"""


def open_and_be_killed(cases: dict[Path, tuple[int, int]]) -> None:
    """Each of these files is opened by a process that is killed behind a statement of a step."""
    words = [f"{path}:{step}:{statement}" for path, (step, statement) in cases.items()]
    done = subprocess.run([sys.executable, "-c", KILLED, *words], check=False, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files whose opening was killed: `room-…` is of before, by its statement; `new-…` by its step."""
    folder = tmp_path_factory.mktemp("killed")
    cases = {folder / f"room-{statement}": (1, statement) for statement in range(len(STEPS[1]))}
    for path in cases:
        shutil.copy(BEFORE / "room.db", path)
    open_and_be_killed(cases | {folder / f"new-{step}": (step, 0) for step in range(len(STEPS))})
    return folder


@pytest.mark.parametrize("statement", range(len(STEPS[1])))
async def test_a_migration_that_is_killed_changes_nothing(killed: Path, statement: int) -> None:
    room = killed / f"room-{statement}"
    assert raw(room, "PRAGMA user_version") == [(1,)]
    assert raw(room, "PRAGMA integrity_check") == [("ok",)]
    columns = [name for _, name, *_ in raw(room, "PRAGMA table_info(messages)")]
    assert columns == ["seq", "at", "label", "via", "origin", "text", "size"]
    assert [name for _, name, *_ in raw(room, "PRAGMA table_info(names)")] == ["key", "name", "owner", "held"]
    store = await reopened(room)
    await check_log(store)
    await check_people(store)
    await store.close()


async def test_what_was_said_before_there_were_actions_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "room.db"
    with monkeypatch.context() as before, closing(apsw.Connection(str(path))) as db:
        before.setattr(schema, "STEPS", STEPS[:2])
        schema.migrate(db)
        db.execute("INSERT INTO room VALUES ('e', x'00')")
        db.execute("INSERT INTO messages VALUES (1, 5, 'ann', 'web', 'o', 'hi', 2, '')")
    store = await reopened(path)
    await store.append([a_draft("waves", kind="action")])
    assert [(each.text, each.kind) for each in await store.read(0, 9)] == [("hi", ""), ("waves", "action")]
    await store.close()
    assert raw(path, "PRAGMA user_version") == [(VERSION,)]


@pytest.mark.parametrize("step", range(len(STEPS)))
async def test_a_start_that_is_killed_can_be_made_again(killed: Path, step: int) -> None:
    path = killed / f"new-{step}"
    store = await reopened(path)
    assert await store.append([a_draft("hi")]) == [1]
    assert store.epoch
    await store.close()


async def test_every_pragma_is_in_force(tmp_path: Path) -> None:
    store = await reopened(tmp_path / "room.db")
    told = {
        pragma: store._database.execute(f"PRAGMA {pragma}")
        for pragma in ("locking_mode", "journal_mode", "synchronous", "user_version", "application_id")
    }
    assert told == {
        "locking_mode": [("exclusive",)],
        "journal_mode": [("wal",)],
        "synchronous": [(2,)],  # FULL
        "user_version": [(VERSION,)],
        "application_id": [(0x43484154,)],
    }
    await store.close()


async def test_a_pragma_that_is_not_taken_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.stores import StoreError, pragmas

    monkeypatch.setattr(pragmas, "THEN", (*pragmas.THEN, ("page_size", "4096"), ("encoding", "'UTF-16'")))
    monkeypatch.setitem(pragmas._NUMBERS, "4096", 4096)
    with pytest.raises(StoreError, match="SQLite does not take encoding"):
        await reopened(tmp_path / "room.db")


# --- NATS ---------------------------------------------------------------------------------------------------------

OLD_NODE = "86f917f3b9a9"


@pytest.fixture
async def store(nats: NatsServer) -> AsyncIterator[JetStreamStore]:
    """A node of today in a room that nodes of before have filled, one of which is still there."""
    opened = await JetStreamStore.open(Place.parse(url([nats], secrets.token_hex(4))), 1000, 10**6, 65536)
    stream = opened._link.client.jetstream()
    for message in NATS["stream"]:
        await stream.publish(opened._stream.subject, message["data"].encode(), headers=message["headers"])
    for bucket, kind in ((opened.names._entries._bucket, "names"), (opened.bans._bucket, "bans")):
        for key, value in NATS[kind].items():
            await bucket.put(key, value.encode())
    await opened.names._lease._bucket.put(OLD_NODE, b"here")
    await opened._stream.refresh()
    yield opened
    await opened.close()


async def test_a_stream_of_before_goes_on(store: JetStreamStore) -> None:
    await check_log(store)
    await check_people(store)
    assert [json.loads(note)["name"] for note in (await store.bans.all()).values()] == ["192.0.2.7"]
    assert store.skipped.count == 0


async def test_of_names_of_before_in_buckets_the_one_that_was_claimed_first_is_kept(store: JetStreamStore) -> None:
    """Ann was in for longer than Cyr, whose name was the older one by when it was written last."""
    kept, told = settled((await store.names.all()).items())
    assert {*kept.values()} == {"Ann", "eve: I quit. bob", "ci", "troll", "carl"}
    assert told == f"1 name is given up, {GUEST}: Аnn (looks as Ann does)"


async def test_a_name_that_a_node_of_before_holds_is_taken(store: JetStreamStore) -> None:
    entry = {"name": "Zoe", "owner": "o1", "node": OLD_NODE, "held": True}
    key = f"name.{key_of(name_key('Zoe'))}"
    await store.names._entries._bucket.put(key, json.dumps(entry).encode())
    await store.names._entries._bucket.put("owner.o1", key.encode())
    assert not await store.names.claim("zoe", "o2")
    assert await store.names.claim("zoe", "o1")  # its owner comes to this node
    assert await store.names.recall("o1") == "zoe"


async def test_who_is_in_on_a_node_of_before_too_has_its_name_there_until_it_leaves_it(store: JetStreamStore) -> None:
    names = store.names._entries._bucket
    key = f"name.{key_of(name_key('Zoe'))}"
    await names.put(key, json.dumps({"name": "Zoe", "owner": "o1", "node": OLD_NODE, "held": True}).encode())
    await store.names._lease._bucket.put(OLD_NODE, b"here")
    assert await store.names.claim("Zoe", "o1")
    entry = msgspec.json.decode((await names.get(key)).value or b"", type=OldEntry)
    assert entry == OldEntry("Zoe", "o1", store._link.node, held=True)
    await store.names.release("o1")
    assert not await store.names.claim("zoe", "o2")
    entry = msgspec.json.decode((await names.get(key)).value or b"", type=OldEntry)
    assert entry == OldEntry("Zoe", "o1", OLD_NODE, held=True)
    await names.put(key, msgspec.json.encode(msgspec.structs.replace(entry, held=False)))
    assert await store.names.claim("zoe", "o2")


async def test_the_words_of_a_node_of_before_are_understood(store: JetStreamStore) -> None:
    heard: list[Event] = []
    store.nodes.listen(lambda _, event: heard.append(event))
    for told in NATS["nodes"]:
        await store._link.client.publish(store.nodes._subject, told.encode())
    async with asyncio.timeout(PATIENCE):
        while len(heard) < len(NATS["nodes"]):
            await asyncio.sleep(0.01)
    assert heard == [
        Census(0, []),
        Entered(owner_of(ANN)),
        BansChanged(),
        Acted("ban", "troll", 0, "Ann"),
        Census(1, [Person("carl", "web")]),
        Acted("mute", "carl", 60, "Ann"),
        Acted("kick", "carl", 0, "Ann"),
    ]
    assert store.skipped.count == 0


# What a gateway of before takes these for, as it was in 8ba59cb.


class OldRecord(msgspec.Struct):
    at: int
    name: str
    via: Literal["tcp", "web"]
    origin: str
    text: str


class OldEntry(msgspec.Struct):
    name: str
    owner: str
    node: str
    held: bool


class OldPerson(msgspec.Struct):
    name: str
    via: Literal["tcp", "web"]


class OldCensus(msgspec.Struct, tag="Census"):
    members: int
    people: list[OldPerson]


class OldEntered(msgspec.Struct, tag="Entered"):
    owner: str


class OldActed(msgspec.Struct, tag="Acted"):
    act: Literal["kick", "mute", "ban", "unban", "banned"]
    target: str
    seconds: int
    by: str


class OldBansChanged(msgspec.Struct, tag="BansChanged"):
    pass


OldTold = tuple[str, OldCensus | OldEntered | OldActed | OldBansChanged]


async def test_a_node_of_before_understands_what_is_written_today(store: JetStreamStore) -> None:
    sent = a_draft("hi", kind="action")
    assert msgspec.json.decode(record_of(sent), type=OldRecord) == OldRecord(
        sent.at, sent.label, sent.via, sent.origin, sent.text
    )
    await store.names.claim("Zoe", "o1")
    names = store.names._entries._bucket
    index = (await names.get("owner.o1")).value or b""
    assert index.decode() == f"name.{key_of(name_key('Zoe'))}"
    entry = (await names.get(index.decode())).value or b""
    assert msgspec.json.decode(entry, type=OldEntry) == OldEntry("Zoe", "o1", store._link.node, held=True)
    heard: list[bytes] = []

    async def hear(message: Any) -> None:
        heard.append(message.data)

    await store._link.client.subscribe(store.nodes._subject, cb=hear)
    told = [
        Census(1, [Person("ann", "web", "Ann-Ann_Ann0")]),
        Acted("ban", "ann", 5, "bob", "Ann-Ann_Ann0", spared="192.0.2.1"),
        BansChanged("digest"),
        NameChanged("o1"),
    ]
    for event in told:
        store.nodes.tell(event)
    async with asyncio.timeout(PATIENCE):
        while len(heard) < len(told):
            await asyncio.sleep(0.01)
    with pytest.raises(msgspec.ValidationError):  # which it leaves out
        msgspec.json.decode(heard.pop(), type=OldTold)
    assert [msgspec.json.decode(data, type=OldTold)[1] for data in heard] == [
        OldCensus(1, [OldPerson("ann", "web")]),
        OldActed("ban", "ann", 5, "bob"),
        OldBansChanged(),
    ]


async def test_a_record_of_a_version_to_come_is_a_hole_and_more_fields_are_none(store: JetStreamStore) -> None:
    stream = store._link.client.jetstream()
    record = json.loads(record_of(a_draft("more")))
    for new in (record | {"mood": "good"}, record | {"v": 99, "text": "other"}):
        await stream.publish(store._stream.subject, json.dumps(new).encode())
    await store._stream.refresh()
    assert [message.text for message in await store.read(8, 10)] == ["more"]
    assert store.skipped.count == 1
