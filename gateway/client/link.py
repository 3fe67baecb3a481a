"""The way to a room. What is said is kept until the room has it: a lost connection loses nothing, and doubles nothing.

1. What was said MUST be sent in order, and again after a connection was lost, as long as it is not acked.
2. Who says more than WINDOW at once waits: a fast pipe is slowed down, and memory stays flat.
"""

import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

from .address import LOST, Address, ChatError
from .told import State, Told

WINDOW = 2000
FIRST_DELAY, LONGEST_DELAY = 0.3, 10.0
OPEN_SECONDS = 10.0

Hear = Callable[[Told], None]


class Link(ABC):
    """A connection that comes back. `hear` is told all that happens; `patience` in seconds without a connection."""

    def __init__(self, address: Address, hear: Hear, *, name: str, password: str, patience: float) -> None:
        self.address = address
        self.name = name
        self.label = name  # what others call us: a guest has no name
        self.members = 0
        self.lag: float | None = None  # seconds from saying something to its ack
        self.is_connected = False
        self.is_closed = False
        self.pending: deque[tuple[str, str, float]] = deque()  # id, text, when: not acked, oldest first
        self._password = password
        self._hear = hear
        self._patience = patience
        self._sent = 0  # of those that are pending, on this connection
        self._number = 0
        self._moved = asyncio.Event()  # something became pending, or was acked
        self._was_in = False

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost, until `close`. Raises ChatError."""
        delay, lost_at = FIRST_DELAY, time.monotonic()
        while True:
            try:
                await self._visit()
                reason = "closed"
            except OSError as error:
                reason = _reason(error)
            if self._is_over():
                return
            if self.is_connected:
                delay, lost_at = FIRST_DELAY, time.monotonic()
                self.is_connected = False
                self._hear(State("lost", reason))
            if not self._was_in or time.monotonic() > lost_at + self._patience:
                raise ChatError(f"{self.address}: {reason}", LOST)
            self._sent = 0
            await asyncio.sleep(delay * random.uniform(0.5, 1))
            delay = min(delay * 2, LONGEST_DELAY)

    async def say(self, text: str, number: int = 0) -> None:
        """Say something; waits while too much is not acked. `number` is by what an error names it."""
        while len(self.pending) >= WINDOW:
            await self._wait()
        self._number += 1
        self.pending.append((f"{number or self._number}", text, time.monotonic()))
        self._moved.set()

    async def drained(self) -> None:
        """Wait until all that was said is acked."""
        while self.pending:
            await self._wait()

    @abstractmethod
    async def command(self, text: str) -> None:
        """Ask for something: `/who`."""

    @abstractmethod
    async def close(self) -> None:
        """Leave."""

    @abstractmethod
    async def _visit(self) -> None:
        """One connection, from its opening to its end. Raises OSError, ChatError."""

    def _is_over(self) -> bool:
        return self.is_closed

    def _entered(self) -> None:
        self._was_in = self.is_connected = True
        self._hear(State("connected"))

    def _acked(self, say_id: str | None = None) -> None:
        """The oldest that is pending, or the one of this id, is not any more."""
        if not self.pending:
            return
        if say_id is None or self.pending[0][0] == say_id:
            since = self.pending.popleft()[2]
        else:
            known = [each for each in self.pending if each[0] == say_id]
            if not known:
                return
            since = known[0][2]
            self.pending.remove(known[0])
        self._sent = max(0, self._sent - 1)
        self.lag = time.monotonic() - since
        self._moved.set()

    async def _wait(self) -> None:
        self._moved.clear()
        await self._moved.wait()


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused; is the gateway running there?"
    return error.strerror or str(error) or type(error).__name__
