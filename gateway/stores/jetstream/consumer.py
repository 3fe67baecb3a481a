"""Consumers of our own: they acknowledge nothing, and are forgotten if unused. What they have is pulled."""

import asyncio
import secrets
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta
from nats.aio.msg import Msg

from .. import StoreError
from .nats import Link, status_of

NANO = 10**9
UNUSED_SECONDS = 30.0
UNREADY_SECONDS = 0.05
UNREADY = "503"
"""A consumer that was just made is not yet heard of everywhere in a cluster: it is to be asked again."""

NONE, NONE_TIMES = "404", 4
ENDS = ("Message Size Exceeds MaxBytes", "Batch Completed")
"""What describes the status of a pull that has brought what it could: the rest is to be asked for again."""

MAX_PULL = 1000
_MIB = 2**20


class _Made(msgspec.Struct):
    num_pending: Annotated[int, Meta(ge=0)] = 0


class Consumer(NamedTuple):
    """Its name, and of how many messages it knew when it was made."""

    stream: str
    name: str
    pending: int


async def consume(
    link: Link,
    stream: str,
    policy: str,
    start: int | None = None,
    subject: str = "",
    unused_seconds: float = UNUSED_SECONDS,
) -> Consumer:
    """Make one. `policy` says where it begins, `subject` what it is about. Raises StoreError.

    It is forgotten when nobody has asked it for anything for so long: of a stream nats-server bears 1,000 at a time.
    """
    name = secrets.token_hex(8)
    config: dict[str, object] = {
        "name": name,
        "deliver_policy": policy,
        "ack_policy": "none",
        "mem_storage": True,
        "num_replicas": 1,
        "inactive_threshold": int(unused_seconds * NANO),
    }
    if start is not None:
        config["opt_start_seq"] = start
    if subject:
        config["filter_subject"] = subject
    address = ".".join(filter(None, ("$JS.API.CONSUMER.CREATE", stream, name, subject)))
    made = await link.ask(_Made, address, {"stream_name": stream, "config": config})
    return Consumer(stream, name, made.num_pending)


async def ask_for(link: Link, consumer: Consumer, inbox: str, **question: object) -> None:
    """Pull: messages come to an inbox, and a status if that is all, or all that is sent at once. Raises StoreError."""
    subject = f"$JS.API.CONSUMER.MSG.NEXT.{consumer.stream}.{consumer.name}"
    # Of long records more may come than nats-server keeps for a client: it would end the connection.
    question["max_bytes"] = 8 * _MIB + 2 * link.client.max_payload
    async with link.patience():
        await link.client.publish(subject, msgspec.json.encode(question), inbox)


async def pull(link: Link, consumer: Consumer, count: int, max_size: int) -> list[bytes]:
    """The next `count` messages' data, or as many as there are: of each `max_size` bytes and one more at most.

    Some at least, if there are any: it may be that not all that was asked for comes at once. Raises StoreError, also if
    nobody knows whether there are more: a leader that goes, say.

    nats-server says now and then that there are none while somebody writes, though there are: so it is asked again.
    """
    asked = 0
    while True:
        heap = _Heap(min(count, MAX_PULL), max_size)
        async with link.inbox(heap.heed, heap.take) as inbox:
            await ask_for(link, consumer, inbox, batch=heap.wanted, no_wait=True)
            await heap.done.wait()
        asked += heap.status == NONE
        if heap.taken or asked == NONE_TIMES:
            return heap.taken
        if heap.status not in (UNREADY, NONE):
            raise StoreError(heap.problem or f"status {heap.status}", link.place)
        await asyncio.sleep(UNREADY_SECONDS)


class _Heap:
    """What one pull brings. It ends by count or by a status, whatever comes."""

    def __init__(self, wanted: int, max_size: int) -> None:
        self.wanted = wanted
        self.taken: list[bytes] = []
        self.status = self.problem = ""
        self.done = asyncio.Event()
        self._max_size = max_size

    def take(self, reply: bytes, headers: bytes, data: bytes) -> None:
        """A message came; the connection calls this."""
        self.taken.append(data[: self._max_size + 1])
        if len(self.taken) == self.wanted:
            self.done.set()

    async def heed(self, message: Msg) -> None:
        """A status came instead; the connection calls this."""
        self.status = status_of(message.headers)
        self.problem = (message.headers or {}).get("Description", "")
        self.done.set()
