"""A visit: one request to the site, as long as its door is open for it.

1. It is given the one request that it came with and nothing behind it: each answer closes the connection, and what
   waits meanwhile would be kept for nothing. So no more MUST be read than that.
"""

import asyncio
from collections.abc import Callable
from contextvars import copy_context

from .visitor import VISITOR

SLACK = 64 * 1024
"""Bytes that are read of a body although it is too long: who sends a little too much is answered, not cut off."""

Site = Callable[[], asyncio.Protocol]
"""Makes the protocol of a visit."""


class Visit:
    """Somebody's at a site, which reads a body of so many bytes."""

    __slots__ = ("_is_paused", "_left", "_transport", "site")

    def __init__(self, make: Site, transport: asyncio.Transport, peer: str, body_size: int) -> None:
        self._transport = transport
        self._left = body_size
        self._is_paused = False  # all has come
        context = copy_context()  # aiohttp's task for this visit is made in it
        context.run(VISITOR.set, peer)
        self.site = context.run(make)
        context.run(self.site.connection_made, transport)

    def ask(self, head: bytes, rest: bytes) -> None:
        """Hand the request on, with what came behind its head."""
        self.site.data_received(head)
        self.data_received(rest)

    def data_received(self, data: bytes) -> None:
        """Bytes of the body; what is behind it nobody looks at."""
        if body := data[: self._left]:
            self._left -= len(body)
            self.site.data_received(body)
        if len(data) > len(body) and not self._is_paused:
            self._is_paused = True  # what nobody looks at costs nothing
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """The peer closed its side: it may still get its answer."""
        if self._left:  # it can't come any more
            self._transport.close()
        self.site.eof_received()
        return self._transport.can_write_eof() and not self._transport.is_closing()

    def connection_lost(self) -> None:
        """The peer is gone."""
        # Whatever OSError it was (ETIMEDOUT, one of TLS): then what aiohttp raises of it is a ConnectionError.
        self.site.connection_lost(None)
