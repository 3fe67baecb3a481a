"""A whole gateway in this process: the real server, on a clock and a network of the test's own.

Time passes when nothing is left to do, and at once: an hour takes a moment, and what has not happened when all is quiet
will not happen. So nothing here is waited for by the machine's clock, and no test depends on how fast it is.
"""

import asyncio
import gc
import json
import logging
import selectors
import traceback
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import wraps
from math import inf
from pathlib import Path
from typing import Any, ParamSpec, Self, cast
from unittest.mock import patch

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from gateway.config import Settings
from gateway.members.connection import HIGH_WATER
from gateway.members.house import House
from gateway.members.member import Member
from gateway.serving import server
from gateway.serving.ports import PORTS
from gateway.stores import Store
from gateway.stores.memory import MemoryStore
from gateway.wires.json import SUBPROTOCOL

from .books import off
from .doors import Subject, node_of
from .fakes import a_store, reason

P = ParamSpec("P")

EPOCH_MS = 1764000000000
RESTLESS = 100_000
"""Turns of the loop in which no time passes: what goes on for so long goes on for ever."""

ANY_PORTS = {port.setting: 0 for port in PORTS}

KERNEL_BYTES = 64 * 1024
"""What a peer that takes nothing has room for."""


# --- time -----------------------------------------------------------------------------------------------------------


class _Selector(selectors.DefaultSelector):
    """What the loop waits by; it waits for nothing but for time, and that passes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self._turns = 0  # since time passed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See the base class."""
        self._turns += 1
        if self._turns > RESTLESS:
            self._turns = 0
            raise AssertionError("it never rests")
        if (found := super().select(0)) or timeout == 0:
            return found
        assert timeout is not None, "nothing is left to happen, and somebody waits for it"
        self.now += timeout
        self._turns = 0
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose time passes when nothing is ready; `doors` are what listens, by port."""

    def __init__(self) -> None:
        self._clock = _Selector()
        self.doors: dict[int, Callable[[], asyncio.Protocol]] = {}
        super().__init__(self._clock)

    def time(self) -> float:
        """See the base class."""
        return self._clock.now

    def wall(self) -> int:
        """The same, in milliseconds since 1970."""
        return EPOCH_MS + int((self.time() - 1000) * 1000)

    async def create_server(self, factory: Any, *, sock: Any, **more: Any) -> Any:  # type: ignore[override]
        """Listen, for `Gateway.connect`."""
        port = sock.getsockname()[1]
        self.doors[port] = factory
        return _Listener(self, port, sock)


class _Listener:
    def __init__(self, loop: Loop, port: int, sock: Any) -> None:
        self._loop, self._port, self._sock = loop, port, sock

    def close(self) -> None:
        self._sock.close()
        self._loop.doors.pop(self._port, None)


def timeless(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A test that takes no time, whatever passes in it."""

    @wraps(test)
    def run(*arguments: P.args, **named: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(test(*arguments, **named))

    return run


async def rest() -> None:
    """Until nothing is left to do but what waits for time."""
    await asyncio.sleep(0.002)


# --- the network ----------------------------------------------------------------------------------------------------


class Line(asyncio.Transport):
    """The gateway's end of a connection; the other one is a Peer's."""

    def __init__(self, peer: "Peer", protocol: Any, sockname: tuple[str, int]) -> None:
        super().__init__({"peername": (peer.host, peer.port), "sockname": sockname})
        self.peer = peer
        self.protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._coming: deque[bytes | Exception | None] = deque()  # None is the peer's end, an exception a break
        self._buffer = bytearray()
        self._is_reading = True
        self._is_paused = self._is_closing = self._is_lost = self._will_end = False

    # what the peer does

    def come(self, item: bytes | Exception | None) -> None:
        """Something of the peer's is there."""
        self._coming.append(item)
        self._loop.call_soon(self._read)

    def break_off(self) -> None:
        """A reset of the peer's. Who is not read is known to be gone when something is written to it."""
        error = ConnectionResetError()
        if self._is_reading:
            self.come(error)
        else:
            self._loop.call_soon(self._lose, error)

    def _read(self) -> None:
        if not self._coming or not self._is_reading or self._is_closing:
            return
        item = self._coming.popleft()
        if isinstance(item, bytes):
            self.protocol.data_received(item)
        elif isinstance(item, Exception):
            self._loop.call_soon(self._lose, item)
        elif not self.protocol.eof_received():
            self.close()
        self._loop.call_soon(self._read)

    def taken(self) -> None:
        """The peer takes all that waits."""
        data, self._buffer = bytes(self._buffer), bytearray()
        self.peer.hear(data)
        if self._is_paused:
            self._is_paused = False
            self.protocol.resume_writing()
        self._end_if_due()

    # what the gateway does

    def write(self, data: Any) -> None:
        """See asyncio."""
        assert not self._will_end, "written behind the end"
        if self._is_lost:
            return
        room = inf if self.peer.takes else max(0, KERNEL_BYTES - self.peer.untaken)
        now, later = (data, b"") if room >= len(data) else (data[: int(room)], data[int(room) :])
        if now:
            self.peer.hear(bytes(now))
        self._buffer += later
        if len(self._buffer) > HIGH_WATER and not self._is_paused:
            self._is_paused = True
            self.protocol.pause_writing()

    def _end_if_due(self) -> None:
        if self._buffer or self._is_lost:
            return
        if self._will_end:
            self.peer.end_heard()
        if self._is_closing:
            self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        if not self._is_lost:
            self._is_lost = self._is_closing = True
            self._buffer.clear()
            self.protocol.connection_lost(error)
            self.peer.lost()

    def write_eof(self) -> None:
        """See asyncio."""
        self._will_end = True
        self._loop.call_soon(self._end_if_due)

    def close(self) -> None:
        """See asyncio."""
        self._is_closing = True
        self._loop.call_soon(self._end_if_due)

    def abort(self) -> None:
        """See asyncio."""
        self._is_closing = True
        self._loop.call_soon(self._lose, None)

    def set_protocol(self, protocol: Any) -> None:
        """See asyncio."""
        self.protocol = protocol

    def get_protocol(self) -> Any:
        """See asyncio."""
        return self.protocol

    def can_write_eof(self) -> bool:
        """See asyncio."""
        return True

    def is_closing(self) -> bool:
        """See asyncio."""
        return self._is_closing

    def is_reading(self) -> bool:
        """See asyncio."""
        return self._is_reading and not self._is_closing

    def pause_reading(self) -> None:
        """See asyncio."""
        self._is_reading = False

    def resume_reading(self) -> None:
        """See asyncio."""
        self._is_reading = True
        if self._coming:
            self._loop.call_soon(self._read)

    def get_write_buffer_size(self) -> int:
        """See asyncio."""
        return len(self._buffer)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """See asyncio."""


# --- who comes ------------------------------------------------------------------------------------------------------


class Peer:
    """Someone at one of the gateway's ports; `text` is all that it was told."""

    _ports = iter(range(20_000, 10**9))

    def __init__(self, gateway: "Gateway", port: int, host: str) -> None:
        self.gateway = gateway
        self.host = host
        self.port = next(Peer._ports)
        self.data = bytearray()
        self.takes = True
        self.untaken = 0  # what lies in its kernel
        self.ended_at: float | None = None  # when the gateway closed its side, or all was over
        self.is_lost = False  # all is over
        self._corked: bytearray | None = None
        self._loop = cast(Loop, asyncio.get_running_loop())
        self.line = Line(self, None, ("127.0.0.1", port))
        arrival = self._loop.doors[port]()
        self.line.protocol = arrival
        gateway.lines.append(self.line)
        arrival.connection_made(self.line)

    def send(self, data: bytes) -> None:
        """Send bytes, unless all is over."""
        if self._corked is not None:
            self._corked += data
        elif not self.is_lost:
            self.line.come(data)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """All that is sent meanwhile is sent in one piece."""
        self._corked = bytearray()
        yield
        data, self._corked = bytes(self._corked), None
        self.send(data)

    def end(self) -> None:
        """Close our side."""
        if not self.is_lost:
            self.line.come(None)

    def reset(self) -> None:
        """Break the connection off."""
        if not self.is_lost:
            self.line.break_off()

    def stall(self) -> None:
        """Take nothing any more."""
        self.takes = False

    def take(self) -> None:
        """Take everything again."""
        self.takes, self.untaken = True, 0
        self.line.taken()

    def hear(self, data: bytes) -> None:
        """Bytes came."""
        if not self.takes:
            self.untaken += len(data)
        self.data += data

    def end_heard(self) -> None:
        """The gateway has closed its side."""
        self.ended_at = self.ended_at or self._loop.time()

    def lost(self) -> None:
        """The connection is over."""
        self.is_lost = True
        self.end_heard()

    @property
    def text(self) -> str:
        """All that it was told."""
        return self.data.decode(errors="replace")

    @property
    def is_there(self) -> bool:
        """Whether nobody has ended it."""
        return self.ended_at is None and self.why is None

    @property
    def why(self) -> str | None:
        """Why the gateway closed it, if it is a member and was closed."""
        protocol = self.line.protocol
        return reason(protocol) if isinstance(protocol, Member) else None


class Raw(Peer):
    """Someone at nc."""

    def __init__(self, gateway: "Gateway", host: str = "10.0.0.1") -> None:
        super().__init__(gateway, gateway.tcp_port, host)

    def say(self, text: str) -> None:
        """Type something, as the post's client sends it."""
        self.send(f"{text}\n\n".encode())


class Http(Peer):
    """A request to the web port."""

    def __init__(
        self, gateway: "Gateway", method: str = "GET", path: str = "/", host: str = "10.0.0.1", body: Any = None,
        **fields: str,
    ) -> None:  # fmt: skip
        super().__init__(gateway, gateway.http_port, host)
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        content = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        self.send("\r\n".join([*lines, "", ""]).encode() + content)

    @property
    def status(self) -> int:
        """Of the answer; 0 if there is none."""
        return int(self.data[9:12] or 0)


class WebSocket(Peer):
    """Someone at /ws, who answers what the protocol wants answered unless it is `mute`."""

    subprotocol = ""

    def __init__(self, gateway: "Gateway", host: str = "10.0.0.1") -> None:
        self.mute = False
        self.texts: list[str] = []
        subprotocols = [Subprotocol(self.subprotocol)] if self.subprotocol else None
        self._protocol = ClientProtocol(parse_uri("ws://localhost/ws"), subprotocols=subprotocols)
        super().__init__(gateway, gateway.http_port, host)
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data and not self.mute:
                self.send(data)

    def hear(self, data: bytes) -> None:
        """Bytes came."""
        super().hear(data)
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self.texts.append(bytes(event.data).decode())
        self._flush()

    def say(self, text: str) -> None:
        """Send a text frame."""
        self.send(Frame(Opcode.TEXT, text.encode()).serialize(mask=True))

    @property
    def text(self) -> str:
        """All that it was told."""
        return "\n".join(self.texts)

    @property
    def code(self) -> int | None:
        """Of the gateway's goodbye."""
        return self._protocol.close_rcvd.code if self._protocol.close_rcvd else None


class Json(WebSocket):
    """Someone who speaks chat.v1.json."""

    subprotocol = SUBPROTOCOL

    def tell(self, **event: Any) -> None:
        """Send an event."""
        super().say(json.dumps(event))

    def hello(self, **more: Any) -> "Json":
        """Come in."""
        self.tell(type="hello", **more)
        return self

    def say(self, text: str) -> None:
        """Say something."""
        self.tell(type="say", text=text, id=text[:60])

    def command(self, text: str) -> None:
        """Ask for something."""
        self.tell(type="command", text=text)

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """What it was told, of this type if one is given."""
        told = [json.loads(line) for text in self.texts for line in text.split("\n")]
        return [event for event in told if not kind or event["type"] == kind]


# --- the gateway ----------------------------------------------------------------------------------------------------


class Gateway:
    """An open gateway."""

    def __init__(self, running: server.Server) -> None:
        self._server = running
        self.lines: list[Line] = []
        self.is_stopped = False

    @property
    def ports(self) -> dict[str, int]:
        """The number of each port, by its setting."""
        return self._server.ports

    @property
    def tcp_port(self) -> int:
        return self.ports["tcp_port"]

    @property
    def http_port(self) -> int:
        return self.ports["http_port"]

    @property
    def house(self) -> House:
        """What its members share."""
        return self._server._house

    @property
    def store(self) -> Store:
        """Its room's, with the log."""
        return self._server._store

    @property
    def now(self) -> float:
        """Its time, in seconds."""
        return self.house.room.deadlines.now()

    @property
    def said(self) -> list[str]:
        """All that is in the log."""
        return [message.text for message in cast(Any, self.house.room.store)._messages]

    @property
    def doors(self) -> Collection[int]:
        """The ports on which it listens."""
        return cast(Loop, asyncio.get_running_loop()).doors

    async def stop(self) -> None:
        """As at SIGTERM."""
        self.is_stopped = True
        await self._server.stop()

    async def until_it_breaks(self) -> None:
        """As it runs, until the room has broken. Raises ServerError."""
        await self._server._until_stopped(asyncio.Event())

    async def after(self, seconds: float) -> None:
        """Let time pass, and all that happens in it."""
        await asyncio.sleep(seconds)
        await rest()

    def balance(self) -> None:
        """What was taken for connections is there for those that are, and for no other."""
        protocols = [line.protocol for line in self.lines if not line._is_lost]
        wrong = off(self.house, protocols)
        assert not wrong, wrong


class _Faults(logging.Handler):
    """Faults of ours, which are contained and told; no test of a whole gateway may cause one."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        logging.getLogger("gateway.faults").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """See the base class."""
        self.texts.append(record.getMessage())

    def close(self) -> None:
        """Hear no more."""
        logging.getLogger("gateway.faults").removeHandler(self)
        super().close()


class _Uncollected:
    """No collector looks as long as the block lasts; `held` is what then holds itself by an error's frames of ours.

    An error that is kept where its own frames see it keeps all that they see: a request's body, whoever asked. Scenes
    may be within each other: the outer one looks.
    """

    _depth = 0

    def __init__(self) -> None:
        self.held: Counter[str] = Counter()

    def __enter__(self) -> Self:
        if not _Uncollected._depth:
            gc.freeze()
            gc.disable()
        _Uncollected._depth += 1
        return self

    def __exit__(self, *_: object) -> None:
        _Uncollected._depth -= 1
        if not _Uncollected._depth:
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            gc.set_debug(0)
            self.held.update(name for each in gc.garbage if isinstance(each, Exception) for name in _frames_of(each))
            gc.garbage.clear()
            gc.unfreeze()
            gc.enable()


def _frames_of(error: Exception) -> Iterator[str]:
    """The functions of ours that it went through."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename.startswith(_OURS):
            yield frame.f_code.co_qualname


_OURS = f"{Path(server.__file__).parent.parent}/"


@asynccontextmanager
async def gateway(store: Store | None = None, **settings: Any) -> AsyncIterator[Gateway]:
    """An open gateway; at the end its books have to balance, with all who are there and when they have gone."""
    loop = cast(Loop, asyncio.get_running_loop())
    chosen = Settings(**{"store": "memory:", **ANY_PORTS, "language": "en", **settings})

    async def opened(_: Settings) -> Store:
        own = store or a_store()
        own.wall = loop.wall  # type: ignore[misc] # none but a test hands it one
        return own

    with patch.object(server, "open_store", opened):
        running = server.Server(chosen)
        await running.start()
        here = Gateway(running)
        broken = asyncio.ensure_future(here.house.room.broken())
        faults, uncollected, level = _Faults(), _Uncollected(), logging.getLogger().level
        loop.set_exception_handler(lambda _, context: faults.texts.append(str(context)))
        try:
            with uncollected:
                yield here
                await rest()
            assert here.is_stopped or not broken.done(), broken
            here.balance()
        finally:
            broken.cancel()
            if not here.is_stopped:
                await running.stop()
            await rest()
            faults.close()
            logging.getLogger().setLevel(level)  # which a reload sets
        assert off(here.house, []) == []
        assert not faults.texts, faults.texts
        assert not uncollected.held, uncollected.held


@asynccontextmanager
async def nodes(shared: MemoryStore | None = None, **settings: Any) -> AsyncIterator[tuple[Gateway, Gateway]]:
    """Two gateways of one room, which tell each other what real nodes do by NATS."""
    subject, store = Subject(), shared or a_store()
    async with AsyncExitStack() as stack:
        one, two = [
            await stack.enter_async_context(gateway(await node_of(store, subject, name, stack), **settings))
            for name in ("n1", "n2")
        ]
        yield one, two
