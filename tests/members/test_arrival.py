"""A connection that was just accepted: its place, its address, what becomes of it."""

import asyncio
import gc
import socket
import ssl
from typing import Any, cast

import pytest

from gateway.faults import Contained
from gateway.members import tcp
from gateway.members.arrival import Arrival, Entry
from gateway.members.listener import Early, SecureListener
from gateway.members.tcp import RAW, TcpEntry, TcpMember
from gateway.web import door
from gateway.web.entry import WebEntry

from ..fakes import FakeTransport, Scene, scene
from ..tables import each_of


class Arriving(FakeTransport):
    """A transport whose protocol is another one by and by."""

    def __init__(self, protocol: Any, peer: tuple[str, int] | None) -> None:
        super().__init__(protocol, peer or ("", 0))
        self._extra["peername"] = peer  # type: ignore[attr-defined]

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol


WEB = WebEntry(asyncio.Protocol)


def arrive(here: Scene, peer: tuple[str, int] | None, port: Entry = RAW) -> Arriving:
    """Someone connects to a port of the gateway."""
    arrival = Arrival(here.house, port)
    transport = Arriving(arrival, peer)
    arrival.connection_made(transport)
    return transport


async def test_a_member_has_its_place_and_gives_it_back() -> None:
    async with scene() as here:
        transport = arrive(here, ("10.0.0.1", 5000))
        assert isinstance(transport.protocol, TcpMember)
        assert here.house.gate.taken == 1
        transport.protocol.connection_lost(None)
        assert here.house.gate.taken == 0


@pytest.mark.parametrize("port", [RAW, WEB])
async def test_who_has_no_address_gets_in_nowhere(port: Entry) -> None:
    # Who sends and resets at once has no peer name by then (uvloop issue 560): limits, bans and proxies go by it.
    async with scene() as here:
        transport = arrive(here, None, port)
        assert transport.aborted
        assert transport.take() == b""
        transport.protocol.connection_lost(None)
        assert here.house.gate.taken == 0
        assert not here.house.members


@each_of("port", [RAW, WEB])
@each_of("how", ["nowhere", "refused", "cut", "lost"])
async def test_who_is_at_its_end_lets_go_of_a_transport_that_keeps_it(port: Entry, how: str) -> None:
    """With TLS, one that was lost before it was handed over does: they were a circle of 0.26 MB."""
    async with scene(trust_proxy=("10.9.0.0/16",)) as here:
        transport = arrive(here, None if how == "nowhere" else ("10.9.0.1", 5000), port)
        if how == "refused":
            transport.protocol.data_received(b"nonsense\r\n\r\n")
        if how == "cut":
            transport.protocol.cut()
        if how in ("refused", "lost"):
            transport.protocol.connection_lost(None)
        assert transport not in gc.get_referents(transport.protocol)


def test_what_is_early_lets_go_too() -> None:
    early = Early()
    transport = FakeTransport(cast(Any, early))
    early.connection_made(transport)
    early.data_received(b"hi")
    early.check()
    transport.close()
    with pytest.raises(ConnectionResetError):
        early.check()
    early.connection_lost(None)
    assert transport not in gc.get_referents(vars(early))


@pytest.mark.parametrize(
    ("port", "asks", "told"),
    [
        (RAW, b"", b"* too many connections from your address\n\n"),
        (WEB, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HTTP/1.1 503 Service Unavailable\r\n"),
    ],
)
async def test_from_one_address_so_many(port: Entry, asks: bytes, told: bytes) -> None:
    async with scene(per_ip=2) as here:
        first, _ = (arrive(here, ("10.0.0.1", 5000 + number), port) for number in range(2))
        late = arrive(here, ("10.0.0.1", 5002), port)
        late.protocol.data_received(asks)
        assert late.take().startswith(told)
        assert late.is_closing()
        late.protocol.data_received(b"hi\n\n")
        late.protocol.connection_lost(None)
        assert here.house.gate.taken == 2
        first.protocol.connection_lost(None)
        assert not arrive(here, ("10.0.0.1", 5003), port).is_closing()


async def test_who_is_behind_a_proxy_is_refused_in_the_ports_own_words() -> None:
    other = TcpEntry(RAW.make, lambda text: f"ERROR :{text}\r\n".encode())
    async with scene(per_ip=1, trust_proxy=("10.9.0.0/16",)) as here:
        _, late = proxies = [arrive(here, ("10.9.0.1", 5000 + number), other) for number in range(2)]
        for proxy in proxies:
            proxy.protocol.data_received(b"PROXY TCP4 192.0.2.1 198.51.100.7 50000 8001\r\n")
        assert late.take() == b"ERROR :too many connections from your address\r\n"
        for proxy in proxies:
            proxy.protocol.connection_lost(None)


async def test_a_proxy_has_a_place_from_accept_on_and_who_is_behind_it_is_counted() -> None:
    async with scene(per_ip=1, trust_proxy=("10.9.0.0/16",)) as here:
        proxies = [arrive(here, ("10.9.0.1", 5000 + number)) for number in range(3)]
        assert here.house.gate.taken == 3
        for proxy in proxies:
            proxy.protocol.data_received(b"PROXY TCP4 192.0.2.1 198.51.100.7 50000 8001\r\n")
        assert [proxy.is_closing() for proxy in proxies] == [False, True, True]
        for proxy in proxies:
            proxy.protocol.connection_lost(None)
        assert here.house.gate.taken == 0


@pytest.mark.parametrize("port", [RAW, WEB])
async def test_a_visit_that_is_nothing_gives_its_place_back(port: Entry) -> None:
    async with scene(trust_proxy=("10.9.0.0/16",)) as here:
        for first in (b"", b"nonsense\r\n\r\n", b"PROXY nonsense\r\n", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01"):
            transport = arrive(here, ("10.9.0.1", 5000), port)
            transport.protocol.data_received(first)
            here.clock.pass_by(40)
            transport.protocol.connection_lost(None)
        assert here.house.gate.taken == 0
        assert not here.house.members


@pytest.mark.parametrize("cut", [None, 5, 43])
async def test_what_comes_with_a_proxys_header_is_said(cut: int | None) -> None:
    data = b"PROXY TCP4 192.0.2.7 198.51.100.7 50000 8001\r\nat once\n\n"
    async with scene(trust_proxy=("10.9.0.0/16",)) as here:
        transport = arrive(here, ("10.9.0.1", 5000))
        for piece in (data,) if cut is None else (data[:cut], data[cut:]):
            transport.protocol.data_received(piece)
        await here.settle()
        assert [(each.text, each.label) for each in await here.store.read(0, 9)] == [
            ("at once", "('192.0.2.7', 50000)")
        ]
        transport.protocol.connection_lost(None)


async def test_what_came_before_its_time_is_heard_before_its_end() -> None:
    """As of who speaks TLS, and sends what it has and its end with its handshake."""
    async with scene() as here:
        early = Early()
        for data in (b"hel", b"lo\n\nand bye"):
            early.data_received(data)
        early.eof_received()
        transport = arrive(here, ("10.0.0.1", 5000))
        early.hand_over(transport.protocol)
        await here.settle()
        assert [each.text for each in await here.store.read(0, 9)] == ["hello", "and bye"]
        assert transport.is_closing()
        transport.protocol.connection_lost(None)


async def test_a_fault_on_the_way_in_gives_the_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any, **named: Any) -> None:
        raise RuntimeError("planned")

    async with scene() as here:
        for name in ("__init__", "connection_made"):
            with monkeypatch.context() as patch:
                patch.setattr(TcpMember, name, broken)
                transport = arrive(here, ("10.0.0.1", 5000))
            assert transport.aborted
            transport.protocol.connection_lost(None)
            assert here.house.gate.taken == 0
            assert not here.house.members


async def test_a_fault_behind_the_handshake_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place was given back, and it stayed open."""
    async with scene() as here:
        secured = FakeTransport(cast(Any, None), ("10.0.0.1", 5000))

        async def shake_hands(*_: object) -> tuple[FakeTransport, None]:
            return secured, None

        monkeypatch.setattr(SecureListener, "_shake_hands", shake_hands)
        monkeypatch.setattr("gateway.members.listener.Arrival", lambda *_: 1 / 0)
        listener = socket.create_server(("127.0.0.1", 0))
        secure = SecureListener(here.house, listener, ssl.create_default_context(), RAW)
        with pytest.raises(ZeroDivisionError):
            await secure._secure(listener, ("10.0.0.1", 5000), here.house.gate.enter())
        assert secured.aborted
        assert here.house.gate.taken == 0
        secure.close()


def test_every_protocol_is_contained() -> None:
    """Of the server's: who is a client's, and has one connection, ends with it."""
    ours = {each for each in _subclasses(asyncio.BaseProtocol) if each.__module__.startswith("gateway.")}
    ours = {each for each in ours if not each.__module__.startswith("gateway.client.")}
    assert {Arrival, TcpMember, door.Door, tcp.ProxyDoor} <= ours
    assert {each.__name__ for each in ours if not issubclass(each, Contained)} == set()


def _subclasses(kind: type[Any]) -> set[type[Any]]:
    below = set(kind.__subclasses__())
    return below | {each for one in below for each in _subclasses(one)}
