"""The bans of a room in a JetStream key-value bucket."""

from collections.abc import Mapping

import msgspec

from ...decoding import BadJsonError, Decoder
from ..records import Skipped
from .bucket import Bucket, key_of

MAX_BAN = 16 * 1024
"""Bytes of one as it is stored: two labels and an address are a twentieth of it."""

_decode = Decoder[tuple[str, str]](tuple[str, str])


class Bans:
    """Notes by subject."""

    def __init__(self, bucket: Bucket, skipped: Skipped) -> None:
        self._bucket = bucket
        self._skipped = skipped

    async def put(self, subject: str, note: str) -> None:
        """Remember one. Raises StoreError."""
        await self._bucket.put(key_of(subject), msgspec.json.encode((subject, note)))

    async def delete(self, subject: str) -> None:
        """Forget one. Raises StoreError."""
        await self._bucket.delete(key_of(subject))

    async def all(self) -> Mapping[str, str]:
        """All of them. Raises StoreError."""
        found: dict[str, str] = {}
        for value in await self._bucket.values(MAX_BAN):  # what is longer is cut, and so is no JSON
            self._read(value, found)
        return found

    def _read(self, value: bytes, found: dict[str, str]) -> None:
        try:
            found.update([_decode(value)])
        except BadJsonError as error:
            self._skipped("a ban", error)
