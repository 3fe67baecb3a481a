"""What was taken back is in nothing that nats-server keeps, whoever dies, and nothing brings it back."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from gateway.messages import MAX_DELETED, Draft, Hole, Message, say_key
from gateway.stores import StoreError, jetstream, last_of
from gateway.stores.jetstream import JetStreamStore, erasure
from gateway.stores.jetstream.nats import AwayError, Place
from gateway.stores.records import record_of

from ...nats import NatsServer, cluster, lone_server, until, url
from ...patience import PATIENCE
from ...samples import a_draft
from ...tables import in_worlds
from ..deaths import Kill, killing
from ..marks import deletion, files_in, fill, marks_in

pytestmark = pytest.mark.nats
KEY = b"k" * 16


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """One that may be killed, whose files are looked into."""
    running = lone_server(tmp_path_factory.mktemp("nats"))
    yield running
    running.kill()


class Room:
    """A room of its own on it."""

    def __init__(self, server: NatsServer) -> None:
        self.server = server
        self.name = secrets.token_hex(4)
        self.opened: list[JetStreamStore] = []

    async def node(self) -> JetStreamStore:
        """One more gateway of it."""
        place = Place.parse(url([self.server], self.name))
        self.opened.append(await JetStreamStore.open(place, 10_000, 2 * 10**7, 65536))
        return self.opened[-1]

    async def restarted(self) -> None:
        """The server was killed, and is there again."""
        self.server.kill()
        self.server.start()
        await asyncio.to_thread(self.server.ready)
        for store in self.opened:
            async with asyncio.timeout(PATIENCE):
                while not await is_back(store):
                    await asyncio.sleep(0.01)

    @property
    def files(self) -> Path:
        """Where the room's stream is."""
        (folder,) = self.server.folder.rglob(f"CHAT_{self.name}")
        return folder


async def is_back(store: JetStreamStore) -> bool:
    try:
        await store.check()
    except StoreError:
        return False
    return True


@pytest.fixture
async def room(server: NatsServer) -> AsyncIterator[Room]:
    made = Room(server)
    yield made
    for store in made.opened:
        await store.close()


async def followed(store: JetStreamStore, after: int, last: int) -> list[Message | Hole]:
    """What follows up to that seq."""
    got: list[Message | Hole] = []
    async with asyncio.timeout(PATIENCE), aclosing(store.follow(after)) as following:
        async for batch in following:
            got += batch
            if got and last_of(got[-1]) >= last:
                break
    return got


def texts(messages: list[Message]) -> list[str]:
    return [message.text for message in messages]


# --- it is gone ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [200, in_worlds(2 * MAX_DELETED)])
async def test_texts_that_are_taken_back_are_in_no_file_when_that_returns(room: Room, count: int) -> None:
    dice = random.Random(count)  # the server has the other room's texts, too
    store = await room.node()
    marks = await fill(store, 2 * count, dice)
    gone = dict(dice.sample(sorted(marks.items()), count))
    assert len(marks_in(room.files, marks)) == 2 * count
    for end in (count // 2, count):
        await store.append([deletion(*list(gone)[end - count // 2 : end])])
        assert not marks_in(room.files, dict(list(gone.items())[:end]))
    left = {seq: mark for seq, mark in marks.items() if seq not in gone}
    assert {message.seq: message.text[:18] for message in (await store.read(0, 3 * count))[:-2]} == left
    await room.restarted()
    assert marks_in(room.files, marks) == set(left)
    assert not marks_in(room.server.folder, gone)


async def test_what_has_expired_is_in_no_file_when_that_returns(room: Room) -> None:
    """Purging left each of these in the stream's file."""
    store = await room.node()
    old = await fill(store, 300, random.Random(1), (0, 10, 100, 300))
    await store.append([a_draft("young", at=2000)])
    await store.expire(2000)
    assert not marks_in(room.files, old)
    assert (texts(await store.read(0, 10)), store.first, store.head) == (["young"], 301, 301)
    await store.expire(2001)
    await room.restarted()
    assert (await store.append([a_draft("next")]), store.first) == ([302], 302)


async def test_of_many_that_have_expired_the_newest_are_erased(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """And all are dropped: a stream's block that still has something young keeps what was purged from it a while."""
    monkeypatch.setattr(erasure, "ONE_BY_ONE", 100)
    store = await room.node()
    old = await fill(store, 300, random.Random(1), (100,))
    await store.append([a_draft("young", at=2000)])
    await store.expire(2000)
    assert (texts(await store.read(0, 10)), store.first, store.head) == (["young"], 301, 301)
    assert marks_in(room.files, old) <= {*range(1, 201)}


async def test_of_what_is_no_record_nobody_knows_how_old_it_is(room: Room) -> None:
    """It may be of a newer gateway, and so is kept until something behind it is too old."""
    store = await room.node()
    publish = store._link.client.jetstream().publish
    await store.append([a_draft("old")])
    await publish(store._stream.subject, b'{"v":99}')
    await store.expire(5000)
    assert (store.first, store.head) == (2, 2)
    await store.append([a_draft("old too"), a_draft("young", at=5000)])
    await store.expire(5000)
    assert (store.first, texts(await store.read(0, 10))) == (4, ["young"])


# --- whoever dies -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kill_at() -> Iterator[Kill]:
    """See killing."""
    with killing("tests.stores.jetstream.doomed") as kill:
        yield kill


async def test_whenever_a_gateway_is_killed_what_it_began_is_done_by_the_next(room: Room, kill_at: Kill) -> None:
    ends: set[tuple[bool, bool, int]] = set()
    for questions in range(1, 50):
        room.name = secrets.token_hex(4)
        store = await room.node()
        await store.append([a_draft("one"), a_draft("a secret", key=KEY), a_draft("a secret"), a_draft("four")])
        await store.close()
        was_acked = await asyncio.to_thread(kill_at, url([room.server], room.name), questions)
        left = files_in(room.files).count(b"a secret")
        assert not (was_acked and left)
        store = await room.node()
        has_entry = any(message.of for message in await store.read(0, 10))
        assert files_in(room.files).count(b"a secret") == (0 if has_entry else 2)
        assert [message.seq for message in await store.read(0, 10)] == ([1, 4, 5, 6] if has_entry else [1, 2, 3, 4])
        assert await store.append([a_draft("a secret", key=KEY)]) == [2]
        ends.add((was_acked, has_entry, left))
        if was_acked:
            break
    assert ends >= {(False, False, 2), (False, True, 2), (True, True, 0)}


async def test_another_node_that_follows_does_what_a_dead_one_began(room: Room) -> None:
    one, two = await room.node(), await room.node()
    await one.append([a_draft("a secret")])
    await one._link.client.jetstream().publish(one._stream.subject, record_of(deletion(1)))
    assert [item.seq for item in await followed(two, 1, 2) if isinstance(item, Message)] == [2]
    assert b"a secret" not in files_in(room.files)


async def test_what_can_not_be_erased_is_told_to_nobody_and_tried_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = await room.node(), await room.node()
    await one.append([a_draft("a secret")])

    async def fail(seq: int) -> None:
        raise AwayError("no answer in time")

    drafts = [a_draft("before"), deletion(1), a_draft("after")]
    with monkeypatch.context() as patched:
        for node in (one, two):
            patched.setattr(node._stream, "erase", fail)
        for tried in (drafts[:2], drafts):
            with pytest.raises(StoreError):
                await one.append(tried)
        for node in (one, two):
            with pytest.raises(StoreError):
                await followed(node, 1, 4)
    assert await one.append(drafts) == [2, 3, 4]
    assert b"a secret" not in files_in(room.files)
    assert [item.seq for item in await followed(two, 1, 4) if isinstance(item, Message)] == [2, 3, 4]


# --- it stays gone ------------------------------------------------------------------------------------------------


async def test_its_key_outlives_it_though_gateway_and_server_start_again(room: Room) -> None:
    """A nats-server that starts again knows the keys of what it has, and of nothing else."""
    one, two = await room.node(), await room.node()
    await one.append([a_draft("a secret", key=KEY), a_draft("two")])
    await one.append([deletion(1)])
    await followed(two, 2, 3)
    await room.restarted()
    for node in (one, two, await room.node()):
        assert await node.append([a_draft("a secret", key=KEY)]) == [1]
    assert texts(await one.read(0, 10)) == ["two", "1"]


async def test_what_outlives_a_text_tells_nothing_of_it_to_who_guesses(room: Room) -> None:
    one = await room.node()
    key, id_key = (say_key("say ci", "1", text) for text in ("PIN 4821", ""))
    await one.append([a_draft("PIN 4821", key=key, id_key=id_key), a_draft("two")])
    assert key.hex().encode() in files_in(room.files)
    await one.append([deletion(1)])
    await one.append([deletion(1, 3)])  # what took it back is taken back, as /purge does
    assert key.hex().encode() not in files_in(room.files)
    await room.restarted()
    for node in (one, await room.node()):
        assert await node.append([a_draft("PIN 4821", key=key, id_key=id_key)]) == [1]


async def test_what_it_carries_a_key_of_is_what_it_is_of(room: Room) -> None:
    store = await room.node()
    await store.append([a_draft("one"), a_draft("two")])
    record = record_of(deletion(1), {KEY.hex(): 2})
    await store._link.client.jetstream().publish(store._stream.subject, record)
    store = await room.node()
    assert await store.append([a_draft("three", key=KEY)]) == [4]


async def test_a_replica_that_has_it_still_answers_nobody(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that lags does: here nothing is erased at all."""
    store = await room.node()
    seqs = await store.append([a_draft(text) for text in ("one", "a secret", "three")])

    async def erase(seq: int) -> None:
        assert seq == 2

    monkeypatch.setattr(store._stream, "erase", erase)
    await store.append([deletion(2)])
    assert b"a secret" in files_in(room.files)
    assert [message.seq for message in await store.read(0, 10)] == [1, 3, 4]
    assert [message.seq for message in await store.page(4, 2)] == [1, 3]
    told = await followed(store, 0, 4)
    assert [last_of(item) for item in told] == [*seqs, 4]
    assert "a secret" not in texts([item for item in told if isinstance(item, Message)])


async def test_what_is_read_while_it_is_taken_back_is_not_answered(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await room.node()
    await store.append([a_draft(text) for text in ("a secret", "two")])
    read = store._pages.read

    async def slow(*what: Any) -> Any:
        reading = await read(*what)
        await store.append([deletion(1)])
        monkeypatch.setattr(store._pages, "read", read)
        return reading

    for ask in (store.read(0, 10), store.page(10, 10)):
        monkeypatch.setattr(store._pages, "read", slow)
        assert "a secret" not in texts(await ask)


@pytest.mark.parametrize("is_new", [False, True])
async def test_that_the_oldest_were_taken_back_is_no_loss(room: Room, is_new: bool) -> None:
    store = await room.node()
    await store.append([a_draft(str(number)) for number in range(1, 6)])
    await store.append([deletion(1, 2, 4)])
    if is_new:
        store = await room.node()
    assert (store.first, store.head) == (1, 6)
    assert not [item for item in await followed(store, 0, 6) if isinstance(item, Hole)]
    await store.append([deletion(3, 5)])
    assert [last_of(item) for item in await followed(store, 0, 7)] == [6, 7]
    assert [message.seq for message in await store.read(0, 10)] == [6, 7]


async def test_far_back_over_what_was_taken_back(room: Room) -> None:
    store = await room.node()
    seqs = await store.append([a_draft(str(number)) for number in range(300)])
    await store.append([deletion(*seqs[10:150]), deletion(*seqs[150:290])])
    assert [message.seq for message in await store.page(292, 4)] == [8, 9, 10, 291]
    assert [message.seq for message in await store.page(seqs[290], 4)] == seqs[6:10]
    assert [message.seq for message in await store.read(seqs[8], 3)] == [seqs[9], seqs[290], seqs[291]]


async def test_as_many_are_known_to_be_gone_as_there_is_room_for(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "MOST", 3)
    store = await room.node()
    await store.append([a_draft(str(number)) for number in range(5)])
    for seq in range(1, 6):
        await store.append([deletion(seq)])
        assert len(store._erasure._gone) <= 3
    assert [seq in store._erasure for seq in range(1, 6)] == [False, False, True, True, True]


# --- what a start looks at ----------------------------------------------------------------------------------------


async def begun(room: Room) -> JetStreamStore:
    """A room with a deletion that nobody has seen to, and two entries behind it."""
    store = await room.node()
    await store.append([a_draft("a secret")])
    publish = store._link.client.jetstream().publish
    for draft in (deletion(1), a_draft("three"), a_draft("four")):
        await publish(store._stream.subject, record_of(draft))
    return store


@pytest.mark.parametrize(("entries", "seconds", "is_erased"), [(0, 600, True), (3, 1e-5, True), (2, 1e-5, False)])
async def test_a_start_sees_to_the_newest_entries_and_to_those_of_the_last_minutes(
    room: Room, monkeypatch: pytest.MonkeyPatch, entries: int, seconds: float, is_erased: bool
) -> None:
    await begun(room)
    monkeypatch.setattr(jetstream, "LOOKED_AT", entries)
    monkeypatch.setattr(jetstream, "KEY_SECONDS", seconds)
    await room.node()
    assert (b"a secret" not in files_in(room.files)) is is_erased


async def test_a_log_whose_newest_somebody_took_out_is_opened_and_read(room: Room) -> None:
    """By NATS itself: there is no entry for it."""
    store = await room.node()
    await store.append([a_draft("one"), a_draft("two")])
    await store._stream.erase(2)
    async with asyncio.timeout(PATIENCE):
        for node in (store, await room.node()):
            assert texts(await node.read(0, 10)) == texts(await node.page(10, 10)) == ["one"]
            assert node.head == 2


# --- three servers ------------------------------------------------------------------------------------------------


def left_in(server: NatsServer, marks: dict[int, str]) -> set[int]:
    """Those that are in its stream's files. Its Raft log holds them a while longer."""
    return {seq for folder in server.folder.rglob("CHAT_room") for seq in marks_in(folder, marks)}


async def is_stored(store: JetStreamStore, drafts: list[Draft]) -> bool:
    try:
        await store.append(drafts)
    except StoreError:
        return False
    return True


def has_only(server: NatsServer, marks: dict[int, str], seqs: set[int]) -> bool:
    return left_in(server, marks) == seqs


@asynccontextmanager
async def replicated(folder: Path) -> AsyncIterator[tuple[JetStreamStore, list[NatsServer]]]:
    """A room on a cluster of its own, which ends with the block."""
    async with AsyncExitStack() as held:
        servers = cluster(folder)
        for server in servers:
            held.callback(server.kill)
        store = await JetStreamStore.open(Place.parse(url(servers)), 1000, 10**6, 65536)
        held.push_async_callback(store.close)
        yield store, servers


@pytest.mark.worlds
async def test_a_replica_that_was_down_erases_when_it_is_back(tmp_path: Path) -> None:
    async with replicated(tmp_path) as (store, servers):
        assert store._stream.replicas == 3
        marks = await fill(store, 300, random.Random(1), (0, 10, 100, 1000))
        gone, left = set(list(marks)[:200]), set(list(marks)[200:])
        for server in servers:
            until(partial(has_only, server, marks, {*marks}))
        down = next(server for server in servers if not server.leads("CHAT_room"))
        down.kill()
        taken_back = [deletion(*gone)]
        async with asyncio.timeout(PATIENCE):
            while not await is_stored(store, taken_back):  # its connection may have been to that one
                await asyncio.sleep(0.01)
        for server in servers:  # a follower may be a moment behind
            until(partial(has_only, server, marks, {*marks} if server is down else left))
        down.start()
        await asyncio.to_thread(until, partial(has_only, down, marks, left), 60)
        assert await store.onward(0, 500) == await store.page(400, 500)


@pytest.mark.worlds
async def test_who_is_cut_off_with_a_replica_does_not_seem_to_follow(tmp_path: Path) -> None:
    """That one gives signs of life for ever, and does not know what the others have taken back."""
    async with replicated(tmp_path) as (store, servers), AsyncExitStack() as held:
        await store.append([a_draft("one")])
        assert store._link.client.connected_url is not None
        here = store._link.client.connected_url.port
        elsewhere = [server for server in servers if server.port != here]
        followers = [store.follow(0) for _ in range(12)]  # their consumers are on all servers
        for follower in followers:
            while not (batch := await anext(follower)):  # a sign of life
                pass
            assert last_of(batch[-1]) == 1
        for server in elsewhere:
            server.pause()
            held.callback(server.go_on)
        async with asyncio.timeout(PATIENCE):  # the leader itself may be cut off, and tells for a minute that it is
            ends = await asyncio.gather(*map(to_its_end, followers), return_exceptions=True)
        assert {type(end) for end in ends} == {AwayError}


def secrets_in(servers: list[NatsServer], room: str) -> int:
    """How often it stands in a room's streams, on all servers."""
    folders = [folder for server in servers for folder in server.folder.rglob(f"CHAT_{room}")]
    return sum(files_in(folder).count(b"a secret") for folder in folders)


@pytest.mark.worlds
async def test_whenever_a_gateway_is_killed_what_it_began_is_done_on_all_replicas(
    tmp_path: Path, kill_at: Kill
) -> None:
    servers = cluster(tmp_path)
    ends: set[tuple[bool, bool]] = set()
    try:
        for questions in range(1, 50):
            room = secrets.token_hex(4)
            place = Place.parse(url(servers, room))
            store = await JetStreamStore.open(place, 1000, 10**6, 65536)
            assert store._stream.replicas == 3
            await store.append([a_draft("one"), a_draft("a secret", key=KEY), a_draft("a secret"), a_draft("four")])
            await store.close()
            was_acked = await asyncio.to_thread(kill_at, url(servers, room), questions)
            store = await JetStreamStore.open(place, 1000, 10**6, 65536)
            left = await store.read(0, 10)
            has_entry = any(message.of for message in left)
            assert [message.seq for message in left] == ([1, 4, 5, 6] if has_entry else [1, 2, 3, 4])
            wanted = 0 if has_entry else 2 * len(servers)
            await asyncio.to_thread(until, lambda room=room, wanted=wanted: secrets_in(servers, room) == wanted)
            assert await store.append([a_draft("a secret", key=KEY)]) == [2]
            await store.close()
            ends.add((was_acked, has_entry))
            if was_acked:
                break
        assert ends == {(False, False), (False, True), (True, True)}
    finally:
        for server in servers:
            server.kill()


class _Before(msgspec.Struct):
    """A record as gateways of before read it: they know one version, and some of them no kinds."""

    text: str
    kind: Literal["", "action"] = ""
    v: int = 0


def test_who_knows_no_deletions_leaves_one_out() -> None:
    record = record_of(deletion(1, 2), {KEY.hex(): 1})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(record, type=_Before)
    assert msgspec.json.decode(record)["v"] > msgspec.json.decode(record_of(a_draft("hi")))["v"] == 1


async def to_its_end(follower: AsyncIterator[Sequence[Message | Hole]]) -> None:
    async for _ in follower:
        pass
