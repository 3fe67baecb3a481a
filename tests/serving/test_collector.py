"""What holds itself is looked for when memory has grown, and at no other time."""

from gateway.serving.collector import GROWTH, SLACK, Collector, resident

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
    more = b"x" * (32 * MIB)
    assert resident() > before + len(more) // 2
