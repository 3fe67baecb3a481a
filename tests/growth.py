"""How cost grows with input: doubled and doubled again, from the size where the faults were seconds."""

import time
from collections.abc import Callable
from typing import NamedTuple

SIZES = [1000 * 2**power for power in range(10)]
PATIENCE = 1.0  # seconds of processor time: a linear reader takes some 50 ms for the largest


class Shape(NamedTuple):
    """An input that can be of any size."""

    before: bytes
    repeated: bytes
    after: bytes = b""

    def of(self, size: int) -> bytes:
        return self.before + self.repeated * (size // len(self.repeated)) + self.after


def name_of(shape: Shape) -> str:
    return ascii(shape.before[-12:] + shape.repeated[:4] + b"*" + shape.after[:4])[2:-1]


def assert_linear(read: Callable[[bytes], object], shape: Shape) -> None:
    """Each size is read in time; the first that is not ends it, so that a bad reader does not take for ever."""
    for size in SIZES:
        data = shape.of(size)
        began = time.process_time()
        read(data)
        taken = time.process_time() - began
        assert taken < PATIENCE, f"{size} bytes took {taken:.1f} s"
