"""What a nats-server says of its disk.

It answers no append that it can't write, and goes on so until it is started again, also when there is room by then. Why
it can't, it tells who asks it to erase something; so it is asked to erase what no log has.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec

from ...messages import MAX_SEQ
from .. import StoreError
from .nats import AwayError, IncompleteError, Link, Place

_BELOW = "/jetstream/"
"""Where it has its files in its `store_dir`."""


class DiskError(AwayError):
    """It can't write to its disk: `words`, the system's, say why not."""

    def __init__(self, words: str, folder: str, place: Place) -> None:
        super().__init__(f"it can't write to its disk: {words}", f"{place}, {folder}")
        self.words = words

    def __str__(self) -> str:
        """Also what to do, for who can."""
        return f"{super().__str__()}; it goes on so until that is mended and it is restarted"


class _Names(msgspec.Struct):
    streams: list[str] | None = None


async def check_disk(link: Link, stream: str) -> None:
    """Whether the stream's leader can write to its disk, as far as it tells. Raises DiskError."""
    try:
        await link.ask(msgspec.Raw, f"$JS.API.STREAM.MSG.DELETE.{stream}", {"seq": MAX_SEQ + 1})
    except StoreError as error:
        path, _, words = error.cause.partition(" ")[2].rpartition(": ")  # as Go says it: write PATH: WORDS
        folder, is_path, _ = path.partition(_BELOW)
        if is_path:
            raise DiskError(words, folder, link.place) from error


@asynccontextmanager
async def disk_named(check: Callable[[], Awaitable[None]], place: Place) -> AsyncIterator[None]:
    """Something that is to be written: if it fails in silence, or without a cause, a `check` tells whether by the disk.

    Raises StoreError.
    """
    try:
        yield
    except IncompleteError as error:
        await check()
        raise StoreError(f"{error.cause}: is its disk full?", place) from error
    except AwayError:
        await check()
        raise


async def disk_failure(url: str) -> str:
    """Why a nats-server of ours can't write one of its streams; empty if it can, or does not tell."""
    try:
        link = await Link.open(Place.parse(url))
    except StoreError:
        return ""
    try:
        for stream in (await link.ask(_Names, "$JS.API.STREAM.NAMES")).streams or []:
            await check_disk(link, stream)
    except DiskError as error:
        return error.words
    except StoreError:
        return ""
    finally:
        await link.close()
    return ""
