"""The other nodes, by NATS: each tells all on one subject, at most once."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import msgspec
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from ...decoding import BadJsonError, Decoder
from ...faults import begin, contained, contained_job
from ...names import is_harmless
from ...people import Person
from ...tasks import end
from ..nodes import Acted, BansChanged, Census, Entered, Event, Listener, NameChanged, NameForgotten
from ..records import Node, Skipped, person_in
from .nats import Link

MAX_WAITING = 10_000
MAX_TOLD = 512 * 1024
"""Bytes of what one node tells at once. A census of 500 with the longest names is a third of it."""
MAX_ODD = 3
"""Labels of one census that are defused at most: current gateways send none that has to be, older ones few."""
SLICE_SECONDS = 0.005

log = logging.getLogger("gateway.broadcast")

_encode = msgspec.json.Encoder().encode
Told = tuple[Node, Census | NameChanged | NameForgotten | Entered | Acted | BansChanged]
_decode = Decoder[Told](Told)


def _told(data: bytes) -> Told:
    """What a node tells. Raises BadJsonError."""
    if len(data) > MAX_TOLD:
        raise BadJsonError(f"{len(data)} bytes, and {MAX_TOLD} is the most")
    return _decode(data)


class Broadcast:
    """The other gateways of a room. Made by `open`."""

    def __init__(self, link: Link, skipped: Skipped) -> None:
        self._link = link
        self._skipped = skipped
        self._subject = f"chat-nodes.{link.place.room}"
        self._listeners: list[Listener] = []
        self._waiting: asyncio.Queue[Event] = asyncio.Queue(MAX_WAITING)
        self._heard_myself = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to hear and to tell. Raises StoreError."""
        async with self._link.patience():
            await self._link.client.subscribe(self._subject, cb=self._hear)
            # Tried, or moderation would stop at this node without anybody's knowing. Nobody is here yet.
            await self._link.client.publish(self._subject, _encode((self._link.node, Census(0, ()))))
            await self._heard_myself.wait()
        self._sender = begin(self._send())

    async def close(self) -> None:
        """Tell what waits, and no more."""
        if self._sender is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._waiting.join()
            await end(self._sender)

    def listen(self, listener: Listener) -> None:
        """See Nodes."""
        self._listeners.append(listener)

    def tell(self, event: Event) -> None:
        """See Nodes."""
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait(event)

    def tell_myself(self, event: Event) -> None:
        """As if another node had told it."""
        self._told(self._link.node, event)

    def _told(self, node: str, event: Event) -> None:
        for listener in self._listeners:
            contained(None, listener, node, event)

    async def _send(self) -> None:
        while True:
            event = await self._waiting.get()
            await contained_job(None, partial(self._say, event))
            self._waiting.task_done()

    async def _say(self, event: Event) -> None:
        if self._link.client.is_connected:
            with suppress(NatsError, OSError):
                await self._link.client.publish(self._subject, _encode((self._link.node, event)))

    async def _hear(self, message: Msg) -> None:
        try:
            node, event = _told(message.data)
        except BadJsonError as error:
            self._skipped(f"something on {self._subject}", error)
            return
        if node == self._link.node:
            self._heard_myself.set()
            return
        if isinstance(event, Census):
            event = Census(event.members, await _cleaned(event.people), event.seats)
        self._told(node, event)


async def _cleaned(people: Sequence[Person]) -> list[Person]:
    """Whom another node tells of, in the same order; others have their turn between them."""
    loop = asyncio.get_running_loop()
    cleaned: list[Person] = []
    odd = 0
    until = loop.time() + SLICE_SECONDS
    for person in people:
        is_odd = not is_harmless(person.name)
        odd += is_odd
        cleaned.append(person_in(Person("?", person.via, person.by) if is_odd and odd > MAX_ODD else person))
        if loop.time() >= until:
            await asyncio.sleep(0)
            until = loop.time() + SLICE_SECONDS
    return cleaned
