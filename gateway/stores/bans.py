"""The bans of a room in a JetStream key-value bucket."""

from collections.abc import Mapping

import msgspec
from nats.js.errors import NoKeysError
from nats.js.kv import KeyValue

from ..decoding import Decoder
from .bucket import key_of
from .nats import Link

_decode = Decoder[tuple[str, str]](tuple[str, str])


class Bans:
    """Notes by subject."""

    def __init__(self, link: Link, bucket: KeyValue) -> None:
        self._link = link
        self._bucket = bucket

    async def put(self, subject: str, note: str) -> None:
        """Remember one. Raises StoreError."""
        async with self._link.patience():
            await self._bucket.put(key_of(subject), msgspec.json.encode((subject, note)))

    async def delete(self, subject: str) -> None:
        """Forget one. Raises StoreError."""
        async with self._link.patience():
            await self._bucket.delete(key_of(subject))

    async def all(self) -> Mapping[str, str]:
        """All of them. Raises StoreError."""
        async with self._link.patience():
            try:
                keys = await self._bucket.keys()
            except NoKeysError:
                return {}
            entries = [await self._bucket.get(key) for key in keys]
        return dict(_decode(entry.value or b"") for entry in entries)
