"""What holds itself is looked for when memory has grown, and at no other time."""

import asyncio
import errno
import mmap

import pytest

from gateway.serving.collector import GROWTH, SLACK, Collector, resident

from ..patience import PATIENCE

MIB = 1024 * 1024


def test_it_collects_when_memory_has_grown_and_counts_from_what_is_left() -> None:
    memory, collected = 100 * MIB, 0
    freed = 0

    def collect() -> None:
        nonlocal memory, collected
        collected += 1
        memory -= freed

    collector = Collector(lambda: memory, collect)
    memory = int(100 * MIB * GROWTH + SLACK)
    collector.look()
    assert collected == 0
    memory, freed = memory + 1, 50 * MIB
    collector.look()
    assert collected == 1
    memory += 100 * MIB
    collector.look()  # of what is left it is not that much more
    assert collected == 1
    memory = 10 * MIB
    collector.look()
    memory = int(10 * MIB * GROWTH + SLACK) + 1
    collector.look()
    assert collected == 2


def test_this_process_has_some_memory() -> None:
    before = resident()
    assert before > MIB
    with mmap.mmap(-1, 32 * MIB) as more:  # what malloc gives may have been the process's before
        more.write(b"x" * MIB * 32)
        assert resident() > before + len(more) // 2


async def test_it_goes_on_though_it_could_not_look_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a descriptor memory can't be read: it looked no more from then on, and that is when memory grows."""
    monkeypatch.setattr("gateway.serving.collector.LOOK_SECONDS", 0)
    memory: list[int | OSError] = [MIB, OSError(errno.EMFILE, "Too many open files"), SLACK * 3, MIB]
    collected = asyncio.Event()

    def bytes_now() -> int:
        if isinstance(now := memory.pop(0) if len(memory) > 1 else memory[0], OSError):
            raise now
        return now

    watching = asyncio.ensure_future(Collector(bytes_now, collected.set).run())
    async with asyncio.timeout(PATIENCE):
        await collected.wait()
    watching.cancel()
