"""Whether NATS lets us do all that a gateway does: tried at the start, so that what is missing is named then.

Else a gateway without the right to tell the other nodes would look healthy, and moderation would stop at it. Nothing is
changed by it: what is published is meant for another stream, and so refused by JetStream itself, not by a right.
docs/scaling.md lists the rights, and tests/stores/test_rights.py starts a gateway with these alone.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import msgspec
from nats.aio.msg import Msg
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from .nats import Link
from .stream import Stream

_ELSEWHERE = {"Nats-Expected-Stream": "none"}
_KEY = "try"


async def try_rights(link: Link, stream: Stream, buckets: Sequence[KeyValue]) -> None:
    """Ask for each kind of thing that is asked for later. Raises StoreError for what may not be."""
    await link.request(stream.subject, b"", _ELSEWHERE)
    await _try_asking(link, f"$JS.API.DIRECT.GET.{stream.name}", {"seq": max(1, stream.head), "batch": 1})
    consumer = await stream.consume(stream.head)
    await _try_asking(link, f"$JS.API.CONSUMER.MSG.NEXT.{stream.name}.{consumer}", {"batch": 1, "no_wait": True})
    for verb in ("INFO", "DELETE"):
        await link.request(f"$JS.API.CONSUMER.{verb}.{stream.name}.{consumer}", b"")  # whatever is answered
    for bucket in buckets:
        async with link.patience():
            with suppress(KeyNotFoundError):
                await bucket.get(_KEY)
            name = (await bucket.status()).bucket
        await link.request(f"$KV.{name}.{_KEY}", b"", _ELSEWHERE)


async def _try_asking(link: Link, subject: str, question: object) -> None:
    """Ask something that is answered by a message or by a status, whatever it is."""
    answered = asyncio.Event()

    async def hear(message: Msg) -> None:
        answered.set()

    async with link.inbox(hear) as inbox, link.patience():
        await link.client.publish(subject, msgspec.json.encode(question), inbox)
        await answered.wait()
