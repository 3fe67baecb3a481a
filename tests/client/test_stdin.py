"""What is piped in: which bytes are which texts."""

import asyncio
import io
import os
import pty
import select
import socket
import termios
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.client import stdin
from gateway.client.address import LOST, ChatError
from gateway.client.stdin import CHUNK, MAX_LINE, NotTextError, Piped, last_state, text_of

from ..growth import Shape, assert_linear
from ..patience import PATIENCE
from ..tables import each_of


@pytest.fixture
def gbk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: "GBK")


@pytest.mark.usefixtures("gbk")
@pytest.mark.parametrize("text", ["hello", "你好", "完成 100%", "中文abc"])
def test_the_locale_says_what_is_no_utf_8(text: str) -> None:
    assert text_of(text.encode("gbk")) == text
    assert text_of(text.encode()) == text


@pytest.mark.usefixtures("gbk")
def test_what_is_neither_is_none() -> None:
    with pytest.raises(NotTextError, match="not UTF-8, nor GBK"):
        text_of(b"\xff\xff\xfe")


@pytest.mark.parametrize("encoding", ["UTF-8", "ANSI_X3.4-1968", "no-such-thing"])
def test_without_another_encoding_it_is_none_too(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: encoding)
    with pytest.raises(NotTextError, match="not UTF-8"):
        text_of("你好".encode("gbk"))


@given(st.text(st.characters(codec="utf-8")))
def test_utf_8_is_itself_in_every_locale(text: str) -> None:
    assert text_of(text.encode()) == text


@each_of(
    ("line", "expected"),
    [
        ("plain", "plain"), ("dos\r", "dos"), ("10%\r50%\r100% done", "100% done"), ("10%\r50%\r", "50%"),
        ("10%\r50%\r\r", "50%"), ("wait\r      \rdone", "done"), ("\r\r", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_last_state_of_a_line(line: str, expected: str) -> None:
    assert last_state(line) == expected


async def collected(pieces: AsyncIterator[bytes]) -> list[bytes]:
    return [piece async for piece in pieces]


async def piped(data: bytes, folder: Path) -> list[bytes]:
    path = folder / "input"
    path.write_bytes(data)
    with path.open("rb") as file:
        return await collected(Piped(file).lines())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\nb\n", [b"a", b"b"]),
        (b"a\n\nb", [b"a", b"", b"b"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", [b"a", b"\xef\xbb\xbfb"]),
        (b"10%\r50%\r", [b"50%\r"]),
        (b"", []),
    ],
)
@pytest.mark.parametrize("chunk", [4, 5, CHUNK])
async def test_lines(
    data: bytes, expected: list[bytes], chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stdin, "CHUNK", chunk)
    assert await piped(data, tmp_path) == expected


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
async def test_utf_16_is_told(encoding: str, tmp_path: Path) -> None:
    with pytest.raises(ChatError, match="UTF-16") as caught:
        await piped("\ufeffhi\n".encode(encoding), tmp_path)
    assert caught.value.status == LOST


async def test_a_progress_bar_without_an_end_is_not_kept(tmp_path: Path) -> None:
    states = [b"%0998d%%\r" % number for number in range(2 * MAX_LINE // 1000)]
    (last,) = await piped(b"".join(states), tmp_path)
    assert last_state(last.decode()) == states[-1].decode().rstrip("\r")


async def test_what_is_too_long_is_told(tmp_path: Path) -> None:
    path = tmp_path / "input"
    with path.open("wb") as file:
        file.write(b"one\n\ntwo\n")
        os.truncate(file.fileno(), MAX_LINE + 2**17)
    for read, told in (
        (Piped.lines, "^line 4: more than 16777216 bytes without an end$"),
        (Piped.whole, "^more than 16777216"),
    ):
        with path.open("rb") as file, pytest.raises(ChatError, match=told):
            await collected(read(Piped(file)))


@pytest.mark.parametrize("repeated", [b"x", b"\r", b"x\r"])
def test_a_line_without_an_end_costs_by_its_length(monkeypatch: pytest.MonkeyPatch, repeated: bytes) -> None:
    def read(data: bytes) -> None:
        async def chunks(_: object) -> AsyncIterator[bytes]:
            for at in range(0, len(data), 64):
                yield data[at : at + 64]

        monkeypatch.setattr(Piped, "_chunks", chunks)
        asyncio.run(collected(Piped(io.BytesIO()).lines()))

    assert_linear(read, Shape(b"", repeated))


@pytest.mark.parametrize("waits", [True, False])
def test_what_is_not_read_yet_is_told_from_an_end_and_from_silence(tmp_path: Path, *, waits: bool) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe, os.fdopen(writing, "wb", 0) as end:
        piped_in = Piped(pipe)
        assert piped_in.has_more(waits=waits) is waits
        end.write(b"x")
        assert piped_in.has_more(waits=waits)
        end.close()
        assert not piped_in.has_more(waits=waits)
    (tmp_path / "file").write_bytes(b"x")
    with (tmp_path / "file").open("rb") as file:
        assert Piped(file).has_more(waits=waits)
        assert not Piped(file).has_more(waits=waits)


@pytest.mark.parametrize(
    ("written", "taken", "left"),
    [(b"a\nb\n", 1, True), (b"a\nb\n", 2, False), (b"a\nb", 1, True), (b"a\n", 1, False)],
)
@pytest.mark.parametrize("kind", ["pipe", "socket"])
async def test_what_has_come_and_was_not_taken_is_more(written: bytes, taken: int, kind: str, *, left: bool) -> None:
    """It was nobody's; and a pipe had been closed by who read it, so that to look at it raised."""
    reading, writing = os.pipe() if kind == "pipe" else map(socket.socket.detach, socket.socketpair())
    with os.fdopen(reading, "rb") as file, os.fdopen(writing, "wb", 0) as end:
        end.write(written)
        piped_in = Piped(file)
        lines = piped_in.lines()
        for _ in range(taken):
            await anext(lines)
        assert piped_in.has_more(waits=False) is left
        if not left:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await anext(lines)
            assert not piped_in.has_more(waits=False)
        assert os.get_blocking(reading)


async def test_what_is_to_be_one_is_more_until_it_was_taken() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file, os.fdopen(writing, "wb", 0) as end:
        end.write(b"a\nb")
        piped_in = Piped(file)
        waiting = asyncio.create_task(collected(piped_in.whole()))
        while select.select([reading], [], [], 0)[0]:
            await asyncio.sleep(0)
        assert not waiting.done()
        assert piped_in.has_more(waits=False)
        end.close()
        assert await waiting == [b"a\nb"]
        assert not piped_in.has_more(waits=True)


async def test_what_ctrl_c_takes_back_before_it_is_read_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The read blocked the loop, and Ctrl-C with it: it had to be pressed twice."""
    there, here = pty.openpty()
    is_readable, read = stdin._readable, os.read
    typed = [b"before\n", b"after\n"]

    async def readable(file: int) -> None:
        os.write(there, typed.pop(0))
        await is_readable(file)
        if typed:
            termios.tcflush(file, termios.TCIFLUSH)

    def read_at_once(file: int, size: int) -> bytes:
        assert select.select([file], [], [], 0)[0]
        return read(file, size)

    monkeypatch.setattr(stdin, "_readable", readable)
    with os.fdopen(there, "wb", 0), os.fdopen(here, "rb", 0) as terminal:
        monkeypatch.setattr(os, "read", read_at_once)
        async with asyncio.timeout(PATIENCE):
            assert await anext(Piped(terminal).lines()) == b"after"
