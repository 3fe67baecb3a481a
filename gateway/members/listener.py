"""A port whose connections have to speak TLS: what comes before that, and the handshake.

1. A trusted proxy's header may stand before TLS, as HAProxy writes it (proxy-protocol.txt, section 2), or behind it, as
   the first thing that is said. From nobody else is any read.
"""

import asyncio
import socket
import ssl
from functools import partial
from typing import Protocol, cast

from ..faults import Contained, begin
from ..guard.gate import NoPlaceError, Place
from ..logs import rationed
from ..wires.proxy import Address, Proxied, ProxyError, parse_proxy
from .arrival import ACCEPTS, Arrival, Entry, place_for
from .endpoints import LOCAL, as_address, own_of
from .house import House
from .secure import Ciphertext, Secured

HANDSHAKE_SECONDS = 10.0
REST_SECONDS = 0.1

_TLS = b"\x16"
"""RFC 8446, section 5.1: the type of the first record, a handshake. No header begins so."""

log = rationed("gateway.arrival")


class Early(Contained, asyncio.Protocol):
    """Keeps what comes before it is known for whom: uvloop reads though it is told not to, and TLS may bring some.

    A proxy that does not speak TLS itself puts its header before that of its client's.
    """

    def __init__(self) -> None:
        self._data = b""
        self._has_ended = False
        self._transport: asyncio.Transport | None = None
        self._is_lost = False
        self.came = asyncio.Event()
        """The peer has sent something, or is gone."""

    async def client(self, itself: Proxied) -> Proxied | None:
        """Whose connection it is, by a trusted proxy's header, which is taken out. Raises ProxyError, OSError.

        One that names nobody is the proxy's own: proxy-protocol.txt, sections 2.1 and 2.2. None if there is none before
        its TLS. Waits for what comes next.
        """
        if self._data.startswith(_TLS):
            return None
        while (found := parse_proxy(self._data)) is None:
            await self._more()
        client, size = found
        self._data = self._data[size:]
        if not self._data:
            await self._more()
        return client or itself

    async def _more(self) -> None:
        if self._has_ended or self._transport is None:
            raise ConnectionResetError
        self.came.clear()
        self._transport.resume_reading()
        await self.came.wait()

    def check(self) -> None:
        """Whether anybody is there, and has said anything. Raises ConnectionResetError."""
        if self._is_lost or not self._data or (self._transport is not None and self._transport.is_closing()):
            raise ConnectionResetError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Something came."""
        self._data += data
        if self._transport is not None:
            self._transport.pause_reading()
        self.came.set()

    def eof_received(self) -> bool:
        """The peer closed its side. Below TLS ours stays open; above, where there is no transport yet, no half can."""
        self._has_ended = True
        self.came.set()
        return self._transport is not None

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._is_lost = True
        self._transport = None
        self.came.set()

    def hand_over(self, receiver: "Receiver") -> None:
        """Give on what came."""
        if self._data:
            receiver.data_received(self._data)
        if self._has_ended:
            receiver.eof_received()

    def fail(self) -> None:
        """See Blamed."""
        self.cut()

    def cut(self) -> None:
        """See Blamed."""
        if self._transport is not None:
            self._transport.abort()


class _TurnedAwayError(Exception):
    """Somebody is, before TLS: from which address, and why."""


async def _client_of(below: Early, itself: Proxied, place: Place) -> Proxied | None:
    """Whose connection a trusted proxy's is, and its place, if that is told before TLS. Raises _TurnedAwayError."""
    host = itself.peer[0]
    try:
        if client := await below.client(itself):
            host = client.peer[0]
            place.belong_to(host)
    except ProxyError as error:
        raise _TurnedAwayError(host, "proxy-header", str(error)) from error
    except NoPlaceError as error:
        raise _TurnedAwayError(host, str(error)) from error
    return client


class Receiver(Protocol):
    """For whom it is."""

    def data_received(self, data: bytes) -> None:
        """Something came."""

    def eof_received(self) -> bool | None:
        """The peer closed its side."""


class SecureListener:
    """Accepts connections that have to speak TLS. The loop's own server tells of them only when they have done so."""

    def __init__(self, house: House, listener: socket.socket, context: ssl.SSLContext, entry: Entry) -> None:
        self._house = house
        self._listener = listener
        self._context = context
        self._entry = entry
        self._loop = asyncio.get_running_loop()
        self._securing: set[asyncio.Task[None]] = set()
        self._is_open = True
        self._listen()

    def close(self) -> None:
        """Accept no more."""
        self._is_open = False
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()
        for task in self._securing:
            task.cancel()

    def _listen(self) -> None:
        if self._is_open:
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTS):
            try:
                connection, peer = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                log.error("no connection can be accepted: %s", error.strerror)  # noqa: TRY400 - one line
                self._loop.remove_reader(self._listener.fileno())
                self._loop.call_later(REST_SECONDS, self._listen)
                return
            self._begin(connection, as_address(peer) if peer else LOCAL)

    def _begin(self, connection: socket.socket, peer: Address) -> None:
        connection.setblocking(False)
        host = peer[0]
        try:
            place = place_for(self._house, peer, self._entry)
        except NoPlaceError as error:
            self._house.metrics.refusals.tell(host, str(error))
            connection.close()
            return
        task = begin(self._secure(connection, peer, place))
        place.make_way_by(partial(self._evict, task, host, place))
        self._securing.add(task)
        task.add_done_callback(self._securing.discard)

    def _evict(self, task: "asyncio.Task[None]", host: str, place: Place) -> None:
        self._house.metrics.refusals.tell(host, place.problem)
        task.cancel()

    async def _secure(self, connection: socket.socket, peer: Address, place: Place) -> None:
        above = Early()
        transport: asyncio.Transport | None = None
        try:
            # The loop's own patience does not help who was lost before its handshake began: uvloop waits for ever then.
            async with asyncio.timeout(HANDSHAKE_SECONDS + REST_SECONDS):
                transport, client = await self._shake_hands(connection, peer, place, above)
            arrival = Arrival(self._house, self._entry, place, client)
            transport.set_protocol(arrival)
            arrival.connection_made(transport)
            above.hand_over(cast(asyncio.Protocol, transport.get_protocol()))
        except _TurnedAwayError as error:
            place.leave()
            self._house.metrics.refusals.tell(*error.args)
        except OSError:  # TimeoutError and SSLError are OSErrors too
            place.leave()
            self._house.metrics.refusals.tell(peer[0], "tls-handshake")
        except BaseException:
            place.leave()
            if transport is not None:
                transport.abort()
            raise

    async def _shake_hands(
        self, connection: socket.socket, peer: Address, place: Place, above: Early
    ) -> tuple[asyncio.Transport, Proxied | None]:
        below = Early()
        raw, _ = await self._loop.connect_accepted_socket(lambda: below, connection)
        try:
            await below.came.wait()  # who says nothing, as a port scanner, costs no TLS
            itself = Proxied(peer, own_of(raw))
            client = None if place.is_somebodys else await _client_of(below, itself, place)
            below.check()
            return await self._speak_tls(raw, (client or itself).peer[0], below, above), client
        except BaseException:
            raw.abort()
            raise

    async def _speak_tls(self, raw: asyncio.Transport, host: str, below: Early, above: Early) -> asyncio.Transport:
        securing = self._loop.create_task(
            self._loop.start_tls(raw, above, self._context, server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS)
        )
        try:
            await asyncio.sleep(0)  # the loop's TLS is there now, and has read nothing
            ciphertext = Ciphertext(self._house.turns, raw, host)
            raw.set_protocol(ciphertext)
            await asyncio.sleep(0)  # and has met its transport
            below.check()
            below.hand_over(ciphertext)
            transport = await securing
        except OSError as error:
            error.__traceback__ = None  # its frames are the loop's, and what it waited for there holds the error
            raise
        finally:
            securing.cancel()
            del securing  # which holds the error, and that this frame
        if transport is None:  # its handshake came with its end
            raise ConnectionResetError
        return Secured(transport, raw)
