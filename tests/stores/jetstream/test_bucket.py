"""A room's buckets on a real nats-server: what all of its nodes make public ids with."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import msgspec
import pytest

from gateway.stores import StoreError
from gateway.stores.jetstream.bucket import MAX_SECRET, Bucket, common_secret, open_bucket
from gateway.stores.jetstream.nats import Link, Place

from ...nats import NatsServer, url
from ...patience import PATIENCE


@pytest.fixture
async def link(nats: NatsServer) -> AsyncIterator[Link]:
    """To a room of its own."""
    opened = await Link.open(Place.parse(url([nats], secrets.token_hex(4))))
    yield opened
    await opened.close()


class Slow(Bucket):
    """Whatever is written here, another node has written it just before."""

    async def replace(self, key: str, value: bytes, revision: int) -> None:
        await super().replace(key, b"the other's", revision)
        await super().replace(key, value, revision)


@pytest.mark.parametrize("was_deleted", [False, True])
async def test_of_two_that_make_the_secret_at_once_both_have_the_same(link: Link, was_deleted: bool) -> None:
    bucket = Slow(link, "SECRETS")
    await bucket.open(1)
    if was_deleted:
        await bucket.delete("by")
    assert await common_secret(link, bucket) == b"the other's"


async def test_a_secret_is_made_once(link: Link) -> None:
    one, other = [await open_bucket(link, "SECRETS", 1) for _ in range(2)]
    assert await common_secret(link, one) == await common_secret(link, other) == await common_secret(link, one)


@pytest.mark.parametrize("size", [MAX_SECRET, MAX_SECRET + 1])
async def test_a_secret_that_no_gateway_made_is_told(link: Link, size: int) -> None:
    bucket = await open_bucket(link, "SECRETS", 1)
    await bucket.put("by", b"x" * size)
    if size <= MAX_SECRET:
        assert await common_secret(link, bucket) == b"x" * size
        return
    with pytest.raises(StoreError, match="the secret in the room's bucket of secrets is damaged"):
        await common_secret(link, bucket)


class _Names(msgspec.Struct):
    consumers: list[str] | None = None


async def test_what_reads_all_entries_is_soon_forgotten(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a stream nats-server bears 1,000, and an operator's act is a read on each node."""
    monkeypatch.setattr("gateway.stores.jetstream.bucket.READ_SECONDS", 0.3)
    bucket = await open_bucket(link, "bans", 1)
    await bucket.put("one", b"1")
    assert await bucket.values(10) == await bucket.values(10) == [b"1"]

    async def reading() -> list[str]:
        name = f"CHAT_{link.place.room}_bans"
        return (await link.ask(_Names, f"$JS.API.CONSUMER.NAMES.KV_{name}", {})).consumers or []

    assert await reading()
    async with asyncio.timeout(PATIENCE):
        while await reading():
            pass
