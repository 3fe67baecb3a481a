"""The pump: fair, sliced, silent to who is paused, and frugal with the store."""

import asyncio
import re
from collections.abc import Callable, Sequence
from copy import copy
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages import Hole, Message
from gateway.metrics import Metrics
from gateway.room import outage
from gateway.room.blocks import BLOCK, CHUNK_BYTES
from gateway.room.feed import Chunk, Feed, Missing
from gateway.room.past import Past
from gateway.room.pump import READS, SLICE_SECONDS, Pump
from gateway.stores import StoreError
from gateway.stores.memory import MemoryStore
from gateway.wires import Format
from gateway.wires.raw import POST, RawFormat, line_format

from ..fakes import NeverBlamed
from ..samples import a_draft, a_message

LINE = line_format("en", "\n")


class Someone(NeverBlamed):
    def __init__(self, cursor: int = 0, wire_format: RawFormat = POST, lane: str = "") -> None:
        self.cursor = cursor
        self.lane = lane
        self.queued = False
        self.writable = True
        self.due = False
        self.format: Format = wire_format
        self.chunks: list[bytes] = []
        self.lost: list[Hole] = []
        self.flushes = 0

    def flush(self) -> None:
        self.flushes += 1

    def take(self, chunk: Chunk) -> None:
        self.chunks.append(chunk.data)
        self.cursor = chunk.last

    def skip(self, lost: Hole) -> None:
        self.lost.append(lost)
        self.cursor = lost.last


class CountingStore(MemoryStore):
    """A real store that counts its reads, and fails some of them."""

    def __init__(self, keep: int = 10**6) -> None:
        super().__init__(keep, 10**9)
        self.reads = self.at_once = self.most_at_once = self.failures = self.bytes = 0

    async def read(self, after: int, limit: int) -> list[Message]:
        self.reads += 1
        if self.failures:
            self.failures -= 1
            raise StoreError("not now")
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        found = await super().read(after, limit)
        self.bytes += sum(len(message.text) for message in found)
        return found


async def say(store: MemoryStore, feed: Feed | None, *texts: str) -> None:
    after = store.head
    await store.append([a_draft(text) for text in texts])
    if feed is not None:
        feed.extend(await MemoryStore.read(store, after, len(texts)))


def make(store: MemoryStore, feed: Feed) -> tuple[Pump, list[Callable[[], None]]]:
    """A pump whose turns the test takes itself, with a clock that stands still."""
    turns: list[Callable[[], None]] = []
    return Pump(feed, Past(store, feed), Metrics(), lambda: 0.0, turns.append), turns


async def settle(turns: list[Callable[[], None]], done: Callable[[], bool]) -> None:
    """Take turns until it is done; fails if it never is."""
    async with asyncio.timeout(60):
        while not done():
            if turns:
                turns.pop(0)()
            await asyncio.sleep(0)


async def test_all_members_at_one_cursor_get_the_same_bytes_object() -> None:
    store, feed = MemoryStore(1000, 10**9), Feed(0)
    pump, turns = make(store, feed)
    people = [Someone() for _ in range(1000)]
    for someone in people:
        pump.add(someone)
    await settle(turns, lambda: not turns)
    await say(store, feed, "hello", "world")
    pump.grown()
    await settle(turns, lambda: all(someone.chunks for someone in people))
    (data,) = people[0].chunks
    assert all(someone.chunks[0] is data for someone in people)
    assert all(len(someone.chunks) == 1 for someone in people), "one write however many messages have come"


async def test_who_shares_a_chunk_is_served_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    pump, turns = make(store, feed)
    people = [Someone(wire_format=wire_format) for _ in range(200) for wire_format in (POST, LINE)]
    for someone in people:
        pump.add(someone)
    await settle(turns, lambda: not turns)
    asked: list[Format] = []
    chunk = feed.chunk

    def counted(wire_format: Format, after: int, *, squeezed: bool) -> Chunk | Missing | Hole | None:
        asked.append(wire_format)
        return chunk(wire_format, after, squeezed=squeezed)

    monkeypatch.setattr(feed, "chunk", counted)
    await say(store, feed, "hello")
    pump.grown()
    await settle(turns, lambda: not turns)
    assert all(len(someone.chunks) == 1 for someone in people)
    steps_at_once = 32
    assert len(asked) <= len(people) / steps_at_once + 2, "each run of steps asks once for each format in it"


async def test_who_changes_its_format_at_the_head_has_the_other_from_then_on() -> None:
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    pump, turns = make(store, feed)
    someone, other = Someone(), Someone()
    for each in (someone, other):
        pump.add(each)
    await settle(turns, lambda: not turns)
    someone.format = LINE
    pump.add(someone)
    pump.remove(other)
    await say(store, feed, "one\ntwo")
    pump.grown()
    await settle(turns, lambda: not turns)
    assert someone.chunks == [LINE.join([LINE.encode(a_message("one\ntwo"))])]
    assert not other.chunks
    assert sum(map(len, pump._at_head.values())) == 1


async def test_memory_stays_flat_as_stalled_members_pile_up() -> None:
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    pump, turns = make(store, feed)
    stalled = [Someone() for _ in range(500)]
    for someone in stalled:
        someone.writable = False
        pump.add(someone)
    for number in range(100):
        await say(store, feed, *(f"{number}" * 50 for _ in range(20)))
        pump.grown()
        await settle(turns, lambda: not turns)
    assert all(not someone.chunks and someone.cursor == 0 for someone in stalled)
    assert not feed._memo, "nothing was made for who can't take it"
    assert not pump._ready
    assert not pump._behind
    assert not any(pump._at_head.values())
    for someone in stalled:
        someone.writable = True
        pump.add(someone)
    await settle(turns, lambda: all(someone.cursor == store.head for someone in stalled))
    whole = b"".join(stalled[0].chunks)
    assert whole.count("来自ann的消息:".encode()) == 2000
    for someone in stalled:
        assert all(mine is first for mine, first in zip(someone.chunks, stalled[0].chunks, strict=True))


async def test_a_chunk_each_then_to_the_back_of_the_line() -> None:
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    await say(store, feed, *("x" for _ in range(5 * BLOCK)))
    pump, turns = make(store, feed)
    order: list[str] = []

    class Noting(Someone):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def take(self, chunk: Chunk) -> None:
            super().take(chunk)
            order.append(self.name)

    people = [Noting(name) for name in "abc"]
    for someone in people:
        pump.add(someone)
    await settle(turns, lambda: all(someone.cursor == store.head for someone in people))
    assert order[:9] == list("abcabcabc")


async def test_a_turn_is_short_and_the_loop_runs_between() -> None:
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    await say(store, feed, "x")
    clock = iter(range(10**9))
    turns: list[Callable[[], None]] = []
    # Each look at the clock is a second later.
    pump = Pump(feed, Past(store, feed), Metrics(), lambda: next(clock), turns.append)
    people = [Someone() for _ in range(1000)]
    for someone in people:
        pump.add(someone)
    turns.pop(0)()
    served = sum(1 for someone in people if someone.chunks)
    assert 0 < served < 100
    assert len(turns) == 1
    await settle(turns, lambda: all(someone.chunks for someone in people))


async def test_many_who_want_what_is_made_take_one_turn() -> None:
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    await say(store, feed, "x")
    pump, turns = make(store, feed)
    people = [Someone() for _ in range(1000)]
    for someone in people:
        pump.add(someone)
    turns.pop(0)()
    assert all(someone.chunks for someone in people)
    assert not turns


async def test_what_is_told_besides_counts_like_a_chunk() -> None:
    """As presence does, which is made anew for each who was away since another version."""
    store, feed, clock = MemoryStore(10_000, 10**9), Feed(0), [0.0]
    turns: list[Callable[[], None]] = []
    pump = Pump(feed, Past(store, feed), Metrics(), lambda: clock[0], turns.append)

    class Told(Someone):
        def flush(self) -> None:
            super().flush()
            clock[0] += SLICE_SECONDS / 2
            self.due = False

    people = [Told() for _ in range(20)]
    for someone in people:
        someone.due = True
        pump.add(someone)
    turns.pop(0)()
    assert sum(someone.flushes for someone in people) == 2
    await settle(turns, lambda: all(someone.flushes for someone in people))
    assert sum(someone.flushes for someone in people) == 20


async def test_what_has_to_be_encoded_is_a_chunk_between_two_looks_at_the_clock() -> None:
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    await say(store, feed, *("x" * 30_000 for _ in range(100)))
    looks: list[int] = []
    turns: list[Callable[[], None]] = []

    def now() -> float:
        looks.append(feed.made)
        return 0.0

    pump = Pump(feed, Past(store, feed), Metrics(), now, turns.append)
    people = [Someone(number, wire_format) for number in range(0, 90, 5) for wire_format in (POST, LINE)]
    for someone in people:
        pump.add(someone)
    await settle(turns, lambda: all(someone.cursor == store.head for someone in people))
    assert max(after - before for before, after in pairwise(looks)) < 4 * 30_100


async def test_who_is_at_the_head_does_not_wait_for_those_who_catch_up() -> None:
    """62 that came back, each to a place of its own, made everybody wait 1.4 s: 25 ms for each one's chunk."""
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    pump, turns = make(store, feed)
    here = [Someone(0) for _ in range(300)]
    for someone in here:
        pump.add(someone)
    await say(store, feed, *("x" * 1300 for _ in range(200)))
    pump.grown()
    await settle(turns, lambda: all(someone.cursor == feed.head for someone in here))
    back = [Someone(number) for number in range(60)]
    for someone in back:
        pump.add(someone)
    await say(store, feed, "news")
    pump.grown()
    made = feed.made
    while not all(someone.cursor == feed.head for someone in here):
        turns.pop(0)()
    assert feed.made - made < 3 * CHUNK_BYTES
    while not all(someone.cursor == feed.head for someone in back):
        made = feed.made
        turns.pop(0)()
        assert feed.made - made < 2 * CHUNK_BYTES


def make_slow(store: MemoryStore, feed: Feed) -> tuple[Pump, list[Callable[[], None]], Callable[[int], Someone]]:
    """The same, and who is such that 32 of them take as long as a turn."""
    clock = [0.0]

    class Slow(Someone):
        def take(self, chunk: Chunk) -> None:
            super().take(chunk)
            clock[0] += SLICE_SECONDS / 32

    turns: list[Callable[[], None]] = []
    return Pump(feed, Past(store, feed), Metrics(), lambda: clock[0], turns.append), turns, Slow


async def test_who_catches_up_goes_on_in_a_room_that_fills_each_turn() -> None:
    """At the head are so many, and so much is said, that their line is never empty."""
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    pump, turns, slow = make_slow(store, feed)
    here = [slow(0) for _ in range(640)]
    for someone in here:
        pump.add(someone)
    await say(store, feed, *("x" * 1000 for _ in range(5)))
    pump.grown()
    back = [slow(number) for number in range(4)]
    for someone in back:
        pump.add(someone)
    for turn in range(60):
        if turn % 4 == 0:
            await say(store, feed, "news")
            pump.grown()
        turns.pop(0)()
        assert pump._ready
    assert all(len(someone.chunks) > 3 for someone in back)


async def test_who_is_at_the_head_goes_on_while_a_crowd_that_catches_up_fills_each_turn() -> None:
    """Of what is made already: no chunk of theirs ends a turn."""
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    pump, turns, slow = make_slow(store, feed)
    await say(store, feed, *("x" for _ in range(5 * BLOCK)))
    here = slow(feed.head)
    pump.add(here)
    for someone in [slow(0) for _ in range(640)]:
        pump.add(someone)
    for number in range(10):
        await say(store, feed, "news")
        pump.grown()
        for _ in range(2):
            turns.pop(0)()
            assert pump._behind
        assert len(here.chunks) == number + 1


async def test_what_takes_longer_than_a_turn_is_alone_in_it_and_both_lines_go_on() -> None:
    """Of texts that are slow to write a turn made two chunks: one for who was at the head, one for who caught up."""
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    clock = [0.0]

    def slow(text: str) -> str:
        clock[0] += 2 * SLICE_SECONDS
        return text

    turns: list[Callable[[], None]] = []
    pump = Pump(feed, Past(store, feed), Metrics(), lambda: clock[0], turns.append)
    formats = [RawFormat("\n", "\n", slow, lambda message: message.text) for _ in range(5)]
    here = [Someone(0, each) for each in formats]
    for someone in here:
        pump.add(someone)
    await say(store, feed, *("\t" * 70_000 for _ in range(5)))
    pump.grown()
    back = [Someone(number) for number in range(4)]
    for someone in [*back, *(Someone(number, each) for number in range(4) for each in formats)]:
        pump.add(someone)
    for _ in range(20):
        before = clock[0]
        turns.pop(0)()
        assert clock[0] - before < 3 * SLICE_SECONDS
    assert all(someone.chunks for someone in [*here, *back])


async def test_thousands_of_resumes_are_some_reads_and_shared_chunks() -> None:
    store = CountingStore()
    await say(store, None, *(f"message {number}" for number in range(10 * BLOCK)))
    feed = Feed(store.head)
    pump, turns = make(store, feed)
    people = [Someone(cursor=number % 2000, wire_format=(POST, LINE)[number % 2]) for number in range(4000)]
    for someone in people:
        pump.add(someone)
    await settle(turns, lambda: all(someone.cursor == store.head for someone in people))
    assert store.reads <= 2 * 10 + 1  # of each block its first few, and the rest
    assert store.most_at_once <= READS
    distinct = {id(chunk) for someone in people for chunk in someone.chunks}
    assert len(distinct) <= 2000 + 4 * 2 * 11
    for someone in people[::97]:
        texts = b"".join(someone.chunks).decode().replace("来自ann的消息:", "ann: ").split("ann: message ")[1:]
        assert [int(text) for text in texts] == list(range(10 * BLOCK))[-len(texts) :]


async def test_a_crowd_of_one_lane_keeps_who_comes_back_waiting_no_longer_than_one_does() -> None:
    """60 connections of one address that read old positions made each other who came back wait for a second."""
    store = CountingStore()
    await say(store, None, *("x" * 3000 for _ in range(40 * BLOCK)))
    pump, turns = make(store, Feed(store.head))
    crowd = [Someone(cursor=number * 97, lane="crowd") for number in range(100)]
    for someone in crowd:
        pump.add(someone)
    for _ in range(20):  # they are busy with it
        if turns:
            turns.pop(0)()
        await asyncio.sleep(0)
    before, late = store.reads, Someone(cursor=39 * BLOCK + 5, lane="late")
    pump.add(late)
    await settle(turns, lambda: bool(late.chunks))
    assert store.reads - before < 200  # four pieces are being read, and so many at a time: of 100 it is not the last
    assert sum(someone.cursor == store.head for someone in crowd) == 0
    pump.close()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


@pytest.mark.parametrize(("sizes", "times"), [((20_000,), 3.5), ((5000,), 1.8), ((20_000, 10), 3.0)])
async def test_who_reads_old_large_texts_costs_little_more_than_these(sizes: Sequence[int], times: float) -> None:
    """Four that are a block apart, of whose texts not all are kept: each is read so many times at most."""
    store = CountingStore()
    await say(store, None, *("x" * sizes[number // 32 % len(sizes)] for number in range(4 * BLOCK)))
    pump, turns = make(store, Feed(store.head))
    people = [Someone(cursor=number * BLOCK + 5) for number in range(4)]
    for someone in people:
        pump.add(someone)
    await settle(turns, lambda: all(someone.cursor == store.head for someone in people))
    assert [sum(chunk.count(b":x") for chunk in someone.chunks) for someone in people] == [
        store.head - number * BLOCK - 5 for number in range(4)
    ]
    assert store.bytes < times * sum(len(message.text) for message in store._messages)


@given(
    st.lists(st.tuples(st.sampled_from([0, 1, 200, 1000]), st.integers(1, 60), st.integers(0, 9000)), max_size=9),
    st.integers(0, 99),
    st.lists(st.integers(0, 5000), min_size=1, max_size=5),
)
async def test_whatever_is_missing_from_the_log_each_gets_all_that_is_there_and_reads_are_of_one_block(
    runs: list[tuple[int, int, int]], lost: int, cursors: list[int]
) -> None:
    """Runs of messages with holes before them; of the oldest, so many percent are lost."""
    store = CountingStore()
    for hole, count, size in runs:
        store.head += hole
        await say(store, None, *(f"<{store.head + number + 1}>" + "x" * size for number in range(count)))
    del store._messages[: len(store._messages) * lost // 90]
    await say(store, None, f"<{store.head + 1}>")
    feed = Feed(max(0, store.head // BLOCK * BLOCK - 1))  # as a room's begins, at a block
    feed.extend(await MemoryStore.read(store, feed.head, BLOCK))
    pump, turns = make(store, feed)
    put, pieces = feed.put, list[tuple[int, int]]()

    def noting(first: int, messages: Sequence[Message], start: int, end: int) -> None:
        pieces.extend([(first // BLOCK, end // BLOCK)] if messages else [])
        put(first, messages, start, end)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(feed, "put", noting)
        people = [Someone(min(cursor, feed.head)) for cursor in cursors]
        begun = [someone.cursor for someone in people]
        for someone in people:
            pump.add(someone)
        await settle(turns, lambda: all(someone.cursor == feed.head for someone in people))
    for after, someone in zip(begun, people, strict=True):
        got = [int(seq) for seq in re.findall(rb"<(\d+)>", b"".join(someone.chunks))]
        assert got == [message.seq for message in store._messages if message.seq > after]
    assert all(first == last for first, last in pieces)


@pytest.mark.parametrize("far", [10**6 * BLOCK, 10**6 * BLOCK + 7])
async def test_a_hole_of_a_billion_seqs_is_passed_in_one_step(far: int) -> None:
    store, feed = CountingStore(), Feed(far - far % BLOCK - 1)  # as a room's begins, at a block
    await say(store, None, *map(str, range(BLOCK + 10)))
    store.head = far - 1
    await say(store, feed, "far")
    pump, turns = make(store, feed)
    people = [Someone(after) for after in (5, BLOCK, BLOCK + 9, BLOCK + 10, *range(2 * BLOCK, far, far // 9))]
    for someone in people:
        pump.add(someone)
    await settle(turns, lambda: all(someone.cursor == store.head for someone in people))
    assert {b"".join(someone.chunks).count(b":far\n") for someone in people} == {1}
    assert not any(someone.lost for someone in people)
    assert store.reads < 3 * len(people) + 10


@pytest.mark.parametrize(
    ("is_lost", "reads", "lost"),
    [
        ("nothing", 3, []),
        ("before", 1, [Hole(2 * BLOCK + 1, 20 * BLOCK - 1)]),
        ("all", 1, [Hole(2 * BLOCK + 1, 20 * BLOCK)]),
    ],
)
async def test_a_hole_is_one_read_and_what_is_behind_it_is_not_passed_over(
    is_lost: str, reads: int, lost: list[Hole]
) -> None:
    store = CountingStore()
    await say(store, None, "before all")
    store.head = 10 * BLOCK + 19
    await say(store, None, "in between")
    store.head = 20 * BLOCK - 1
    feed = Feed(store.head)
    await say(store, feed, "news")
    if is_lost != "nothing":
        del store._messages[: 2 if is_lost == "before" else 3]
    pump, turns = make(store, feed)
    someone = Someone(2 * BLOCK)
    pump.add(someone)
    await settle(turns, lambda: someone.cursor == store.head)
    told = re.findall(rb":(.*)\n", b"".join(someone.chunks))
    assert told == {"nothing": [b"in between", b"news"], "before": [b"news"], "all": []}[is_lost]
    assert (store.reads, someone.lost) == (reads, lost)


async def test_a_gap_is_told_and_the_rest_follows() -> None:
    store = CountingStore(keep=100)
    await say(store, None, *(f"message {number}" for number in range(2000)))
    feed = Feed(store.head)
    pump, turns = make(store, feed)
    someone = Someone(cursor=10)
    pump.add(someone)
    await settle(turns, lambda: someone.cursor == store.head)
    assert someone.lost == [Hole(11, 1900)]
    assert b"".join(someone.chunks).count(b"message") == 100


async def test_a_store_that_can_not_be_read_is_tried_again_and_told_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outage, "RETRY_SECONDS", 0.001)
    store = CountingStore()
    await say(store, None, "a", "b")
    store.failures = 3
    pump, turns = make(store, Feed(store.head))
    someone = Someone(cursor=0)
    pump.add(someone)
    await settle(turns, lambda: someone.cursor == store.head)
    assert store.reads == 4
    assert caplog.messages == ["the log can't be read, and is tried again: not now", "the log is read again"]


async def test_who_left_is_not_served() -> None:
    store, feed = MemoryStore(1000, 10**9), Feed(0)
    pump, turns = make(store, feed)
    someone = Someone()
    pump.add(someone)
    await settle(turns, lambda: not turns)
    stays = Someone()
    pump.add(stays)
    await settle(turns, lambda: not turns)
    someone.writable = False
    pump.remove(someone)
    assert not any(someone in line for line in pump._at_head.values()), "who left is not kept"
    someone.writable = True  # as who forgot that it is gone
    await say(store, feed, "x")
    pump.grown()
    await settle(turns, lambda: not turns)
    assert (len(stays.chunks), someone.chunks, someone.flushes) == (1, [], 0)


async def test_who_comes_and_has_all_there_is_takes_no_turn_and_misses_nothing() -> None:
    store, feed = MemoryStore(100, 10**6), Feed(0)
    pump, turns = make(store, feed)
    someone, other = Someone(0), Someone(0)
    pump.add(someone)
    assert not turns
    pump.add(someone)  # and is there once, however often that is said
    other.due = True
    for _ in range(2):
        pump.add(other)
    assert len(pump._behind) == len(turns) == 1
    await settle(turns, lambda: not turns)
    assert other.flushes == 1
    await say(store, feed, "a")
    pump.grown()
    await settle(turns, lambda: not turns)
    assert len(someone.chunks) == len(other.chunks) == 1
    someone.due = True  # and has what is for it alone at once
    pump.add(someone)
    await settle(turns, lambda: not turns)
    assert someone.flushes == 1


async def test_what_is_delivered_is_counted_for_each_and_timed_for_all() -> None:
    store, feed, metrics, clock = MemoryStore(100, 10**6), Feed(0), Metrics(), [5.0]
    turns: list[Callable[[], None]] = []
    pump = Pump(feed, Past(store, feed), metrics, lambda: clock[0], turns.append)
    people = [Someone(wire_format=wire_format) for wire_format in (POST, POST, LINE, LINE, LINE)]
    for someone in people:
        pump.add(someone)
    for _ in range(2):
        await say(store, feed, "hello", "world")
        pump.grown()
        clock[0] += 2.0
        await settle(turns, lambda: not turns)
    told = dict(line.rsplit(" ", 1) for line in metrics.expose().decode().splitlines())
    size = sum(len(chunk) for someone in people for chunk in someone.chunks)
    assert float(told["gateway_deliveries_total"]) == 2 * 2 * len(people)
    assert float(told["gateway_delivered_bytes_total"]) == size
    assert (told["gateway_fanout_seconds_count"], told["gateway_fanout_seconds_sum"]) == ("2.0", "4.0")


async def test_who_waits_for_what_raises_is_ended_and_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader died, and they waited for ever."""
    told: list[type[BaseException]] = []
    monkeypatch.setattr("gateway.faults.report", lambda fault: told.append(type(fault)))
    store = CountingStore()
    await say(store, None, *"abc")
    pump, turns = make(store, Feed(store.head))
    blamed, other = Blamed(cursor=0), Someone(cursor=0)
    read = store.read

    async def faulty(after: int, limit: int) -> list[Message]:
        store.read = read  # type: ignore[method-assign]
        raise ZeroDivisionError

    store.read = faulty  # type: ignore[method-assign]
    pump.add(blamed)
    await settle(turns, lambda: blamed.failures == 1)
    pump.add(other)
    await settle(turns, lambda: other.cursor == store.head)
    assert told == [ZeroDivisionError]


@pytest.mark.parametrize("what", ["flush", "take", "skip"])
async def test_who_fails_as_it_is_served_fails_alone(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[type[BaseException]] = []
    monkeypatch.setattr("gateway.faults.report", lambda fault: told.append(type(fault)))
    store = CountingStore(keep=3)
    await say(store, None, *"abcde")
    pump, turns = make(store, Feed(store.head))
    blamed, others = Blamed(), [Someone(), Someone()]
    blamed.due = what == "flush"

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(blamed, what, fail)
    for someone in (others[0], blamed, others[1]):
        pump.add(someone)
    await settle(turns, lambda: all(other.cursor == store.head for other in others))
    assert (told, blamed.failures, blamed.queued) == ([ZeroDivisionError], 1, False)
    assert [other.lost for other in others] == [[Hole(1, 2)]] * 2


async def test_what_is_said_is_one_write_where_it_is_compressed_and_what_was_said_is_some() -> None:
    store, feed = MemoryStore(10_000, 10**9), Feed(0)
    pump, turns = make(store, feed)
    squeezed = copy(POST)
    squeezed.squeeze = 8
    here, back = Someone(0, squeezed), Someone(5, squeezed)
    pump.add(here)
    await say(store, feed, *("x" * 1000 for _ in range(200)))
    pump.grown()
    pump.add(back)
    await settle(turns, lambda: here.cursor == back.cursor == store.head)
    assert len(here.chunks) == 1 < len(back.chunks)


class Blamed(Someone):
    """Counts its faults."""

    failures = 0

    def fail(self) -> None:
        self.failures += 1
