"""A clock that the test moves and a transport that the test fills: members without sleeping."""

import asyncio
import heapq
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any, TypeVar

import pytest

from gateway.config import Settings
from gateway.guard.deadlines import Deadlines
from gateway.guard.gate import Gate, Place
from gateway.guard.lock import Lock
from gateway.guard.rate import Meters, limits_of
from gateway.guard.stages import CLOSING
from gateway.guard.turns import Turns
from gateway.members.connection import Connection
from gateway.members.house import House
from gateway.members.member import Member
from gateway.members.tcp import TcpMember, raw_member
from gateway.metrics import Metrics
from gateway.phrases import Phrases
from gateway.room.expiry import Expiry
from gateway.room.moderation import Moderation
from gateway.room.reconciling import Reconciler
from gateway.room.room import Room
from gateway.stores import Store
from gateway.stores.memory import MemoryNames, MemoryStore
from gateway.wires.proxy import Proxied

from .books import holders, off

C = TypeVar("C", bound=Connection)


class Clock:
    """Time in seconds, and the timers that were asked for."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.jumped = 0  # by which the wall clock is off, in ms
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def now(self) -> float:
        return self.time

    def wall(self) -> int:
        return 1764000000000 + int((self.time - 1000) * 1000) + self.jumped

    def call_at(self, when: float, call: Callable[[], None]) -> "_Timer":
        entry = (when, next(self._order), call)
        heapq.heappush(self._timers, entry)
        return _Timer(self._timers, entry)

    def pass_by(self, seconds: float) -> None:
        """Let time pass; what is due in it happens in order."""
        end = self.time + seconds
        while self._timers and self._timers[0][0] <= end:
            when, _, call = heapq.heappop(self._timers)
            self.time = max(self.time, when)
            call()
        self.time = end


class _Timer:
    def __init__(self, timers: list[Any], entry: Any) -> None:
        self._timers, self._entry = timers, entry

    def cancel(self) -> None:
        self._timers.remove(self._entry)
        heapq.heapify(self._timers)


class FakeTransport(asyncio.Transport):
    """Takes all that is written; `fill` and `empty` are what its peer does."""

    def __init__(self, protocol: Connection, peer: tuple[str, int] = ("10.0.0.1", 50000)) -> None:
        super().__init__({"peername": peer, "sockname": ("10.0.0.9", 8001)})
        self.protocol = protocol
        self.data = b""
        self.buffered = 0
        self.reading = True
        self.room: int | None = None  # bytes that the peer still takes, if it does not take all
        self.ended = self.closed = self.aborted = self.paused = False

    def write(self, data: Any) -> None:
        assert not self.paused or self.protocol.stage >= CLOSING or self.ended, "written while paused"
        assert not self.closed
        self.data += bytes(data)
        if self.room is not None:
            self.room -= len(data)
            if self.room < 0 and not self.paused:
                self.fill()

    def take(self) -> bytes:
        """What was written since the last call."""
        data, self.data = self.data, b""
        return data

    def fill(self, buffered: int = 100_000) -> None:
        """The peer takes nothing any more."""
        self.buffered = buffered
        self.paused = True
        self.protocol.pause_writing()

    def empty(self) -> None:
        """The peer takes everything."""
        self.buffered = 0
        self.room = None
        self.paused = False
        self.protocol.resume_writing()

    def write_eof(self) -> None:
        self.ended = True

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, Connection)
        self.protocol = protocol

    def is_reading(self) -> bool:
        return self.reading

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


class SocketTransport(FakeTransport):
    """One with a real socket, to which a member writes by itself while nothing waits: the way of all in production."""

    def __init__(self, protocol: Connection) -> None:
        super().__init__(protocol)
        self._own, self._peers = socket.socketpair()
        for end in (self._own, self._peers):
            end.setblocking(False)
        self._extra["socket"] = self._own  # type: ignore[attr-defined]

    def write(self, data: Any) -> None:
        self._collect()
        super().write(data)

    def take(self) -> bytes:
        self._collect()
        return super().take()

    def _collect(self) -> None:
        with suppress(BlockingIOError):
            while data := self._peers.recv(65536):
                self.data += data

    def release(self) -> None:
        """Nobody writes there any more."""
        self._own.close()
        self._peers.close()


class NeverBlamed:
    """What has no fault in its test."""

    def fail(self) -> None:
        pytest.fail("it was blamed")  # no Exception: whoever blames it contains these

    cut = fail


def reason(member: Member) -> str | None:
    """Why a connection was ended, if it was."""
    return member.why.reason if member.why and member.stage >= CLOSING else None


RESTLESS = 20_000
"""Turns of the loop: what goes on for so long goes on for ever."""


async def rest() -> None:
    """Until the loop has nothing to do but to wait: what has not happened by then does not. Fails if it never rests."""
    ready = getattr(asyncio.get_running_loop(), "_ready", None)
    if ready is None:  # uvloop's does not tell; no test runs on it
        await asyncio.sleep(0.1)
        return
    for _ in range(RESTLESS):
        await asyncio.sleep(0)
        if not ready:
            return
    raise AssertionError("it never rests")


class Scene:
    """A room with a memory store, on a clock of its own."""

    def __init__(self, clock: Clock, room: Room, house: House, reconciler: Reconciler) -> None:
        self.clock, self.room, self.house, self.reconciler = clock, room, house, reconciler
        self.worked = 0.0  # seconds, by the clock of the turns of input
        self.sockets: list[SocketTransport] | None = None  # of those that get one, if they do
        self.balances = True  # whether its books have to, at the end

    @property
    def store(self) -> Store:
        """The room's, with the log."""
        return self.room._store

    def place(self, host: str = "10.0.0.1") -> Place:
        """A place at the gate."""
        place = self.house.gate.enter()
        place.belong_to(host)
        return place

    def raw(self, host: str = "10.0.0.1") -> TcpMember:
        """A raw member that has no transport yet."""
        return raw_member(self.house, self.place(host), Proxied((host, 50000), ("10.0.0.9", 8001)))

    def connect(self, member: C) -> tuple[C, FakeTransport]:
        """A connection with a transport of its own."""
        transport = FakeTransport(member) if self.sockets is None else SocketTransport(member)
        if isinstance(transport, SocketTransport) and self.sockets is not None:
            self.sockets.append(transport)
        member.connection_made(transport)
        return member, transport

    async def settle(self) -> None:
        """Let everything that is under way come to an end; nothing of it waits for time. It fails if it never rests."""
        await rest()


def a_store() -> MemoryStore:
    """A store in memory, whose epoch is as JetStream's are: with colons."""
    store = MemoryStore(10_000, 10**8)
    store.epoch = "2026-11-24T11:00:00.123456789Z"
    return store


class WaitingNames(MemoryNames):
    """Each claim waits until the test lets all of them go on."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = asyncio.Event()
        self.asked = 0

    async def claim(self, name: str, owner: str) -> bool:
        """See the base class."""
        self.asked += 1
        await self.may_go_on.wait()
        return await super().claim(name, owner)


@asynccontextmanager
async def scene(store: Store | None = None, **settings: Any) -> AsyncIterator[Scene]:
    """A scene; `settings` are those of Settings."""
    clock = Clock()
    chosen = Settings(**{"language": "en", **settings})
    loop = asyncio.get_running_loop()
    phrases = Phrases(chosen.language, chosen.max_text)
    deadlines = Deadlines(clock.now, clock.call_at)
    own = store or a_store()
    own.wall = clock.wall  # type: ignore[misc] # none but a test hands it one
    room = Room(own, phrases, Metrics(), deadlines, loop.call_soon)
    before = holders(room.store)
    await room.start()
    broken = asyncio.ensure_future(room.broken())
    refusals = room.metrics.refusals
    lock = Lock(chosen.key, "room", refusals)
    moderation = Moderation(room, Lock(chosen.admin_key, "operators", refusals), clock.wall)
    reconciler = Reconciler(moderation)
    await reconciler.begin()
    await Expiry(room, chosen.keep_days).begin()
    turns = Turns(lambda: here.worked, loop.call_soon)
    gate, meters = Gate(100, chosen.per_ip), Meters(limits_of(chosen))
    here = Scene(clock, room, House(
        room, gate, lock, moderation, chosen, clock.wall, 8080, turns, meters, deadlines, phrases, room.metrics
    ), reconciler)  # fmt: skip
    yield here
    await rest()
    assert not broken.done(), broken
    assert not here.balances or off(here.house, None, before) == []
    broken.cancel()
    await room.stop()
    for each in here.sockets or ():
        each.release()
