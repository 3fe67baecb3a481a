"""The JetStream key-value buckets of a room."""

from hashlib import blake2b

from nats.js.errors import BucketNotFoundError
from nats.js.kv import KeyValue

from .nats import Link


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
