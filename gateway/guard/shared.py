"""What the workers of one machine count together, in memory that all of them write.

1. Nobody MUST wait for a worker that stands still, so nothing is locked. Two that take from one bucket in the same
   microsecond may count as one; of connections each writes its own number alone, and none is ever lost.
2. Nothing is looked for or thrown out: a key is counted at ROWS places that its hash says, and what is there by others
   too is seen by the lesser of these. The hash is keyed, so that nobody chooses whom to meet.
3. All zeros MUST be where nothing was counted.
"""

from hashlib import blake2b

ROWS = 2
CELLS = 1 << 16
KEY_BYTES = 64
KINDS = ("room", "operators", "messages", "bytes")
"""Of levels. Guesses at the passwords, and what an address takes of its rates: each kind is drained at its own."""

_LEVEL_BYTES = 16  # two doubles: how much was taken, and when
_COUNT_BYTES = 4


def size_for(workers: int) -> int:
    """Bytes of the memory."""
    return KEY_BYTES + ROWS * CELLS * (len(KINDS) * _LEVEL_BYTES + workers * _COUNT_BYTES)


class Shared:
    """One worker's sight of the memory, whose first KEY_BYTES are random."""

    def __init__(self, memory: memoryview, workers: int, worker: int) -> None:
        self._key = bytes(memory[:KEY_BYTES])
        at = KEY_BYTES
        self._levels: dict[str, memoryview[float]] = {}
        for kind in KINDS:
            self._levels[kind] = memory[at : at + ROWS * CELLS * _LEVEL_BYTES].cast("d")
            at += ROWS * CELLS * _LEVEL_BYTES
        planes = []
        for _ in range(workers):
            planes.append(memory[at : at + ROWS * CELLS * _COUNT_BYTES].cast("I"))
            at += ROWS * CELLS * _COUNT_BYTES
        self._own = planes.pop(worker)
        self._others = planes
        self._own[:] = memoryview(bytes(len(self._own) * _COUNT_BYTES)).cast("I")  # whoever died had connections

    def levels(self, kind: str, group: str) -> "Levels":
        """Where it is kept how much was taken by this group of addresses."""
        return Levels(self._levels[kind], [2 * place for place in self._places(group)])

    def others(self, group: str) -> int:
        """How many connections it has at other workers."""
        return min(sum(plane[place] for plane in self._others) for place in self._places(group))

    def add(self, group: str, number: int) -> None:
        """So many more are here."""
        for place in self._places(group):
            self._own[place] += number

    def _places(self, group: str) -> list[int]:
        digest = int.from_bytes(blake2b(group.encode(), key=self._key, digest_size=2 * ROWS).digest())
        return [row * CELLS + (digest >> 16 * row) % CELLS for row in range(ROWS)]


class Levels:
    """How much was taken: more by each who takes, less by a rate as time passes."""

    __slots__ = ("_memory", "_places")

    def __init__(self, memory: "memoryview[float]", places: list[int]) -> None:
        self._memory = memory
        self._places = places

    def level(self, now: float, rate: float) -> float:
        """How much that is now."""
        memory = self._memory
        return min(max(0.0, memory[at] - max(0.0, now - memory[at + 1]) * rate) for at in self._places)

    def take(self, now: float, rate: float, amount: float) -> float:
        """Take some; how much that is then."""
        memory, least = self._memory, float("inf")
        for at in self._places:
            level = max(0.0, memory[at] - max(0.0, now - memory[at + 1]) * rate) + amount
            memory[at], memory[at + 1] = level, now
            least = min(least, level)
        return least
