"""What is piped in: the texts of its lines, whatever the locale writes, each as a terminal shows it in the end."""

import asyncio
import locale
import os
import select
import stat
from collections.abc import AsyncIterator
from typing import BinaryIO

from .address import LOST, ChatError

MAX_LINE = 2**24
CHUNK = 2**16

_UTF_8_MARK = b"\xef\xbb\xbf"
_IS_UTF_16 = (
    "what was piped in is UTF-16, so nothing was said; in PowerShell: $OutputEncoding = [Text.UTF8Encoding]::new()"
)
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class NotTextError(ValueError):
    """The bytes are text neither in UTF-8 nor in the locale's encoding; so it says."""


def text_of(data: bytes) -> str:
    """The text that these bytes are. Raises NotTextError."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    encoding = locale.getencoding()
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        other = "" if encoding.lower() in ("utf-8", "utf8") else f", nor {encoding}, which this locale has"
        raise NotTextError(f"what was piped in is not UTF-8{other}") from error


def last_state(line: str) -> str:
    """What stands there in the end of a line that was written over itself: of a progress bar, its last state."""
    return line.rstrip("\r").rpartition("\r")[2]


class Piped:
    """What is piped in, or is in a file, or is typed without a prompt, as its pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rest = bytearray()  # of a piece that has no end yet
        self._left = 0  # whole lines that came together with the last one

    async def lines(self) -> AsyncIterator[bytes]:
        """One after the other. Raises ChatError."""
        ended = 0
        async for data in self._chunks():
            first, *more = data.split(b"\n")
            if more:
                come = [bytes(self._rest + first), *more[:-1]]
                self._rest, first, ended = bytearray(), more[-1], ended + len(come)
            else:
                come = []
            self._rest = _going_on(self._rest, first)
            for self._left, line in zip(reversed(range(len(come))), come, strict=True):
                yield line
            if len(self._rest) > MAX_LINE:
                raise ChatError(f"line {ended + 1}: more than {MAX_LINE} bytes without an end", LOST)
        if self._rest:
            yield self._take_rest()

    async def whole(self) -> AsyncIterator[bytes]:
        """All of it, as one. Raises ChatError."""
        async for data in self._chunks():
            self._rest += data
            if len(self._rest) > MAX_LINE:
                raise ChatError(f"more than {MAX_LINE} bytes for one message", LOST)
        yield self._take_rest()

    def has_more(self, *, waits: bool) -> bool:
        """Whether there is more of it, as far as that can be told at once; `waits`: it is to be read to its end."""
        if self._left or self._rest:
            return True
        file = self._file.fileno()
        return bool(os.read(file, 1)) if _has_come(file) else waits

    def _take_rest(self) -> bytes:
        rest, self._rest = bytes(self._rest), bytearray()
        return rest

    async def _chunks(self) -> AsyncIterator[bytes]:
        """What comes, without the mark that Windows puts before UTF-8. Raises ChatError for its UTF-16."""
        is_first = True
        async for data in _read(self._file.fileno()):
            if is_first and data.startswith(_UTF_16_MARKS):
                raise ChatError(_IS_UTF_16, LOST)
            yield data.removeprefix(_UTF_8_MARK) if is_first else data
            is_first = False


def _going_on(line: bytearray, more: bytes) -> bytearray:
    """A line that has no end yet, and more of it. A progress bar goes on for ever: what it wrote over is not kept."""
    written = more.rstrip(b"\r")
    over = written.rfind(b"\r") + 1
    if over or (written and line.endswith(b"\r")):
        return bytearray(more[over:])
    line += more  # and not one look at what was there: else a long line costs by the square
    return line


async def _read(file: int) -> AsyncIterator[bytes]:
    """What comes, when it comes, to the end (of a terminal: to Ctrl-D). A file is never waited for, and no loop can.

    What is made not to block here is so for the shell, too, and what a transport reads it closes: it is left as it is.
    """
    is_waited_for = os.isatty(file) or stat.S_IFMT(os.fstat(file).st_mode) in (stat.S_IFIFO, stat.S_IFSOCK)
    while True:
        await (_readable(file) if is_waited_for else asyncio.sleep(0))
        if is_waited_for and not _has_come(file):  # Ctrl-C or Ctrl-Z has taken it back: to read would block, Ctrl-C too
            continue
        if not (data := os.read(file, CHUNK)):
            return
        yield data


async def _readable(file: int) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(file, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(file)  # with what it has said already: a read too many would block


def _has_come(file: int) -> bool:
    return bool(select.select([file], [], [], 0)[0])
