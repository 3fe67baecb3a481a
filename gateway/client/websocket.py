"""A link by chat.v1.json: every message is acked, and who comes back goes on where it was."""

import asyncio
import re
import ssl
from contextlib import suppress
from itertools import islice
from urllib.parse import urljoin, urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidProxy,
    InvalidProxyStatus,
    InvalidStatus,
    ProxyError,
    WebSocketException,
)
from websockets.proxy import get_proxy
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from ..decoding import BadJsonError, Decoder
from . import told
from .address import LOST, REFUSED, STRANGER, Address, ChatError
from .link import OPEN_SECONDS, Hear, Link

SUBPROTOCOL = Subprotocol("chat.v1.json")
FRAME_BYTES = 32 * 1024
MAX_FRAME = 2**22
"""Bytes of a frame of the server, inflated: its largest event is a message of --max-text, which is 1 MiB at most."""

EVENTS_A_TURN = 100
QUIET_SECONDS = 20.0
"""Seconds of silence after which the gateway is pinged, as the page does."""

PATIENCE_SECONDS = 10.0
"""For an answer to that. Who is slowed down hears acks meanwhile: one message fits into any --rate."""

HELD_SECONDS = 300.0
"""For any word, once a gateway has told that it can't store what we say: it reads nothing from us until it can."""

_AS_WEBSOCKET = re.compile("^http(s?):", re.IGNORECASE)
_LINE = re.compile("[^\n]+")
_decode = Decoder[told.Anything](told.Anything)
_encode = msgspec.json.encode
_FATAL = {4001: "this session came in somewhere else", 4503: "wrong password", 4504: "you are banned"}


class _AgainError(Exception):
    """We know by now where we want to begin: come in again, there."""


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


class WebSocketLink(Link):
    """A room by WebSocket. `history`: so many messages before; `since`: all after this seq, instead."""

    def __init__(
        self, address: Address, hear: Hear, *, name: str, password: str, patience: float,
        history: int = 0, since: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(address, hear, name=name, password=password, patience=patience)
        self._history = history
        self._since = since
        self._session = ""
        self._after: tuple[str, int] | None = None
        self._connection: ClientConnection | None = None
        # No proxy leads to this machine, whatever the environment says of all others.
        self._proxy = None if address.is_loopback else get_proxy(parse_uri(address.url))
        self._heard = asyncio.Event()
        self._is_held = False  # it can't store what we said

    async def command(self, text: str) -> None:
        """Ask the server."""
        await self.send({"type": "command", "text": text})

    async def send(self, event: dict[str, object]) -> None:
        """Send an event, if there is a connection."""
        if self._connection is not None:
            try:
                await self._connection.send(_encode(event).decode())
            except ConnectionClosed:
                return

    async def close(self) -> None:
        """Leave."""
        self.is_closed = True
        if self._connection is not None:
            await self._connection.close()

    async def _visit(self) -> None:
        try:
            async with await self._open() as connection:
                if connection.subprotocol != SUBPROTOCOL:
                    raise ChatError(f"{self.address}: a WebSocket, but no gateway's", STRANGER)
                await self._talk(connection)
        except _AgainError:
            return
        except ConnectionClosed as closed:
            self._judge(closed)
        finally:
            self._connection = None

    async def _open(self) -> ClientConnection:
        """A connection, from a handshake that succeeded. Raises OSError, ChatError."""
        try:
            return await _Connect(
                self.address.url, subprotocols=[SUBPROTOCOL], open_timeout=OPEN_SECONDS, close_timeout=2,
                ping_interval=None, max_size=MAX_FRAME, proxy=self._proxy,
            )  # fmt: skip
        except (OSError, WebSocketException, ValueError, LookupError, ImportError) as error:
            raise self._problem(error) from error

    def _problem(self, error: Exception) -> Exception:
        """What kept us from coming in. An OSError is for now: who was in before comes again."""
        match error:
            case InvalidStatus():
                return self._refusal(error.response.status_code)
            case InvalidProxyStatus() if self._was_in:
                return ConnectionError(f"{self._road} HTTP {error.response.status_code}")
            case InvalidProxyStatus():
                return ChatError(f"{self.address}: {self._road} HTTP {error.response.status_code}", LOST)
            case InvalidProxy() | ProxyError() | ImportError():  # the last for SOCKS, which needs python-socks
                return ChatError(f"{self.address}: {self._road} {error}", LOST)
            case ssl.SSLCertVerificationError():
                return ChatError(f"{self.address}: TLS: {error.verify_message}", STRANGER)
            case ssl.SSLError() if not self._was_in:
                return ChatError(f"{self.address}: TLS: {error.reason or error}", STRANGER)
            case OSError() if self._proxy is None:
                return error
            case OSError():
                return ConnectionError(f"{self._road} {error.strerror or error}")
            case _ if self._was_in:  # it is a gateway, which died between accepting and answering
                return ConnectionError(str(error))
            case _:  # a redirect to what is no address among them
                return ChatError(f"{self.address}: no WebSocket is there: {error}", STRANGER)

    def _refusal(self, status: int) -> Exception:
        if status == 503:
            return ConnectionError("the room is full, or what stands before it does not reach it (HTTP 503)")
        # Traefik knows of no such path while what is behind it restarts.
        if status in (408, 429) or status >= 500 or (status == 404 and self._was_in):
            return ConnectionError(f"HTTP {status}: what stands before the gateway does not reach it")
        if status in (403, 421):
            return ChatError(f"{self.address}: it does not go by that name (--public-host)", REFUSED)
        return ChatError(f"{self.address}: no gateway answers there (HTTP {status})", STRANGER)

    @property
    def _road(self) -> str:
        """The proxy, without its password."""
        return f"by the proxy {urlsplit(self._proxy or '').netloc.rpartition('@')[2]} of this environment:"

    async def _talk(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._is_held = False
        await connection.send(_encode(self._hello()).decode())
        helpers = [asyncio.create_task(self._send()), asyncio.create_task(self._beat())]
        try:
            while True:
                frame = await connection.recv()
                self._heard.set()
                if isinstance(frame, str):
                    await self._take_all(frame)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    def _hello(self) -> dict[str, object]:
        hello: dict[str, object] = {"type": "hello", "history": min(self._history, 500)}
        if self.name:
            hello["name"] = self.name
        if self._password:
            hello["password"] = self._password
        if self._session:
            hello["session"] = self._session
        if self._after is not None:
            hello["after"] = {"epoch": self._after[0], "seq": self._after[1]}
        return hello

    async def _take_all(self, frame: str) -> None:
        """Take a frame's lines; whoever types has a turn in between, however many they are."""
        for number, found in enumerate(_LINE.finditer(frame)):
            await self._take(found[0])
            if number % EVENTS_A_TURN == EVENTS_A_TURN - 1:
                await asyncio.sleep(0)

    async def _take(self, line: str) -> None:
        try:
            event = _decode(line)
        except BadJsonError:
            return  # docs/protocol.md: what a client does not know it passes over
        if isinstance(event, told.Welcome):
            self._welcome(event)
        elif isinstance(event, told.Message):
            self._after = (self._after[0] if self._after else "", event.seq)
        elif isinstance(event, told.Ack) or (isinstance(event, told.Error) and event.id is not None):
            self._acked(event.id)
        elif isinstance(event, told.Named):
            self.name = self.label = event.name
        elif isinstance(event, told.Presence | told.Who):
            self.members = event.members
        elif isinstance(event, told.Notice) and event.code in ("store-failed", "store-back"):
            self._is_held = event.code == "store-failed"
        self._hear(event)

    def _welcome(self, event: told.Welcome) -> None:
        self._session, self.members = event.session, event.members
        self.label = event.name
        if not event.name.startswith("guest-"):
            self.name = event.name
        wanted = self._start(event.seq)
        self._after = (event.epoch, event.seq)
        if wanted is not None and wanted < event.seq:
            # Only now do we know of which log that is.
            self._since, self._history, self._after = None, 0, (event.epoch, wanted)
            self._was_in = True
            raise _AgainError
        self._since = None
        self._entered()
        self._moved.set()

    def _start(self, seq: int) -> int | None:
        """Where to begin, if hello alone can't say so."""
        if self._since is not None:
            return max(0, self._since)
        if self._history > 500:
            return max(0, seq + 500 - self._history)
        return None

    async def _send(self) -> None:
        """Send what is pending, as many at once as fit into a frame."""
        while True:
            while self.is_connected and self._sent < len(self.pending) and self._connection is not None:
                frame = self._frame()
                try:
                    await self._connection.send(frame)
                except ConnectionClosed:
                    return
            await self._wait()

    def _frame(self) -> str:
        lines: list[str] = []
        size = 0
        for say_id, text, _ in islice(self.pending, self._sent, None):
            line = _encode({"type": "say", "id": say_id, "text": text}).decode()
            size += len(line)
            if lines and size > FRAME_BYTES:
                break
            lines.append(line)
        self._sent += len(lines)
        return "\n".join(lines)

    async def _beat(self) -> None:
        """Ask who has been quiet whether it is there; who says nothing to that is left."""
        while True:
            if await self._hears(QUIET_SECONDS):
                continue
            with suppress(TimeoutError):  # where nothing moves it can't be sent either
                async with asyncio.timeout(1):
                    await self.send({"type": "ping"})
            if not await self._hears(HELD_SECONDS if self._is_held else PATIENCE_SECONDS) and self._connection:
                self._connection.transport.abort()

    async def _hears(self, seconds: float) -> bool:
        """Whether anything is heard within so many seconds."""
        self._heard.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._heard.wait()
        return self._heard.is_set()

    def _judge(self, closed: ConnectionClosed) -> None:
        """Whether to come back. Raises ChatError if not."""
        code = closed.rcvd.code if closed.rcvd else 1006
        if code == 4001 or code >= 4500:
            reason = _FATAL.get(code) or (closed.rcvd.reason if closed.rcvd else "")
            raise ChatError(f"{self.address}: {reason}", REFUSED if code >= 4500 else LOST)
