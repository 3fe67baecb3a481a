"""A line in which those of one lane wait for each other, and the lanes take turns: a crowd of one keeps others waiting
no longer than one of them does.
"""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """The line; see `gate.lane_of` for whose lane it is."""

    def __init__(self) -> None:
        self._lanes: OrderedDict[str, deque[T]] = OrderedDict()  # the one whose turn it is first
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def lanes(self) -> int:
        """How many there are."""
        return len(self._lanes)

    def put(self, lane: str, item: T) -> None:
        """Let it wait behind the others of its lane."""
        self._lanes.setdefault(lane, deque()).append(item)
        self._size += 1

    def drop(self, lane: str, item: T) -> bool:
        """Let it wait no more; whether it was there."""
        line = self._lanes.get(lane)
        if not line or item not in line:
            return False
        line.remove(item)
        self._size -= 1
        if not line:
            del self._lanes[lane]
        return True

    def take(self) -> T:
        """The first of the lane whose turn it is, which then goes behind the others. There must be one."""
        lane, line = self._lanes.popitem(last=False)
        self._size -= 1
        item = line.popleft()
        if line:
            self._lanes[lane] = line
        return item
