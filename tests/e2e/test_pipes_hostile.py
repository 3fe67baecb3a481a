"""gateway chat in pipes, against a server that means harm and on a full disk: its exit status, and what it prints."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.frames import Close, Frame, Opcode

from ..client.rooms import JsonRoom
from ..client.server import Serve, server
from ..client.test_hostile import NASTY, OBEYED, WELCOME, event, hang_up, shake_hands, text
from ..processes import started
from . import nursery
from .gateway import MODULE

NOWHERE = {"HOME": "/nonexistent"}


async def chat(port: int, *flags: str, typed: str = "") -> tuple[int, str, str]:
    """`gateway chat` to its end: its exit status, what it printed, and what it complained of."""
    arguments = ["chat", f"ws://127.0.0.1:{port}", *flags]
    ended = await asyncio.to_thread(nursery.run, arguments, stdin=typed, environment=NOWHERE)
    return ended.returncode, ended.stdout, ended.stderr


def hostile(*sent: bytes, code: int = 4503) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        writer.write(event(**WELCOME) + b"".join(sent))
        writer.write(Frame(Opcode.CLOSE, Close(code, NASTY[:60]).serialize()).serialize(mask=False))
        await hang_up(reader, writer)

    return serve


MESSAGE = {"type": "message", "from": NASTY, "text": NASTY, "seq": 2, "at": NASTY, "via": NASTY}


@pytest.mark.parametrize("flags", [["--json"], []])
async def test_what_a_server_says_and_why_it_ends_are_not_obeyed(flags: list[str]) -> None:
    sent = [event(**MESSAGE), event(type="notice", text=NASTY), event(type="error", code="x", message=NASTY)]
    async with server(hostile(*sent, code=4999)) as port:
        status, out, errors = await chat(port, *flags, "--follow")
    assert status == 3
    assert len(errors.splitlines()) == 3  # a notice, an error, and the end
    assert not OBEYED.search(out.replace("\n", "") + errors.replace("\n", ""))
    if flags:
        (line,) = out.splitlines()
        assert json.loads(line) == MESSAGE
    else:
        assert [line.startswith("  ") for line in out.splitlines()[1:]] == [True] * (len(out.splitlines()) - 1)


async def test_no_locale_makes_it_fail() -> None:
    spoken = {"LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONPATH": ":".join(sys.path)}
    async with server(hostile(event(**{**MESSAGE, "text": "é😀"}))) as port:
        ended = await asyncio.to_thread(
            subprocess.run, [*MODULE, "chat", f"ws://127.0.0.1:{port}", "--follow"], input=b"",
            capture_output=True, env={**NOWHERE, **spoken}, timeout=20, check=False,
        )  # fmt: skip
    assert ended.returncode == 3
    assert ended.stdout.endswith(b"??\n")
    assert b"Traceback" not in ended.stderr


async def test_arguments_that_are_not_utf8_are_sent_as_far_as_they_can_be() -> None:
    hellos: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        hellos.append(await reader.read(1000))
        writer.write(Frame(Opcode.CLOSE, Close(4503, "").serialize()).serialize(mask=False))
        await hang_up(reader, writer)

    async with server(serve) as port:
        status, _, errors = await chat(port, "--name", "\udcff", "--tag", "\udcff", "--password", "\udcff", typed="x\n")
    assert status == 3
    assert hellos
    assert "Traceback" not in errors


async def test_deep_json_and_numbers_out_of_range_end_nothing() -> None:
    sent = [text(b"[" * 100_000), event(**{**MESSAGE, "seq": 2**70}), event(**{**MESSAGE, "text": "the end"})]
    async with server(hostile(*sent)) as port:
        status, out, errors = await chat(port, "--json", "--follow")
    assert status == 3
    assert [json.loads(line)["text"] for line in out.splitlines()] == ["the end"]
    assert re.fullmatch("gateway: [^\n]+the room has a password: give it by --password-file\n", errors)


async def test_a_line_that_looks_like_a_password_is_held_back() -> None:
    room = JsonRoom()
    async with room.open() as address:
        status, out, errors = await chat(int(address.rpartition(":")[2]), typed="one\n /op secret\n//op two\n")
    assert status == 1
    assert room.log == ["one", "//op two"]
    assert out == ""
    assert "1 of 3 was not said" in errors
    assert "secret" not in errors


LIMITED = 'ulimit -f 8; trap "" XFSZ; exec "$@"'
"""Runs a command whose files hold 8 KiB, as if the disk were full then."""


@pytest.mark.parametrize("before", [b"", b"what stood there\n"])
async def test_a_full_disk_ends_it_with_a_line_and_no_half_of_one(tmp_path: Path, before: bytes) -> None:
    """It was JSONL with glued lines, for ever; then its last line was a half."""
    file = tmp_path / "log"
    file.write_bytes(before)
    async with JsonRoom(*("x" * 300 for _ in range(100))).open() as address:
        command = ["bash", "-c", LIMITED, "-", *MODULE, "chat", address, "--json", "--no-follow", "--history", "100"]
        streams = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        with file.open("ab") as output, started(command, stdout=output, **streams) as ended:
            _, errors = await asyncio.to_thread(ended.communicate, timeout=20)
    assert ended.returncode == 1
    assert errors.decode().startswith("gateway: standard output: ")
    assert errors.count(b"\n") == 1
    lines = file.read_bytes().removeprefix(before)
    assert lines.endswith(b"\n")
    assert [json.loads(line)["seq"] for line in lines.splitlines()] == [*range(1, lines.count(b"\n") + 1)]
