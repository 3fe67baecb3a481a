"""One search: each message is looked at once, slice by slice, as far as an answer has room; and what that costs."""

from datetime import date
from typing import Any

import pytest

from gateway.messages import Message
from gateway.room.finding import SLICE_SECONDS
from gateway.room.query import Query
from gateway.room.search import BYTES_A_SECOND, LEAST, MOST, SLICE_CHARACTERS
from gateway.stores.memory import MemoryStore
from gateway.text.words import PIECE
from gateway.wires.answers import Found
from gateway.wires.events import Find

from ..fakes import scene
from .searched import DEAR_SECONDS, MANY, NOON, Slow, make_dear, say, search, seqs


@pytest.mark.parametrize("count", [0, 1, LEAST - 1, LEAST, LEAST + 1, 3 * MOST, 1000])
async def test_each_message_is_looked_at_once(count: int) -> None:
    async with scene(MemoryStore(MANY, MANY)) as here:
        store: Any = here.room.store
        await say(store, *(f"number {number}" for number in range(1, count + 1)))
        await here.settle()
        found = await search(here, "number", limit=MANY)
        assert found.more is False or len(found.messages) < count
        together = seqs(found)
        while found.more:
            found = await search(here, "number", limit=MANY, before=found.before)
            together += seqs(found)
        assert together == [*range(count, 0, -1)]
        assert await search(here, "nothing") == Found([], more=False)


@pytest.mark.parametrize("limit", [0, 1, 7, LEAST, 100])
async def test_pages_of_what_is_found_are_all_of_it(limit: int) -> None:
    async with scene(MemoryStore(MANY, MANY)) as here:
        store: Any = here.room.store
        await say(store, *(f"{'even' if number % 2 == 0 else 'odd'} one" for number in range(300)))
        await here.settle()
        found = await search(here, "even", limit=limit)
        if not limit:
            assert (found.messages, found.more, found.before) == ([], True, 301)
            return
        together = seqs(found)
        while found.more:
            assert len(found.messages) == limit
            found = await search(here, "even", limit=limit, before=found.before)
            together += seqs(found)
        assert together == [*range(299, 0, -2)]


async def test_an_answer_has_so_many_bytes_and_the_next_one_goes_on_with_what_had_no_room() -> None:
    async with scene(MemoryStore(MANY, MANY), max_text=2**20) as here:
        store: Any = here.room.store
        await say(store, *(f"word {'x' * 10_000}" for _ in range(20)), f"word {'x' * 200_000}", "word")
        await here.settle()
        answers = [await search(here, "word")]
        while answers[-1].more:
            answers.append(await search(here, "word", before=answers[-1].before))
        assert [seqs(each) for each in answers][:3] == [[22], [21], [20, 19, 18, 17, 16, 15]]
        assert [seq for each in answers for seq in seqs(each)] == [*range(22, 0, -1)]


async def test_what_was_said_since_a_day_is_all_that_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Slow()
    async with scene(store) as here:
        await say(store, *["word"] * 3000, at=NOON - 86_400_000)
        await say(store, *["word"] * 10, at=NOON)
        await here.settle()
        for _ in range(100):
            store.steps.release()
        found = await search(here, "word", since=date(2026, 11, 24))
        assert (len(found.messages), found.more) == (10, False)
        assert len(store.asked) <= 2


async def test_of_long_texts_few_are_read_at_a_time() -> None:
    store = Slow()
    await say(store, *["x" * 65_536] * 400, *["x"] * 2000)
    async with scene(store) as here:
        for _ in range(1000):
            store.steps.release()
        await search(here, "nowhere")
        limits = [limit for _, limit in store.asked]
        assert limits[:5] == [16, 32, 64, 128, 256]
        assert max(limits) == MOST
        assert limits[-1] == LEAST
        assert limits.count(MOST) * MOST <= 2000 + MOST
        assert LEAST * 65_536 <= 16 * SLICE_CHARACTERS


async def test_where_a_search_was_in_a_text_is_kept_between_its_turns() -> None:
    store = MemoryStore(MANY, MANY)
    long = "x" * 60_000  # takes some turns; all of it what a lane alone can look at in time
    texts = [f"needle {long} pin", f"pin {long} needle", "pin", f"{long}{long}", "needle pin", f"pin{long}pin"]
    await say(store, *texts)
    async with scene(store) as here:
        make_dear(here)
        pages = 0
        whole = store.page

        async def page(before: int, limit: int) -> list[Message]:
            nonlocal pages
            pages += 1
            return await whole(before, limit)

        store.page = page  # type: ignore[method-assign]
        query = Query.of(Find("needle pin"), store.head)
        assert seqs(await here.room.finder.search(query, "lane", lambda: True, lambda _: None, MANY)) == [5, 2, 1]
        assert pages > 5 * 60_000 // PIECE * DEAR_SECONDS / SLICE_SECONDS


async def test_what_takes_long_counts_by_its_time() -> None:
    store = MemoryStore(MANY, MANY)
    await say(store, "x" * 60_000)
    counted = 0

    def count(size: int) -> None:
        nonlocal counted
        counted += size

    async with scene(store) as here:
        make_dear(here)
        await here.room.finder.search(Query.of(Find("y"), store.head), "lane", lambda: True, count)
    assert counted > 0.8 * 60_000 / PIECE * DEAR_SECONDS * BYTES_A_SECOND
