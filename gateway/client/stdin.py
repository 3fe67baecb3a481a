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


async def lines(file: BinaryIO) -> AsyncIterator[bytes]:
    """The lines of a pipe, or of a file. Raises ChatError."""
    rest, ended = bytearray(), 0
    async for data in _chunks(file):
        first, *more = data.split(b"\n")
        if more:
            yield bytes(rest + first)
            for line in more[:-1]:
                yield line
            rest, first, ended = bytearray(), more[-1], ended + len(more)
        rest = _going_on(rest, first)
        if len(rest) > MAX_LINE:
            raise ChatError(f"line {ended + 1}: more than {MAX_LINE} bytes without an end", LOST)
    if rest:
        yield bytes(rest)


def _going_on(line: bytearray, more: bytes) -> bytearray:
    """A line that has no end yet, and more of it. A progress bar goes on for ever: what it wrote over is not kept."""
    written = more.rstrip(b"\r")
    over = written.rfind(b"\r") + 1
    if over or (written and line.endswith(b"\r")):
        return bytearray(more[over:])
    line += more  # and not one look at what was there: else a long line costs by the square
    return line


async def whole(file: BinaryIO) -> AsyncIterator[bytes]:
    """All of it, as one. Raises ChatError."""
    data = bytearray()
    async for more in _chunks(file):
        data += more
        if len(data) > MAX_LINE:
            raise ChatError(f"more than {MAX_LINE} bytes for one message", LOST)
    yield bytes(data)


def has_more(file: BinaryIO, *, waits: bool) -> bool:
    """Whether there is more of it, as far as that can be told at once; `waits`: it is to be read to its end."""
    return bool(os.read(file.fileno(), 1)) if _has_come(file.fileno()) else waits


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    """What comes, when it comes, without the mark that Windows puts before UTF-8. Raises ChatError for its UTF-16."""
    is_first = True
    async for data in _read(file):
        if is_first and data.startswith(_UTF_16_MARKS):
            raise ChatError(_IS_UTF_16, LOST)
        yield data.removeprefix(_UTF_8_MARK) if is_first else data
        is_first = False


async def _read(file: BinaryIO) -> AsyncIterator[bytes]:
    """What comes, when it comes. A file is never waited for, and no loop can wait for it."""
    mode = os.fstat(file.fileno()).st_mode
    if file.isatty():
        async for data in _from_terminal(file.fileno()):
            yield data
        return
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        while data := os.read(file.fileno(), CHUNK):
            yield data
            await asyncio.sleep(0)
        return
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), file
    )
    try:
        while data := await reader.read(CHUNK):
            yield data
    finally:
        transport.close()


async def _from_terminal(file: int) -> AsyncIterator[bytes]:
    """Its lines, until Ctrl-D. What is made not to block here is so for the shell, too: it is left as it is."""
    while True:
        await _readable(file)
        if not _has_come(file):  # Ctrl-C or Ctrl-Z has taken it back: to read would block, Ctrl-C too
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
