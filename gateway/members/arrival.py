"""A connection that was just accepted, on whichever port: its place, its TLS; then it goes to whom it is for.

1. A connection MUST have its place from accept on: silent ones fill the room else, and nobody hears of it.
2. Who has no address MUST NOT get in: bans, limits and the proxies' rule go by it. It has reset already.
3. Who is at its end MUST let go of its transport: one that was lost before it was handed over holds its protocol for
   ever, and they are a circle, which the collector seldom looks for. The loop opens only those of before.
"""

import asyncio
import socket
import ssl
from abc import abstractmethod
from typing import Protocol, cast

from ..faults import Contained, begin
from ..guard.deadlines import Alarm
from ..guard.gate import NoPlaceError, Place
from ..logs import rationed
from ..wires.forwarded import is_trusted, networks_of
from ..wires.proxy import Address
from .endpoints import NOWHERE, as_address, peer_of
from .house import House
from .secure import Ciphertext

ACCEPTS = 8
"""Connections that are accepted in one turn of the loop. Those that are turned away keep their descriptors for some
turns, so all of these together have to fit into the gate's RESERVE."""

HANDSHAKE_SECONDS = 10.0
REST_SECONDS = 0.1

log = rationed("gateway.arrival")


class Entry(Protocol):
    """What a port does with who connects to it."""

    def arrive(self, house: House, place: Place, transport: asyncio.Transport, peer: Address) -> None:
        """It has its place."""

    def turn_away(self, house: House, transport: asyncio.Transport, problem: str) -> None:
        """There is no place: say so, as those can read it who come by this port, and close."""


class Newcomer(Contained, asyncio.Protocol):
    """A connection that has its place and is no member yet; it has a deadline."""

    __slots__ = ("_house", "_place", "_transport", "alarm")

    def __init__(self, house: House, place: Place, transport: asyncio.Transport) -> None:
        self.alarm: Alarm | None = None
        self._house = house
        self._place = place
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._give_back()

    def fail(self) -> None:
        """See Blamed."""
        self.cut()

    def cut(self) -> None:
        """See Blamed."""
        transport = self._transport
        self._give_back()
        transport.abort()

    @abstractmethod
    def wake(self, now: float) -> float:
        """Its deadline has passed; see Deadlines."""

    def _give_back(self) -> None:
        self._house.deadlines.forget(self)
        self._place.leave()
        self._transport = NOWHERE


class Arrival(Contained, asyncio.Protocol):
    """One connection, until its port's `entry` has it. After TLS it has a place already."""

    __slots__ = ("_entry", "_house", "_place", "_transport")

    def __init__(self, house: House, entry: Entry, place: Place | None = None) -> None:
        self._house = house
        self._entry = entry
        self._place = place
        self._transport: asyncio.Transport = NOWHERE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Someone is there."""
        self._transport = cast(asyncio.Transport, transport)
        peer = peer_of(transport)
        if peer is None:
            self._house.metrics.refusals.tell("?", "no-address")
            self.cut()
            return
        try:
            place = self._place = self._place or place_for(self._house, peer[0])
        except NoPlaceError as error:
            self._house.metrics.refusals.tell(peer[0], str(error))
            self._entry.turn_away(self._house, self._transport, str(error))
            return
        self._entry.arrive(self._house, place, self._transport, peer)

    def connection_lost(self, exc: Exception | None) -> None:
        """It was turned away, and is gone."""
        self._transport = NOWHERE

    def fail(self) -> None:
        """See Blamed."""
        self.cut()

    def cut(self) -> None:
        """See Blamed."""
        if self._place is not None:
            self._place.leave()
        transport, self._transport = self._transport, NOWHERE
        transport.abort()


class Early(Contained, asyncio.Protocol):
    """Keeps what comes before it is known for whom: uvloop reads though it is told not to, and TLS may bring some."""

    def __init__(self) -> None:
        self._data = b""
        self._has_ended = False
        self._transport: asyncio.Transport | None = None
        self._is_lost = False
        self.came = asyncio.Event()
        """The peer has sent something, or is gone."""

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
            self._begin(connection, as_address(peer)[0])

    def _begin(self, connection: socket.socket, host: str) -> None:
        connection.setblocking(False)
        try:
            place = place_for(self._house, host)
        except NoPlaceError as error:
            self._house.metrics.refusals.tell(host, str(error))
            connection.close()
            return
        task = begin(self._secure(connection, host, place))
        self._securing.add(task)
        task.add_done_callback(self._securing.discard)

    async def _secure(self, connection: socket.socket, host: str, place: Place) -> None:
        above = Early()
        transport: asyncio.Transport | None = None
        try:
            # The loop's own patience does not help who was lost before its handshake began: uvloop waits for ever then.
            async with asyncio.timeout(HANDSHAKE_SECONDS + REST_SECONDS):
                transport = await self._shake_hands(connection, host, above)
            arrival = Arrival(self._house, self._entry, place)
            transport.set_protocol(arrival)
            arrival.connection_made(transport)
            above.hand_over(cast(asyncio.Protocol, transport.get_protocol()))
        except OSError:  # TimeoutError and SSLError are OSErrors too
            place.leave()
            self._house.metrics.refusals.tell(host, "tls-handshake")
        except BaseException:
            place.leave()
            if transport is not None:
                transport.abort()
            raise

    async def _shake_hands(self, connection: socket.socket, host: str, above: Early) -> asyncio.Transport:
        below = Early()
        raw, _ = await self._loop.connect_accepted_socket(lambda: below, connection)
        try:
            await below.came.wait()  # who says nothing, as a port scanner, costs no TLS
            below.check()
            return await self._speak_tls(raw, host, below, above)
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
        return transport


def place_for(house: House, host: str) -> Place:
    """A place for who comes from an address; a proxy's belongs to nobody yet. Raises NoPlaceError."""
    place = house.gate.enter()
    if not is_trusted(host, networks_of(house.settings.trust_proxy)):
        try:
            place.belong_to(host)
        except NoPlaceError:
            place.leave()
            raise
    return place
