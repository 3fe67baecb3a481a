"""A server that sends more than is shown: what waits is bounded, and the server waits for the terminal."""

import asyncio
import json
import time
import zlib
from collections.abc import Sequence
from typing import cast

import pytest
from websockets.frames import Close, Frame, Opcode

from gateway.client import told
from gateway.client.backlog import MOST_SHOWN, MOST_WAITING, Backlog
from gateway.client.dumb import DumbTerminal
from gateway.client.json_session import PATIENCE_SECONDS, QUIET_SECONDS
from gateway.client.link import Link
from gateway.client.memory import Memory
from gateway.client.raw import CHUNK
from gateway.client.screen import Fragments
from gateway.client.told import size_of
from gateway.client.websocket import MAX_FRAME, WebSocketLink

from ..tables import each_of
from .server import SECONDS, server
from .test_hostile import GREETING, WELCOME, end_of, event, hang_up, shake_hands, tcp, ws
from .test_link import Idle
from .world import Json, Raw


class Slow(DumbTerminal):
    """A terminal that takes nothing until it `may_print`."""

    def __init__(self) -> None:
        super().__init__(Memory(None, ""))
        self.may_print = asyncio.Event()
        self.has_all = asyncio.Event()
        self.most = self.shown = 0

    def hear(self, event: told.Told) -> None:
        super().hear(event)
        self.most = max(self.most, self._waiting.size)
        if event == told.Notice("the end"):
            self.has_all.set()

    async def _type(self) -> None:
        await asyncio.Event().wait()

    async def _ready(self) -> None:
        await self.may_print.wait()

    def _lines(self, event: told.Told) -> list[Fragments]:
        return [[("", "")]] if isinstance(event, told.Message | told.Notice) else []

    def _print(self, lines: Sequence[Fragments]) -> None:
        self.shown += len(lines)


def deflated(payload: bytes) -> bytes:
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = (squeezed.compress(payload) + squeezed.flush(zlib.Z_SYNC_FLUSH))[:-4]
    return b"\xc1" + Frame(Opcode.TEXT, data).serialize(mask=False)[1:]


def lines(count: int, **fields: object) -> bytes:
    return b"\n".join([json.dumps(fields).encode()] * count)


PEOPLE = [{"name": "n"}] * 900
FLOODS = [
    lines(200, type="message", **{"from": "b"}, text="x" * 15_000),
    lines(8_000, type="message", **{"from": "b"}, text="a"),
    lines(8_000, type="message", **{"from": "b"}, text="a", via="x" * 100),
    lines(25_000, type="gap", **{"from": 1, "to": 2}),
    lines(30, type="presence", members=1, joined=PEOPLE),
    lines(20, type="page", messages=[{"from": "", "text": ""}] * 400),
    lines(100, type="error", code="x" * 30_000, message=""),
]


def is_held(link: Link) -> bool:
    """Whether its server waits for it."""
    assert isinstance(link, WebSocketLink)
    return link._connection is not None and not link._connection.transport.is_reading()


@each_of("flood", FLOODS)
async def test_what_waits_for_a_terminal_is_bounded_and_the_server_waits_too(flood: bytes) -> None:
    an_event = 300_000
    goes_on = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer, deflate=True)
        writer.write(event(**WELCOME) + deflated(flood) * 2 + event(type="notice", text="the end"))
        await goes_on.wait()

    async with server(serve) as port, asyncio.timeout(SECONDS):
        talk = Slow()
        running = asyncio.create_task(talk.run(link := ws(port, talk.hear)))
        while not (talk._waiting.is_full and is_held(link)):
            await asyncio.sleep(0)
        assert talk._waiting.size == sum(map(size_of, talk._waiting))
        talk.may_print.set()
        await talk.has_all.wait()
        goes_on.set()
        await asyncio.wait([running])
    assert MOST_WAITING <= talk.most <= MOST_WAITING + an_event


async def test_nothing_of_what_had_to_wait_is_lost() -> None:
    messages = [event(type="message", text=f"{number}", **{"from": "b"}) for number in range(20_000)]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        writer.write(event(**WELCOME) + b"".join(messages))
        writer.write(Frame(Opcode.CLOSE, Close(4999, "").serialize()).serialize(mask=False))
        await hang_up(reader, writer)

    async with server(serve) as port, asyncio.timeout(SECONDS):
        talk = Slow()
        running = asyncio.create_task(talk.run(link := ws(port, talk.hear)))
        while not (talk._waiting.is_full and is_held(link)):
            await asyncio.sleep(0)
        talk.may_print.set()
        await asyncio.wait([running])
    assert talk.shown == 1 + len(messages)  # and that it is connected
    assert talk.most <= MOST_WAITING + 1000


async def test_what_a_raw_server_sends_waits_too() -> None:
    notice, notices = f"* {'x' * 300}\n\n".encode(), 10_000

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GREETING + notice * notices)
        await reader.read()  # it stays: who leaves is the client

    async with server(serve) as port, asyncio.timeout(SECONDS):
        talk = Slow()
        running = asyncio.create_task(talk.run(tcp(port, talk.hear)))
        while not talk._waiting.is_full:
            await asyncio.sleep(0)
        talk.may_print.set()
        while talk.shown < notices:
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    a_read = 3 * CHUNK
    assert MOST_WAITING <= talk.most <= MOST_WAITING + a_read


async def test_few_frames_are_inflated_before_they_are_taken() -> None:
    """A read of what was sent in 100 KB came to 96 MiB."""
    bomb = deflated(b"\n" * MAX_FRAME)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer, deflate=True)
        writer.write(event(**WELCOME) + bomb * 24)
        await hang_up(reader, writer)

    async with server(serve) as port:
        link = ws(port, lambda event: link.pause())  # with the welcome
        assert isinstance(link, WebSocketLink)
        ending = asyncio.create_task(end_of(link))
        while not is_held(link):
            await asyncio.sleep(0)
        assert link._connection is not None
        kept = sum(len(frame.data) for frame in link._connection.recv_messages.frames.queue)
        assert MAX_FRAME <= kept <= 4 * MAX_FRAME
        link.resume()
        await ending


async def test_who_asks_and_takes_no_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ping is answered, and the answers were kept for as long as nobody took them."""
    monkeypatch.setattr("gateway.client.websocket.MOST_UNSENT", 2**16)
    pings, sent, most = Frame(Opcode.PING, b"x" * 125).serialize(mask=False) * 1000, 0, 2**28

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await shake_hands(reader, writer)
        writer.write(event(**WELCOME))
        while sent < most:
            writer.write(pings)
            sent += len(pings)
            await writer.drain()

    async with server(serve) as port:
        await end_of(ws(port, lambda event: None))
    assert sent < most / 8


async def test_a_second_welcome_asks_for_nothing() -> None:
    """What is asked of a server that takes nothing is kept until it does: so it must not be the server that asks."""
    link = ws(1, lambda event: None)
    link.session.opened(0)
    link.ask_last()
    assert isinstance(link, WebSocketLink)
    await link._take_all("\n".join([json.dumps(WELCOME)] * 1000))
    assert len(link.session._asked) == 2  # hello, and that


@each_of(
    "flood",
    [
        lines(1, type="presence", members=1, joined=[{"name": "n"}] * 1001),
        lines(1, type="who", members=1, names=[{"name": "n"}] * 1001),
        lines(1, type="page", messages=[{"from": "", "text": ""}] * 1001),
        lines(1, type="found", messages=[{"from": "", "text": ""}] * 1001),
        lines(1, type="deleted", seq=1, of=[1] * 1001, **{"from": ""}),
        lines(1, type="welcome", name="n" * 1001, session="s", epoch="e", seq=1),
        lines(1, type="welcome", name="n", session="s" * 1001, epoch="e", seq=1),
        lines(1, type="welcome", name="n", session="s", epoch="e" * 1001, seq=1),
        lines(1, type="welcome", name="n", session="s", epoch="e", seq=1, title="t" * 1001),
        lines(1, type="name", name="n" * 1001),
    ],
)
async def test_what_no_gateway_tells_is_not_kept(flood: bytes) -> None:
    heard: list[told.Told] = []
    link = ws(1, heard.append)
    assert isinstance(link, WebSocketLink)
    link.session.opened(0)
    await link._take_all(flood.decode())
    assert heard == []


def test_of_what_waits_little_is_taken_at_once() -> None:
    backlog = Backlog()
    for _ in range(5):
        backlog.put(told.Notice("x" * (MOST_SHOWN // 2)))
    assert [len(backlog.take()) for _ in range(4)] == [2, 2, 1, 0]
    for _ in range(5 * MOST_SHOWN // 100):
        backlog.put(told.Gap(1, 2))
    assert sum(map(size_of, backlog.take())) <= MOST_SHOWN + size_of(told.Gap(1, 2))
    assert backlog.size == sum(map(size_of, backlog))
    assert backlog.is_full


def test_what_is_taken_back_waits_without_its_text() -> None:
    backlog = Backlog()
    for seq in (1, 2):
        backlog.put(told.Message("ann", "x" * MOST_SHOWN, seq=seq))
    backlog.take_back([1])
    assert [cast(told.Message, event).text[:1] for event in backlog] == ["", "x"]
    assert backlog.size == sum(map(size_of, backlog))
    assert len(backlog.take()) == 1 + 1


def test_a_size_counts_all_that_is_kept() -> None:
    small, name = size_of(told.Who(1, [])), told.Person("n", "x" * 1000)
    assert size_of(told.Who(1, [name] * 10)) > small + 10_000
    assert size_of(told.Message("", "\U0001f600" * 1000)) > 4000


# --- who does not read is not read to ---------------------------------------------------------------------------------


def questioned(seconds: float) -> Idle:
    """A link whose server was asked so long ago whether it is there."""
    link, now = Idle(Json().session), time.monotonic() - seconds
    link.session.opened(now - QUIET_SECONDS)
    assert link.session.question(now)
    return link


async def test_who_is_not_read_is_not_silent() -> None:
    link = questioned(2 * PATIENCE_SECONDS)
    link.pause()
    beating = asyncio.create_task(link._beat())
    for _ in range(10):
        await asyncio.sleep(0)
    link.resume()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not beating.done()  # by which it would be left
    assert not link.session.is_silent(time.monotonic())
    beating.cancel()


async def test_who_can_not_be_read_is_not_visited() -> None:
    """It would be left again, as its greeting is not there in time."""
    link, visits = Idle(Json(patience=0).session), 0

    async def visit() -> None:
        nonlocal visits
        visits += 1

    link._visit = visit  # type: ignore[method-assign]
    link.pause()
    ending = asyncio.create_task(end_of(link))
    for _ in range(10):
        await asyncio.sleep(0)
    assert visits == 0
    link.resume()
    await ending
    assert visits == 1


async def test_who_is_read_and_does_not_answer_is_silent() -> None:
    link = questioned(2 * PATIENCE_SECONDS)
    async with asyncio.timeout(SECONDS):
        await link._beat()


async def test_as_long_as_a_terminal_blocks_us_nobody_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer may be there, and was not read."""
    monkeypatch.setattr("gateway.client.json_session.PATIENCE_SECONDS", 0.02)
    monkeypatch.setattr("gateway.client.link.LATE_SECONDS", 0.01)
    link = questioned(0)
    beating = asyncio.create_task(link._beat())
    await asyncio.sleep(0)  # it waits
    time.sleep(0.1)
    while link.session.is_silent(time.monotonic()) and not beating.done():
        await asyncio.sleep(0)
    assert not beating.done()
    beating.cancel()


def test_by_the_raw_wire_it_is_the_same() -> None:
    world = Raw(is_a_persons=True)
    world.enter()
    world.notice("times-on", detail="+01:00")
    world.say("a")
    world.texts()
    world.answer()
    world.now += 16
    assert world.session.question(world.now)
    world.now += 11
    assert world.session.is_silent(world.now)
    world.session.heard(world.now)
    assert not world.session.is_silent(world.now)
