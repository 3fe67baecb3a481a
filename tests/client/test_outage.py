"""What is typed while a room is away, which may come back with another password: kept, and done once, in its order."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import product

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from gateway.client.address import PasswordError, parse_address
from gateway.client.conversation import Conversation
from gateway.client.framing import MARK, MARK_ANSWER
from gateway.client.greeting import GREETING
from gateway.client.json_session import JsonSession
from gateway.client.link import Link
from gateway.client.memory import Memory
from gateway.client.raw import RawLink
from gateway.client.raw_session import RawSession
from gateway.client.screen import Fragments
from gateway.client.websocket import WebSocketLink
from gateway.phrases import Phrases

from ..tables import in_worlds
from .server import SECONDS, server


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.client.session.FIRST_DELAY", 0.01)
    monkeypatch.setattr("gateway.client.session.LONGEST_DELAY", 0.01)


class Typist(Conversation):
    """Somebody whose lines the test types."""

    def __init__(self) -> None:
        super().__init__(Memory(None, ""))
        self.screen: list[str] = []

    async def _type(self) -> None:
        await asyncio.Event().wait()

    def _print(self, lines: Sequence[Fragments]) -> None:
        self.screen += ["".join(text for _, text in line) for line in lines]

    def _ring(self) -> None:
        pass

    async def _ready(self) -> None:
        pass


class Room(ABC):
    """One that may have a password; `done` is all that was said and asked for by who was in. It `is_away` at will."""

    def __init__(self) -> None:
        self.password = ""
        self.is_away = False
        self.done: list[str] = []
        self.refused: list[str] = []
        self._ends = asyncio.Event()

    @abstractmethod
    def link(self, typist: Typist) -> Link:
        """A link to it."""

    def restart(self) -> None:
        """Everybody is cut off."""
        self._ends.set()
        self._ends = asyncio.Event()


class RawRoom(Room):
    """By the raw wire."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """It is open."""
        async with server(self._visit) as port:
            self.port = port
            yield

    def link(self, typist: Typist) -> Link:
        """See Room."""
        address = parse_address(f"127.0.0.1:{self.port}")
        return RawLink(RawSession(address, typist.hear, name="", password="", patience=1e9, is_a_persons=True))

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = asyncio.create_task(self._ends.wait())
        try:
            if self.is_away:
                return
            talking = asyncio.create_task(self._talk(reader, writer))
            await asyncio.wait([ends, talking], return_when=asyncio.FIRST_COMPLETED)
            talking.cancel()
        finally:
            ends.cancel()
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def tell(code: str) -> None:
            writer.write(f"* {Phrases('en')(code, detail='+00:00')}\n\n".encode())

        writer.write(f"{GREETING}\n\n".encode())
        await asyncio.sleep(0.02)  # what follows comes by itself
        is_in = not self.password
        if not is_in:
            tell("password-needed")
        async for text in self._asked(reader):
            if not text:
                writer.write(MARK_ANSWER)
            elif text.startswith("/pass "):
                is_in = text == f"/pass {self.password}" or is_in
                tell("password-right" if is_in else "password-wrong")
            elif not is_in:
                self.refused.append(text)
                tell("password-needed")
            elif text == "/times on":
                tell("times-on")
            else:
                self.done.append(text)

    async def _asked(self, reader: asyncio.StreamReader) -> AsyncIterator[str]:
        """The texts that come; an empty one is a mark."""
        rest = b""
        while data := await reader.read(65536):
            *texts, rest = (rest + data).replace(MARK, b"\n\n").split(b"\n\n")
            for text in texts:
                yield text.decode()


class JsonRoom(Room):
    """By chat.v1.json."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """It is open."""
        async with serve(self._visit, "127.0.0.1", 0, subprotocols=[Subprotocol("chat.v1.json")]) as running:
            self.port = next(iter(running.sockets)).getsockname()[1]
            yield

    def link(self, typist: Typist) -> Link:
        """See Room."""
        address = parse_address(f"ws://127.0.0.1:{self.port}")
        return WebSocketLink(JsonSession(address, typist.hear, name="", password="", patience=1e9))

    async def _visit(self, connection: ServerConnection) -> None:
        ends = asyncio.create_task(self._ends.wait())
        talking = asyncio.create_task(self._talk(connection))
        if not self.is_away:
            await asyncio.wait([ends, talking], return_when=asyncio.FIRST_COMPLETED)
        for task in (ends, talking):
            task.cancel()
        await asyncio.gather(ends, talking, return_exceptions=True)

    async def _talk(self, connection: ServerConnection) -> None:
        hello = json.loads(await connection.recv())
        if hello.get("password", "") != self.password and self.password:
            await connection.close(4503)
            return
        welcome = {"type": "welcome", "name": "guest-a", "session": "s", "epoch": "e", "seq": 0, "members": 1}
        await connection.send(json.dumps(welcome))
        async for frame in connection:
            for event in map(json.loads, str(frame).split("\n")):
                if event["type"] == "say":
                    await connection.send(json.dumps({"type": "ack", "id": event["id"], "seq": 1}))
                if "text" in event:
                    self.done.append("/me " * (event.get("kind") == "action") + event["text"])


async def until(seen: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not seen():
            await asyncio.sleep(0.001)


async def attend(typist: Typist, link: Link, guesses: list[str]) -> None:
    """As gateway chat does it, with these answers to where the password is asked for."""
    while True:
        try:
            return await typist.run(link)
        except PasswordError:
            if not guesses:
                raise
            link.session.give(guesses.pop(0))


TYPED = [["a text"], ["/who"], ["/me waves"], ["one", "/who", "two\nlines", "/me waves"]]
PASSWORDS = [("", ""), ("", "new"), ("old", "new"), ("old", "old"), ("old", "")]


def typings() -> Iterator[object]:
    """All that can be typed, with all that can become of the password; each alone with all of that is a rarer case."""
    for typed, (before, after) in product(TYPED, PASSWORDS):
        is_usual = typed is TYPED[-1] or (before, after) == PASSWORDS[0]
        yield (typed, before, after) if is_usual else in_worlds(typed, before, after)


@pytest.mark.parametrize("kind", [RawRoom, JsonRoom])
@pytest.mark.parametrize(("typed", "before", "after"), list(typings()))
async def test_what_is_typed_without_a_room_is_done_once_behind_its_next_door(
    kind: type[RawRoom] | type[JsonRoom], before: str, after: str, typed: list[str]
) -> None:
    """It was lost without a word; by the raw wire it was shown as said to a door that was shut."""
    room, typist = kind(), Typist()
    room.password = before
    guesses = [before] * bool(before) + (["a guess", after] if after != before and after else [])
    async with room.open():
        link = room.link(typist)
        attending = asyncio.create_task(attend(typist, link, guesses))
        await until(lambda: link.session.is_in)
        typist._hear_line("first")
        await until(lambda: room.done == ["first"])
        room.is_away = True
        room.restart()
        await until(lambda: not link.session.is_in)
        for text in typed:
            typist._hear_line(text)
        await until(lambda: typist._unsent == len(typed))
        room.password, room.is_away = after, False
        await until(lambda: len(room.done) > len(typed))
        await until(lambda: not typist._unsent)
        typist._hear_line("last")
        await until(lambda: room.done[-1] == "last")
        typist.leave()
        await attending
    commands = [text for text in typed if text == "/who"]
    texts = [text for text in typed if text != "/who"]
    assert room.done == ["first", *commands, *texts, "last"]
    assert [text for text in room.refused if text != "/times on"] == []
    assert not guesses


@pytest.mark.parametrize("kind", [RawRoom, JsonRoom])
async def test_who_gives_no_password_is_told_what_is_unsent(kind: type[RawRoom] | type[JsonRoom]) -> None:
    room, typist = kind(), Typist()
    async with room.open():
        link = room.link(typist)
        attending = asyncio.create_task(attend(typist, link, []))
        await until(lambda: link.session.is_in)
        room.is_away = True
        room.restart()
        await until(lambda: not link.session.is_in)
        for text in ("one", "/who"):
            typist._hear_line(text)
        await until(lambda: typist._unsent == 2)
        room.password, room.is_away = "new", False
        with pytest.raises(PasswordError) as caught:
            await attending
        assert caught.value.rest == "; not sent: 2 lines"


async def test_who_presses_enter_waits_for_no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.client.session.FIRST_DELAY", 1000)
    room, typist = JsonRoom(), Typist()
    async with room.open():
        link = room.link(typist)
        link.session._delay = 1000
        attending = asyncio.create_task(attend(typist, link, []))
        await until(lambda: link.session.is_in)
        room.restart()
        await until(lambda: not link.session.is_in)
        await asyncio.sleep(0)
        typist._hear_line("hello")
        await until(lambda: room.done == ["hello"])
        typist.leave()
        await attending
