"""Every way into the room, for tests that try each: peers that have an address, say something and are told something.

And a room on two nodes: they share a memory store, and tell each other what real nodes do by NATS.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import Mock
from weakref import WeakKeyDictionary

from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request

from gateway.members.handshake import shake_hands
from gateway.members.stream import StreamMember
from gateway.members.tcp import raw_member
from gateway.stores import Store
from gateway.stores.jetstream.broadcast import Broadcast
from gateway.stores.jetstream.nats import Link
from gateway.stores.memory import MemoryNames, MemoryStore
from gateway.stores.nodes import NameChanged
from gateway.stores.records import Skipped
from gateway.web.api import Api
from gateway.web.visitor import VISITOR
from gateway.wires.json import SUBPROTOCOL
from gateway.wires.proxy import Proxied

from .fakes import FakeTransport, Scene, a_store, reason, scene
from .wires.kinds import frames_of

_HANDSHAKE = {
    "Host": "x",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Peer:
    """Someone at a door. `told` is what it was told last, as text."""

    speaks = True
    stays = True
    """Whether it is a member: who makes a plain request is gone when it is answered."""

    def __init__(self, here: Scene, host: str, name: str = "") -> None:
        self.here = here
        self.host = host
        self.name = name
        self.member: Any = None
        self.transport: Any = None

    async def come(self) -> str:
        """Come in; what it is told."""
        self.connect()
        await self.here.settle()
        told = self.take()
        return told + await self.ask(f"/name {self.name}") if self.name and self.is_in else told

    def connect(self) -> None:
        raise NotImplementedError

    def meet(self, member: Any) -> None:
        self.member = member
        self.transport = FakeTransport(member, (self.host, 50000))
        member.connection_made(self.transport)

    @property
    def is_in(self) -> bool:
        return bool(self.member.is_in)

    @property
    def ended(self) -> str | None:
        """Why it was closed, if it was."""
        return reason(self.member)

    @property
    def by(self) -> str:
        return str(self.member.by)

    @property
    def label(self) -> str:
        return str(self.member.label)

    async def ask(self, text: str) -> str:
        """Type something; what it is told."""
        self.take()
        self.send(text)
        await self.here.settle()
        return self.take()

    say = ask

    def send(self, text: str) -> None:
        raise NotImplementedError

    def take(self) -> str:
        """What it was told since the last call."""
        return str(self.transport.take().decode())


class RawPeer(Peer):
    def connect(self) -> None:
        place = self.here.place(self.host)
        self.meet(raw_member(self.here.house, place, Proxied((self.host, 50000), ("10.0.0.9", 8001))))

    def send(self, text: str) -> None:
        self.member.data_received(text.encode() + b"\n\n")


class TextPeer(Peer):
    protocol = ""

    def connect(self) -> None:
        fields = _HANDSHAKE | ({"Sec-WebSocket-Protocol": self.protocol} if self.protocol else {})
        place = self.here.place(self.host)
        _, member = shake_hands(self.here.house, Request("/ws", Headers(fields)), place, self.host)
        self.meet(member)

    def send(self, text: str) -> None:
        self.member.data_received(Frame(Opcode.TEXT, text.encode()).serialize(mask=True))

    def take(self) -> str:
        return "\n".join(each.decode(errors="replace") for each in frames_of(self.transport.take()))


class JsonPeer(TextPeer):
    protocol = SUBPROTOCOL

    def __init__(self, here: Scene, host: str, name: str = "", **hello: Any) -> None:
        super().__init__(here, host, name)
        self.hello = hello
        self.welcome: dict[str, Any] = {}

    async def come(self) -> str:
        self.connect()
        told = await self.tell(type="hello", **({"name": self.name} if self.name else {}), **self.hello)
        self.welcome = next((event for event in self.events(told) if event["type"] == "welcome"), {})
        return told

    async def tell(self, **event: Any) -> str:
        """Send an event; what it is told."""
        return await super().ask(json.dumps(event))

    async def ask(self, text: str) -> str:
        return await self.tell(type="command", text=text)

    async def say(self, text: str) -> str:
        return await self.tell(type="say", text=text, id=text[:64])

    async def moderate(self, act: str, **aim: Any) -> dict[str, Any]:
        """Keep order; the first notice or error that comes of it."""
        told = self.events(await self.tell(type="moderate", act=act, **aim))
        return next(event for event in told if event["type"] in ("notice", "error"))

    @staticmethod
    def events(told: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in told.split("\n") if line.startswith("{")]


class StreamPeer(Peer):
    """At GET /events: it listens, and says nothing."""

    speaks = False

    def connect(self) -> None:
        place = self.here.place(self.host)
        self.meet(StreamMember(self.here.house, place, self.host, accept="", last_id="", query=""))

    def send(self, text: str) -> None:
        pass


class SayPeer(Peer):
    """At POST /say: each thing that it says is a visit of its own."""

    stays = False
    method, path = "POST", "/say"

    async def come(self) -> str:
        return ""

    async def ask(self, text: str) -> str:
        name = {"name": self.name} if self.name else {}
        status, answer = await visit(self.here, self.host, self.method, self.path, {"text": text, **name})
        return "" if status == 200 else json.dumps({"status": status, **answer})

    say = ask

    @property
    def is_in(self) -> bool:
        return False

    ended = None


class ReadPeer(SayPeer):
    """At GET /messages: it reads, and says nothing."""

    speaks = False
    method, path = "GET", "/messages"


DOORS: dict[str, type[Peer]] = {
    "raw": RawPeer,
    "text": TextPeer,
    "json": JsonPeer,
    "/events": StreamPeer,
    "/say": SayPeer,
    "/messages": ReadPeer,
}


NOBODY = Mock()
"""Of a request that came by no connection: who has it, and who writes the answer."""

APIS: WeakKeyDictionary[Scene, Api] = WeakKeyDictionary()

WAITING = Mock(is_closing=Mock(return_value=False))
"""The connection of a client that waits for the answer."""


async def visit(here: Scene, host: str, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """A plain request; its status and what it is answered."""
    response = await respond(here, host, method, path, body)
    return response.status, json.loads(cast(bytes, response.body))


async def respond(here: Scene, host: str, method: str, path: str, body: Any = None) -> web.Response:
    """A plain request, and the response to it."""
    payload = StreamReader(BaseProtocol(asyncio.get_running_loop()), 2**16)
    payload.feed_data(b"" if body is None else json.dumps(body).encode())
    payload.feed_eof()
    fields = {"Content-Type": "application/json"}
    is_said = path.startswith("/say")
    # What is not given would be some Mocks, which take a millisecond.
    request = make_mocked_request(
        method, path, fields, payload=payload, protocol=NOBODY, transport=WAITING, writer=NOBODY,
        app=web.Application(),
    )  # fmt: skip
    api = APIS.setdefault(here, Api(here.house))
    VISITOR.set(host)
    return cast(web.Response, await (api.say(request) if is_said else api.read(request)))


async def operator(here: Scene, host: str = "10.0.0.9") -> JsonPeer:
    """An operator. The scene's admin password is `secret`."""
    op = JsonPeer(here, host, "Op")
    await op.come()
    assert '"code":"op"' in await op.ask("/op secret")
    return op


# --- two nodes ----------------------------------------------------------------------------------------------------


class Subject:
    """What NATS is for the nodes: what one publishes, all hear. `is_cut`: nothing gets through. `late`: what waits."""

    def __init__(self) -> None:
        self.hearing: list[Any] = []
        self.is_cut = False
        self.late: list[bytes] | None = None
        self.is_connected = True
        self.holders: defaultdict[str, set[str]] = defaultdict(set)  # of names, by owner: on which nodes

    async def subscribe(self, subject: str, cb: Any) -> None:
        self.hearing.append(cb)

    async def publish(self, subject: str, data: bytes) -> None:
        if self.late is not None:
            self.late.append(data)
            return
        for hear in [] if self.is_cut else [*self.hearing]:
            await hear(SimpleNamespace(data=data))

    async def catch_up(self) -> None:
        """Let through what waits, and nothing waits any more."""
        late, self.late = self.late or [], None
        for data in late:
            await self.publish("", data)


class _NodeNames:
    """One node's view of the names: an owner holds its name on each node that it is in on, as with JetStream."""

    def __init__(self, names: MemoryNames, nodes: Broadcast, node: str, holders: defaultdict[str, set[str]]) -> None:
        self._names = names
        self._nodes = nodes
        self._node = node
        self._holders = holders

    async def claim(self, name: str, owner: str) -> bool:
        """Others are told if it is another name."""
        former = await self._names.recall(owner)
        if not await self._names.claim(name, owner):
            return False
        self._holders[owner].add(self._node)
        if former != name:
            self._nodes.tell(NameChanged(owner))
        return True

    async def release(self, owner: str) -> None:
        """It stays if another node holds it."""
        if not self._holders[owner] - {self._node}:
            await self._names.release(owner)
        self._holders[owner].discard(self._node)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._names, name)


class _Node:
    """One node's view of a store that both share."""

    def __init__(self, store: MemoryStore, nodes: Broadcast, names: _NodeNames) -> None:
        self._store = store
        self.nodes = nodes
        self.names = names
        self.wall = store.wall

    async def surely_past(self) -> int:
        """By its own clock."""
        return self.wall()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def node_of(store: MemoryStore, subject: Subject, name: str, stack: AsyncExitStack) -> Store:
    """A node's store, which is another one's too, as long as the stack is open."""

    @asynccontextmanager
    async def patience() -> AsyncIterator[None]:
        yield

    link = SimpleNamespace(place=SimpleNamespace(room="r"), node=name, client=subject, patience=patience)
    nodes = Broadcast(cast(Link, link), Skipped())
    await nodes.open()
    stack.push_async_callback(nodes.close)
    return cast(Store, _Node(store, nodes, _NodeNames(store.names, nodes, name, subject.holders)))


class Pair:
    """Two nodes of a room."""

    def __init__(self, one: Scene, two: Scene, subject: Subject, store: MemoryStore) -> None:
        self.one, self.two = one, two
        self.subject = subject
        self.store = store

    async def settle(self) -> None:
        """Let all come to an end that is under way on both: they are on one loop."""
        await self.one.settle()

    def jump(self, seconds: float) -> None:
        """It is so much later on the wall; what waits does not hear of it."""
        for here in (self.one, self.two):
            here.clock.jumped += int(seconds * 1000)

    async def pass_by(self, seconds: float) -> None:
        """Let time pass on both."""
        self.one.clock.pass_by(seconds)
        self.two.clock.pass_by(seconds)
        await self.settle()


@asynccontextmanager
async def pair(**settings: Any) -> AsyncIterator[Pair]:
    """Two scenes of one room."""
    subject, store = Subject(), a_store()
    async with AsyncExitStack() as stack:
        scenes: list[Scene] = []
        for name in ("n1", "n2"):
            node = await node_of(store, subject, name, stack)
            scenes.append(await stack.enter_async_context(scene(node, **settings)))
        one, two = scenes
        yield Pair(one, two, subject, store)
