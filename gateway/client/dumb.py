"""A person at a terminal that can only print: TERM=dumb, in an editor or for a screen reader. Nothing commands it."""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Sequence

from ..text.controls import clean
from . import told
from .conversation import Conversation
from .memory import Memory
from .screen import Fragments
from .stdin import NotTextError, Piped, text_of

NAMES = ("", "dumb", "unknown")
"""Of such terminals, in TERM."""

MOST_SAID = 100


def is_dumb() -> bool:
    """Whether this terminal is one."""
    return os.environ.get("TERM", "") in NAMES


class DumbTerminal(Conversation):
    """Lines come and go; the terminal itself shows what is typed, so that is not shown again.

    But what was kept while the room was away is: others have spoken since.
    """

    _ends = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)  # here Ctrl-C is a signal, and no key

    def __init__(self, memory: Memory, *, tag: str = "", bell: bool = False) -> None:
        super().__init__(memory, tag=tag, bell=bell)
        self._echoed: deque[str] = deque(maxlen=MOST_SAID)
        self._kept: deque[str] = deque(maxlen=MOST_SAID)

    def hear(self, event: told.Told) -> None:
        """See Conversation."""
        if not (isinstance(event, told.Message) and self._is_echo(event)):
            super().hear(event)

    def _is_echo(self, message: told.Message) -> bool:
        """Whether it was typed here, and just now."""
        is_ours = message.label == self._link.session.label and message.text in self._echoed
        if not (is_ours or message.via == "own"):
            return False
        was_kept = message.text in self._kept
        if was_kept:
            self._kept.remove(message.text)
        return not was_kept

    def _enter(self) -> None:
        if not self._was_connected:  # there is no line below that says so
            super().hear(told.Notice(f"connected to {self._link.session.address}; Ctrl-D leaves"))
        super()._enter()

    async def _do(self, text: str, about: told.Message | None = None) -> None:
        pending = self._link.session.ledger.pending
        before, is_away = len(pending), not self._link.session.is_in
        await super()._do(text, about)
        said = [each.text for each in list(pending)[before:]]
        self._echoed.extend(said)
        self._kept.extend(said if is_away else [])

    async def _type(self) -> None:
        while True:
            async for line in Piped(sys.stdin.buffer).lines():
                self._hear_bytes(line)
            self.leave()  # Ctrl-D; who is told of what is unsent may press it once more
            while self._leaving is not None and not self._leaving.done():
                await asyncio.wait([self._leaving])

    def _hear_bytes(self, line: bytes) -> None:
        try:
            text = clean(text_of(line)).rstrip()
        except NotTextError as error:
            self.hear(told.Error("not-text", str(error)))
            return
        if text:
            self._hear_line(text)

    async def _ready(self) -> None:
        """See Conversation: always."""

    def _print(self, lines: Sequence[Fragments]) -> None:
        for line in lines:
            # Code in a line has no look here: it keeps its backticks.
            sys.stdout.write("".join(f"`{text}`" if style == "class:code" else text for style, text in line) + "\n")
        sys.stdout.flush()

    def _ring(self) -> None:
        sys.stdout.write("\a")
