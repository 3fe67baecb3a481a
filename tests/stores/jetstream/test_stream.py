"""A room's stream on a real nats-server: what is asked of it, and what is noticed when it is not what it was."""

import asyncio
import secrets

import msgspec
import pytest

from gateway.messages import Message
from gateway.stores import KEY_SECONDS, EndedError
from gateway.stores.jetstream import JetStreamStore
from gateway.stores.jetstream.nats import Place

from ...nats import NatsServer, url
from ...patience import PATIENCE
from ...samples import a_draft


async def opened(server: NatsServer, room: str) -> JetStreamStore:
    return await JetStreamStore.open(Place.parse(url([server], room)), 100, 10**6, 65536)


async def test_a_stream_is_made_as_the_contract_needs_it(nats: NatsServer) -> None:
    store = await opened(nats, room := secrets.token_hex(4))
    info = await store._link.ask(msgspec.Raw, f"$JS.API.STREAM.INFO.CHAT_{room}")
    await store.close()
    config = msgspec.json.decode(info)["config"]
    wanted = {
        "storage": "file", "retention": "limits", "discard": "old", "max_msgs": 100, "max_bytes": 10**6, "max_age": 0,
        "allow_atomic": True, "allow_direct": True,
    }  # fmt: skip
    assert {key: config[key] for key in wanted} == wanted
    assert config["duplicate_window"] >= KEY_SECONDS * 10**9


async def test_a_stream_that_lost_its_newest_is_another_one(nats: NatsServer) -> None:
    """As after a disk was put back from a copy: what comes has seqs that others have seen with other texts."""
    store = await opened(nats, secrets.token_hex(4))
    await store.append([a_draft("a"), a_draft("b")])
    async with asyncio.timeout(PATIENCE):
        follower = store.follow(3)
        with pytest.raises(EndedError, match="has lost its newest messages, 1 of them"):
            await anext(follower)
        await store.append([a_draft("c")])
        follower = store.follow(2)
        assert [item.text for item in await anext(follower) if isinstance(item, Message)] == ["c"]
        await follower.aclose()
    await store.close()
