"""The way to a room: a connection that comes back. It moves bytes, and waits; what is said on it is the session's."""

import asyncio
import random
import time
from abc import ABC, abstractmethod
from contextlib import suppress

from ..causes import cause_of
from ..searches import Sought
from .greeting import UNGREETED
from .session import Session

OPEN_SECONDS = 10.0
ASK_SECONDS = 1.0
"""For a question to be sent: where nothing moves it can't be."""

LATE_SECONDS = 1.0
"""Who looks so much later than it wanted to has not read meanwhile: a terminal took nothing."""


class Link(ABC):
    """A session's connections, one after the other. A wire has its own."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._changed = asyncio.Event()  # something is to be sent, or was acked
        self._hurried = asyncio.Event()
        self._takes = asyncio.Event()
        self._takes.set()

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost, until it is over. Raises ChatError."""
        while True:
            await self._takes.wait()  # who is not read is not greeted in time
            try:
                await self._visit()
                reason = "closed"
            except OSError as error:
                reason = _reason(error, was_in=self.session.was_in)
            if self.session.is_over:
                return
            await self._pause(self.session.retry(reason, time.monotonic()) * random.uniform(0.5, 1))

    def hurry(self) -> None:
        """Somebody is there: it is not waited until the next connection is made."""
        self._hurried.set()

    async def _pause(self, seconds: float) -> None:
        self._hurried.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurried.wait()

    def pause(self) -> None:
        """What came has to be shown first: no more is taken until `resume`, and the server waits."""
        self._takes.clear()

    def resume(self) -> None:
        """More may come. Who was not read meanwhile was not silent."""
        if not self._takes.is_set():
            self.session.heard(time.monotonic())
            self._takes.set()

    async def has_room(self) -> None:
        """Wait while too much is pending."""
        while self.session.ledger.is_full:
            await self._change()

    async def say(self, text: str, number: int = 0, kind: str = "", re: int = 0) -> None:
        """Say something; waits while too much is pending. `number` is by what an error names it; see Said."""
        await self.has_room()
        self.session.say(text, time.monotonic(), number, kind, re)
        self._changed.set()

    def command(self, text: str) -> None:
        """Ask for something: `/who`."""
        self.session.command(text)
        self._changed.set()

    def ask_last(self) -> bool:
        """Ask where the log ends; whether this wire can tell."""
        can_tell = self.session.ask_last()
        self._changed.set()
        return can_tell

    def ask_who(self) -> bool:
        """Ask who is here; whether this wire can tell."""
        can_tell = self.session.ask_who()
        self._changed.set()
        return can_tell

    def ask_older(self, before: int, limit: int) -> bool:
        """Ask for so many messages before one; whether this wire can tell."""
        can_tell = self.session.ask_older(before, limit)
        self._changed.set()
        return can_tell

    def delete(self, seq: int) -> bool:
        """Take back a message; whether this wire can."""
        can_delete = self.session.delete(seq)
        self._changed.set()
        return can_delete

    def find(self, what: Sought, limit: int) -> bool:
        """See Session."""
        can_tell = self.session.find(what, limit)
        self._changed.set()
        return can_tell

    async def drained(self) -> None:
        """Wait until all that was said is acked."""
        while self.session.ledger.pending:
            await self._change()

    @abstractmethod
    async def close(self) -> None:
        """Leave."""

    @abstractmethod
    async def finish(self) -> None:
        """Leave when the room has all that was said. Raises ChatError if that can't be known."""

    # --- a connection ---------------------------------------------------------------------------------------------

    @abstractmethod
    async def _visit(self) -> None:
        """One connection, from its opening to its end. Raises OSError, ChatError."""

    @abstractmethod
    async def _write(self, data: bytes) -> None:
        """Send, and wait until it is under way. Raises OSError."""

    @abstractmethod
    def _abort(self) -> None:
        """End the connection, which is dead."""

    async def _talk(self) -> None:
        """Send and ask, until cancelled: beside whatever reads."""
        await asyncio.gather(self._send(), self._beat())

    async def _send(self) -> None:
        with suppress(OSError):  # who reads is told
            while True:
                while data := self.session.next_to_send():
                    await self._write(data)
                    self.session.sent(time.monotonic())
                    self._changed.set()
                await self._change()

    async def _beat(self) -> None:
        """Ask who has been quiet whether it is there; leave who says nothing to that, or whose path is dead."""
        while True:
            due = time.monotonic() + (seconds := self.session.beat_in(time.monotonic()))
            await asyncio.sleep(seconds)
            await self._takes.wait()
            if (now := time.monotonic()) > due + LATE_SECONDS:
                self.session.heard(now)
            if self.session.is_silent(now) or self._is_dead():
                self._abort()
                return
            if question := self.session.question(now):
                with suppress(OSError):
                    async with asyncio.timeout(ASK_SECONDS):
                        await self._write(question)

    def _is_dead(self) -> bool:
        """Whether it is known otherwise that nothing arrives any more."""
        return False

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


def _reason(error: OSError, *, was_in: bool) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time" if was_in else "no answer in time; is that a gateway's port?"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused; is the gateway running there?"
    if isinstance(error, ConnectionResetError) and not was_in:  # in the midst of TLS's handshake, say
        return UNGREETED
    return cause_of(error)
