"""A crowd, looked at some at a time."""

import asyncio

import pytest

from gateway.room.slices import SLICE, in_slices


@pytest.mark.parametrize("count", [0, 1, SLICE, SLICE + 1, 3 * SLICE])
async def test_all_are_looked_at_in_their_order_and_others_have_a_turn_after_so_many(count: int) -> None:
    turns = [0]

    async def other() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    await asyncio.sleep(0)
    looked_at = [(each, turns[0]) async for each in in_slices(range(count))]
    beside.cancel()
    assert looked_at == [(number, 1 + number // SLICE) for number in range(count)]
