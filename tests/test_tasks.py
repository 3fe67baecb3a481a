"""Background tasks end, even those that lose a cancellation."""

import asyncio

from gateway.tasks import end


async def test_what_loses_a_cancellation_ends_all_the_same() -> None:
    lost = 0

    async def stubborn() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost += 1
                if lost == 2:
                    raise

    async def failing() -> None:
        raise ValueError

    tasks = [asyncio.create_task(run()) for run in (stubborn, failing)]
    await asyncio.sleep(0)
    await end(*tasks)
    assert lost == 2
    assert all(task.done() for task in tasks)
    await end()
