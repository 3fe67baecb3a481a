"""A link by chat.v1.json, over WebSocket."""

import asyncio
import re
import ssl
import time
from typing import Any
from urllib.parse import urljoin, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidMessage,
    InvalidProxy,
    InvalidProxyStatus,
    InvalidStatus,
    ProxyError,
    WebSocketException,
)
from websockets.proxy import get_proxy
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from ..causes import cause_of
from .address import LOST, REFUSED, STRANGER, ChatError
from .json_session import JsonSession
from .link import OPEN_SECONDS, Link
from .stranger import what_is_there
from .tls import refusal

SUBPROTOCOL = Subprotocol("chat.v1.json")
MAX_FRAME = 2**22
"""Bytes of a frame of the server, inflated: its largest event is a message of --max-text, which is 1 MiB at most."""

READ_BYTES = 8 * 1024
"""That are read at once, so that few frames are inflated of what comes in a read: a kilobyte can be a megabyte."""

MOST_UNSENT = 2**24
"""Bytes that a server has to take: what we say waits for that, the answers to its pings do not."""

EVENTS_A_TURN = 100
LARGE = 16 * 1024
"""Characters of an event that has a turn for itself."""

NO_CODE = 1006
"""RFC 6455, section 7.4.1: what a connection has that was closed without a Close frame."""

_AS_WEBSOCKET = re.compile("^http(s?):", re.IGNORECASE)
_LINE = re.compile("[^\n]+")


class _Connect(connect):
    """Follows a redirect as web servers write it, in http and https, as long as it leads to the same host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """The next URI, or why there is none."""
        location = exc.response.headers.get("Location") if isinstance(exc, InvalidStatus) else None
        if not isinstance(exc, InvalidStatus) or location is None:
            return super().process_redirect(exc)
        target = _AS_WEBSOCKET.sub(r"ws\1:", urljoin(self.uri.replace("ws", "http", 1), location))
        if urlsplit(target).hostname != urlsplit(self.uri).hostname:
            # Not followed: what we would send next is a password.
            return ChatError(f"{self.uri}: the room has moved, or that is a login: {location}", STRANGER)
        del exc.response.headers["Location"]
        exc.response.headers["Location"] = target
        return super().process_redirect(exc)


class _Connection(ClientConnection, asyncio.BufferedProtocol):
    """Of what the server sends little is here at a time, and so is of what it does not take."""

    def __init__(self, *args: Any, **wishes: Any) -> None:
        super().__init__(*args, **wishes)
        self._read = memoryview(bytearray(READ_BYTES))

    def get_buffer(self, sizehint: int) -> memoryview:
        """See BufferedProtocol."""
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """See BufferedProtocol."""
        self.data_received(bytes(self._read[:nbytes]))
        if self.transport.get_write_buffer_size() > MOST_UNSENT:
            self.transport.abort()


class WebSocketLink(Link):
    """A room by WebSocket."""

    session: JsonSession

    def __init__(self, session: JsonSession, context: ssl.SSLContext | None = None) -> None:
        super().__init__(session)
        self._tls: dict[str, Any] = (
            {"ssl": context} if context else {}
        )  # where a redirect leads to it, it brings its own
        self._connection: ClientConnection | None = None
        address = session.address
        # No proxy leads to this machine, whatever the environment says of all others.
        self._proxy = None if address.is_loopback else get_proxy(parse_uri(address.url))

    async def close(self) -> None:
        """See Link."""
        self.session.is_over = True
        if self._connection is not None:
            await self._connection.close()

    finish = close  # every message was acked

    async def _visit(self) -> None:
        try:
            async with await self._open() as connection:
                if connection.subprotocol != SUBPROTOCOL:
                    raise ChatError(
                        f"{self.session.address}: a WebSocket, but no gateway's; are port and path right?", STRANGER
                    )
                await self._listen(connection)
        except ConnectionClosed as closed:
            rcvd = closed.rcvd
            self.session.judge(rcvd.code if rcvd else NO_CODE, rcvd.reason if rcvd else "")
        finally:
            self._connection = None
            self.session.closed()

    async def _open(self) -> ClientConnection:
        """A connection, from a handshake that succeeded. Raises OSError, ChatError."""
        try:
            return await _Connect(
                self.session.address.url, subprotocols=[SUBPROTOCOL], open_timeout=OPEN_SECONDS, close_timeout=2,
                ping_interval=None, max_size=MAX_FRAME, max_queue=1, proxy=self._proxy,
                create_connection=_Connection, **self._tls,
            )  # fmt: skip
        except (OSError, WebSocketException, ValueError, LookupError, ImportError) as error:
            raise await self._stranger(error) or self._problem(error) from error

    async def _stranger(self, error: Exception) -> ChatError | None:
        """Who it is that speaks no HTTP or no TLS as we do, if that can be found out: no proxy is between."""
        is_odd = isinstance(error, InvalidMessage | ConnectionResetError | ssl.SSLError)
        if not is_odd or isinstance(error, ssl.SSLCertVerificationError) or self._proxy or self.session.was_in:
            return None
        what = await what_is_there(self.session.address)
        return ChatError(f"{self.session.address}: no gateway answers there: {what}", STRANGER) if what else None

    def _problem(self, error: Exception) -> Exception:
        """What kept us from coming in. An OSError is for now: who was in before comes again."""
        match error:
            case InvalidStatus():
                return self._refusal(error.response.status_code)
            case InvalidProxyStatus() if self.session.was_in:
                return ConnectionError(f"{self._road} HTTP {error.response.status_code}")
            case InvalidProxyStatus():
                return ChatError(f"{self.session.address}: {self._road} HTTP {error.response.status_code}", LOST)
            case InvalidProxy() | ProxyError() | ImportError():  # the last for SOCKS, which needs python-socks
                return ChatError(f"{self.session.address}: {self._road} {cause_of(error)}", LOST)
            case ssl.SSLCertVerificationError():
                return refusal(self.session.address, error)
            case ssl.SSLError() if not self.session.was_in:
                return refusal(self.session.address, error)
            case OSError() if self._proxy is None:
                return error
            case OSError():
                return ConnectionError(f"{self._road} {cause_of(error)}")
            case _ if self.session.was_in:  # it is a gateway, which died between accepting and answering
                return ConnectionError(cause_of(error))
            case _:  # a redirect to what is no address among them
                return ChatError(f"{self.session.address}: no WebSocket is there: {cause_of(error)}", STRANGER)

    def _refusal(self, status: int) -> Exception:
        if status == 503:
            return ConnectionError("the room is full, or what stands before it does not reach it (HTTP 503)")
        if status == 505:
            what = "what stands before the gateway speaks HTTP/1.0 to it, and can pass no WebSocket on"
            return ChatError(f"{self.session.address}: {what} (for nginx: proxy_http_version 1.1)", STRANGER)
        # Traefik knows of no such path while what is behind it restarts.
        if status in (408, 429) or status >= 500 or (status == 404 and self.session.was_in):
            return ConnectionError(f"HTTP {status}: what stands before the gateway does not reach it")
        what, exit_status = _REFUSALS.get(
            status, (f"no gateway answers there (HTTP {status}); are port and path right?", STRANGER)
        )
        return ChatError(f"{self.session.address}: {what}", exit_status)

    @property
    def _road(self) -> str:
        """The proxy, without its password."""
        return f"by the proxy {urlsplit(self._proxy or '').netloc.rpartition('@')[2]} of this environment:"

    async def _listen(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.session.opened(time.monotonic())
        talking = asyncio.create_task(self._talk())
        try:
            while not self.session.is_elsewhere:
                frame = await connection.recv()
                self.session.heard(time.monotonic())
                if isinstance(frame, str):
                    await self._take_all(frame)
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    async def _take_all(self, frame: str) -> None:
        """Take a frame's lines; whoever types has a turn in between, however many they are."""
        for number, found in enumerate(_LINE.finditer(frame), 1):
            await self._takes.wait()
            self.session.take(found[0], time.monotonic())
            self._changed.set()
            if number % EVENTS_A_TURN == 0 or len(found[0]) > LARGE:
                await asyncio.sleep(0)

    async def _write(self, data: bytes) -> None:
        if self._connection is not None:
            try:
                await self._connection.send(data, text=True)
            except ConnectionClosed as closed:
                raise ConnectionError("closed") from closed

    def _abort(self) -> None:
        if self._connection is not None:
            self._connection.transport.abort()


_REFUSALS = {
    401: ("what stands before the gateway asks for a login of its own (HTTP 401)", STRANGER),
    403: ("what stands before the gateway lets nobody pass there (HTTP 403)", STRANGER),
    421: ("it does not go by that name, unless its operator says so (--public-host)", REFUSED),
}
