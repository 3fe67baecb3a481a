"""What --store says of a room in NATS: opened, looked at, filled."""

from ...config import Settings
from .. import Filler, Store
from . import JetStreamStore
from .filling import StreamFiller
from .nats import Link, Place
from .stream import Stream


async def open_room(settings: Settings, keep_bytes: int) -> Store:
    """See StoreModule."""
    return await JetStreamStore.open(_place_of(settings), settings.keep, keep_bytes, settings.max_text)


async def open_to_read(settings: Settings, keep_bytes: int) -> Store:
    """See StoreModule. A room is of no version there: nodes of before and of today share it."""
    return await open_room(settings, keep_bytes)


async def look(settings: Settings) -> None:
    """See StoreModule. Whether NATS lets us do all that we need is known when the room is opened."""
    link = await Link.open(_place_of(settings))
    await link.close()


async def is_there(settings: Settings) -> bool:
    """See StoreModule."""
    link = await Link.open(_place_of(settings))
    try:
        return await Stream(link, 0, 0).is_there()
    finally:
        await link.close()


async def open_filler(settings: Settings, source: str, secret: bytes | None, first: int, *, replace: bool) -> Filler:
    """See StoreModule. Nothing is put aside there: a room with messages stays."""
    return await StreamFiller.open(
        _place_of(settings), settings.keep, settings.keep_mib * 2**20, settings.max_text,
        source=source, secret=secret, first=first,
    )  # fmt: skip


def _place_of(settings: Settings) -> Place:
    return Place.parse(settings.store, settings.nats_creds, settings.nats_ca, settings.nats_password_file)
