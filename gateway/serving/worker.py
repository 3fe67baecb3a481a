"""What a worker and its parent say to each other, in lines, by the worker's stdin and stdout.

The parent: settings in JSON, first those to begin with, then others to go on by; and an empty line, which asks whether
the worker lives. The worker: `open`, then `alive` for each empty line.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from mmap import mmap
from tempfile import TemporaryFile

import msgspec

from ..config import Settings
from ..decoding import Decoder
from ..faults import Contained, begin
from ..guard.shared import KEY_BYTES, Shared, size_for
from .reload import tell

Adopt = Callable[[Settings], Awaitable[list[str]]]

ASK = b"\n"

_decode = Decoder[Settings](Settings)

SHARED = "shared"
"""What a worker's descriptor of the memory is called that all of them count in."""


def make_memory(workers: int) -> int:
    """A descriptor of that memory."""
    if sys.platform == "linux":
        file = os.memfd_create("gateway")
    else:
        with TemporaryFile() as named:
            file = os.dup(named.fileno())
    os.truncate(file, size_for(workers))
    os.write(file, os.urandom(KEY_BYTES))
    return file


def shared_in(file: int, workers: int, name: str) -> Shared:
    """What is in it for the worker of this name."""
    return Shared(memoryview(mmap(file, size_for(workers))), workers, int(name) - 1)


def written(settings: Settings) -> bytes:
    """A line of these: some are secret, and every user sees a command's arguments."""
    return msgspec.json.encode(settings) + b"\n"


def first_settings() -> Settings:
    """Those to begin with. What comes behind them is left where it is."""
    with open(0, "rb", buffering=0, closefd=False) as stdin:
        return _decode(stdin.readline())


async def heed(adopt: Adopt) -> None:
    """Say that the room is open, and hear the parent from now on."""
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: _Parent(adopt), sys.stdin)
    _say("open")


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


class _Parent(Contained, asyncio.Protocol):
    """What the parent says. If that ends, so do we: see `workers`."""

    def __init__(self, adopt: Adopt) -> None:
        self._adopt = adopt
        self._line = b""

    def data_received(self, data: bytes) -> None:
        """Some lines, and the beginning of another."""
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            if line:
                settings = _decode(line)
                begin(tell(lambda settings=settings: self._adopt(settings)))  # type: ignore[misc]
            else:
                _say("alive")

    def fail(self) -> None:
        """See Blamed: a fault is told, and we go on."""

    cut = fail
