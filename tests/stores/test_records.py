"""What comes out of a store or from other nodes is not believed: what is no record of ours stops nobody."""

import asyncio
import json
import secrets
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw
from nats.aio.msg import Msg

from gateway import names as names_module
from gateway.messages import MAX_DELETED, MAX_SEQ, Hole, Message, public_ids
from gateway.people import Person
from gateway.room.sanctions import stored_notes
from gateway.stores import Store, StoreError, last_of
from gateway.stores.jetstream import JetStreamStore, broadcast
from gateway.stores.jetstream.broadcast import MAX_TOLD
from gateway.stores.jetstream.delivery import RecordReader
from gateway.stores.jetstream.nats import Place
from gateway.stores.jetstream.stream import _Acknowledged, _Info
from gateway.stores.memory import MemoryStore
from gateway.stores.nodes import Acted, Census, Event
from gateway.stores.records import DELETION, MAX_AT, VERSION, Skipped, record_of
from gateway.stores.sqlite import SqliteStore
from gateway.wires.json import JSON

from ..fakes import scene
from ..nats import NatsServer, url
from ..patience import PATIENCE
from ..samples import a_draft

GOOD = json.loads(record_of(a_draft("hi")))
BY_OF = public_ids(b"secret")


async def followed(store: Store, after: int = 0) -> list[tuple[int, str | None]]:
    """What follows up to the head: seqs and texts, None for a Hole."""
    got: list[tuple[int, str | None]] = []
    async with asyncio.timeout(PATIENCE):
        async for batch in store.follow(after):
            got += [(last_of(item), item.text if isinstance(item, Message) else None) for item in batch]
            if got[-1][0] >= store.head:
                break
    return got


# --- what a stream holds ------------------------------------------------------------------------------------------

BAD: list[Any] = [
    {},
    [],
    None,
    GOOD | {"at": 10**17},
    GOOD | {"at": -1},
    GOOD | {"at": "now"},
    GOOD | {"at": 1.5},
    GOOD | {"via": "ftp"},
    GOOD | {"name": 5},
    GOOD | {"name": ""},
    GOOD | {"name": "x" * 600},
    GOOD | {"text": None},
    GOOD | {"text": "x" * (2**20 + 1)},
    GOOD | {"owner": {"a": 1}},
    GOOD | {"origin": "x" * 65},
    GOOD | {"v": DELETION + 1},
    GOOD | {"kind": "rumour"},
    GOOD | {"re": -1},
    GOOD | {"re": MAX_SEQ + 1},
    GOOD | {"keys": {"k": 1}},
    GOOD | {"keys": {"0" * 32: 0}},
    GOOD | {"keys": {f"{number:032x}": 1 for number in range(MAX_DELETED + 1)}},
    {key: value for key, value in GOOD.items() if key != "text"},
]


@pytest.mark.parametrize("record", BAD, ids=[str(at) for at in range(len(BAD))])
def test_what_is_no_record_is_a_hole_that_is_counted(record: object) -> None:
    skipped = Skipped()
    assert RecordReader(BY_OF, skipped)(7, json.dumps(record).encode()) == Hole(7, 7)
    assert skipped.count == 1


@pytest.mark.parametrize("data", [b"", b"\xff", b"[" * 100_000, b'{"at":1', b'"\\ud800"'])
def test_nor_is_what_is_no_json(data: bytes) -> None:
    assert RecordReader(BY_OF, Skipped())(7, data) == Hole(7, 7)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_whatever_lies_there_is_a_message_that_can_be_shown_or_a_hole(data: bytes | str) -> None:
    found = RecordReader(BY_OF, Skipped())(7, data.encode() if isinstance(data, str) else data)
    assert isinstance(found, Hole) or JSON.encode(found)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"at": st.integers(0, MAX_AT), "name": st.text(min_size=1, max_size=100), "text": st.text(), "owner": st.text()}
    )
)
def test_a_record_is_cleaned(fields: dict[str, Any]) -> None:
    found = RecordReader(BY_OF, Skipped())(7, json.dumps(GOOD | fields).encode())
    if isinstance(found, Message):
        assert json.loads(JSON.encode(found))["at"].endswith("Z")
        assert not set(found.text + found.label) & set("\x1b\x9b\u202e\u2066\x00\x7f")
        assert "\n" not in found.label
    else:
        assert len(fields["owner"]) > 64 or any("\ud800" <= each <= "\udfff" for each in str(fields))


def test_a_label_of_before_is_defused_and_a_record_of_before_has_no_owner() -> None:
    old = {"at": 5, "name": "ann: I quit. bob", "via": "tcp", "origin": "o", "text": "\x1b[31mhi\r\n"}
    found = RecordReader(BY_OF, Skipped())(7, json.dumps(old).encode())
    assert isinstance(found, Message)
    assert (found.label, found.text, found.owner, found.by) == ("ann:I quit. bob", "hi", "", "")


# --- SQLite -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with three messages, a ban and a name."""
    path = tmp_path_factory.mktemp("written") / "room.db"
    asyncio.run(write(path))
    return path


@pytest.fixture
def room(written: Path, tmp_path: Path) -> Path:
    """One like it, of the test's own."""
    return Path(shutil.copy(written, tmp_path))


async def write(path: Path) -> None:
    store = await SqliteStore.open(path, 1000, 10**6)
    await store.append([a_draft("one"), a_draft("two", key=b"k"), a_draft("three")])
    await store.bans.put("bob", '{"name":"bob","by":"ann","until":0}')
    await store.names.claim("ann", "o1")
    await store.close()


def damage(path: Path, *statements: str) -> None:
    """Change a file as no gateway would."""
    db = apsw.Connection(str(path))
    for statement in statements:
        db.execute(statement)
    db.close()


NULLABLE = (
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '')",
    "PRAGMA writable_schema = RESET",
)


@pytest.mark.parametrize(
    "change",
    [
        "at = 'x'",
        "at = 100000000000000000",
        "at = -1",
        "at = 1.5",
        "at = NULL",
        "label = NULL",
        "label = x'00ff'",
        "label = ''",
        "label = CAST(x'ff' AS TEXT)",
        "via = 'ftp'",
        "via = NULL",
        "owner = x'00'",
        "owner = NULL",
        "origin = NULL",
        "text = x'00'",
        "text = CAST(x'fffe' AS TEXT)",
        "text = NULL",
    ],
)
@pytest.mark.parametrize("seq", [1, 2, 3])
async def test_a_damaged_row_is_passed_over(room: Path, change: str, seq: int) -> None:
    damage(room, *NULLABLE)
    damage(room, f"UPDATE messages SET {change} WHERE seq = {seq}")
    store = await SqliteStore.open(room, 1000, 10**6)
    expected: list[tuple[int, str | None]] = [(1, "one"), (2, "two"), (3, "three")]
    expected[seq - 1] = (seq, None)
    assert await followed(store) == expected
    texts = [text for _, text in expected if text]
    assert [message.text for message in await store.read(0, 2)] == texts
    assert [message.text for message in await store.page(9, 2)] == texts
    assert store.skipped.count > 0
    assert await store.append([a_draft("four"), a_draft("two", key=b"k")]) == [4, 2]
    assert [message.text for message in await store.read(0, 10)] == [*texts, "four"]
    await store.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE messages SET size = 'x'",
        "UPDATE messages SET size = x'00'",
        "UPDATE messages SET size = NULL",
        "UPDATE messages SET size = 1e300",
        "UPDATE keys SET seq = 'x'",
        "UPDATE keys SET seq = 77",
        "UPDATE keys SET at = x'00'",
        "UPDATE names SET name = x'00'",
        "UPDATE names SET name = CAST(x'ff' AS TEXT)",
        "UPDATE names SET name = NULL",
        "UPDATE names SET held = 'x'",
        "UPDATE names SET owner = x'00', key = x'00'",
        "UPDATE bans SET note = x'00'",
        "UPDATE bans SET note = CAST(x'ff' AS TEXT)",
        "UPDATE bans SET note = '[]'",
        "UPDATE bans SET note = NULL",
        "INSERT INTO messages(seq, at, label, via, origin, text, size) VALUES (-5, 1, 'x', 'web', 'o', 'x', 1)",
        "INSERT INTO messages(seq, at, label, via, origin, text, size) VALUES (1 << 53, 1, 'x', 'web', 'o', 'x', 1)",
        "INSERT INTO messages(seq, at, label, via, origin, text, size) VALUES (1 << 60, 1, 'x', 'web', 'o', 'x', 1)",
    ],
)
async def test_a_damaged_file_serves_what_is_good(room: Path, change: str) -> None:
    damage(room, *NULLABLE)
    damage(room, change)
    store = await SqliteStore.open(room, 2, 10**6)
    assert await followed(store) == [(1, "one"), (2, "two"), (3, "three")]
    assert await store.append([a_draft("four")]) == [4]
    assert store.head == 4
    await store.append([a_draft("two", key=b"k")])
    assert await store.names.recall("o1") in ("ann", None)
    assert await store.names.claim("ann", "o2")
    await store.bans.put("session:eve", '{"name":"eve","by":"ann","until":0}')
    assert "session:eve" in await stored_notes(store)
    assert len(await store.read(0, 10)) == 2
    await store.close()


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM room",
        "UPDATE room SET epoch = NULL",
        "UPDATE room SET epoch = ''",
        "UPDATE room SET epoch = 'x' || char(10, 10) || 'event: gap'",
        "UPDATE room SET epoch = 'AbCdEfGh' || char(10)",
        "UPDATE room SET epoch = char(27) || '[2J'",
        "UPDATE room SET epoch = '" + "x" * 65 + "'",
        "UPDATE room SET secret = 'x'",
        "UPDATE room SET secret = x''",
        "ALTER TABLE messages RENAME COLUMN seq TO number; ALTER TABLE messages ADD COLUMN seq REAL",
    ],
)
async def test_a_file_without_its_identity_is_damaged(room: Path, change: str) -> None:
    damage(room, *NULLABLE)
    damage(room, change)
    with pytest.raises(StoreError, match="the file is damaged"):
        await SqliteStore.open(room, 1000, 10**6)


async def test_rows_with_seqs_that_no_client_can_hold_are_told_at_the_start(room: Path) -> None:
    damage(room, f"UPDATE messages SET seq = {2**53} WHERE seq = 3")
    store = await SqliteStore.open(room, 1000, 10**6)
    assert (store.head, store.skipped.count) == (2, 1)
    await store.close()


async def test_a_log_ends_where_clients_can_not_count_further(room: Path) -> None:
    damage(room, f"UPDATE messages SET seq = {2**53 - 3} WHERE seq = 3")
    store = await SqliteStore.open(room, 1000, 10**6)
    assert await store.append([a_draft("last but one")]) == [2**53 - 2]
    with pytest.raises(StoreError, match="can't count further") as caught:
        await store.append([a_draft("last"), a_draft("one too many")])
    assert "\n" not in str(caught.value)
    assert await store.append([a_draft("last")]) == [2**53 - 1]
    assert [message.seq for message in await store.read(2, 10)] == [2**53 - 3, 2**53 - 2, 2**53 - 1]
    await store.close()
    with pytest.raises(StoreError, match="can't count further"):
        await SqliteStore.open(room, 1000, 10**6)


async def test_what_the_file_says_itself_is_one_clean_line(room: Path) -> None:
    damage(room, "CREATE TRIGGER t BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'x\x1b[2J\n\n'); END")
    store = await SqliteStore.open(room, 1000, 10**6)
    with pytest.raises(StoreError) as caught:
        await store.append([a_draft("four")])
    assert str(caught.value) == f"{room}: x"
    assert caught.value.cause == "x"
    await store.close()


@pytest.mark.parametrize("table", ["messages", "keys", "names", "looks", "bans", "room"])
async def test_a_file_without_a_table_is_one_line(room: Path, table: str) -> None:
    damage(room, f"DROP TABLE {table}")
    with pytest.raises(StoreError) as caught:
        await used(room)
    assert "\n" not in str(caught.value)


async def used(path: Path) -> None:
    store = await SqliteStore.open(path, 1000, 10**6)
    try:
        await store.append([a_draft("four", key=b"x")])
        await store.names.claim("ann", "o2")
        await store.bans.all()
    finally:
        await store.close()


# --- JetStream ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def store(nats: NatsServer) -> AsyncIterator[JetStreamStore]:
    opened = await JetStreamStore.open(Place.parse(url([nats], secrets.token_hex(4))), 1000, 10**6, 65536)
    yield opened
    await opened.close()


async def keys_of(store: JetStreamStore) -> list[str]:
    """All keys of its names, as the stream has them: nats-py's `keys` finds none where a server tells them late."""
    bucket = store.names._entries._bucket
    info = await store._link.client.jetstream().stream_info(f"KV_{bucket._name}", subjects_filter=">")
    return [subject.removeprefix(bucket.subject("")) for subject in info.state.subjects or ()]


@pytest.mark.parametrize(
    "value",
    [b"x", b"\xff", b"[" * 9999, b"{}", b'{"name":5,"owner":"o","node":"n","held":true}',
     json.dumps({"name": "x", "owner": "o" * 65, "node": "n", "held": True}).encode(),
     json.dumps({"name": "x", "owner": "o", "node": "n", "held": True, "v": 99}).encode()],
)  # fmt: skip
async def test_what_somebody_else_put_into_the_buckets_stops_nobody(store: JetStreamStore, value: bytes) -> None:
    assert await store.names.claim("ann", "o1")
    names = store.names._entries._bucket
    for key in await keys_of(store):
        await names.put(key, value)
    assert await store.names.recall("o1") is None
    assert await store.names.claim("ann", "o2")
    await store.bans.put("bob", "spam")
    await store.bans._bucket.put("x", value)
    assert await store.bans.all() == {"bob": "spam"}
    assert store.skipped.count > 0


@pytest.mark.parametrize(("first", "is_full"), [(2**53, True), (2**53 - 3, False)])
async def test_a_stream_ends_where_clients_can_not_count_further(
    nats: NatsServer, store: JetStreamStore, first: int, is_full: bool
) -> None:
    place = Place.parse(url([nats], secrets.token_hex(4)))
    config = {
        "name": f"CHAT_{place.room}",
        "subjects": [f"chat.{place.room}"],
        "allow_atomic": True,
        "allow_direct": True,
        "duplicate_window": 660 * 10**9,
        "first_seq": first,
    }
    await store._link.ask(Raw, f"$JS.API.STREAM.CREATE.CHAT_{place.room}", config)
    if is_full:
        with pytest.raises(StoreError, match="can't count further"):
            await JetStreamStore.open(place, 1000, 10**6, 65536)
        return
    other = await JetStreamStore.open(place, 1000, 10**6, 65536)
    assert await other.append([a_draft("1"), a_draft("2")]) == [first, first + 1]
    with pytest.raises(StoreError, match="can't count further"):
        await other.append([a_draft("3"), a_draft("4")])
    assert [message.text for message in await other.read(first - 1, 10)] == ["1", "2"]
    await other.close()


@pytest.mark.parametrize("created", ["", "x\n\nevent: gap", "\x1b[2J", "x" * 65, "2026-11-26T02:37:37Z\n", 5])
async def test_a_stream_is_not_made_at_a_time_that_is_none(store: JetStreamStore, created: object) -> None:
    client = store._link.client
    info = {"config": {"max_msgs": 1, "max_bytes": 1, "num_replicas": 1, "duplicate_window": 1}, "created": created}

    async def reply(message: Msg) -> None:
        await client.publish(message.reply, json.dumps(info | {"state": {"first_seq": 1, "last_seq": 1}}).encode())

    await client.subscribe("asked", cb=reply)
    with pytest.raises(StoreError, match="is no JetStream"):
        await store._link.ask(_Info, "asked")


@pytest.mark.parametrize("node", ["", "a b", "*", ">", "x.", "\r\nPUB x 0\r\n", "\u00e9"])
async def test_a_name_on_a_node_that_can_not_be_is_free(store: JetStreamStore, node: str) -> None:
    assert await store.names.claim("ann", "o1")
    names = store.names._entries._bucket
    entry = json.dumps({"name": "ann", "owner": "o1", "node": node, "held": True, "v": VERSION}).encode()
    for key in await keys_of(store):
        if not key.startswith("owner."):
            await names.put(key, entry)
    assert await store.names.claim("ann", "o2")


async def test_a_damaged_secret_is_named(store: JetStreamStore) -> None:
    place = store._link.place
    secret = await store._link.client.jetstream().key_value(f"CHAT_{place.room}_secrets")
    await secret.put("by", b"x" * 65)
    with pytest.raises(StoreError, match="secret"):
        await JetStreamStore.open(place, 1000, 10**6, 65536)


@pytest.mark.parametrize("answer", [b"x", b"\xff", b"[" * 9999, b'{"seq":"x"}', b'{"error":{"code":"x"}}'])
async def test_an_answer_that_is_none_is_a_failure_of_the_store(store: JetStreamStore, answer: bytes) -> None:
    client = store._link.client

    async def reply(message: Msg) -> None:
        await client.publish(message.reply, answer)

    await client.subscribe("asked", cb=reply)
    with pytest.raises(StoreError, match="is no JetStream"):
        await store._link.ask(_Acknowledged, "asked")


# --- other nodes --------------------------------------------------------------------------------------------------

ACTED = {"type": "Acted", "act": "kick", "target": "ann", "seconds": 0, "by": "bob", "person": "Ann-Ann_Ann0"}
PERSON = {"name": "ann", "via": "web"}


NO_WORDS: list[object] = [
    b"x",
    b"\xff",
    b"[" * 9999,
    ["n2"],
    ["n2", {"type": "Dance"}],
    ["n2", ACTED | {"act": "banned"}],
    ["n2", ACTED | {"act": "__init__"}],
    ["n2", ACTED | {"seconds": -1}],
    ["n2", ACTED | {"seconds": 10**30}],
    ["n2", ACTED | {"target": ""}],
    ["n2", ACTED | {"target": "x" * 600}],
    ["n2", ACTED | {"person": "x" * 65}],
    ["n2", ACTED | {"network": "\x1b[0m"}],
    ["n2", {"type": "Census", "members": 1, "people": [PERSON], "seats": [["\x1b[0m", 1]]}],
    ["n2", {"type": "Census", "members": 1, "people": [PERSON], "seats": [["192.0.2.1", 10**18]]}],
    ["n2", {"type": "Census", "members": -1, "people": []}],
    ["n2", {"type": "Census", "members": 10**9, "people": []}],
    ["n2", {"type": "Census", "members": 1, "people": [PERSON] * 1001}],
    ["n2", {"type": "Census", "members": 1, "people": [PERSON], "seats": [["192.0.2.1", 1]] * 1001}],
    ["n2", {"type": "Census", "members": 1, "people": [PERSON | {"name": "x" * 513}]}],
    ["n2", {"type": "Census", "members": 1, "people": [PERSON | {"by": "x" * 65}]}],
    ["n2", {"type": "Census", "members": 1, "people": [PERSON], "seats": [["192.0.2.1\n", 1]]}],
    ["n2", ACTED | {"network": "192.0.2.1\n"}],
    ["n2", {"type": "BansChanged", "new": "x" * MAX_TOLD}],
    ["n2", {"type": "Census", "members": 1, "people": [PERSON | {"via": "ftp"}]}],
    ["n2", {"type": "Entered", "owner": "x" * 65}],
    ["n2", {"type": "NameChanged", "owner": "x" * 65}],
    ["n2", {"type": "NameForgotten", "owner": "x" * 65}],
    ["n2", {"type": "Dispossessed", "owner": "x"}],
    ["n" * 65, {"type": "BansChanged"}],
    ["", {"type": "BansChanged"}],
    ["n2\n", {"type": "BansChanged"}],
]


async def test_what_is_no_word_of_a_node_is_left_out(store: JetStreamStore) -> None:
    heard: list[Event] = []
    store.nodes.listen(lambda _, event: heard.append(event))
    for number, told in enumerate(NO_WORDS, 1):
        heard.clear()
        data = told if isinstance(told, bytes) else json.dumps(told).encode()
        await store._link.client.publish(store.nodes._subject, data)
        await store._link.client.publish(store.nodes._subject, json.dumps(["n2", ACTED]).encode())
        async with asyncio.timeout(PATIENCE):
            while not heard:
                await asyncio.sleep(0.001)
        assert heard == [Acted("kick", "ann", 0, "bob", "Ann-Ann_Ann0")], told
        assert store.skipped.count == number, told


async def test_whom_another_node_tells_of_is_cleaned(store: JetStreamStore) -> None:
    heard: list[Event] = []
    store.nodes.listen(lambda _, event: heard.append(event))
    people = [PERSON | {"name": "\x1b[0mann: hi"}, PERSON | {"by": "x\n"}, PERSON | {"by": "Ann-Ann_Ann0", "new": 1}]
    census = {"type": "Census", "members": 3, "people": people, "new": 1}
    await store._link.client.publish(store.nodes._subject, json.dumps(["n2", census]).encode())
    async with asyncio.timeout(PATIENCE):
        while not heard:
            await asyncio.sleep(0.01)
    told = [Person("0mann:hi", "web"), Person("ann", "web"), Person("ann", "web", "Ann-Ann_Ann0")]
    assert heard == [Census(3, told)]


@pytest.fixture
def disarmed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts what takes long: how often which label is disarmed."""
    seen: Counter[str] = Counter()
    disarm = names_module._disarmed

    def counted(label: str) -> str:
        seen[label] += 1
        return disarm(label)

    monkeypatch.setattr(names_module, "_disarmed", counted)
    return seen


async def test_what_a_census_costs_is_bounded_and_others_have_their_turn_meanwhile(
    store: JetStreamStore, disarmed: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Event] = []
    store.nodes.listen(lambda _, event: heard.append(event))
    people = [PERSON | {"name": f"{number}é*:" * 12} for number in range(997)]
    people += [PERSON | {"name": f"good {number}"} for number in range(3)]
    census = {"type": "Census", "members": 1000, "people": people, "seats": [["192.0.2.1", 1]] * 1000}
    monkeypatch.setattr(broadcast, "SLICE_SECONDS", 0)
    await store._link.client.publish(store.nodes._subject, json.dumps(["n2", census], ensure_ascii=False).encode())
    turns = 0
    async with asyncio.timeout(PATIENCE):
        while not heard:
            await asyncio.sleep(0)
            turns += 1
    (event,) = heard
    assert isinstance(event, Census)
    names = [person.name for person in event.people]
    assert (len(names), len(event.seats)) == (1000, 1000)
    assert names[: broadcast.MAX_ODD + 1] == [*(":".join([f"{number}é"] * 11) for number in range(3)), "?"]
    assert names[-3:] == ["good 0", "good 1", "good 2"]
    assert sum(disarmed.values()) <= 4 * broadcast.MAX_ODD
    assert turns >= 1000


async def test_a_listener_that_fails_stops_neither_the_others_nor_the_gateway(store: JetStreamStore) -> None:
    heard: list[Event] = []

    def fails(node: str, event: Event) -> None:
        raise KeyError(event)

    store.nodes.listen(fails)
    store.nodes.listen(lambda _, event: heard.append(event))
    for _ in range(2):
        await store._link.client.publish(store.nodes._subject, json.dumps(["n2", ACTED]).encode())
    async with asyncio.timeout(PATIENCE):
        while len(heard) < 2:
            await asyncio.sleep(0.01)


# --- the room -----------------------------------------------------------------------------------------------------


class Littered(MemoryStore):
    """A log whose newest and oldest records are none."""

    async def follow(self, after: int) -> AsyncIterator[list[Message | Hole]]:
        async for batch in super().follow(after):
            yield [Hole(last_of(item), last_of(item)) if last_of(item) in (1, 4) else item for item in batch]


async def test_a_room_whose_newest_record_is_bad_opens_and_goes_on() -> None:
    store = Littered(1000, 10**6)
    await store.append([a_draft(text) for text in ("1", "2", "3", "4")])
    async with asyncio.timeout(PATIENCE), scene(store=store) as here:
        assert here.room.feed.head == 4
        ann = here.raw()
        ann.cursor = 0
        _, transport = here.connect(ann)
        await here.settle()
        heard = transport.take().decode()
        assert heard.index("message 1 is gone") < heard.index("的消息:2") < heard.index("的消息:3")
        assert heard.index("的消息:3") < heard.index("message 4 is gone")
        ann.data_received(b"/quit\n\n")
        await here.settle()
        assert transport.ended  # it waits for no message that will never come
