"""A room in NATS that is filled from another one.

It has a mark until it is whole, in the bucket of secrets; with that no gateway opens it. Seqs are those of the other:
what was before its first is purged from the empty stream, and the rest is stored side by side.
"""

from collections.abc import Iterator, Sequence

from ...messages import Message, draft_of
from .. import SERVED, StoreError
from . import JetStreamStore
from .bucket import FILLING, Bucket, open_bucket, put_secret
from .lease import LEASE_SECONDS, alive
from .nats import Link, Place
from .rights import try_room
from .stream import Stream

MOST_BYTES = 4 * 1024 * 1024
"""Of the texts of one batch: the server has all of it in memory."""


class StreamFiller:
    """Made by `open`."""

    def __init__(self, store: JetStreamStore, name: str) -> None:
        self.store = store
        self._name = name

    @classmethod
    async def open(
        cls, place: Place, keep: int, keep_bytes: int, max_text: int, *, source: str, secret: bytes | None, first: int
    ) -> "StreamFiller":
        """Begin it in a room without messages, or go on with what is there from the same source. Raises StoreError."""
        link = await Link.open(place)
        try:
            await _begin(link, Stream(link, keep, keep_bytes), source, secret, first)
        finally:
            await link.close()
        store = await JetStreamStore.open(place, keep, keep_bytes, max_text, is_filling=True)
        return cls(store, source.encode().hex())

    async def fill(self, batch: Sequence[Message]) -> None:
        """Some batches of the stream, each all or nothing."""
        for some in _small(batch):
            named = [(draft_of(message), f"{self._name}.{message.seq}") for message in some]
            await self.store.fill(named, some[-1].seq)

    async def finish(self) -> None:
        """Take the mark away."""
        await self.store.take_mark()
        await self.store.close()

    async def close(self) -> None:
        """It stays, to be gone on with."""
        await self.store.close()


async def _begin(link: Link, stream: Stream, source: str, secret: bytes | None, first: int) -> None:
    await try_room(link, stream)
    await stream.open()
    secrets = await open_bucket(link, "secrets", stream.replicas)
    mark = (await secrets.get(FILLING)).value
    if mark and mark != source.encode():
        raise StoreError("another import or move into this room has not ended: run that again", link.place)
    if not mark:
        await _check_free(link, stream)
        await _mark(secrets, source, secret)
    if not stream.head and first > 1:
        await stream.purge(first)


async def _check_free(link: Link, stream: Stream) -> None:
    room = link.place.room
    if stream.head:
        raise StoreError(f"the room {room} has messages, up to seq {stream.head}: give another name", link.place)
    leases = await open_bucket(link, "leases", stream.replicas, LEASE_SECONDS)
    if await alive(leases):
        raise StoreError(SERVED.format("another name"), link.place)


async def _mark(secrets: Bucket, source: str, secret: bytes | None) -> None:
    if secret is not None:
        await put_secret(secrets, secret)
    await secrets.put(FILLING, source.encode())


def _small(batch: Sequence[Message]) -> Iterator[list[Message]]:
    some: list[Message] = []
    size = 0
    for message in batch:
        if some and size + len(message.text) > MOST_BYTES:
            yield some
            some, size = [], 0
        some.append(message)
        size += len(message.text)
    if some:
        yield some
