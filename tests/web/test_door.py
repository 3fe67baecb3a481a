"""The web port's door, with the site behind it: how a visit ends."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from aiohttp import web as aiohttp_web

from gateway.guard.rate import BURST_SECONDS
from gateway.members.arrival import place_for
from gateway.stores import Store
from gateway.web import door as door_module
from gateway.web.door import HEAD_SECONDS, MAX_SEGMENTS, VISIT_SECONDS, Door
from gateway.web.entry import WebEntry
from gateway.web.site import LOG, make_site
from gateway.wires.http import Head, parse_head

from ..fakes import FakeTransport, Scene, WaitingNames, a_store, scene
from ..inprocess import Http, gateway, rest, timeless
from ..members.test_websocket import frame
from ..samples import a_draft
from ..tables import each_of


class VisitTransport(FakeTransport):
    """aiohttp says it again that it reads, which asyncio allows."""

    def resume_reading(self) -> None:
        self.reading = True

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = cast(Any, protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.protocol


@asynccontextmanager
async def doors(store: Store | None = None, **settings: Any) -> AsyncIterator[tuple[Scene, aiohttp_web.Server]]:
    async with scene(store, **settings) as here:
        runner = aiohttp_web.AppRunner(make_site(here.house, 8001), access_log=None, logger=LOG)
        await runner.setup()
        assert runner.server is not None
        yield here, runner.server
        await runner.cleanup()


def knock(here: Scene, site: Callable[[], asyncio.Protocol], host: str = "10.0.0.1") -> tuple[Door, FakeTransport]:
    transport = VisitTransport(cast(Any, None))
    door = Door(here.house, site, here.house.gate.enter(), transport, (host, 50000))
    transport.set_protocol(door)
    door.connection_made(transport)
    return door, transport


def refusals(here: Scene) -> list[str]:
    """The reasons that were counted, each as often as it was."""
    lines = [line.rpartition(" ") for line in here.room.metrics.expose().decode().splitlines()]
    return [
        name.split('"')[1] for name, _, count in lines if "refusals_total{" in name for _ in range(int(float(count)))
    ]


KEY = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
KEY_BYTES = sum(len(line.partition(": ")[2]) for line in KEY.splitlines())
PAGE = "Origin: https://page.example\r\n"
SHARED = "Access-Control-Allow-Origin: https://page.example"
NO_PAGE = "\r\n\r\nThere is no such page.\n"
HERE = "HTTP/1.1\r\nHost: localhost:8080\r\n"
PROXY = {"trust_proxy": ("10.0.0.1",)}

ANSWERS: list[tuple[str, dict[str, Any], str, list[str], list[str]]] = [
    # What comes, the settings, the status, what else is in the answer, and what is counted.
    ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", {}, "421 Misdirected Request", ["--public-host"], ["http-421"]),
    ("GET  / HTTP\r\n\r\n", {}, "400 Bad Request", ["That is no HTTP/1.1 request line."], ["http-400"]),
    ("GET / HTTP/1.1\nHost: localhost:8080\n\n", {}, "400 Bad Request", ["end with CR LF."], ["http-400"]),
    (f"GET /ws {HERE}Origin: http://evil.example\r\n{KEY}\r\n", {}, "403 Forbidden", ["--origin"], ["http-403"]),
    (f"GET /ws {HERE}Origin: https://localhost:8080\r\n{KEY}\r\n", {}, "403 Forbidden", [], ["http-403"]),
    (f"GET /ws {HERE}Origin: http://localhost:8080\r\n{KEY}\r\n", {}, "101 Switching Protocols", [], []),
    (f"GET /ws {HERE}{PAGE}{KEY}\r\n", {"origin": ("https://page.example",)}, "101 Switching Protocols", [], []),
    (
        f"GET /ws {HERE}Origin: https://localhost:8080\r\nX-Forwarded-Proto: https\r\n{KEY}\r\n",
        PROXY, "101 Switching Protocols", [], [],
    ),
    (
        f"GET / {HERE}X-Forwarded-For: somebody\r\n\r\n",
        PROXY, "400 Bad Request", ["a forwarded address that is none: 'somebody'."], ["http-400"],
    ),
    (
        f"GET /ws {HERE}{KEY}Sec-WebSocket-Extensions: {'x' * 2048}\r\n\r\n",
        {}, "431 Request Header Fields Too Large", ["at most 2048 bytes."], ["http-431"],
    ),
    (
        f"GET /ws {HERE}{KEY}Sec-WebSocket-Extensions: {'x' * (2048 - KEY_BYTES)}\r\n\r\n",
        {}, "101 Switching Protocols", [], [],
    ),
    (f"GET /ws HTTP/1.0\r\nHost: localhost:8080\r\n{KEY}\r\n", {}, "505 HTTP Version Not Supported", [], ["handshake"]),
    (f"GET /events {HERE}Sec-Fetch-Site: cross-site\r\n\r\n", {}, "403 Forbidden", ["--origin"], ["http-403"]),
    (f"GET /ws {HERE}Sec-Fetch-Site: same-site\r\n{KEY}\r\n", {}, "403 Forbidden", ["--origin"], ["http-403"]),
    (f"GET /events {HERE}Sec-Fetch-Site: none\r\n\r\n", {}, "200 OK", ["text/event-stream"], []),
    (f"GET /ws {HERE}\r\n", {}, "426 Upgrade Required", [], ["handshake"]),
    (f"GET /events {HERE}\r\n", {}, "200 OK", ["text/event-stream", "retry: "], []),
    (f"GET /events?history=1 {HERE}Accept: text/plain\r\n\r\n", {}, "200 OK", ["text/plain", "来自ann的消息:two"], []),
    (f"GET /events?history=1&x=? {HERE}Accept: text/plain\r\n\r\n", {}, "200 OK", ["来自ann的消息:two"], []),
    (
        f"GET /events {HERE}Last-Event-ID: 2026-11-24T11:00:00.123456789Z:1\r\n\r\n",
        {}, "200 OK", ['"text":"two"'], [],
    ),
    (f"GET /events {HERE}{PAGE}\r\n", {"origin": ("https://page.example",)}, "200 OK", [SHARED], []),
    (f"GET {'/' * 9} {HERE}{PAGE}\r\n", {"origin": ("https://page.example",)}, "404 Not Found", [SHARED], ["http-404"]),
    (
        f"GET /events {HERE}{PAGE}\r\n",
        {"origin": ("https://page.example",), "password": "secret"},
        "401 Unauthorized", [SHARED, "WWW-Authenticate: Bearer", "Authorization: Bearer PASSWORD"], [],
    ),
    (
        f"GET /events {HERE}{PAGE}Authorization: Bearer guess\r\n\r\n",
        {"origin": ("https://page.example",), "password": "secret"},
        "401 Unauthorized", [SHARED, "that is not the password"], ["password-wrong"],
    ),
    (f"POST /say {HERE}Content-Length: 5\r\n\r\nhello", {}, "200 OK", ['"seq":3}'], []),
]  # fmt: skip


@each_of("size", [1, 7, 10_000])
@each_of(("asked", "settings", "status", "told", "counted"), ANSWERS)
async def test_what_the_door_answers_however_it_is_asked(
    asked: str, settings: dict[str, Any], status: str, told: list[str], counted: list[str], size: int
) -> None:
    async with doors(**settings) as (here, site):
        await here.store.append([a_draft("one"), a_draft("two")])
        await here.settle()
        door, transport = knock(here, site)
        data = asked.encode()
        for start in range(0, len(data), size):
            (transport.protocol or door).data_received(data[start : start + size])
        await here.settle()
        answer = transport.data.decode()
        assert answer.startswith(f"HTTP/1.1 {status}\r\n")
        assert [each for each in told if each not in answer] == []
        assert refusals(here) == counted
        transport.closed = True
        (transport.protocol or door).connection_lost(None)
        await here.settle()
        assert here.house.gate.taken == 0


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_what_comes_behind_a_body_is_not_looked_at_and_behind_a_handshake_it_is(size: int) -> None:
    async with doors() as (here, site):
        post = f"POST /say {HERE}Content-Length: 5\r\n\r\nhello"
        for data, texts in (
            (2 * post.encode(), ["hello"]),
            (f"GET /ws {HERE}{KEY}\r\n".encode() + frame(b"by text"), ["hello", "by text"]),
        ):
            door, transport = knock(here, site)
            for start in range(0, len(data), size):
                (transport.protocol or door).data_received(data[start : start + size])
            await here.settle()
            assert transport.data.count(b"HTTP/1.1") == 1
            assert [message.text for message in await here.store.read(0, 9)] == texts
            transport.closed = True
            (transport.protocol or door).connection_lost(None)
            await here.settle()


async def test_what_is_refused_is_a_line_that_names_the_peer_and_why(caplog: pytest.LogCaptureFixture) -> None:
    async with doors(None, **PROXY) as (here, site):
        for asked, line in (
            ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "http-421 (Host 'evil.example')"),
            (f"GET / {HERE}X-Forwarded-For: x\r\n\r\n", "http-400 (a forwarded address that is none: 'x')"),
            (f"GET /ws {HERE}\r\n", "handshake"),
        ):
            logging.getLogger(f"gateway.refusals.{line.split(' ')[0]}").filters.clear()
            with caplog.at_level(logging.INFO):
                door, transport = knock(here, site)
                door.data_received(asked.encode())
            assert caplog.messages[-1] == f"refused 10.0.0.1: {line}"
            transport.closed = True
            door.connection_lost(None)


async def test_who_is_slow_or_too_many_is_told_so() -> None:
    async with doors() as (here, site):
        door, transport = knock(here, site)
        door.data_received(b"GET / HTTP/1.1\r\n")
        here.clock.pass_by(HEAD_SECONDS)
        answer = transport.take().decode()
        assert answer.startswith("HTTP/1.1 408 Request Timeout\r\n")
        assert answer.endswith("\r\n\r\nThe request did not come in time.\n")
        assert refusals(here) == ["http-408"]
        door.connection_lost(None)
        _, transport = knock(here, site)
        WebEntry(site).turn_away(here.house, transport, "full")
        answer = transport.take().decode()
        assert answer.startswith("HTTP/1.1 503 Service Unavailable\r\n")
        assert here.house.room.phrases("full") in answer


@pytest.mark.parametrize(
    ("head", "status", "refused"),
    [
        (b"GET /healthz HTTP/1.0\r\n\r\n", "200 OK", []),
        (b"HEAD /readyz HTTP/1.1\r\nHost: 10.0.0.9\r\n\r\n", "200 OK", []),
        (b"GET /healthz HTTP/1.0\r\nContent-Length: 5\r\n\r\n", "503 Service Unavailable", ["full-address"]),
        (b"POST /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "503 Service Unavailable", ["full-address"]),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "503 Service Unavailable", ["full-address"]),
        (b"GET / HTTP/1.1\r\n", "503 Service Unavailable", ["full-address"]),
    ],
)
async def test_an_address_with_too_many_connections_may_ask_how_we_are_and_nothing_else(
    head: bytes, status: str, refused: list[str]
) -> None:
    """Who asks for the page, or for nothing until its time is over, is told so; so is one with a body."""
    async with doors(per_ip=1) as (here, site):
        places = [place_for(here.house, ("10.0.0.1", 5000), WebEntry(site)) for _ in range(2)]
        assert [place.problem for place in places] == ["", "full-address"]
        transport = VisitTransport(cast(Any, None))
        WebEntry(site).arrive(here.house, places[1], cast(Any, transport), ("10.0.0.1", 5000))
        transport.protocol.data_received(head)
        await here.settle()
        here.clock.pass_by(HEAD_SECONDS)
        assert transport.take().decode().partition("\r\n")[0].endswith(f" {status}")
        assert refusals(here) == refused
        transport.protocol.connection_lost(None)
        places[0].leave()
        assert here.house.gate.taken == 0
        assert not here.house.gate._probes


async def test_who_was_refused_and_does_not_go_is_cut_off_and_told_nothing_more() -> None:
    async with doors() as (here, site):
        door, transport = knock(here, site)
        door.data_received(b"GET  / HTTP\r\n\r\n")
        assert (transport.closed, transport.aborted) == (True, False)
        here.clock.pass_by(HEAD_SECONDS)
        assert (transport.closed, transport.aborted) == (True, True)
        assert transport.data.count(b"Connection: close") == 1
        assert refusals(here) == ["http-400"]
        door.connection_lost(None)


async def test_who_goes_before_its_head_is_whole_is_not_waited_for() -> None:
    async with doors() as (here, site):
        door, _ = knock(here, site)
        assert not door.eof_received()
        door.data_received(b"GET / HTTP/1.1\r\n")
        assert not door.eof_received()
        door.connection_lost(None)


@timeless
async def test_who_takes_nothing_of_an_answer_is_cut_off_in_the_middle_of_it_and_not_told_that_it_is_slow() -> None:
    store = a_store()
    await store.append([a_draft("x" * 60_000) for _ in range(10)])
    async with gateway(store) as here:
        visit = Http(here, path="/messages")
        visit.stall()
        await here.after(VISIT_SECONDS - 1)
        assert (visit.is_lost, visit.data.count(b"HTTP/1.1 ")) == (False, 1)
        await here.after(2)
        assert (visit.is_lost, visit.data.count(b"HTTP/1.1 ")) == (True, 1)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("length", "body", "answered"),
    [
        (100, b"x" * 100, b"HTTP/1.1 200 "),
        (100, b"\xff" * 100, b"HTTP/1.1 400 "),
        (10_000, b"x" * 10_000, b"HTTP/1.1 413 "),  # more than a body may have
        (100, b"x" * 99, b""),  # and it goes
    ],
    ids=["whole", "no text", "too long", "cut off"],
)
async def test_a_body_is_paid_for_whatever_becomes_of_it(length: int, body: bytes, answered: bytes) -> None:
    """Else who sends what is no message sends as much as it likes."""
    async with doors(max_text=200, rate=0.0, rate_kib=1 / 1024) as (here, site):  # a byte a second, four by an address
        door, transport = knock(here, site)
        door.data_received(f"POST /say {HERE}Content-Length: {length}\r\n\r\n".encode() + body)
        await here.settle()
        assert transport.data.startswith(answered)
        door.connection_lost(None)
        await here.settle()
        burst = 4 * BURST_SECONDS
        assert here.house.meters.owed("10.0.0.1", here.clock.now()) == (1 + len(body) - burst) / 4


async def test_a_broken_connection_of_ours_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def check() -> None:
        raise ConnectionResetError("nats")

    async with doors() as (here, site):
        monkeypatch.setattr(here.room.store, "check", check)
        door, transport = knock(here, site)
        door.data_received(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await here.settle()
        assert transport.data.startswith(b"HTTP/1.1 500 ")
        assert ["a fault of ours" in line for line in errors(caplog)] == [True]
        door.connection_lost(None)


async def test_streams_are_counted_like_questions() -> None:
    """Each can go on at an old position, and so read the store. A page that may ask hears when it may again."""
    async with doors(origin=("https://page.example",)) as (here, site):
        answers = []
        refused = b""
        for _ in range(1000):
            door, transport = knock(here, site)
            door.data_received(f"GET /events {HERE}{PAGE}Last-Event-ID: x:1\r\n\r\n".encode())
            told = transport.take()
            answers.append(told.partition(b"\r\n")[0])
            refused = told if b" 429 " in told else refused
            transport.closed = True
            (transport.protocol or door).connection_lost(None)
        assert set(answers) == {b"HTTP/1.1 200 OK", b"HTTP/1.1 429 Too Many Requests"}
        assert b"\r\nRetry-After: 1\r\n" in refused
        assert SHARED.encode() in refused
        assert refused.endswith(b"too fast: try again in a moment\n")
        assert answers.count(b"HTTP/1.1 200 OK") == 4 * here.house.settings.burst


@timeless
async def test_places_behind_a_proxy_are_the_clients_own() -> None:
    async with gateway(trust_proxy=("127.0.0.1",), per_ip=2) as here:
        asked = [
            Http(here, "GET", "/events", host="127.0.0.1", X_Forwarded_For=client)
            for client in [*["203.0.113.1"] * 3, *["203.0.113.2"] * 2]
        ]
        await rest()
        assert [each.status for each in asked] == [200, 200, 503, 200, 200]
        assert b"too many connections from your address" in asked[2].data
        asked[0].reset()
        await rest()
        again = Http(here, "GET", "/events", host="127.0.0.1", X_Forwarded_For="203.0.113.1")
        await rest()
        assert again.status == 200


@pytest.mark.parametrize("path", ["/" * 9, "/a" * 9, "/static" * 2000, "/%2f" * 2000])
async def test_a_path_of_many_parts_is_none_of_ours_and_the_site_is_not_asked(path: str) -> None:
    """aiohttp looks at each part with all before it: 16 KB of slashes took 40 ms."""
    async with doors() as (here, site):

        def asked() -> asyncio.Protocol:
            raise AssertionError(path)

        door, transport = knock(here, asked)
        door.data_received(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert transport.data.startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert transport.data.endswith(NO_PAGE.encode())
        assert transport.closed
        door.connection_lost(None)
        for fewer in ("/static/x/style.css", "/a" * MAX_SEGMENTS):
            door, transport = knock(here, site)
            door.data_received(f"GET {fewer} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            await here.settle()
            assert transport.data.startswith(b"HTTP/1.1 404 Not Found\r\n")
            assert not transport.data.endswith(NO_PAGE.encode())  # but aiohttp's own
            door.connection_lost(None)


async def test_for_who_left_while_it_waited_no_name_is_taken() -> None:
    store = a_store()
    names = store.names = WaitingNames()
    async with doors(store, rate=0.0, rate_kib=0.0) as (here, site):
        for number in range(50):
            door, _ = knock(here, site)
            head = f"POST /say?name=n{number} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n"
            door.data_received(f"{head}x".encode())
            await here.settle()
            door.connection_lost(ConnectionResetError())
        names.may_go_on.set()
        await here.settle()
        assert names.asked == 1
        assert store.head == 1  # what the first one said had been taken in


@pytest.mark.parametrize("proxy", ["", "127.0.0.1"])
@pytest.mark.parametrize("ends", [False, True])
async def test_heads_are_read_in_turns_and_a_crowd_waits_for_itself(
    monkeypatch: pytest.MonkeyPatch, ends: bool, proxy: str
) -> None:
    """64 heads of one address whose last bytes came at one moment kept others waiting 155 ms; 500, 1.3 s.

    By a proxy of this machine each of them had a lane of its own.
    """
    parsed: list[int] = []
    turn = 0

    def slowly(data: bytes) -> Head:
        here.worked += 0.002
        parsed.append(turn)
        return parse_head(data)

    monkeypatch.setattr(door_module, "parse_head", slowly)
    async with doors(trust_proxy=(proxy,) if proxy else ()) as (here, site):
        peers = [knock(here, site, proxy or "10.0.0.1") for _ in range(40)]
        other = knock(here, site, "10.0.0.2")
        for number, (door, transport) in enumerate([*peers, other]):
            head = f"{HERE}X-Forwarded-For: 2001:db8::{number}\r\n" if proxy else HERE
            request = f"POST /say {head}Content-Length: 5\r\n\r\nhel" if number % 2 else f"GET /ws {head}{KEY}\r\n"
            door.data_received(request.encode())
            if number % 2:
                (transport.protocol or door).data_received(b"lo")
            if ends and (protocol := transport.protocol or door).eof_received() is False:
                transport.closed = protocol is not door
        while len(parsed) < 41:
            turn += 1
            if turn == 2:
                assert other[1].data
            await asyncio.sleep(0)
        await here.settle()
        assert max(Counter(parsed).values()) <= 4
        answers = [transport.data.decode(errors="replace") for _, transport in peers]
        assert {answer.partition("\r\n")[0] for answer in answers[1::2]} == {"HTTP/1.1 200 OK"}
        assert {answer.partition("\r\n")[0] for answer in answers[::2]} == {"HTTP/1.1 101 Switching Protocols"}
        for door, transport in [*peers, other]:
            transport.closed = True
            (transport.protocol or door).connection_lost(None)
        await here.settle()
        assert here.house.gate.taken == 0


def let_it_wait(here: Scene) -> None:
    """A head that comes now waits for its turn: this one is over."""
    with here.house.turns:
        here.worked += 1


async def test_who_goes_while_its_head_waits_is_asked_for_nothing() -> None:
    async with doors() as (here, site):
        let_it_wait(here)
        door, transport = knock(here, site)
        door.data_received(f"POST /say {HERE}Content-Length: 2\r\n\r\nhi".encode())
        assert not transport.reading
        transport.closed = True
        door.connection_lost(None)
        await here.settle()
        assert here.room.store.head == here.house.gate.taken == 0


@pytest.mark.parametrize("asked", ["GET /events", "POST /say"])
async def test_who_closes_its_side_while_its_head_waits_is_gone_when_its_turn_comes(asked: str) -> None:
    """Unless all is there that it asks by: see who closes its side behind its body."""
    async with doors() as (here, site):
        let_it_wait(here)
        door, transport = knock(here, site)
        door.data_received(f"{asked} {HERE}Content-Length: 5\r\n\r\nhe".encode())
        assert (door.eof_received(), transport.closed) == (True, False)
        await here.settle()
        assert (door.eof_received(), transport.closed) == (False, True)
        (transport.protocol or door).connection_lost(None)
        await here.settle()
        assert here.room.store.head == here.house.gate.taken == 0


async def test_a_head_that_waits_for_its_turn_is_not_late_nor_asked_for_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken: list[float] = []
    wake = Door.wake

    def counted(door: Door, now: float) -> float:
        woken.append(now)
        return wake(door, now)

    monkeypatch.setattr(Door, "wake", counted)
    async with doors() as (here, site):
        let_it_wait(here)
        door, transport = knock(here, site)
        door.data_received(f"GET /healthz {HERE}\r\n".encode())
        here.clock.pass_by(3 * HEAD_SECONDS)
        assert len(woken) == 3
        await here.settle()
        assert transport.data.startswith(b"HTTP/1.1 200 OK\r\n")
        door.connection_lost(None)
