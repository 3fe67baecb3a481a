"""One member of the swarm: a socket, what it has to say, and its place in the transcript."""

import errno
import os
import socket
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

from .dialects import SUBPROTOCOL, Dialect, Heard, Json, Raw, Welcome
from .plan import SwarmError
from .talk import Speaker
from .transcript import Listener

SOURCES = 8
_READ_BYTES = 256 * 1024
_IP_BIND_ADDRESS_NO_PORT = 24  # Linux: choose the port when connecting, so that each pair of addresses has its own


class Phase(Enum):
    """How far a member has come."""

    AWAY = "away"
    CONNECTING = "connecting"
    UPGRADING = "upgrading"
    ENTERING = "entering"
    IN = "in"


class Peer:
    """A member. Its socket never blocks."""

    __slots__ = (
        "_addresses",
        "_dialect",
        "_handshake",
        "_next",
        "_number",
        "_owed",
        "_tail",
        "address",
        "epoch",
        "listener",
        "phase",
        "seq",
        "session",
        "since",
        "socket",
        "speaker",
    )

    socket: socket.socket

    def __init__(
        self, number: int, addresses: Sequence[tuple[str, int]], dialect: Dialect, speaker: Speaker | None
    ) -> None:
        self._number = number
        self._addresses = addresses
        self._next = number  # of the addresses, round and round
        self._dialect = dialect
        self._handshake: ClientProtocol | None = None
        self.address = addresses[0]
        self.phase = Phase.AWAY
        self.speaker = speaker
        self.listener = Listener(speaker.sender if speaker and not self.is_json else -1)
        self.session = self.epoch = ""
        self.seq = 0
        self.since = 0  # when it began to read, in µs since the talk began
        self._tail = b""
        self._owed = b""

    @property
    def is_json(self) -> bool:
        """Whether it can resume."""
        return isinstance(self._dialect, Json)

    @property
    def owes(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._owed)

    def connect(self) -> None:
        """Begin to connect: to the gateway that comes next."""
        self.address = self._addresses[self._next % len(self._addresses)]
        self._next += 1
        self.socket = socket.socket(socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.address[0].startswith("127."):
            # One pair of addresses has some 28,000 ports: several sources, and nobody runs out of them.
            self.socket.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
            self.socket.bind((f"127.0.0.{1 + self._number % SOURCES}", 0))
        self._tail = self._owed = b""
        self.phase = Phase.CONNECTING
        problem = self.socket.connect_ex(self.address)
        if problem not in (0, errno.EINPROGRESS):
            raise OSError(problem, os.strerror(problem))

    def connected(self) -> None:
        """The socket is connected: say what has to be said first. Raises OSError."""
        if problem := self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(problem, os.strerror(problem))
        self.phase = Phase.ENTERING
        if isinstance(self._dialect, Raw):
            self.send(self._dialect.knock())
        if self.is_json:
            self.phase = Phase.UPGRADING
            self._handshake = _client(self.address)
            self._handshake.send_request(self._handshake.connect())
            self.send(b"".join(self._handshake.data_to_send()))

    def read(self) -> bytes | None:
        """What has come; None if nothing has. Empty at the end. Raises OSError."""
        try:
            data = self.socket.recv(_READ_BYTES)
        except BlockingIOError:
            return None
        if self.phase is not Phase.UPGRADING:
            return data
        return self._upgrade(data) if data else data

    def hear(self, data: bytes) -> Heard:
        """What these bytes mean."""
        heard = self._dialect.hear(self._tail + data if self._tail else data)
        self._tail = heard.tail
        return heard

    def is_timely(self, heard: Heard) -> bool:
        """Whether this was said while it listened: what it catches up with tells nothing of the gateway's speed."""
        return heard.passage is not None and heard.passage.said[0].sent >= self.since

    def enter(self, welcome: Welcome) -> None:
        """The gateway has let it in."""
        self.phase = Phase.IN
        self.session, self.epoch = welcome.session, welcome.epoch
        self.seq = welcome.seq
        if self.speaker and self.is_json:
            for number, text in self.speaker.unheard:
                self.send(self._dialect.say(number, text))

    def say(self, number: int, text: str) -> None:
        """Say something; while it is away what it says waits, where the wire can say it once and only once."""
        assert self.speaker is not None
        self.speaker.unheard.append((number, text))
        if self.phase is Phase.IN:
            self.send(self._dialect.say(number, text))
        elif not self.is_json:
            self.speaker.doubtful = True

    def send(self, data: bytes) -> None:
        """Write as much as can be written now."""
        self._owed += data
        try:
            self._owed = self._owed[self.socket.send(self._owed) :]
        except OSError:  # not now; or the connection is gone, and reading will tell
            return

    def leave(self) -> None:
        """Go, without a word."""
        self.phase = Phase.AWAY
        self._handshake = None
        self.socket.close()
        if not self.is_json:
            self.listener.at, self.listener.ahead = -1, None  # this wire goes on where the room is
            if self.speaker:
                self.speaker.doubtful |= bool(self.speaker.unheard)
                self.speaker.under_way = 0

    def _upgrade(self, data: bytes) -> bytes | None:
        """The answer to the WebSocket handshake; what comes behind it is the wire's. Raises SwarmError."""
        assert self._handshake is not None
        assert isinstance(self._dialect, Json)
        head, mark, rest = (self._tail + data).partition(b"\r\n\r\n")
        if not mark:
            self._tail = head
            return None
        self._tail = b""
        handshake, self._handshake = self._handshake, None
        handshake.receive_data(head + mark)
        if handshake.state is not State.OPEN or handshake.subprotocol != SUBPROTOCOL:
            status = head.split(b"\r\n", 1)[0].decode(errors="replace")
            raise SwarmError(f"no chat gateway at {self.address[0]}:{self.address[1]}, it answers: {status}")
        for extension in handshake.extensions:
            if isinstance(extension, PerMessageDeflate) and not extension.remote_no_context_takeover:
                raise SwarmError("it agrees permessage-deflate with context takeover, which chat.v1.json does not")
        self.phase = Phase.ENTERING
        self.send(self._dialect.hello(self.session, self.epoch, self.seq))
        return rest or None


def _client(address: tuple[str, int]) -> ClientProtocol:
    """A handshake as browsers make it."""
    deflate = ClientPerMessageDeflateFactory(client_max_window_bits=True)
    return ClientProtocol(_uri(address), extensions=[deflate], subprotocols=[Subprotocol(SUBPROTOCOL)])


@lru_cache
def _uri(address: tuple[str, int]) -> WebSocketURI:
    host, port = address
    return parse_uri(f"ws://{f'[{host}]' if ':' in host else host}:{port}/ws")
