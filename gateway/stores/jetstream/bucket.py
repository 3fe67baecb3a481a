"""The JetStream key-value buckets of a room."""

from contextlib import suppress
from hashlib import blake2b

from nats.js.errors import BucketNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from ...messages import new_secret
from .. import StoreError
from .nats import Link

MAX_SECRET = 64
_SECRET = "by"


def key_of(text: str) -> str:
    """A key that stands for a text, which can hold what no key can."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


async def open_bucket(link: Link, kind: str, replicas: int, seconds: float | None = None) -> KeyValue:
    """A room's bucket of this kind, made if it is not there; its entries last so long. Raises StoreError."""
    bucket = f"CHAT_{link.place.room}_{kind}"
    stream = link.client.jetstream()
    async with link.patience():
        try:
            return await stream.key_value(bucket)
        except BucketNotFoundError:
            # Not read by `direct`: that may be answered by a replica that does not know the newest yet.
            return await stream.create_key_value(bucket=bucket, ttl=seconds, replicas=replicas, direct=False)


async def common_secret(link: Link, bucket: KeyValue) -> bytes:
    """What all nodes of a room make the public ids of its people with. Raises StoreError.

    Made by who comes first, by compare-and-create: of two that come at once, both have what one of them made.
    """
    async with link.patience():
        with suppress(KeyWrongLastSequenceError):  # it is there already
            await bucket.create(_SECRET, new_secret())
        secret = (await bucket.get(_SECRET)).value or b""
    if not 0 < len(secret) <= MAX_SECRET:
        raise StoreError("the secret in the room's bucket of secrets is damaged: delete that bucket", link.place)
    return secret
