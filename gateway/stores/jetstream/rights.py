"""Whether NATS lets us do all that a gateway does: tried at the start, so that what is missing is named then.

Else a gateway without the right to tell the other nodes would look healthy, and moderation would stop at it. Nothing is
changed by it: what is published is meant for another stream, and so refused by JetStream itself, not by a right. What
is the room's alone is tried before anything of it is made: who may not be in a room leaves nothing there.
docs/scaling.md lists the rights, and tests/e2e/test_rights.py starts a gateway with these alone.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import msgspec
from nats.aio.msg import Msg

from .bucket import Bucket
from .nats import AwayError, Link
from .stream import Stream

_ELSEWHERE = {"Nats-Expected-Stream": "none"}
_KEY = "try"


async def try_room(link: Link, stream: Stream) -> None:
    """Ask for what is of this room alone, whether it is there or not. Raises StoreError for what may not be."""
    with suppress(AwayError):  # nobody answers for a stream that is not there
        await link.request(stream.subject, b"", _ELSEWHERE)
    await link.request(f"$JS.API.STREAM.MSG.DELETE.{stream.name}", b'{"seq":0}')  # there is none
    await link.request(f"$JS.API.STREAM.PURGE.{stream.name}", b'{"seq":1,"keep":1}')  # not both: it is refused


async def try_rights(link: Link, stream: Stream, buckets: Sequence[Bucket]) -> None:
    """Ask for each other kind of thing that is asked for later. Raises StoreError for what may not be."""
    await _try_asking(link, f"$JS.API.DIRECT.GET.{stream.name}", {"seq": max(1, stream.head), "batch": 1})
    consumer = await stream.consume(stream.head)
    pulling = f"$JS.API.CONSUMER.MSG.NEXT.{consumer.stream}.{consumer.name}"
    await _try_asking(link, pulling, {"batch": 1, "no_wait": True})
    for bucket in buckets:
        await bucket.get(_KEY)
        await link.request(bucket.subject(_KEY), b"", _ELSEWHERE)


async def _try_asking(link: Link, subject: str, question: object) -> None:
    """Ask something that is answered by a message or by a status, whatever it is."""
    answered = asyncio.Event()

    async def hear(message: Msg) -> None:
        answered.set()

    async with link.inbox(hear) as inbox, link.patience():
        await link.client.publish(subject, msgspec.json.encode(question), inbox)
        await answered.wait()
