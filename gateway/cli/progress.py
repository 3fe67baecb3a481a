"""How far something is: a bar on a terminal, nothing elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WIDTH = 30


@contextmanager
def shown_bar() -> Iterator[Callable[[int, int], None]]:
    """One that is there as long as the block lasts: what shows how much is done, of how much."""
    bar = Bar()
    try:
        yield bar.show
    finally:
        bar.clear()


class Bar:
    """On stderr."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._last = ""

    def show(self, done: int, of: int) -> None:
        """So much is done, of so much."""
        full = WIDTH * done // max(1, of)
        self._draw(f"[{'#' * full}{'.' * (WIDTH - full)}] {100 * done // max(1, of)}%")

    def clear(self) -> None:
        """Make room for a line."""
        self._draw("")

    def _draw(self, text: str) -> None:
        if self._is_shown and text != self._last:
            sys.stderr.write(f"\r{text or ' ' * len(self._last)}" + ("" if text else "\r"))
            sys.stderr.flush()
            self._last = text
