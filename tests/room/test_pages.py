"""Pages of the log: in so many messages and bytes, both ways, and never read in one go."""

from collections.abc import Sequence

import pytest

from gateway.messages import Message, deletion_of
from gateway.room.feed import Feed
from gateway.room.pages import STEP, newest, oldest
from gateway.room.past import Past
from gateway.stores import Store
from gateway.stores.memory import MemoryStore
from gateway.wires.bodies import page_json

from ..samples import a_draft

MANY = 10**9


class Watched(MemoryStore):
    """Knows how many messages were read at once."""

    def __init__(self, keep: int = 1000) -> None:
        super().__init__(keep, MANY)
        self.reads: list[int] = []

    async def say(self, *texts: str) -> None:
        await self.append([a_draft(text) for text in texts])

    async def read(self, after: int, limit: int) -> list[Message]:
        self.reads.append(limit)
        return await super().read(after, limit)

    async def onward(self, after: int, limit: int) -> list[Message]:
        self.reads.append(limit)
        return await super().onward(after, limit)

    async def page(self, before: int, limit: int) -> list[Message]:
        self.reads.append(limit)
        return await super().page(before, limit)


def past_of(store: Store) -> Past:
    return Past(store, Feed(0))


def seqs(messages: Sequence[Message]) -> list[int]:
    return [message.seq for message in messages]


async def test_by_number() -> None:
    store = Watched()
    await store.say(*map(str, range(1, 101)))
    for limit, first, more in (
        (1, 100, True),
        (STEP, 101 - STEP, True),
        (99, 2, True),
        (100, 1, False),
        (500, 1, False),
    ):
        page = await newest(past_of(store), 101, limit, MANY)
        assert (seqs(page.messages), page.more) == (list(range(first, 101)), more)
    for limit, last, more in ((1, 1, True), (STEP, STEP, True), (99, 99, True), (100, 100, False), (500, 100, False)):
        page = await oldest(past_of(store), 0, limit, MANY)
        assert (seqs(page.messages), page.more) == (list(range(1, last + 1)), more)
    assert max(store.reads) <= STEP
    assert seqs((await newest(past_of(store), 51, 2, MANY)).messages) == [49, 50]
    assert seqs((await oldest(past_of(store), 50, 2, MANY)).messages) == [51, 52]


@pytest.mark.parametrize("limit", [0, 10])
async def test_where_there_is_nothing(limit: int) -> None:
    store = Watched()
    assert (
        (await newest(past_of(store), 1, limit, MANY)).messages
        == (await oldest(past_of(store), 0, limit, MANY)).messages
        == []
    )
    await store.say("x")
    assert (
        (await newest(past_of(store), 1, limit, MANY)).messages
        == (await oldest(past_of(store), 1, limit, MANY)).messages
        == []
    )
    assert not (await oldest(past_of(store), 1, limit, MANY)).more


async def test_by_bytes() -> None:
    store = Watched()
    await store.say(*["密" * 1000] * 50)  # 3,250 bytes each, about
    page = await newest(past_of(store), 51, 500, 10_000)
    assert (seqs(page.messages), page.more) == ([48, 49, 50], True)
    assert store.reads == [STEP]
    page = await oldest(past_of(store), 0, 500, 100_000)
    assert (seqs(page.messages), page.more) == (list(range(1, 31)), True)
    assert store.reads == [STEP, STEP, STEP]


async def test_bytes_are_those_of_the_answer() -> None:
    store = Watched()
    await store.say(*['"\n' * 1000] * 50)
    page = await newest(past_of(store), 51, 500, 10_000)
    assert len(page_json(page.messages, more=page.more)) < 10_000
    assert len(page.messages) == 2


@pytest.mark.parametrize("size", [0, 1, 999])
async def test_one_that_is_too_large_stands_alone(size: int) -> None:
    store = Watched()
    await store.say("small", "x" * 1000, "small")
    assert seqs((await newest(past_of(store), 3, 10, size)).messages) == [2]
    assert seqs((await oldest(past_of(store), 1, 10, size)).messages) == [2]
    # Also behind others that do not fill a step.
    assert seqs((await oldest(past_of(store), 0, 10, 300, 1)).messages) == [1]


async def test_a_few_are_read_first_where_one_may_fill_the_page() -> None:
    store = Watched()
    await store.say(*["x" * 1000] * 40)
    assert seqs((await newest(past_of(store), 41, 30, 1000, first=4)).messages) == [40]
    assert store.reads == [4]
    store.reads.clear()
    assert seqs((await newest(past_of(store), 41, 30, MANY, first=4)).messages) == list(range(11, 41))
    assert store.reads == [4, STEP, 30 - 4 - STEP]
    store.reads.clear()
    assert seqs((await oldest(past_of(store), 0, 30, MANY, first=4)).messages) == list(range(1, 31))
    assert store.reads == [4, STEP, 30 - 4 - STEP]


async def test_what_is_gone_is_not_more() -> None:
    store = Watched(keep=10)
    await store.say(*map(str, range(30)))
    page = await newest(past_of(store), 31, 10, MANY)
    assert (seqs(page.messages), page.more) == (list(range(21, 31)), False)
    assert (await newest(past_of(store), 31, 9, MANY)).more


async def test_pages_together_are_the_log() -> None:
    store = Watched()
    texts = ["x" * (number * 37 % 500) for number in range(200)]
    await store.say(*texts)
    forwards: list[Message] = []
    after, more = 0, True
    while more:
        page = await oldest(past_of(store), after, 50, 3000, 7)
        forwards += page.messages
        after, more = page.messages[-1].seq, page.more
    backwards: list[Message] = []
    before, more = 201, True
    while more:
        page = await newest(past_of(store), before, 50, 3000, 7)
        backwards = [*page.messages, *backwards]
        before, more = page.messages[0].seq, page.more
    assert [message.text for message in forwards] == [message.text for message in backwards] == texts


async def test_a_page_costs_one_read_however_much_was_taken_back_beside_it() -> None:
    store = Watched()
    await store.say("first", *(str(number) for number in range(300)), "last")
    await store.append([a_draft(deletion_of([seq]), kind="deleted") for seq in range(2, 302)])
    for page in (await newest(past_of(store), store.head + 1, 1, MANY), await oldest(past_of(store), 1, 1, MANY)):
        assert [message.text for message in page.messages] == ["last"]
    assert store.reads == [1, 1]
