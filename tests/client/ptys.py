"""A terminal of a test's own, at which somebody types."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

CTRL_D = b"\x04"


class Terminal:
    """`stdin` is what a program reads there, `name` the device."""

    def __init__(self, keyboard: int, stdin: BinaryIO) -> None:
        self._keyboard = keyboard
        self.stdin = stdin
        self.name = os.ttyname(stdin.fileno())

    def type(self, keys: bytes) -> None:
        """Somebody presses these."""
        os.write(self._keyboard, keys)


@contextmanager
def a_terminal() -> Iterator[Terminal]:
    """One, until the test is over."""
    keyboard, device = os.openpty()
    try:
        with os.fdopen(device, "rb", 0) as stdin:
            yield Terminal(keyboard, cast(BinaryIO, stdin))
    finally:
        os.close(keyboard)
