"""How far a pipe is: at its end how much is stored, and on a terminal a bar meanwhile."""

import os
import stat
import time
from typing import BinaryIO, TextIO

FIRST_SECONDS, EACH_SECONDS = 1.0, 0.1
WIDTH = 20


class Progress:
    """Of what comes from `source`, told on `screen`."""

    def __init__(self, source: BinaryIO, screen: TextIO) -> None:
        self._screen = screen
        self._total = _size(source)
        self._due = time.monotonic() + FIRST_SECONDS if screen.isatty() else None
        self._shown = ""
        self.read = 0
        """Bytes that came."""

    def show(self, stored: int, said: int) -> None:
        """So much is stored of what was said; drawn on a terminal, and not too often."""
        now = time.monotonic()
        if self._due is not None and now >= self._due:
            self._due = now + EACH_SECONDS
            self._draw(f"{self._bar()}{stored:,} stored, {said - stored:,} under way")

    def clear(self) -> None:
        """Make room for another line."""
        self._draw("")

    def end(self, stored: int, said: int) -> None:
        """It is over."""
        self.clear()
        self._screen.write(f"gateway chat: {stored} of {said} stored\n")

    def _draw(self, text: str) -> None:
        if text or self._shown:
            blanks = " " * (len(self._shown) - len(text))
            self._screen.write(f"\r{text}{blanks}" + ("" if text else "\r"))
            self._screen.flush()
            self._shown = text

    def _bar(self) -> str:
        if not self._total:
            return ""
        done = min(WIDTH, self.read * WIDTH // self._total)
        return f"[{'#' * done}{'.' * (WIDTH - done)}] "


def _size(source: BinaryIO) -> int:
    """Bytes that will come, 0 if nobody knows."""
    status = os.fstat(source.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
