"""What the operator reads: written by a thread of its own.

1. Nobody in the room MUST wait for who reads our log: a terminal where Ctrl-S was pressed, a pipe whose reader sleeps.
   What does not fit into MAX_BYTES meanwhile is not written, and the next line tells how much that was.
2. At the end it is waited for who reads it, LAST_SECONDS at most.
"""

import atexit
import os
import select
from collections import deque
from collections.abc import Callable
from io import TextIOBase
from threading import Condition, Thread

MAX_BYTES = 1024 * 1024
LAST_SECONDS = 1.0


class Stderr(TextIOBase):
    """In the place of `sys.stderr`. `aside` makes a line of what it says itself."""

    def __init__(self, descriptor: int, encoding: str, aside: Callable[[str], str]) -> None:
        self._descriptor = descriptor
        self._encoding = encoding
        self._aside = aside
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._lost = 0
        self._changed = Condition()
        Thread(target=self._run, name="stderr", daemon=True).start()
        atexit.register(self.finish)

    def write(self, text: str) -> int:
        """Let it be written, or count it as lost."""
        data = text.encode(self._encoding, "replace")
        with self._changed:
            if self._size + len(data) > MAX_BYTES:
                self._lost += 1
                return len(text)
            if self._lost:
                lost = self._aside(f"{self._lost} lines were not written: nobody read them")
                data = f"{lost}\n".encode(self._encoding, "replace") + data
                self._lost = 0
            self._waiting.append(data)
            self._size += len(data)
            self._changed.notify_all()
        return len(text)

    def fileno(self) -> int:
        """The descriptor: who writes there by it waits for its reader."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        """It is."""
        return True

    def finish(self) -> None:
        """Wait until all is written, or nobody has read it for too long."""
        with self._changed:
            self._changed.wait_for(lambda: not self._size, LAST_SECONDS)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                data = self._waiting.popleft()
            self._put(data)
            with self._changed:
                self._size -= len(data)
                self._changed.notify_all()

    def _put(self, data: bytes) -> None:
        try:
            while data:
                try:
                    data = data[os.write(self._descriptor, data) :]
                except BlockingIOError:  # somebody who has the same terminal made it so
                    select.select([], [self._descriptor], [])
        except OSError:
            pass  # a full disk, a reader that is gone: there is nobody to tell
