"""The feed: what follows a cursor, in chunks that are shared, encoded once, with boundaries that never move."""

import re
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.messages import Hole, Message, deletion_of
from gateway.room.blocks import BLOCK, CHUNK_BYTES
from gateway.room.feed import (
    EMPTY_COST,
    LIVE_BYTES,
    MAX_HOLES,
    MEMO_BYTES,
    Chunk,
    Feed,
    Missing,
)
from gateway.room.pieces import MAX_LARGE, OLD_BYTES
from gateway.text.rows import RUN
from gateway.wires import Format, TextsAlone, plain
from gateway.wires.json import JSON
from gateway.wires.raw import POST

from ..samples import a_message
from ..tables import each_of


class CountingFormat(TextsAlone):
    """A format that counts how often it encodes each message."""

    def __init__(self, *, excludes_own: bool = False) -> None:
        self.excludes_own = excludes_own
        self.squeeze = 1
        self.encoded: Counter[int] = Counter()
        self.joins = self.bytes = 0

    def encode(self, message: Message) -> bytes:
        self.encoded[message.seq] += 1
        encoded = f"{message.seq}:{message.text};".encode()
        self.bytes += len(encoded)
        return encoded

    def join(self, parts: Sequence[bytes]) -> bytes:
        self.joins += 1
        return b"".join(parts)


def message(seq: int, text: str = "", origin: str = "o") -> Message:
    return a_message(text, seq=seq, origin=origin)


def messages(first: int, last: int, size: int = 0) -> list[Message]:
    text = "x" * size  # one for all of them: some tests have a hundred megabytes
    return [message(seq, text) for seq in range(first, last + 1)]


def chunk(feed: Feed, wire_format: Format, after: int) -> Chunk:
    found = feed.chunk(wire_format, after)
    assert isinstance(found, Chunk)
    return found


def read_all(feed: Feed, wire_format: CountingFormat, after: int) -> tuple[bytes, list[int]]:
    """Everything after a cursor, and where the chunks ended."""
    parts, ends = list[bytes](), list[int]()
    while (found := feed.chunk(wire_format, after)) is not None:
        assert isinstance(found, Chunk)
        parts.append(found.data)
        after = found.last
        ends.append(after)
    return b"".join(parts), ends


def put_block(feed: Feed, number: int, found: list[Message], start: int | None = None) -> None:
    """All of an older block."""
    feed.put(number * BLOCK, found, number * BLOCK if start is None else start, number * BLOCK + BLOCK - 1)


def assert_balanced(feed: Feed) -> None:
    """What is kept is counted as what it takes."""
    for blocks, cost in (([*feed._live.values()], feed._live_cost), ([*feed._old], feed._old.cost)):
        for block in blocks:
            encoded = sum(len(part or b"") for parts in block.encoded.values() for part in parts)
            assert block.cost == sum(message.cost for message in block.messages) + encoded
        assert sum(block.cost for block in blocks) == cost
    assert sum(len(found.data) for found in feed._memo.values()) == feed._memo_cost
    assert sorted(feed._old._pieces) == sorted(begin for begins in feed._old._begins.values() for begin in begins)


ITEMS = st.lists(st.tuples(st.booleans(), st.integers(1, 300), st.integers(0, 2000)), max_size=12)


@settings(deadline=None)
@given(ITEMS, st.integers(0, 2000), st.booleans())
def test_a_member_gets_every_message_or_is_told_that_it_is_lost(
    items: list[tuple[bool, int, int]], after: int, at_once: bool
) -> None:
    feed, wire_format = Feed(0), CountingFormat()
    lost: set[int] = set()
    last, batch = 0, list[Message | Hole]()
    for is_hole, count, size in items:
        first, last = last + 1, last + count
        if is_hole:
            lost |= set(range(first, last + 1))
        batch += [Hole(first, last)] if is_hole else messages(first, last, size)
        if not at_once:
            feed.extend(batch)
            batch.clear()
            feed.chunk(wire_format, max(0, first - 5))  # so that there are chunks to be remembered
    feed.extend(batch)
    assert feed.head == last
    after = min(after, feed.head)
    told: list[int] = []
    gone: set[int] = set()
    begin = after
    while (found := feed.chunk(wire_format, after)) is not None:
        if isinstance(found, Hole):
            assert found.first == after + 1
            gone |= set(range(found.first, found.last + 1))
        else:
            assert isinstance(found, Chunk)
            told += [int(part.split(b":")[0]) for part in found.data.split(b";") if part]
        assert found.last > after
        after = found.last
    assert after == feed.head
    assert gone == {seq for seq in lost if seq > begin}
    assert told == [seq for seq in range(begin + 1, feed.head + 1) if seq not in lost]
    assert_balanced(feed)


def test_members_at_one_cursor_get_the_same_bytes_object() -> None:
    feed, wire_format = Feed(0), CountingFormat()
    feed.extend(messages(1, 10))
    first = chunk(feed, wire_format, 3)
    assert all(chunk(feed, wire_format, 3).data is first.data for _ in range(1000))
    assert wire_format.joins == 1
    assert first.data == b"".join(f"{seq}:;".encode() for seq in range(4, 11))


def test_a_message_is_encoded_once_per_format_whatever_the_cursors() -> None:
    feed = Feed(0)
    formats = [CountingFormat(), CountingFormat()]
    for start in range(1, 1000, 7):
        feed.extend(messages(start, start + 6))
        for wire_format in formats:
            for after in range(max(0, start - 20), start + 6):
                read_all(feed, wire_format, after)
    for wire_format in formats:
        assert set(wire_format.encoded.values()) == {1}
        assert len(wire_format.encoded) == feed.head


def test_at_the_head_there_is_nothing() -> None:
    feed = Feed(7)
    assert feed.chunk(CountingFormat(), 7) is None
    assert feed.chunk(CountingFormat(), 100) is None


def test_different_cursors_share_from_the_next_boundary_on() -> None:
    feed, wire_format = Feed(0), CountingFormat()
    feed.extend(messages(1, 8 * BLOCK))
    _, ends = read_all(feed, wire_format, 0)
    for after in (1, 100, 200):
        assert read_all(feed, wire_format, after)[1] == ends
    joins = wire_format.joins
    for after in (1, 100, 200):
        assert (
            chunk(feed, wire_format, chunk(feed, wire_format, after).last).data
            is chunk(feed, wire_format, ends[0]).data
        )
    assert wire_format.joins == joins


@pytest.mark.parametrize("size", [0, 300, 5000, 70_000])
def test_boundaries_are_the_same_live_and_read_back(size: int) -> None:
    all_of_them = messages(1, 8 * BLOCK, size)
    live, old = Feed(0), Feed(0)
    live.extend(all_of_them)
    old.head = 8 * BLOCK
    for number in range(9):
        put_block(old, number, [each for each in all_of_them if each.seq // BLOCK == number], max(1, number * BLOCK))
    wire_format = CountingFormat()
    if isinstance(live.chunk(wire_format, 0), Chunk):  # else it is too large to be kept live
        *ends, head = read_all(live, wire_format, 0)[1]  # the last chunk goes on to the head
        assert head == old.head
        assert ends == read_all(old, wire_format, 0)[1][: len(ends)]


@pytest.mark.parametrize("start", [BLOCK - 50, 2 * BLOCK - 1, 3 * BLOCK, 4000 * BLOCK - 5])
def test_who_is_at_the_head_gets_a_batch_in_one_piece(start: int) -> None:
    feed, wire_format = Feed(max(0, start - 900)), CountingFormat()
    feed.extend(messages(feed.head + 1, start))
    for count in (100, 130):
        feed.extend(messages(feed.head + 1, start + count, 100))
        found = chunk(feed, wire_format, start)
        assert (found.last, found.count, found.own) == (start + count, count, {})
    assert set(wire_format.encoded.values()) == {1}


def test_more_goes_in_one_piece_where_it_is_compressed() -> None:
    feed, plain, squeezed = Feed(0), CountingFormat(), CountingFormat()
    squeezed.squeeze = 4
    feed.extend(messages(1, 1000, 100))
    assert chunk(feed, plain, 0).last == BLOCK - 1
    assert chunk(feed, squeezed, 0).last == BLOCK - 1
    feed.extend(messages(1001, 1001, 100))
    found = feed.chunk(squeezed, 1, squeezed=True)
    assert isinstance(found, Chunk)
    assert found.last == 1001


def test_what_chunks_are_made_of_is_counted_each_time() -> None:
    feed, wire_format = Feed(0), CountingFormat()
    feed.extend(messages(1, 100, 300))
    sizes = [len(chunk(feed, wire_format, after).data) for after in range(50)]
    assert feed.made == sum(sizes)
    assert len(chunk(feed, wire_format, 7).data) == sizes[7]
    assert feed.made == sum(sizes)


def test_memory_is_bounded() -> None:
    feed, wire_format = Feed(0), CountingFormat()
    for start in range(1, 30_000, 100):
        feed.extend(messages(start, start + 99, 1000))
        chunk(feed, wire_format, start - 1)
    assert feed._live_cost <= LIVE_BYTES + 2 * BLOCK * 4000
    assert feed._memo_cost <= MEMO_BYTES
    assert_balanced(feed)
    assert isinstance(feed.chunk(wire_format, 5), Missing)
    for number in range(50):
        put_block(feed, number, messages(number * BLOCK + 1, number * BLOCK + BLOCK - 1, 1000))
        chunk(feed, wire_format, number * BLOCK)
    assert feed._old.cost <= OLD_BYTES
    assert not feed._old._large
    assert_balanced(feed)


def test_no_more_is_encoded_than_is_given() -> None:
    """A new cursor, or a format that nobody used, cost as much as all that the block has before it: seven seconds."""
    feed, live, old = Feed(0), CountingFormat(), CountingFormat()
    feed.extend(messages(1, 200, 30_000))
    assert chunk(feed, live, 198).count == sum(live.encoded.values()) == 2
    feed = Feed(1000)
    put_block(feed, 0, messages(1, 255, 1000))
    found = chunk(feed, old, 200)
    assert found.count == sum(old.encoded.values()) < 56


def test_many_formats_take_no_more_memory_than_one() -> None:
    feed, formats = Feed(0), list[CountingFormat]()
    for start in range(1, 500, 50):
        feed.extend(messages(start, start + 49, 60_000))
        formats += [CountingFormat() for _ in range(9)]
        for wire_format in formats[-9:]:
            read_all(feed, wire_format, max(start, feed.head // BLOCK * BLOCK) - 1)
    block = BLOCK * 60_250
    assert feed._live_cost <= LIVE_BYTES + block
    assert_balanced(feed)


def test_a_large_block_is_read_in_pieces() -> None:
    feed, wire_format = Feed(1000), CountingFormat()
    assert feed.chunk(wire_format, 5) == Missing(0)
    feed.put(0, messages(1, 4, 60_000), 1, 4)
    assert feed.chunk(wire_format, 5) == Missing(6, is_large=True), "it is known now that such a block is large"
    feed.put(6, messages(6, 9, 60_000), 6, 9)
    assert read_pieces(feed, wire_format, 5) == [*range(6, 256)]
    assert read_pieces(feed, wire_format, 0) == [*range(1, 256)]
    assert feed._old.cost <= OLD_BYTES
    assert_balanced(feed)


def test_a_piece_that_is_read_twice_is_kept_once() -> None:
    feed, wire_format = Feed(1000), CountingFormat()
    for _ in range(2):
        feed.put(6, messages(6, 9, 10), 6, 9)
    assert_balanced(feed)
    assert (chunk(feed, wire_format, 5).last, feed.chunk(wire_format, 9)) == (9, Missing(10, is_large=True))


@pytest.mark.parametrize("at_once", [True, False])
def test_who_is_behind_a_hole_reads_as_far_as_that_and_is_told_of_it(at_once: bool) -> None:
    """Before and behind the hole are in one block, and the chunk before it was at the head."""
    feed, wire_format = Feed(0), CountingFormat()
    items: list[Message | Hole] = [*messages(1, 3), Hole(4, 5), *messages(6, 7), Hole(8, 8), message(9)]
    for batch in [items] if at_once else [[item] for item in items]:
        feed.extend(batch)
        feed.chunk(wire_format, 0)
    told, after = list[tuple[type, int]](), 0
    while isinstance(found := feed.chunk(wire_format, after), Chunk | Hole):
        after = found.last
        told.append((type(found), after))
    assert told == [(Chunk, 3), (Hole, 5), (Chunk, 7), (Hole, 8), (Chunk, 9)]


@each_of("after", range(9))
def test_a_hole_ahead_is_no_loss_of_what_is_before_it(after: int) -> None:
    feed = Feed(0)
    feed.extend([*messages(1, 3), Hole(4, 5), *messages(6, 7), Hole(8, 8), message(9)])
    follows = {0: (1, 3), 1: (2, 3), 2: (3, 3), 3: (4, 5), 4: (5, 5), 5: (6, 7), 6: (7, 7), 7: (8, 8), 8: (9, 9)}[after]
    found = feed.chunk(CountingFormat(), after)
    if isinstance(found, Hole):
        assert (found.first, found.last) == follows
    else:
        assert isinstance(found, Chunk)
        assert found.data.startswith(f"{follows[0]}:".encode())
        assert found.last == follows[1]


EDGES = [2, BLOCK - 1, BLOCK, 2 * BLOCK - 1, 2 * BLOCK, 5 * BLOCK]


@each_of("seqs", [[1, *some] for count in range(5) for some in combinations(EDGES, count)])
@each_of("is_old", [False, True])
def test_what_is_at_the_edges_of_blocks_follows_each_cursor(seqs: list[int], is_old: bool) -> None:
    feed, wire_format = Feed(9 * BLOCK if is_old else 0), CountingFormat()
    if is_old:
        for number in range(9):
            put_block(feed, number, [message(seq) for seq in seqs if seq // BLOCK == number], 1)
    else:
        feed.extend([message(seq) for seq in seqs])
    for after in {0, 1, *EDGES}:
        if following := [seq for seq in seqs if seq > after]:
            assert chunk(feed, wire_format, after).data.startswith(f"{following[0]}:".encode())


def test_a_chunk_that_grew_is_kept_and_counted_once() -> None:
    """Else what is shared is room for less and less, and in the end each member has its own."""
    feed, wire_format = Feed(0), CountingFormat()
    for seq in range(1, 10):
        feed.extend(messages(seq, seq, 100))
        assert chunk(feed, wire_format, 0).last == seq
        assert_balanced(feed)


def test_holes_side_by_side_are_one_loss() -> None:
    feed = Feed(0)
    feed.extend([Hole(1, 5), Hole(6, 9), message(10), Hole(11, 12)])
    assert [feed.chunk(CountingFormat(), after) for after in (0, 10)] == [Hole(1, 9), Hole(11, 12)]


def test_of_losses_the_newest_are_remembered() -> None:
    feed, losses = Feed(0), [Hole(seq, seq) for seq in range(3, 4 * MAX_HOLES, 2)]
    for loss in losses:
        feed.extend([message(loss.first - 1), loss])
    told = [loss for loss in losses if feed.chunk(CountingFormat(), loss.first - 1) == loss]
    assert told == losses[-MAX_HOLES:]


def test_which_blocks_are_large_is_remembered_of_so_many() -> None:
    feed, wire_format = Feed(10**6), CountingFormat()
    for number in range(MAX_LARGE + 1):
        feed.put(number * BLOCK, messages(number * BLOCK, number * BLOCK, 10), number * BLOCK, number * BLOCK)
    assert feed.chunk(wire_format, 5) == Missing(0), "the one of longest ago is forgotten"
    for number in range(1, MAX_LARGE + 1):
        assert feed.chunk(wire_format, number * BLOCK + 5) == Missing(number * BLOCK + 6, is_large=True)


def read_pieces(feed: Feed, wire_format: CountingFormat, after: int) -> list[int]:
    """What follows a cursor in block 0, four messages read at a time."""
    seqs: list[int] = []
    while after < BLOCK - 1:
        found = feed.chunk(wire_format, after)
        if isinstance(found, Missing):
            last = min(found.first + 3, BLOCK - 1)
            feed.put(found.first, messages(found.first, last, 60_000), found.first, last)
        else:
            assert isinstance(found, Chunk)
            seqs += [int(part.split(b":")[0]) for part in found.data.split(b";") if part]
            after = found.last
    return seqs


def test_what_is_not_in_memory_is_missing_until_it_is_put() -> None:
    feed, wire_format = Feed(1000), CountingFormat()
    feed.extend(messages(1001, 1010))
    assert feed.chunk(wire_format, 300) == Missing(BLOCK)
    put_block(feed, 1, messages(BLOCK, 2 * BLOCK - 1))
    found = chunk(feed, wire_format, 300)
    assert found.last == 2 * BLOCK - 1
    assert feed.chunk(wire_format, found.last) == Missing(2 * BLOCK)


def test_what_retention_dropped_is_lost() -> None:
    feed, wire_format = Feed(1000), CountingFormat()
    feed.extend(messages(1001, 1010))
    put_block(feed, 1, messages(400, 511), 400)
    assert feed.chunk(wire_format, 300) == Hole(301, 399)
    assert chunk(feed, wire_format, 399).data.startswith(b"400:")
    put_block(feed, 0, [], 400)
    assert feed.chunk(wire_format, 5) == Hole(6, 399)
    assert Feed(1000).chunk(wire_format, 1000) is None


def test_a_feed_that_begins_inside_a_block_says_what_is_lost() -> None:
    feed = Feed(99)
    feed.extend(messages(100, 110))
    assert feed.chunk(CountingFormat(), 50) == Hole(51, 99)


def test_holes_in_the_seqs_are_no_loss() -> None:
    feed, wire_format = Feed(0), CountingFormat()
    feed.extend([message(1), message(5), message(BLOCK + 40), message(5 * BLOCK)])
    for after, expected in [(0, 1), (1, 5), (3, 5), (5, BLOCK + 40), (BLOCK + 40, 5 * BLOCK)]:
        assert chunk(feed, wire_format, after).data.startswith(f"{expected}:".encode())
    put_block(feed, 0, [message(1)], 1)
    put_block(feed, 1, [message(BLOCK + 40)])
    assert chunk(feed, wire_format, 1).last in (5, BLOCK + 40)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=300), st.integers(0, 300))
def test_own_messages_are_cut_out_without_a_second_encode(origins: list[str], after: int) -> None:
    feed, wire_format = Feed(0), CountingFormat(excludes_own=True)
    feed.extend([message(seq, origin=origin) for seq, origin in enumerate(origins, 1)])
    for me in "abcd":
        cursor, data = after, b""
        while isinstance(found := feed.chunk(wire_format, cursor), Chunk):
            data += found.without(me)
            cursor = found.last
        kept = [seq for seq, origin in enumerate(origins, 1) if seq > after and origin != me]
        assert data == b"".join(f"{seq}:;".encode() for seq in kept)
    assert not wire_format.encoded or set(wire_format.encoded.values()) == {1}


def test_who_said_nothing_gets_the_very_same_object() -> None:
    feed = Feed(0)
    feed.extend([message(1, origin="a")])
    found = feed.chunk(POST, 0)
    assert isinstance(found, Chunk)
    assert found.without("b") is found.data
    assert found.without("a") == b""


def test_empty_blocks_are_bounded_too() -> None:
    feed = Feed(10**9)
    for number in range(OLD_BYTES // EMPTY_COST + 100):
        feed.put(number * BLOCK, [], number * BLOCK, number * BLOCK + 10)
    assert len([*feed._old]) <= OLD_BYTES // EMPTY_COST
    assert not feed._old._large


# --- what is taken back -------------------------------------------------------------------------------------------


def deletion(seq: int, *seqs: int) -> Message:
    return a_message(deletion_of(seqs), seq=seq, kind="deleted")


def told(feed: Feed, wire_format: Format, after: int) -> tuple[bytes, list[int]]:
    """All that somebody there is told, and what it is told to be lost."""
    parts, lost = list[bytes](), list[int]()
    while (found := feed.chunk(wire_format, after)) is not None:
        assert not isinstance(found, Missing)
        if isinstance(found, Hole):
            lost += range(found.first, found.last + 1)
        else:
            parts.append(found.data)
        after = found.last
    return b"".join(parts), lost


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 90), st.lists(st.integers(1, 1000), max_size=5)), min_size=1, max_size=12),
    st.lists(st.integers(0, 1000), max_size=20),
    st.booleans(),
    st.sampled_from([0, 1000]),
)
@example([(90, []), (90, [5]), (1, [])], [0], True, 1000)  # of a chunk that is closed, and was handed out
@example([(90, []), (90, [100])], [], True, 0)  # of an older block, and of none of the chunks
def test_what_was_taken_back_is_told_to_nobody_and_nothing_else_is_missing(
    steps: list[tuple[int, list[int]]], cursors: list[int], has_old: bool, size: int
) -> None:
    formats: list[Format] = [JSON, POST, CountingFormat(excludes_own=True)]
    feed, log, gone = Feed(0), dict[int, Message](), set[int]()
    for count, seqs in steps:
        batch = [message(seq, f"<{seq}>{'x' * size}") for seq in range(feed.head + 1, feed.head + 1 + count)]
        feed.extend(batch)
        log.update((each.seq, each) for each in batch)
        for wire_format in formats:  # so that there is something to be forgotten
            for cursor in cursors:
                feed.chunk(wire_format, min(cursor, feed.head))
        if has_old:
            block = [log[seq] for seq in range(1, BLOCK) if seq in log]
            put_block(feed, 0, block, 1)
            assert feed._old._pieces[0].messages == [each for each in block if each.seq not in gone]
        if taken := [seq for seq in seqs if seq <= feed.head]:
            gone |= {*taken}
            entry = deletion(feed.head + 1, *taken)
            feed.extend([entry])
            log[entry.seq] = entry
        assert_balanced(feed)
    for wire_format in formats:
        for cursor in (0, *cursors):
            data, lost = told(feed, wire_format, min(cursor, feed.head))
            assert not lost
            texts = {int(seq) for seq in re.findall(rb"<(\d+)>", data)}
            assert texts == {seq for seq, each in log.items() if seq > cursor and not each.of} - gone
            if wire_format is JSON:
                assert data.count(b'"deleted"') == sum(
                    bool(log[seq].of) for seq in log if seq > cursor and seq not in gone
                )
    kept = [each for block in (*feed._live.values(), *feed._old) for each in block.messages]
    assert not [each for each in kept if each.text and each.seq in gone]
    assert not any(int(seq) in gone for found in feed._memo.values() for seq in re.findall(rb"<(\d+)>", found.data))
    assert_balanced(feed)


def test_members_at_one_cursor_share_one_object_before_and_after_a_deletion() -> None:
    feed = Feed(0)
    feed.extend(messages(1, 10))
    before = chunk(feed, JSON, 3)
    assert chunk(feed, JSON, 3).data is before.data
    feed.extend([deletion(11, 5)])
    after = chunk(feed, JSON, 3)
    assert chunk(feed, JSON, 3).data is after.data != before.data
    assert after.count == 7  # what is told, and no more


def test_on_a_wire_that_can_not_take_back_a_deletion_is_nothing_and_is_passed() -> None:
    feed = Feed(0)
    feed.extend([*messages(1, 2), deletion(3, 1, 2)])
    found = chunk(feed, POST, 2)
    assert (found.data, found.count, found.last) == (b"", 0, 3)
    assert chunk(feed, POST, 0).data == b""


def test_a_read_that_began_before_a_deletion_does_not_bring_it_back() -> None:
    feed = Feed(2 * BLOCK - 1)
    feed.extend([deletion(2 * BLOCK, 10)])
    put_block(feed, 0, messages(1, BLOCK - 1, 10), 1)
    put_block(feed, 1, messages(BLOCK, 2 * BLOCK - 1, 10))
    data, lost = told(feed, CountingFormat(), 0)
    assert not lost
    assert b"9:" in data
    assert b";10:" not in data
    assert [each.seq for each in feed.bygone.left([message(10, "a secret"), message(11)])] == [11]


def test_a_read_that_began_before_the_log_was_lost_is_not_kept() -> None:
    """What was taken back elsewhere meanwhile is not known."""
    feed = Feed(BLOCK - 1)
    feed.extend(messages(BLOCK, BLOCK))
    feed.drop()
    put_block(feed, 0, messages(1, BLOCK - 1), 1)
    assert feed.chunk(JSON, 0) == Missing(0)
    feed.is_away = False
    put_block(feed, 0, messages(1, BLOCK - 1), 1)
    assert chunk(feed, JSON, 0).last == BLOCK - 1


def test_all_of_an_older_block_can_be_taken_back() -> None:
    feed = Feed(BLOCK - 1)
    feed.extend([deletion(BLOCK, *range(1, BLOCK))])
    put_block(feed, 0, messages(1, BLOCK - 1), 1)
    assert chunk(feed, JSON, 0).data == chunk(feed, JSON, 100).data == chunk(feed, JSON, BLOCK - 1).data


ERASING = each_of(
    "erase",
    [
        lambda feed: feed.extend([deletion(feed.head + 1, 1)]),
        lambda feed: feed.expire(2, 10**15),
        lambda feed: feed.drop(),
    ],
)


@ERASING
def test_a_chunk_that_is_closed_does_not_outlive_what_is_in_it(erase: Callable[[Feed], object]) -> None:
    feed = Feed(0)
    feed.extend([message(1, "a secret"), *messages(2, 2 * CHUNK_BYTES // 1000, 1000)])
    handed_out = chunk(feed, JSON, 0)
    assert handed_out.closed
    assert b"a secret" in handed_out.data
    erase(feed)
    found = feed.chunk(JSON, 0)
    assert not isinstance(found, Chunk) or b"a secret" not in found.data
    assert not any(b"a secret" in kept.data for kept in feed._memo.values())


@ERASING
def test_nothing_that_was_made_of_a_text_for_all_forms_outlives_it(erase: Callable[[Feed], object]) -> None:
    """A pasted password stayed in the memory for as long as nobody said much else."""
    feed = Feed(0)
    secret = f"a{' ' * RUN}{secrets.token_hex()}: b"
    feed.extend([message(1, secret), message(2)])
    chunk(feed, POST, 0)
    assert secret in plain._SHARED._kept
    erase(feed)
    assert secret not in plain._SHARED._kept


def test_what_has_expired_is_told_to_nobody_and_what_was_taken_back_before_is_forgotten() -> None:
    feed = Feed(0)
    feed.extend([a_message(f"<{seq}>", seq=seq, at=seq) for seq in range(1, 1000)])
    feed.extend([a_message("5 700", seq=1000, at=1000, kind="deleted")])
    chunk(feed, POST, 0)
    feed.expire(600, 600)
    data, lost = told(feed, POST, 0)
    assert not lost
    assert b"<599>" not in data
    assert b"<600>" in data
    assert feed.bygone._seqs == {700}
    assert_balanced(feed)


# --- when it is not followed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", [BLOCK + 9, 2 * BLOCK - 1, 2 * BLOCK])
def test_what_was_dropped_is_read_again_and_nothing_is_told_to_be_lost(head: int) -> None:
    feed, wire_format = Feed(0), CountingFormat()
    feed.extend(messages(1, head))
    feed.chunk(wire_format, 7)
    feed.drop()
    assert_balanced(feed)
    assert isinstance(feed.chunk(wire_format, 7), Missing)
    assert feed.chunk(wire_format, head) is None
    feed.extend(messages(head + 1, head + 5))
    feed.is_away = False  # the room follows again
    there = messages(1, head + 5)
    after, seen = 7, list[int]()
    while (found := feed.chunk(wire_format, after)) is not None:
        if isinstance(found, Missing):
            number = found.first // BLOCK
            put_block(feed, number, [each for each in there if each.seq // BLOCK == number], max(1, number * BLOCK))
            continue
        assert isinstance(found, Chunk)
        seen += [int(part.partition(b":")[0]) for part in found.data.split(b";")[:-1]]
        after = found.last
    assert seen == list(range(8, head + 6))
    feed.extend(messages(head + 6, head + 8))
    assert read_all(feed, wire_format, 7)[1][-1] == head + 8
    assert_balanced(feed)
