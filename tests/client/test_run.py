"""The client as a pipe, in this process: from what is wanted to what is printed, against rooms of a few lines."""

import asyncio
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.client.address import (
    LOST,
    REFUSED,
    STRANGER,
    USAGE,
    Address,
    ChatError,
    OutputClosedError,
    PasswordError,
)
from gateway.client.framing import MARK
from gateway.client.raw import RawLink
from gateway.client.raw_session import RawSession
from gateway.client.run import PEOPLES_HISTORY, Chat, Wanted

from ..tables import in_worlds
from .ptys import CTRL_D, Terminal, a_terminal
from .rooms import JsonRoom, RawRoom
from .server import SECONDS, server


@pytest.fixture
def piped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], None]]:
    """Pipes that in, from a file."""

    with (tmp_path / "input").open("w+b") as file:

        def pipe(data: bytes) -> None:
            file.write(data)
            file.seek(0)

        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=file, isatty=lambda: False))
        yield pipe


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.client.session.FIRST_DELAY", 0.01)


async def chat(wanted: Wanted) -> None:
    async with asyncio.timeout(SECONDS):
        await Chat(wanted, None).run()


async def test_what_is_piped_in_is_said_and_nothing_printed(
    piped: Callable[[bytes], None], capfd: pytest.CaptureFixture[str]
) -> None:
    piped(b"one\n\n10%\r100%\n// TODO\n\xff\n")
    room = JsonRoom()
    async with room.open() as address:
        with pytest.raises(ChatError, match=r"1 of 4 was not said: line 5: what was piped in is not UTF-8") as caught:
            await chat(Wanted(address, name="ci", tag="x"))
    assert caught.value.status == LOST
    assert room.log == ["[x] one", "[x] 100%", "[x] // TODO"]
    assert room.hellos == [{"type": "hello", "history": 0, "name": "ci"}]
    out, errors = capfd.readouterr()
    assert out == ""
    assert errors.startswith("gateway chat: line 5: what was piped in")


async def test_the_whole_is_one_message(piped: Callable[[bytes], None]) -> None:
    piped(b"one\ntwo\n")
    room = JsonRoom()
    async with room.open() as address:
        await chat(Wanted(address, whole=True, follow=False))
    assert room.log == ["one\ntwo"]


@pytest.mark.usefixtures("piped")
@pytest.mark.parametrize(
    ("history", "since", "expected"),
    [(2, None, ["three", "four"]), (None, 3, ["three", "four"]), (None, 4, ["four"]), (0, 9, [])],
)
async def test_what_was_said_before_is_printed_up_to_where_the_log_ends(
    history: int | None, since: int | None, expected: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    room = JsonRoom("one", "two", "three", "four")
    async with room.open() as address:
        await chat(Wanted(address, history=history, since=since, follow=False))
        await chat(Wanted(address, history=history, since=since, follow=False, as_json=True))
    lines = capfd.readouterr().out.splitlines()
    assert lines[: len(expected)] == [f"bob: {text}" for text in expected]
    assert [json.loads(line)["text"] for line in lines[len(expected) :]] == expected


@pytest.mark.parametrize(("said", "expected"), [(b"", ["one", "two"]), (b"own\n", ["one", "two", "own"])])
async def test_so_many_are_printed_however_many_come_meanwhile(
    piped: Callable[[bytes], None], capfd: pytest.CaptureFixture[str], said: bytes, expected: list[str]
) -> None:
    """In a busy room more than --history asked for came before it was known where the log ends."""
    piped(said)
    room = JsonRoom("one", "two", busy=["since"])
    async with room.open() as address:
        await chat(Wanted(address, history=2, follow=False))
    assert capfd.readouterr().out == "".join(f"bob: {text}\n" for text in expected)


@pytest.mark.usefixtures("piped")
async def test_a_connection_that_is_lost_while_it_is_asked_where_the_log_ends_is_no_end(
    capfd: pytest.CaptureFixture[str],
) -> None:
    room = JsonRoom("one", "two", drops=2)
    async with room.open() as address:
        await chat(Wanted(address, since=2, follow=False))
    out, errors = capfd.readouterr()
    assert out == "bob: two\n"
    assert "the connection is lost" in errors
    assert [event["type"] for event in room.asked] == ["history"]
    assert len(room.hellos) == 3


async def test_who_reads_no_more_ends_it(piped: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", 0) as end, os.fdopen(writing, "w") as output:
        monkeypatch.setattr("sys.stdout", output)
        async with JsonRoom("one").open() as address:
            running = asyncio.create_task(chat(Wanted(address, history=1, follow=True)))
            assert await asyncio.to_thread(end.read, 100) == b"bob: one\n"
            end.close()
            with pytest.raises(OutputClosedError):
                await running


@pytest.mark.parametrize(
    ("typed", "wished", "told"),
    [
        (b"hi\n", {}, "nobody reads what this prints any more; 1 of 1 was not said"),
        (b"hi\n", {"whole": True}, "nobody reads what this prints any more; 1 of 1 was not said"),
        (b"", {"whole": True}, None),
        (b"", {}, None),
    ],
)
async def test_who_reads_no_more_before_anything_is_said_is_told_what_was_not(
    piped: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch, typed: bytes, wished: dict[str, bool],
    told: str | None,
) -> None:  # fmt: skip
    """It ended with 0."""
    piped(typed)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as output:
        monkeypatch.setattr("sys.stdout", output)
        async with JsonRoom("one").open() as address:  # to print it fails
            with pytest.raises(ChatError if told else OutputClosedError) as caught:
                await chat(Wanted(address, history=1, follow=True, **wished))  # type: ignore[arg-type]
    assert str(caught.value) == (told or "")


async def test_who_reads_no_more_while_something_is_not_acked_is_told_how_much(
    piped: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(b"hi\n")
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as output:
        monkeypatch.setattr("sys.stdout", output)

        class Room(JsonRoom):
            def _answers(self, event: dict[str, str]) -> list[dict[str, str]]:
                os.close(reading)
                return []

        async with Room().open() as address:
            with pytest.raises(ChatError, match=r"any more; as many as 1 of 1 may still be said$") as caught:
                await chat(Wanted(address, follow=True))
    assert caught.value.status == LOST


async def test_how_far_it_is_can_be_told_nowhere_and_all_is_said(
    piped: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal that is gone was taken for an output that nobody reads: status 0, and nothing said."""

    class Gone(io.StringIO):
        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Gone())
    monkeypatch.setattr("gateway.client.progress.FIRST_SECONDS", 0)
    piped(b"one\ntwo\n")
    room = JsonRoom()
    async with room.open() as address:
        await chat(Wanted(address, progress=True))
    assert room.log == ["one", "two"]


async def test_what_the_room_refused_is_not_told_as_stored(
    piped: Callable[[bytes], None], capfd: pytest.CaptureFixture[str]
) -> None:
    class Room(JsonRoom):
        def _answers(self, event: dict[str, str]) -> list[dict[str, str]]:
            if event.get("text") == "two":
                return [{"type": "error", "code": "slow", "message": "too soon", "id": event["id"]}]
            return super()._answers(event)

    piped(b"one\ntwo\nthree\n")
    room = Room()
    async with room.open() as address:
        with pytest.raises(ChatError, match=r"^1 of 3 was not said: line 2: too soon$"):
            await chat(Wanted(address, progress=True))
    assert room.log == ["one", "three"]
    assert capfd.readouterr().err == "gateway chat: line 2: too soon\ngateway chat: 2 of 3 stored\n"


async def test_what_was_refused_is_told_though_nobody_reads_any_more(
    piped: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended with 0."""
    piped(b"\xff\nhi\n")
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", 0) as end, os.fdopen(writing, "w") as output:
        monkeypatch.setattr("sys.stdout", output)
        async with JsonRoom().open() as address:
            running = asyncio.create_task(chat(Wanted(address, follow=True)))
            assert await asyncio.to_thread(end.read, 100) == b"bob: hi\n"
            end.close()
            with pytest.raises(ChatError, match=r"any more.*; 1 of 2 was not said: line 1: what was piped in is no"):
                await running


@pytest.mark.usefixtures("piped")
@pytest.mark.parametrize(
    ("wanted", "status"),
    [(Wanted("no where"), USAGE), (Wanted("h:1", history=5), USAGE), (Wanted("h:1", since=5), USAGE)],
)
async def test_what_can_not_be_is_told(wanted: Wanted, status: int) -> None:
    with pytest.raises(ChatError) as caught:
        await chat(wanted)
    assert caught.value.status == status


async def test_what_is_left_of_a_pipe_is_told_when_nobody_answers(piped: Callable[[bytes], None]) -> None:
    piped(b"one\n")
    async with JsonRoom().open() as address:
        pass
    with pytest.raises(ChatError, match="connection refused") as caught:
        await chat(Wanted(address))
    assert caught.value.status == LOST


# --- by the raw wire --------------------------------------------------------------------------------------------------


async def test_by_the_raw_wire_it_ends_by_the_rooms_word(
    piped: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.client.raw.DOOR_SECONDS", 0.1)  # nobody answers to the name
    piped(b"one\n/who\n")
    room = RawRoom()
    async with room.open() as address:
        await chat(Wanted(address, name="ci"))
    assert room.got == b"/name ci\n\none\n\n//who\n\n" + MARK


async def test_the_posts_server_gives_no_word_and_none_is_missed(
    piped: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gateway.client.raw.GREETING_SECONDS", 0.3)
    piped(b"one\n")
    room = RawRoom(marks=False, says="来自('127.0.0.1', 5)的消息:first\n\n")
    async with room.open() as address:
        await chat(Wanted(address, as_json=True, follow=False))
    assert room.got == b"one\n\n" + 2 * MARK  # whoever answers there now is asked
    assert json.loads(capfd.readouterr().out)["text"] == "first"


@pytest.mark.parametrize("answers", ["closes", in_worlds("marks"), "is gone"])
async def test_a_gateway_that_closed_without_its_word_is_told(piped: Callable[[bytes], None], answers: str) -> None:
    piped(b"one\n")
    room = RawRoom()
    visits = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal visits
        visits += 1
        if visits == 1:
            writer.write("你已连接到服务器\n\n".encode())
            await reader.readuntil(b"one\n\n")
        elif answers == "marks":
            await room._visit(reader, writer)
        writer.close()

    async with server(serve, visits=1 if answers == "is gone" else 2) as port:
        with pytest.raises(ChatError, match="as many as 1 may not have been said") as caught:
            await chat(Wanted(f"127.0.0.1:{port}"))
    assert caught.value.status == LOST


async def test_after_a_reconnect_the_end_of_the_first_connection_is_over() -> None:
    """A pipe took it for its own: it left before the room's last word, with status 0."""
    visits: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(writer)
        writer.write("你已连接到服务器\n\n".encode())
        if len(visits) > 1:
            await reader.read()
        writer.close()

    async with server(serve) as port, asyncio.timeout(SECONDS):
        link = RawLink(RawSession(Address("127.0.0.1", port), lambda _: None, name="", password="", patience=9))
        running = asyncio.create_task(link.run())
        while len(visits) < 2 or link._writer is None:
            await asyncio.sleep(0)
        assert not link._ended.is_set()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.usefixtures("piped")
async def test_a_web_port_that_waits_for_a_request_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.client.raw.GREETING_SECONDS", 0.1)

    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(100):
            writer.write(b"HTTP/1.0 200 OK\r\n\r\n")

    async with server(web) as port:
        with pytest.raises(ChatError, match=f"it is a web port; give http://127.0.0.1:{port}") as caught:
            await chat(Wanted(f"127.0.0.1:{port}"))
    assert caught.value.status == STRANGER


@pytest.mark.usefixtures("piped")
async def test_a_room_that_lets_nobody_in_by_no_password_is_told() -> None:
    async with RawRoom(says="* this room has a password, give it by: /pass PASSWORD\n\n").open() as address:
        with pytest.raises(ChatError, match="give it by --password-file") as caught:
            await chat(Wanted(address))
    assert caught.value.status == REFUSED
    async with RawRoom(says="* that is not the password\n\n").open() as address:
        with pytest.raises(ChatError, match="wrong password"):
            await chat(Wanted(address, password="x"))


async def test_a_connection_that_the_kernel_gave_up_is_lost_and_no_pause() -> None:
    """Its error is that of a pause of ours: taken for one, it was read again, for ever."""
    reader = asyncio.StreamReader()
    reader.set_exception(TimeoutError(110, "Connection timed out"))
    link = RawLink(RawSession(Address("h", 1), lambda event: None, name="", password="", patience=0))
    with pytest.raises(TimeoutError, match="Connection timed out"):
        await link._take(reader)


# --- at a terminal ----------------------------------------------------------------------------------------------------


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """One that can only print, at which somebody types."""
    monkeypatch.setenv("TERM", "dumb")
    with a_terminal() as found:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=found.stdin, isatty=lambda: True))
        yield found


@contextmanager
def printing(name: Path | str) -> Iterator[None]:
    """To this file: by a test itself, since pytest has an output of its own for each."""
    with open(name, "w", encoding="utf-8") as output, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", output)
        yield


async def run(chat: Chat, terminal: Terminal, seen: Callable[[], object]) -> None:
    """Until that is seen; then somebody leaves."""
    async with asyncio.timeout(SECONDS):
        running = asyncio.create_task(chat.run())
        while not (seen() or running.done()):
            await asyncio.sleep(0.001)
        terminal.type(CTRL_D)
        await running


SESSION = "abcdefghijklmnopqrstuv"


async def test_a_person_is_known_again_and_has_what_was_said(terminal: Terminal, tmp_path: Path) -> None:
    class Room(JsonRoom):
        def _welcome(self, seq: int) -> dict[str, Any]:
            return {**super()._welcome(seq), "session": SESSION}

    room = Room()
    async with room.open() as address:
        with printing(terminal.name):
            for typed in ("one", "two"):
                one = Chat(Wanted(address, name="ann"), tmp_path)
                terminal.type(f"{typed}\n".encode())
                await run(one, terminal, lambda typed=typed: typed in room.log)  # type: ignore[misc]
                one.close()
    assert room.log == ["one", "two"]
    assert [hello.get("session") for hello in room.hellos] == [None, SESSION]
    assert room.hellos[0]["history"] == PEOPLES_HISTORY


async def test_a_person_is_asked_for_the_password_and_what_was_typed_is_kept(
    terminal: Terminal, tmp_path: Path
) -> None:
    room = RawRoom(says="* this room has a password, give it by: /pass PASSWORD\n\n")
    async with room.open() as address:
        with printing(terminal.name):
            one = Chat(Wanted(address), tmp_path)
            terminal.type(b"one\n")
            with pytest.raises(PasswordError):
                await run(one, terminal, lambda: False)
            one.give("se\udcffcret")  # an argument that was no UTF-8
            room._says = "* you are in\n\n"
            await run(one, terminal, lambda: b"one\n\n" in room.got)
            one.close()
    assert b"/pass se?cret\n\n" in room.got
    assert room.got.count(b"one\n\n") == 1


@pytest.mark.usefixtures("terminal")
async def test_who_only_prints_is_told_that_nothing_typed_is_sent(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    room = JsonRoom(*["old"] * (PEOPLES_HISTORY + 1))
    output = tmp_path / "output"
    async with room.open() as address:
        with printing(output):
            running = asyncio.create_task(chat(Wanted(address, history=1)))
            async with asyncio.timeout(SECONDS):
                while not output.read_text():
                    await asyncio.sleep(0.001)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert output.read_text() == "bob: old\n"
        assert "what is typed here is not sent" in capfd.readouterr().err
        with printing(output):
            await chat(Wanted(address, follow=False))  # somebody has a look
        assert output.read_text() == "bob: old\n" * PEOPLES_HISTORY


async def test_an_output_that_fails_is_told_and_is_none_of_the_rooms(piped: Callable[[bytes], None]) -> None:
    piped(b"")
    async with JsonRoom("one").open() as address:
        with printing("/dev/full"), pytest.raises(OutputClosedError, match=r"^standard output: "):
            await chat(Wanted(address, history=1, follow=False))
