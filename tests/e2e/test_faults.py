"""Faults with the real thing: a disk that is full, a file that is gone, no descriptors left."""

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from ..patience import PATIENCE
from .conftest import Start
from .peers import chat, raw


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_full_disk_is_told_and_nothing_is_lost(start: Start, small_disk: Path) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0", folder=small_disk)
    async with chat(gateway, name="ann") as ann, chat(gateway, name="bob") as bob:
        ballast = small_disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        said = [f"{number} " + "x" * 1000 for number in range(400)]
        for number, text in enumerate(said):
            await ann.say(text, str(number))
        notice = await ann.next("notice")
        assert "the disk is full" in notice["text"]
        async with aiohttp.ClientSession() as session, session.get(f"{gateway.page}readyz") as response:
            assert response.status == 503
        await bob.send({"type": "who"})
        await bob.next("who")  # readers go on
        ballast.unlink()
        assert await bob.texts(len(said)) == said
        seen = [await ann.next("ack", "message", "notice") for _ in range(2 * len(said) + 1)]
        assert [event["id"] for event in seen if event["type"] == "ack"] == [str(number) for number in range(len(said))]
        assert [event["text"] for event in seen if event["type"] == "message"] == said
    gateway.judged = True  # the error was asked for


async def test_a_store_that_was_moved_away_is_told(start: Start) -> None:
    gateway = start()
    async with raw(gateway) as ann, raw(gateway) as bob:
        await ann.send(b"before\n\n")
        moved = gateway.store.with_suffix(".moved")
        shutil.move(gateway.store, moved)
        await ann.send(b"after\n\n")
        assert "the file was moved away or replaced" in await ann.until("\n\n")
        shutil.move(moved, gateway.store)
        assert "messages are stored again" in await ann.until("\n\n")
        await bob.until("after\n\n")  # it is told as stored a moment before it is in what history reads
        await ann.send(b"/history\n\n")
        history = await ann.until("after\n\n")
        assert "before" in history
    gateway.judged = True  # the error was asked for


@pytest.mark.parametrize("loop", ["uvloop", "epoll"])
async def test_without_descriptors_the_rest_is_turned_away_and_the_room_goes_on(start: Start, loop: str) -> None:
    gateway = start("--loop", loop, descriptors=160)
    peers = [await asyncio.open_connection("127.0.0.1", gateway.tcp_port) for _ in range(200)]
    welcome, full = "你已".encode(), b"* the "
    seen = []
    for reader, _ in peers:
        async with asyncio.timeout(PATIENCE):
            seen.append(await reader.readexactly(6))
    assert (seen.count(welcome), seen.count(full)) == (160 - 64, 200 - (160 - 64))
    inside = [peer for peer, first in zip(peers, seen, strict=True) if first == welcome]
    (reader, _), (_, writer) = inside[0], inside[1]
    writer.write(b"still here\n\n")
    async with asyncio.timeout(PATIENCE):
        assert b"still here" in await reader.readuntil(b"still here\n\n")
    for _, each in peers:
        each.close()
    async with asyncio.timeout(PATIENCE):
        while True:
            async with raw(gateway, greeted=False) as again:
                if await again.reader.readexactly(6) == welcome:
                    break
