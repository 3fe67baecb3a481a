"""The bans of a room in a JetStream key-value bucket."""

from collections.abc import Mapping

import msgspec
from nats.js.kv import KeyValue

from ...decoding import BadJsonError, Decoder
from ..records import Skipped
from .bucket import key_of
from .nats import Link

ALL_SECONDS = 30.0
"""In which all bans are to be here; a connection that is lost meanwhile is noticed before."""

_decode = Decoder[tuple[str, str]](tuple[str, str])


class Bans:
    """Notes by subject."""

    def __init__(self, link: Link, bucket: KeyValue, skipped: Skipped) -> None:
        self._link = link
        self._bucket = bucket
        self._skipped = skipped

    async def put(self, subject: str, note: str) -> None:
        """Remember one. Raises StoreError."""
        async with self._link.patience():
            await self._bucket.put(key_of(subject), msgspec.json.encode((subject, note)))

    async def delete(self, subject: str) -> None:
        """Forget one. Raises StoreError."""
        async with self._link.patience():
            await self._bucket.delete(key_of(subject))

    async def all(self) -> Mapping[str, str]:
        """All of them, at once: one by one, some thousands take longer than an answer may. Raises StoreError."""
        found: dict[str, str] = {}
        async with self._link.patience(ALL_SECONDS):
            if not (await self._bucket.status()).values:
                return found
            watcher = await self._bucket.watchall()
            try:
                async for entry in watcher:
                    if entry is None:  # nats-py's mark of the end comes first if all is under way when it asks
                        continue
                    self._read(entry.value or b"", found)
                    if not entry.delta:  # none is behind it
                        break
            finally:
                await watcher.stop()  # type: ignore[no-untyped-call]
        return found

    def _read(self, value: bytes, found: dict[str, str]) -> None:
        try:
            found.update([_decode(value)] if value else [])
        except BadJsonError as error:
            self._skipped("a ban", error)
