"""The JetStream key-value buckets of a room, by JetStream's own requests.

nats-py has buckets too, but it parses the headers of entries as those of mail, and does not give out what has a marker
that it does not know: with one record of somebody else's no gateway came up. We need no header:

1. Headers of entries MUST NOT be looked at: whoever may write has any. An entry without data is as good as none, and
   that is what deleting one leaves.
2. What reads all entries MUST end by count, whatever they are.
"""

from contextlib import suppress
from hashlib import blake2b
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from ...messages import new_secret
from .. import StoreError
from .consumer import NANO, consume, pull
from .nats import Link, NotThereError, OutrunError

MAX_SECRET = 64
ALL_SECONDS = 30.0
"""In which all entries are to be here; a connection that is lost meanwhile is noticed before."""

READ_SECONDS = 3.0
"""How long what reads all entries may rest, and is there behind its end: bans are read by each node for each act."""

DUPLICATE_SECONDS = 120.0
_SECRET = "by"
FILLING = "filling"
"""In the bucket of secrets, while a room is filled from another one: from which."""
_DELETED = {"KV-Operation": "DEL"}
"""For others that read the bucket: nats-py, and gateways of before."""


class _Stored(msgspec.Struct):
    seq: Annotated[int, Meta(ge=0)]
    data: bytes = b""  # in base64


class _Got(msgspec.Struct):
    message: _Stored


class _Written(msgspec.Struct):
    seq: int


class Entry(NamedTuple):
    """What is under a key: nothing if `value` is empty. `revision` is 0 if there never was anything."""

    value: bytes
    revision: int


def key_of(text: str) -> str:
    """A key that stands for a text, which can hold what no key can."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


class Bucket:
    """A room's bucket of one kind."""

    def __init__(self, link: Link, kind: str) -> None:
        self._link = link
        self._name = f"CHAT_{link.place.room}_{kind}"
        self._stream = f"KV_{self._name}"

    async def open(self, replicas: int, seconds: float | None = None) -> None:
        """Make it if it is not there; its entries last so long. Raises StoreError."""
        try:
            await self._link.ask(msgspec.Raw, f"$JS.API.STREAM.INFO.{self._stream}")
        except NotThereError:
            await self._make(replicas, seconds)

    def subject(self, key: str) -> str:
        """Where an entry is written to."""
        return f"$KV.{self._name}.{key}"

    async def get(self, key: str) -> Entry:
        """What is there now. Raises StoreError.

        From the stream's leader: replicas, which answer direct reads, may not know the newest yet.
        """
        question = {"last_by_subj": self.subject(key)}
        try:
            got = await self._link.ask(_Got, f"$JS.API.STREAM.MSG.GET.{self._stream}", question)
        except NotThereError:
            return Entry(b"", 0)
        return Entry(got.message.data, got.message.seq)

    async def put(self, key: str, value: bytes) -> None:
        """Write it, whatever is there. Raises StoreError."""
        await self._link.ask(_Written, self.subject(key), value)

    async def replace(self, key: str, value: bytes, revision: int) -> None:
        """Write it if that is what is there still. Raises OutrunError if not, StoreError."""
        expected = {"Nats-Expected-Last-Subject-Sequence": str(revision)}
        await self._link.ask(_Written, self.subject(key), value, expected)

    async def delete(self, key: str, revision: int | None = None) -> None:
        """Write that there is nothing; if that is what is there still. Raises OutrunError if not, StoreError."""
        expected = {} if revision is None else {"Nats-Expected-Last-Subject-Sequence": str(revision)}
        await self._link.ask(_Written, self.subject(key), b"", _DELETED | expected)

    async def values(self, max_size: int) -> list[bytes]:
        """What all entries hold, at once: one by one, some thousands take longer than an answer may.

        What has more than `max_size` bytes is cut short behind one more. Raises StoreError.
        """
        values: list[bytes] = []
        async with self._link.patience(ALL_SECONDS):
            consumer = await consume(
                self._link,
                self._stream,
                "last_per_subject",
                subject=self.subject(">"),
                unused_seconds=READ_SECONDS,
            )
            while (left := consumer.pending - len(values)) > 0:
                if not (some := await pull(self._link, consumer, left, max_size)):
                    break  # fewer are there by now
                values += some
        return [value for value in values if value]

    async def _make(self, replicas: int, seconds: float | None) -> None:
        config = {
            "name": self._stream,
            "subjects": [self.subject(">")],
            "storage": "file",
            "discard": "new",
            "max_msgs_per_subject": 1,
            "max_age": int((seconds or 0) * NANO),
            "duplicate_window": int(min(seconds or DUPLICATE_SECONDS, DUPLICATE_SECONDS) * NANO),
            "num_replicas": replicas,
            "allow_rollup_hdrs": True,
            "allow_msg_ttl": True,
            "deny_delete": True,
            "allow_direct": False,
        }
        await self._link.ask(msgspec.Raw, f"$JS.API.STREAM.CREATE.{self._stream}", config)


async def open_bucket(link: Link, kind: str, replicas: int, seconds: float | None = None) -> Bucket:
    """A room's bucket of this kind, made if it is not there. Raises StoreError."""
    bucket = Bucket(link, kind)
    await bucket.open(replicas, seconds)
    return bucket


async def put_secret(bucket: Bucket, secret: bytes) -> None:
    """Have a room that nobody is in go by another one. Raises StoreError."""
    await bucket.put(_SECRET, secret)


async def common_secret(link: Link, bucket: Bucket) -> bytes:
    """What all nodes of a room make the public ids of its people with. Raises StoreError.

    Made by who comes first, by compare-and-create: of two that come at once, both have what one of them made.
    """
    known = await bucket.get(_SECRET)
    if not known.value:
        with suppress(OutrunError):
            await bucket.replace(_SECRET, new_secret(), known.revision)
        known = await bucket.get(_SECRET)
    if not 0 < len(known.value) <= MAX_SECRET:
        raise StoreError("the secret in the room's bucket of secrets is damaged: delete that bucket", link.place)
    return known.value
