"""The other nodes, by NATS: each tells all on one subject, at most once."""

import asyncio
import logging
from contextlib import suppress

import msgspec
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from ..decoding import BadJsonError, Decoder
from ..tasks import end
from .nats import Link
from .nodes import Acted, BansChanged, Census, Dispossessed, Entered, Event, Listener

MAX_WAITING = 10_000
log = logging.getLogger("gateway.broadcast")

_encode = msgspec.json.Encoder().encode
_Told = tuple[str, Census | Entered | Acted | BansChanged | Dispossessed]
_decode = Decoder[_Told](_Told)


class Broadcast:
    """The other gateways of a room. Made by `open`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._subject = f"chat-nodes.{link.place.room}"
        self._listeners: list[Listener] = []
        self._waiting: asyncio.Queue[Event] = asyncio.Queue(MAX_WAITING)
        self._sender: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to hear and to tell. Raises StoreError."""
        async with self._link.patience():
            await self._link.client.subscribe(self._subject, cb=self._hear)
        self._sender = asyncio.get_running_loop().create_task(self._send())

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

    def told(self, node: str, event: Event) -> None:
        """A node told this."""
        for listener in self._listeners:
            listener(node, event)

    async def _send(self) -> None:
        while True:
            event = await self._waiting.get()
            if self._link.client.is_connected:
                with suppress(NatsError, OSError):
                    await self._link.client.publish(self._subject, _encode((self._link.node, event)))
            self._waiting.task_done()

    async def _hear(self, message: Msg) -> None:
        try:
            node, event = _decode(message.data)
        except BadJsonError as error:
            log.warning("something on %s is not from a gateway: %s", self._subject, error)
            return
        if node != self._link.node:
            self.told(node, event)
