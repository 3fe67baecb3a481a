"""The bans of a room in a JetStream key-value bucket."""

from collections.abc import Mapping
from hashlib import blake2b

import msgspec
from nats.js.errors import NoKeysError
from nats.js.kv import KeyValue

from .nats import Link


class Bans:
    """Notes by subject. A key is a hash of the subject, which can hold what no key can."""

    def __init__(self, link: Link, bucket: KeyValue) -> None:
        self._link = link
        self._bucket = bucket

    async def put(self, subject: str, note: str) -> None:
        """Remember one. Raises StoreError."""
        async with self._link.patience():
            await self._bucket.put(_key(subject), msgspec.json.encode((subject, note)))

    async def delete(self, subject: str) -> None:
        """Forget one. Raises StoreError."""
        async with self._link.patience():
            await self._bucket.delete(_key(subject))

    async def all(self) -> Mapping[str, str]:
        """All of them. Raises StoreError."""
        async with self._link.patience():
            try:
                keys = await self._bucket.keys()
            except NoKeysError:
                return {}
            entries = [await self._bucket.get(key) for key in keys]
        return dict(msgspec.json.decode(entry.value or b"", type=tuple[str, str]) for entry in entries)


def _key(subject: str) -> str:
    return blake2b(subject.encode(), digest_size=16).hexdigest()
