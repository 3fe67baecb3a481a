"""The contract of stores/__init__.py, on each store alike."""

import asyncio
import random
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest

from gateway.config.checks import STORES
from gateway.guard.deadlines import Deadlines
from gateway.messages import MAX_DELETED, MAX_SEQ, Draft, Hole, Message, deletion_of, public_ids, say_key
from gateway.metrics import Metrics
from gateway.room.feed import Feed
from gateway.room.finding import Finder
from gateway.room.inbox import Inbox
from gateway.room.past import Past
from gateway.room.query import Query
from gateway.room.questions import Questions
from gateway.stores import KEY_SECONDS, InUseError, Store, StoreError, last_of
from gateway.stores.wall import machine_time
from gateway.tasks import end
from gateway.wires.events import Find

from ..patience import PATIENCE
from ..samples import FULL, a_draft
from ..tables import of_these
from .kinds import KINDS, USUAL, Kind, Rooms
from .marks import fill


def of_kinds(are_meant: Callable[[Kind], bool]) -> pytest.MarkDecorator:
    """For a test that holds for some."""
    names = [name for name, kind in KINDS.items() if are_meant(kind)]
    return pytest.mark.parametrize("make", of_these(names, *USUAL), indirect=True)


DURABLE = of_kinds(lambda kind: kind.underneath is not None)
FORGETFUL = of_kinds(lambda kind: kind.underneath is None)
EXACT = of_kinds(lambda kind: kind.is_exact)
EXACT_DURABLE = of_kinds(lambda kind: kind.is_exact and kind.underneath is not None)


@pytest.fixture(params=of_these(KINDS, *USUAL))
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Rooms]:
    """Opens stores of one kind, each a room of its own."""
    rooms = Rooms(request.param, request)
    yield rooms
    await rooms.close()


def draft(text: str, key: bytes | None = None, at: int = 1000) -> Draft:
    id_key = None if key is None else (b"id of " + key).ljust(16)
    return a_draft(text, **{**FULL, "key": key, "id_key": id_key, "at": at})


def guessable(text: str, name: str = "ci") -> Draft:
    """Of a script whose name and say-id everybody knows."""
    return a_draft(text, key=say_key(f"say {name}", "1", text), id_key=say_key(f"say {name}", "1", ""))


def texts(messages: list[Message]) -> list[str]:
    return [message.text for message in messages]


async def followed(store: Store, after: int, count: int) -> list[Message]:
    """The first messages that follow; it fails if they do not come."""
    got: list[Message] = []
    async with asyncio.timeout(PATIENCE):
        async for batch in store.follow(after):
            got += [item for item in batch if isinstance(item, Message)]
            if len(got) >= count:
                return got
    raise AssertionError("follow ended")


def test_each_store_that_the_server_opens_has_its_row() -> None:
    assert {STORES[name.partition("-")[0]].module for name in KINDS} == {kind.module for kind in STORES.values()}


async def test_what_the_log_takes_grows_with_it_and_is_what_is_retained(make: Rooms) -> None:
    store = await make(keep=10)
    await store.look()
    before = store.size
    for number in range(40):
        await store.append([draft(f"{number} " + "x" * 20_000)])
    await store.look()
    assert store.size - before > 10 * 20_000
    assert store.first == store.head - 9
    assert store.is_connected in (None, True)


async def test_a_room_has_one_time(make: Rooms) -> None:
    store = await make()
    before = machine_time()
    told, sure = store.wall(), await store.surely_past()
    assert before <= told <= machine_time()
    assert before - 100 <= sure <= machine_time(), "what NATS told is older by half of a round trip"


async def test_a_new_log_is_empty(make: Rooms) -> None:
    store = await make()
    assert (store.first, store.head) == (1, 0)
    assert await store.read(0, 10) == []
    assert await store.page(100, 10) == []
    assert store.epoch
    assert store.epoch != (await make()).epoch


async def test_append_gives_seqs_in_order(make: Rooms) -> None:
    store = await make()
    first = await store.append([draft("a"), draft("b")])
    second = await store.append([draft("c")])
    assert first + second == sorted(set(first + second))
    assert store.head == second[0]
    assert texts(await store.read(0, 10)) == ["a", "b", "c"]


def test_the_drafts_of_these_tests_have_no_default_in_any_field() -> None:
    sent = draft("a", b"k")
    for field in msgspec.structs.fields(Draft):
        assert getattr(sent, field.name) not in (field.default, "", 0, None), field.name


async def test_a_message_has_all_that_its_draft_had(make: Rooms) -> None:
    store = await make()
    sent = draft("a", b"k")
    (seq,) = await store.append([sent])
    for got in (await followed(store, 0, 1), await store.read(0, 10), await store.page(10, 10)):
        (message,) = got
        for field in msgspec.structs.fields(Draft):
            if field.name not in ("key", "id_key"):
                assert getattr(message, field.name) == getattr(sent, field.name), field.name
        assert (message.seq, message.by) == (seq, store.by_of(sent.owner))


async def test_a_public_id_is_of_a_person_in_a_room(make: Rooms) -> None:
    store = await make()
    assert re.fullmatch("[A-Za-z0-9_-]{12}", store.by_of("o1"))
    assert store.by_of("o1") == store.by_of("o1") != store.by_of("o2")
    assert store.by_of("o1") != (await make()).by_of("o1")
    assert store.by_of("") == ""


async def test_a_key_is_said_once(make: Rooms) -> None:
    store = await make()
    (seq,) = await store.append([draft("a", b"k")])
    assert await store.append([draft("a", b"k"), draft("b"), draft("c", b"l"), draft("c", b"l")]) == [
        seq,
        seq + 1,
        seq + 2,
        seq + 2,
    ]
    assert texts(await store.read(0, 10)) == ["a", "b", "c"]
    assert await store.append([draft("a", b"k")]) == [seq]
    assert store.head == seq + 2


async def test_under_one_id_many_texts_are_each_said_once(make: Rooms) -> None:
    store = await make()
    drafts = [guessable(text) for text in ("a", "b", "c" * 2000, "你好", "a", "d" * 2000)]
    assert await store.append(drafts) == [1, 2, 3, 4, 1, 5]
    assert await store.append([*reversed(drafts), guessable("a", "cd")]) == [5, 1, 4, 3, 2, 1, 6]


@DURABLE
async def test_of_a_key_that_can_be_guessed_nothing_tells_what_was_taken_back(make: Rooms) -> None:
    """Who had the file tried texts until one had the key that was kept. What is kept now, any text has."""
    store = await make()
    await store.append([guessable("the PIN is 4821"), guessable("b"), guessable("the PIN is 4821", "cd")])
    await store.append([a_draft(deletion_of([1]), kind="deleted")])
    for _ in range(2):
        got = [guessable("the PIN is 4821"), guessable("b"), guessable("the PIN is 4821", "cd")]
        assert await store.append(got) == [1, 2, 3]
        assert texts(await store.page(10, 10)) == ["b", "the PIN is 4821"]
        store = await make.again(store)
    assert await store.append([guessable("the PIN is 4822")]) == [1]


@EXACT
async def test_a_key_is_remembered_for_its_time_and_then_forgotten(make: Rooms) -> None:
    store = await make()
    (seq,) = await store.append([draft("a", b"k", at=0)])
    await store.append([draft("between", at=KEY_SECONDS * 900)])  # what is too old by now is forgotten by this
    assert await store.append([draft("a", b"k", at=KEY_SECONDS * 1000)]) == [seq]
    await store.append([draft("later", at=KEY_SECONDS * 1100)])
    assert await store.append([draft("a", b"k", at=KEY_SECONDS * 1100)]) == [seq + 3]


@EXACT
async def test_keys_outlast_a_clock_that_jumps_and_go_in_the_end(make: Rooms) -> None:
    years, seconds = 10 * 365 * 86400 * 1000, KEY_SECONDS * 1000
    store = await make()
    await store.append([draft("a", b"before", at=years)])
    await store.append([draft("b", b"ahead", at=2 * years)])  # the clock is set ten years ahead
    (seq,) = await store.append([draft("c", b"back", at=years + 1)])  # and back
    assert await store.append([draft("b", b"ahead", at=years + seconds * 9 // 10)]) == [2]
    assert await store.append([draft("c", b"back", at=years + seconds * 9 // 10)]) == [seq]
    await store.append([draft("later", at=years + seconds * 12 // 10)])
    for number, key in enumerate((b"ahead", b"back"), 1):
        assert await store.append([draft("x", key, at=years + seconds * 12 // 10)]) == [seq + 1 + number]


async def test_a_key_is_remembered_though_its_message_is_gone(make: Rooms) -> None:
    store = await make(keep=1)
    (seq,) = await store.append([draft("a", b"k")])
    await store.append([draft("b")])
    assert await store.append([draft("a", b"k")]) == [seq]


async def test_follow_gives_what_is_there_and_what_comes(make: Rooms) -> None:
    store = await make()
    await store.append([draft("a"), draft("b")])
    follower = asyncio.create_task(followed(store, 1, 3))
    await asyncio.sleep(0)
    await store.append([draft("c")])
    await store.append([draft("d"), draft("e")])
    got = await follower
    assert texts(got)[:3] == ["b", "c", "d"]
    assert [message.seq for message in got] == list(range(2, 2 + len(got)))


async def test_many_followers_under_load_see_one_order(make: Rooms) -> None:
    store = await make(keep=10_000)
    followers = [asyncio.create_task(followed(store, 0, 2000)) for _ in range(3)]
    seqs: list[int] = []
    for number in range(100):
        seqs += await store.append([draft(f"{number}.{part}") for part in range(20)])
    late = await followed(store, 0, 2000)
    for got in [*await asyncio.gather(*followers), late]:
        assert [message.seq for message in got] == seqs


async def test_follow_says_nothing_twice_when_a_key_repeats(make: Rooms) -> None:
    store = await make()
    follower = asyncio.create_task(followed(store, 0, 2))
    await store.append([draft("a", b"k")])
    await store.append([draft("a", b"k")])
    await store.append([draft("b")])
    assert texts(await follower) == ["a", "b"]


async def test_read_and_page(make: Rooms) -> None:
    store = await make()
    await store.append([draft(str(number)) for number in range(1, 11)])
    assert texts(await store.read(3, 2)) == ["4", "5"]
    assert texts(await store.page(4, 2)) == ["2", "3"]
    assert texts(await store.page(3, 100)) == ["1", "2"]
    assert texts(await store.page(10**9, 3)) == ["8", "9", "10"]


async def test_a_log_is_searched_back_to_its_beginning(make: Rooms) -> None:
    """Of any store, by its pages alone: over holes, and what was dropped meanwhile is no reason to stop."""
    store = await make(keep=1500)
    for start in range(0, 2000, 500):
        await store.append(
            [draft(f"{'even' if each % 2 == 0 else 'odd'} {each}") for each in range(start, start + 500)]
        )
    questions, metrics = Questions(store.at_once), Metrics()
    loop = asyncio.get_running_loop()
    deadlines = Deadlines(loop.time, loop.call_at)
    finder = Finder(Past(store, Feed(store.head)), questions, Inbox(store, metrics), deadlines)
    asking = asyncio.create_task(questions.run())
    found: list[str] = []
    before: int | None = None
    async with asyncio.timeout(PATIENCE):
        while True:
            query = Query.of(Find("EVEN", limit=300, before=before), store.head)
            answer = await finder.search(query, "", lambda: True, lambda _: None)
            found += texts(answer.messages)
            if not answer.more:
                break
            assert isinstance(answer.before, int)
            before = answer.before
    await end(asking)
    oldest = int((await store.read(0, 1))[0].text.split()[1])
    assert found == [f"even {each}" for each in range(1998, oldest - 1, -2)]


async def test_retention_by_count(make: Rooms) -> None:
    store = await make(keep=3)
    for number in range(10):
        await store.append([draft(str(number))])
    assert texts(await store.read(0, 100)) == ["7", "8", "9"]
    assert (store.first, store.head) == (8, 10)
    await store.append([draft(str(number)) for number in range(10, 20)])
    assert texts(await store.read(0, 100)) == ["17", "18", "19"]
    assert store.first == 18


async def covered(store: Store, after: int) -> tuple[list[int], list[int]]:
    """The seqs of what follows up to the head, and those that it says are lost."""
    told: list[int] = []
    lost: list[int] = []
    async with asyncio.timeout(PATIENCE):
        async for batch in store.follow(after):
            for item in batch:
                if isinstance(item, Hole):
                    lost += range(item.first, item.last + 1)
                else:
                    told.append(item.seq)
            if batch and last_of(batch[-1]) >= store.head:
                break
    assert sorted(told + lost) == list(range(after + 1, store.head + 1))
    return told, lost


async def test_what_retention_dropped_before_it_was_followed_is_said_to_be_lost(make: Rooms) -> None:
    store = await make(keep=3)
    for number in range(10):
        await store.append([draft(str(number))])
    assert await covered(store, 0) == ([8, 9, 10], list(range(1, 8)))
    assert await covered(store, 4) == ([8, 9, 10], [5, 6, 7])
    assert await covered(store, 8) == ([9, 10], [])


async def test_what_retention_dropped_before_a_live_follower_had_it_is_said_to_be_lost(make: Rooms) -> None:
    store = await make(keep=3)
    await store.append([draft("first")])
    follower = store.follow(0)
    assert texts(await anext(follower)) == ["first"]  # type: ignore[arg-type]
    for number in range(5):
        await store.append([draft(f"{number}.{part}") for part in range(7)])
    seqs = [1]
    async with asyncio.timeout(PATIENCE):
        while seqs[-1] < store.head:
            for item in await anext(follower):
                begin = item.first if isinstance(item, Hole) else item.seq
                assert begin == seqs[-1] + 1
                seqs.append(last_of(item))


async def test_retention_by_bytes(make: Rooms) -> None:
    store = await make(keep_bytes=20_000)
    for number in range(10):
        await store.append([draft(f"{number}.{part} " + "x" * 1000) for part in range(10)])
    kept = await store.read(0, 1000)
    assert 10 <= len(kept) <= 20
    assert kept[-1].text.startswith("9.9")
    assert store.first == kept[0].seq == 101 - len(kept)


@EXACT
async def test_retention_by_bytes_keeps_the_newest(make: Rooms) -> None:
    store = await make(keep_bytes=10)
    await store.append([draft("你好"), draft("1234")])
    assert texts(await store.read(0, 100)) == ["你好", "1234"]
    await store.append([draft("5")])
    assert texts(await store.read(0, 100)) == ["1234", "5"]
    await store.append([draft("x" * 100)])
    assert texts(await store.read(0, 100)) == ["x" * 100]
    assert store.first == store.head == 4


async def retained_from(store: Store, first: int) -> list[str]:
    """What is retained, once that begins there."""
    async with asyncio.timeout(PATIENCE):
        while store.first < first:
            await store.check()
    assert store.first == first
    return texts(await store.read(0, 10_000))


@EXACT
async def test_a_long_message_pushes_out_as_many_short_ones_as_have_to_go(make: Rooms) -> None:
    """However long that takes: it is stored before."""
    store = await make(keep=100_000, keep_bytes=10_000)
    for _ in range(9):
        await store.append([draft("x") for _ in range(1000)])
    long = "y" * 9900
    assert await store.append([draft(long)]) == [9001]
    assert await retained_from(store, 8901) == [*["x"] * 100, long]
    assert await covered(store, 0) == ([*range(8901, 9002)], [*range(1, 8901)])
    assert await store.append([draft("z")]) == [9002]
    assert await retained_from(store, 8902) == [*["x"] * 99, long, "z"]


@EXACT_DURABLE
async def test_what_had_still_to_go_when_it_was_closed_goes_with_the_next(make: Rooms) -> None:
    store = await make(keep=100_000, keep_bytes=10_000)
    for _ in range(9):
        await store.append([draft("x") for _ in range(1000)])
    long, epoch = "y" * 9900, store.epoch
    await store.append([draft(long)])
    store = await make.again(store, keep=100_000, keep_bytes=10_000)
    there = texts(await store.read(0, 10_000))
    assert there == [*["x"] * (9001 - store.first), long]
    assert (store.epoch, store.head) == (epoch, 9001)
    await store.append([draft("z")])
    assert await retained_from(store, 8902) == [*["x"] * 99, long, "z"]
    assert await covered(store, 0) == ([*range(8902, 9003)], [*range(1, 8902)])


async def test_a_name_is_held_by_one(make: Rooms) -> None:
    store = await make()
    assert await store.names.claim("Ann", "o1")
    assert await store.names.claim("ann", "o1")
    assert not await store.names.claim("ANN", "o2")
    assert await store.names.recall("o1") == "ann"
    assert await store.names.recall("o2") is None


async def test_a_name_that_its_owner_claims_twice_is_released_once(make: Rooms) -> None:
    """A node claims for the person, whichever of its connections asks."""
    store = await make()
    assert await store.names.claim("ann", "o1")
    assert await store.names.claim("ann", "o1")
    await store.names.release("o1")
    assert await store.names.claim("ann", "o2")
    await store.names.release("o1")  # it holds none
    assert not await store.names.claim("ann", "o1")


async def test_a_newer_name_frees_the_older(make: Rooms) -> None:
    store = await make()
    assert await store.names.claim("ann", "o1")
    assert await store.names.claim("bob", "o1")
    assert await store.names.claim("ann", "o2")
    assert await store.names.recall("o1") == "bob"


async def test_a_released_name_is_free_and_its_owner_remembered_until_it_is_taken(make: Rooms) -> None:
    store = await make()
    await store.names.claim("ann", "o1")
    await store.names.release("o1")
    await store.names.release("nobody")
    assert await store.names.recall("o1") == "ann"
    assert await store.names.claim("ann", "o2")
    assert await store.names.recall("o1") is None
    assert not await store.names.claim("ann", "o1")


@pytest.mark.parametrize("other", ["аnn", "a\u200cnn", "ｍary", "rnary", "Mary "])
async def test_a_name_that_looks_like_one_is_that_one(make: Rooms, other: str) -> None:
    store = await make()
    assert await store.names.claim("ann", "o1")
    assert await store.names.claim("mary", "o2")
    assert not await store.names.claim(other, "o3")
    assert await store.names.recall("o3") is None
    assert await store.names.claim("carl", "o3")
    await store.names.release("o1")
    await store.names.release("o2")
    assert await store.names.claim(other, "o3")
    assert not await store.names.claim("ann" if "nn" in other else "mary", "o4")
    kept = "mary" if "nn" in other else "ann"
    assert {await store.names.recall("o1"), await store.names.recall("o2")} == {None, kept}


async def test_a_name_that_could_not_be_had_is_free_and_the_one_before_is_kept(make: Rooms) -> None:
    store = await make()
    assert await store.names.claim("аnn", "o1")  # its first letter is Cyrillic
    assert await store.names.claim("Bob", "o2")
    assert not await store.names.claim("ann", "o2")  # nobody has that key, but it looks like the other
    assert await store.names.recall("o2") == "Bob"
    assert not await store.names.claim("BOB", "o3")
    await store.names.release("o1")
    assert await store.names.claim("ann", "o3")


@pytest.mark.parametrize(("held", "free"), [("Vik", "nik"), ("nik", "Vik")])
async def test_of_a_name_that_could_not_be_had_every_look_is_free(make: Rooms, held: str, free: str) -> None:
    store = await make()
    assert await store.names.claim(held, "o1")
    assert not await store.names.claim("νik", "o2")  # a Greek letter: as it is v, as a capital N
    assert await store.names.recall("o2") is None
    assert await store.names.claim(free, "o3")


async def test_the_same_name_in_other_letters_frees_how_it_looked(make: Rooms) -> None:
    store = await make()
    assert await store.names.claim("νΝa", "o1")
    assert not await store.names.claim("vna", "o2")
    assert await store.names.claim("ννa", "o1")
    assert await store.names.claim("vna", "o2")
    assert await store.names.recall("o1") == "ννa"


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bob", "ВОВ"), ("Bob", "BОB"), ("Bob", "ᏴOᏴ"), ("Ann", "аnn"), ("Ann", "АNN"), ("Kim", "КІМ"), ("вова", "BOBA")],
)
async def test_a_name_that_looks_like_one_in_another_case_is_that_one(make: Rooms, one: str, other: str) -> None:
    store = await make()
    for first, second in ((one, other), (other, one)):
        assert await store.names.claim(first, "o1")
        assert not await store.names.claim(second, "o2")
        await store.names.forget("o1")
        assert await store.names.claim(second, "o2")
        await store.names.forget("o2")


async def test_all_names_are_told_by_whose_they_are(make: Rooms) -> None:
    store = await make()
    assert await store.names.all() == {}
    for name, owner in (("Ann", "o1"), ("Anna", "o1"), ("Bob", "o2"), ("Cy", "o3"), ("Dee", "o4")):
        assert await store.names.claim(name, owner)
    await store.names.release("o2")
    await store.names.release("o3")
    await store.names.forget("o4")
    assert await store.names.claim("cy", "o5")
    assert await store.names.all() == {"o1": "Anna", "o2": "Bob", "o5": "cy"}


@DURABLE
async def test_the_secret_is_that_of_the_public_ids_and_stays(make: Rooms) -> None:
    store = await make()
    secret, by = store.secret, store.by_of("ann's")
    assert public_ids(secret)("ann's") == by
    assert (await make.again(store)).secret == secret


async def test_a_name_is_forgotten(make: Rooms) -> None:
    store = await make()
    assert await store.names.claim("ann", "o1")
    await store.names.forget("o1")
    await store.names.forget("nobody")
    assert await store.names.recall("o1") is None
    assert await store.names.claim("аnn", "o2")


async def test_bans(make: Rooms) -> None:
    store = await make()
    await store.bans.put("bob", "spam")
    await store.bans.put("eve", "'; DROP TABLE bans")
    await store.bans.delete("bob")
    await store.bans.delete("nobody")
    assert await store.bans.all() == {"eve": "'; DROP TABLE bans"}
    assert store.skipped.count == 0


async def test_it_can_be_written(make: Rooms) -> None:
    await (await make()).check()


@EXACT
async def test_as_many_names_are_remembered_as_there_is_room_for(make: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [module for name, module in sys.modules.items() if name.startswith("gateway.stores")]:
        monkeypatch.setattr(module, "MAX_REMEMBERED", 10, raising=False)
        monkeypatch.setattr(module, "BETWEEN_COUNTS", 1, raising=False)
    names = (await make()).names
    assert await names.claim("ann", "ann")
    assert await names.claim("held", "held")
    await names.release("ann")
    for number in range(60):  # two that are taken again and again, in whatever letters, make no other older
        for owner in ("robot", "drone"):
            assert await names.claim(owner.upper() if number % 2 else owner, owner)
            await names.release(owner)
        if number == 50:
            assert await names.recall("ann") == "ann"
    for number in range(12):
        assert await names.claim(f"new{number}", f"new{number}")
        await names.release(f"new{number}")
    assert await names.recall("ann") is None
    assert await names.recall("held") == "held"
    assert await names.recall("new11") == "new11"


# --- what is taken back -------------------------------------------------------------------------------------------


def deletion(*seqs: int, at: int = 1000) -> Draft:
    return a_draft(deletion_of(seqs), kind="deleted", at=at)


def kinds(messages: list[Message]) -> list[str]:
    return [message.kind for message in messages]


async def told_of(store: Store, after: int = 0) -> list[Message]:
    """All that follows, up to the head, with what is left of those that were erased."""
    got: list[Message] = []
    async with asyncio.timeout(PATIENCE):
        async for batch in store.follow(after):
            got += [item for item in batch if isinstance(item, Message)]
            if batch and last_of(batch[-1]) >= store.head:
                break
    return got


async def test_what_is_taken_back_comes_out_of_nothing_and_the_entry_is_told(make: Rooms) -> None:
    store = await make()
    await store.append([draft("one"), draft("two"), draft("three")])
    (seq,) = await store.append([deletion(1, 3)])
    got = await store.read(0, 10)
    assert [(message.seq, message.of) for message in got] == [(2, ()), (seq, (1, 3))]
    assert got[-1].by == store.by_of(deletion().owner)
    assert texts(await store.onward(0, 10)) == texts(await store.page(10, 10)) == ["two"]
    assert (
        texts(await store.read(0, 1)) == texts(await store.onward(1, 1)) == texts(await store.page(seq, 1)) == ["two"]
    )
    assert await store.onward(2, 1) == await store.page(2, 1) == []
    told = await told_of(store)
    assert {message.seq for message in told} >= {2, seq}
    assert {message.text for message in told if message.seq in (1, 3)} <= {""}
    assert (store.first, store.head) == (1, seq)
    assert store.skipped.count == 0


@DURABLE
async def test_what_is_taken_back_is_in_no_file_when_that_returns(make: Rooms) -> None:
    """That it is in none whatever is going on, and whenever one is killed, is for each store's own tests."""
    store = await make(keep_bytes=10**7)
    marks = await fill(store, 100, random.Random(1))
    assert len(make.marks_in(store, marks)) == 100
    left = {seq: mark for seq, mark in marks.items() if seq % 2}
    await store.append([deletion(*(marks.keys() - left.keys()))])
    assert make.marks_in(store, marks) == {*left}


async def test_what_is_taken_back_in_the_same_append_is_never_told(make: Rooms) -> None:
    store = await make()
    follower = asyncio.create_task(followed(store, 0, 2))
    await asyncio.sleep(0)
    assert await store.append([draft("one"), deletion(1), draft("two")]) == [1, 2, 3]
    assert "one" not in texts(await follower)
    assert [message.seq for message in await store.read(0, 10)] == [2, 3]


async def test_the_newest_can_be_taken_back_and_its_seq_is_not_given_again(make: Rooms) -> None:
    store = await make()
    (seq,) = await store.append([draft("one")])
    (entry,) = await store.append([deletion(seq)])
    assert await store.append([draft("two")]) == [entry + 1]
    assert kinds(await store.read(0, 10)) == ["deleted", "action"]


async def test_what_is_not_there_is_taken_back_without_a_word(make: Rooms) -> None:
    store = await make()
    await store.append([draft("one"), draft("two")])
    (entry,) = await store.append([deletion(1)])
    (last,) = await store.append([deletion(1, 99, MAX_SEQ)])
    assert [message.seq for message in await store.read(0, 10)] == [2, entry, last]
    assert await store.append([draft("three")]) == [last + 1]
    assert [message.seq for message in await store.read(last, 10)] == [last + 1]


async def test_a_deletion_is_taken_back_as_anything_else_and_what_it_was_of_stays_gone(make: Rooms) -> None:
    store = await make()
    await store.append([draft("one", b"k" * 16), draft("two")])
    (entry,) = await store.append([deletion(1)])
    (last,) = await store.append([deletion(entry, 1)])
    assert [(message.seq, message.of) for message in await store.read(0, 10)] == [(2, ()), (last, (entry, 1))]
    assert [message.seq for message in await store.page(10, 10)] == [2]
    assert {message.text for message in await told_of(store) if message.seq in (1, entry)} <= {""}
    assert await store.append([draft("one", b"k" * 16)]) == [1]


async def test_what_is_to_come_can_not_be_taken_back(make: Rooms) -> None:
    store = await make()
    assert await store.append([deletion(2, 3), draft("one")]) == [1, 2]
    assert await store.append([draft("two")]) == [3]
    assert texts(await store.read(1, 10)) == ["one", "two"]


async def test_the_key_of_what_was_taken_back_outlives_it(make: Rooms) -> None:
    store = await make()
    (seq,) = await store.append([draft("one", b"k" * 16)])
    (entry,) = await store.append([deletion(seq)])
    assert await store.append([draft("one", b"k" * 16), draft("two")]) == [seq, entry + 1]
    assert texts(await store.read(entry, 10)) == ["two"]


async def test_many_are_taken_back_by_one(make: Rooms) -> None:
    store = await make(keep=2000)
    seqs = await store.append([draft(str(number)) for number in range(MAX_DELETED + 100)])
    await store.append([deletion(*seqs[50 : 50 + MAX_DELETED])])
    left = await store.read(0, 1000)
    assert [message.seq for message in left[:-1]] == [*seqs[:50], *seqs[50 + MAX_DELETED :]]
    assert await store.read(seqs[49], 3) == left[50:53]
    assert await store.page(seqs[50 + MAX_DELETED], 3) == left[47:50]
    assert store.first == 1


async def test_when_all_was_taken_back_there_are_only_deletions(make: Rooms) -> None:
    store = await make()
    seqs = await store.append([draft("one"), draft("two")])
    (entry,) = await store.append([deletion(*seqs)])
    assert [message.seq for message in await store.read(0, 10)] == [entry]
    assert await store.page(entry, 10) == []
    assert [message.seq for message in await told_of(store) if message.text] == [entry]


@EXACT
async def test_what_was_taken_back_has_no_size_and_retention_counts_it(make: Rooms) -> None:
    store = await make(keep=4, keep_bytes=30)
    await store.append([draft("x" * 14), draft("y" * 14)])
    await store.append([deletion(1)])  # of one byte
    await store.append([draft("z" * 14)])
    assert [message.seq for message in await store.read(0, 10)] == [2, 3, 4]
    await store.append([draft("")])
    assert (store.first, len(await store.read(0, 10))) == (2, 4)


# --- what is too old ----------------------------------------------------------------------------------------------


async def test_what_is_too_old_is_dropped_from_the_oldest_on(make: Rooms) -> None:
    store = await make()
    await store.append([draft("one", at=1000), draft("two", at=2000), draft("three", at=3000), draft("late", at=1500)])
    await store.expire(1000)
    assert len(await store.read(0, 10)) == 4
    await store.expire(2500)
    assert texts(await store.read(0, 10)) == texts(await store.page(10, 10)) == ["three", "late"]
    assert (store.first, store.head) == (3, 4)
    assert await covered(store, 0) == ([3, 4], [1, 2])


async def test_the_newest_expires_too_and_its_seq_is_not_given_again(make: Rooms) -> None:
    store = await make()
    await store.append([draft("one", b"k" * 16), deletion(7), draft("three")])
    for _ in range(2):
        await store.expire(5000)
        assert await store.read(0, 10) == await store.page(10, 10) == []
        assert not {message.text for message in await told_of(store)} - {""}
    assert await store.append([draft("one", b"k" * 16), draft("four", at=6000)]) == [1, 4]
    assert texts(await store.read(0, 10)) == ["four"]
    await store.expire(5000)
    assert texts(await store.read(0, 10)) == ["four"]
    assert store.head == 4


async def test_an_empty_log_expires(make: Rooms) -> None:
    store = await make()
    await store.expire(5000)
    assert (store.first, store.head) == (1, 0)
    assert await store.append([draft("one")]) == [1]


# --- restarts -----------------------------------------------------------------------------------------------------


@DURABLE
async def test_the_log_its_keys_and_the_bans_outlast_a_restart(make: Rooms) -> None:
    store = await make()
    seqs = await store.append([draft("a", b"k"), draft("b")])
    await store.bans.put("bob", "spam")
    await store.bans.put("eve", "spam")
    await store.bans.delete("eve")
    identity = store.epoch, store.first, store.head, store.by_of("o1")
    said = await store.read(0, 10)
    store = await make.again(store)
    assert (store.epoch, store.first, store.head, store.by_of("o1")) == identity
    assert await store.read(0, 10) == await store.page(10, 10) == await followed(store, 0, 2) == said
    known, new = await store.append([draft("a", b"k"), draft("c")])
    assert known == seqs[0]
    assert new > seqs[1]
    assert texts(await store.read(0, 10)) == ["a", "b", "c"]
    assert await store.bans.all() == {"bob": "spam"}


@DURABLE
async def test_names_are_remembered_over_a_restart_and_held_by_nobody(make: Rooms) -> None:
    store = await make()
    for name, owner in (("ann", "o1"), ("bob", "o2"), ("carl", "o3"), ("dora", "o4")):
        assert await store.names.claim(name, owner)
    await store.names.release("o2")
    await store.names.forget("o3")
    names = (await make.again(store)).names
    assert [await names.recall(owner) for owner in ("o1", "o2", "o3", "o4")] == ["ann", "bob", None, "dora"]
    assert await names.claim("аnn", "o5")  # its first letter is Cyrillic
    assert await names.recall("o1") is None
    assert await names.claim("dora", "o4")
    assert not await names.claim("DORA", "o5")


@DURABLE
@pytest.mark.parametrize("limit", [{"keep": 3}, {"keep_bytes": 3700}])
async def test_what_retention_dropped_is_gone_for_good_and_it_goes_on_after_a_restart(
    make: Rooms, limit: dict[str, int]
) -> None:
    store = await make(**limit)
    for number in range(10):
        await store.append([draft(str(number) + "x" * 999)])
    store = await make.again(store, **limit)
    await store.append([draft("new" + "x" * 997)])
    kept = await store.read(0, 100)
    assert 2 <= len(kept) <= 3
    assert (kept[0].seq, kept[-1].seq) == (store.first, store.head)
    store = await make.again(store)
    assert store.first == kept[0].seq
    assert await store.read(0, 100) == kept


@of_kinds(lambda kind: kind.underneath is not None and kind.is_exact)  # likewise
async def test_what_was_taken_back_stays_so_over_a_restart_with_its_key(make: Rooms) -> None:
    store = await make()
    await store.append([draft("one", b"k" * 16), draft("two")])
    (entry,) = await store.append([deletion(1, 2)])
    store = await make.again(store)
    assert (store.first, store.head) == (1, entry)
    assert [message.of for message in await store.read(0, 10)] == [(1, 2)]
    assert await store.append([draft("one", b"k" * 16), draft("three")]) == [1, entry + 1]
    await store.expire(5000)
    store = await make.again(store)
    assert (await store.read(0, 10), store.head) == ([], entry + 1)
    assert await store.append([draft("four")]) == [entry + 2]


@of_kinds(lambda kind: kind.underneath is not None and kind.is_exact)  # likewise
async def test_what_retention_has_dropped_can_be_taken_back_and_stays_dropped(make: Rooms) -> None:
    store = await make(keep=3)
    await store.append([draft(str(number)) for number in range(5)])
    (entry,) = await store.append([deletion(1, 4)])
    assert (store.first, store.head) == (4, entry)
    store = await make.again(store, keep=3)
    assert (store.first, store.head) == (4, entry)
    assert await covered(store, 0) == ([4, 5, entry], [1, 2, 3])
    assert [message.seq for message in await store.read(0, 10)] == [5, entry]


@DURABLE
async def test_a_room_that_is_open_is_nobody_elses_unless_it_is_shared(make: Rooms) -> None:
    """That it is so for other processes too is for each store's own tests."""
    store = await make()
    await store.append([draft("one")])
    if make.is_shared:
        other = await make.second(store)
    else:
        with pytest.raises(InUseError):
            await make.second(store)
        other = store
    await other.append([draft("two")])
    assert texts(await followed(store, 0, 2)) == ["one", "two"]


@FORGETFUL
async def test_a_store_that_keeps_nothing_is_another_log_after_a_restart(make: Rooms) -> None:
    store = await make()
    await store.append([draft("a")])
    await store.names.claim("ann", "o1")
    await store.bans.put("bob", "spam")
    new = await make.again(store)
    assert new.epoch != store.epoch
    assert (new.first, new.head, await new.read(0, 10)) == (1, 0, [])
    assert await new.names.recall("o1") is None
    assert await new.bans.all() == {}


# --- failures -----------------------------------------------------------------------------------------------------


@DURABLE
async def test_an_append_that_fails_leaves_nothing_and_is_made_good_by_the_next(make: Rooms) -> None:
    store = await make(keep=10)
    await store.append([draft(f"before {number}") for number in range(8)])
    before = await store.read(0, 100)
    follower = asyncio.create_task(followed(store, 8, 1))
    drafts = [draft(str(number), b"%d" % number if number % 2 else None) for number in range(5)]
    async with make.failing(store):
        for tried in (drafts[:1], drafts):
            with pytest.raises(StoreError) as caught:
                await store.append(tried)
            assert "\n" not in str(caught.value)
        assert (store.first, store.head) == (1, 8)
    assert await store.read(0, 100) == await store.page(100, 100) == await followed(store, 0, 8) == before
    assert not follower.done() or isinstance(follower.exception(), StoreError)
    follower.cancel()
    seqs = await store.append([*drafts, draft("more")])
    assert seqs[0] > 8
    assert [(message.seq, message.text) for message in await followed(store, 8, 6)] == [
        *zip(seqs, ["0", "1", "2", "3", "4", "more"], strict=True)
    ]
    said = await store.read(0, 100)
    assert said[:4] == before[4:]
    assert len(said) == 10
    assert await (await make.again(store, keep=10)).read(0, 100) == said


@DURABLE
async def test_a_change_that_fails_changes_nothing_and_can_be_made_again(make: Rooms) -> None:
    store = await make()
    names, bans = store.names, store.bans
    for name, owner in (("ann", "o1"), ("bob", "o2"), ("carl", "o3")):
        assert await names.claim(name, owner)
    await bans.put("eve", "spam")
    changes: list[Callable[[], Awaitable[object]]] = [
        lambda: names.claim("dora", "o1"),
        lambda: names.release("o2"),
        lambda: names.forget("o3"),
        lambda: bans.put("mallory", "spam"),
        lambda: bans.delete("eve"),
        store.check,
    ]
    async with make.failing(store):
        for change in changes:
            with pytest.raises(StoreError) as caught:
                await change()
            assert "\n" not in str(caught.value)
    for name, owner in (("ann", "o1"), ("bob", "o2"), ("carl", "o3")):
        assert await names.recall(owner) == name
        assert not await names.claim(name, "another")
    assert await names.claim("dora", "another")
    await names.forget("another")
    assert await bans.all() == {"eve": "spam"}
    for change in changes:
        await change()
    assert [await names.recall(owner) for owner in ("o1", "o2", "o3")] == ["dora", "bob", None]
    for name, owner in (("ann", "o4"), ("bob", "o5"), ("carl", "o6")):
        assert await names.claim(name, owner)
    assert await bans.all() == {"mallory": "spam"}


# --- damage -------------------------------------------------------------------------------------------------------


@DURABLE
async def test_what_is_no_record_is_a_hole_and_what_is_behind_it_is_read(make: Rooms) -> None:
    store = await make()
    (one,) = await store.append([draft("one")])
    store = await make.littered(store)
    (three,) = await store.append([draft("three")])
    assert await covered(store, 0) == ([one, three], [*range(one + 1, three)])
    assert three > one + 1
    assert texts(await store.read(0, 2)) == texts(await store.page(three + 1, 2)) == ["one", "three"]
    assert store.skipped.count > 0
    store = await make.again(store)
    assert await covered(store, 0) == ([one, three], [*range(one + 1, three)])
