"""Faults with the real thing: a disk that is full, a file that is gone, no descriptors left."""

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from ..nats import lone_server, url
from ..patience import PATIENCE
from ..tables import in_worlds
from .conftest import Own, Start
from .gateway import Gateway
from .peers import chat, raw


@contextlib.contextmanager
def mounted(folder: Path, mebibytes: int) -> Iterator[Path]:
    """A file system of this size there."""
    folder.mkdir()
    size = f"size={mebibytes}m"
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=False, capture_output=True, text=True
    )
    if mount.returncode:
        pytest.skip(f"no file system can be mounted here: {mount.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", 2) as folder:
        yield folder


@pytest.fixture
def disk_for_nats(tmp_path: Path) -> Iterator[Path]:
    """With room for what nats-server needs free before it is started again."""
    with mounted(tmp_path / "disk", 40) as folder:
        yield folder


def filled(folder: Path) -> Path:
    """What takes all that was free there."""
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    return ballast


async def readiness(gateway: Gateway) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{gateway.page}readyz") as response:
        return response.status, (await response.text()).strip()


async def test_a_full_disk_is_told_and_nothing_is_lost(start: Start, small_disk: Path) -> None:
    gateway = start("--rate", "0", "--rate-kib", "0", folder=small_disk)
    async with chat(gateway, name="ann") as ann, chat(gateway, name="bob") as bob:
        ballast = filled(small_disk)
        said = [f"{number} " + "x" * 1000 for number in range(400)]
        for number, text in enumerate(said):
            await ann.say(text, str(number))
        notice = await ann.next("notice")
        assert "the disk is full" in notice["text"]
        assert (await readiness(gateway))[0] == 503
        await bob.send({"type": "who"})
        await bob.next("who")  # readers go on
        ballast.unlink()
        assert await bob.texts(len(said)) == said
        seen = [await ann.next("ack", "message", "notice") for _ in range(2 * len(said) + 1)]
        assert [event["id"] for event in seen if event["type"] == "ack"] == [str(number) for number in range(len(said))]
        assert [event["text"] for event in seen if event["type"] == "message"] == said
    gateway.judged = True  # the error was asked for


async def outlives_a_full_disk(gateway: Gateway, disk: Path, mend: Callable[[], object]) -> None:
    """Of a nats-server: said is why nothing is stored, and stored is all that was said when it was mended."""
    cause = "it can't write to its disk: no space left on device"
    async with chat(gateway, name="ann") as ann, chat(gateway, name="bob") as bob:
        await ann.say("before")
        await ann.next("message")
        assert await bob.texts(1) == ["before"]
        ballast = filled(disk)
        said = ["x" * 10_000, *(f"{number} " + "x" * 1000 for number in range(1, 200))]
        await ann.say(said[0], "0")  # more than a block that a file has has left
        assert cause in (await ann.next("notice"))["text"]
        assert await readiness(gateway) == (503, cause)
        for number, text in enumerate(said[1:], 1):
            await ann.say(text, str(number))
        await bob.send({"type": "who"})
        await bob.next("who")  # readers go on
        ballast.unlink()
        await asyncio.to_thread(mend)
        assert await bob.texts(len(said)) == said
        seen = [await ann.next("ack", "message", "notice") for _ in range(2 * len(said) + 1)]
        assert [event["id"] for event in seen if event["type"] == "ack"] == [str(number) for number in range(len(said))]
        assert [event["text"] for event in seen if event["type"] == "message"] == said
    assert await readiness(gateway) == (200, "ok")
    gateway.judged = True  # the error was asked for


@pytest.mark.nats
@pytest.mark.parametrize("workers", ["1", in_worlds("2")])
async def test_embedded_nats_goes_on_by_itself_after_a_full_disk(
    disk_for_nats: Path, start: Start, workers: str
) -> None:
    gateway = start("--embedded-nats", "--workers", workers, "--rate", "0", "--rate-kib", "0", folder=disk_for_nats)
    folder = disk_for_nats / ".local" / "state" / "chat-gateway" / "nats"
    advice = "make room there, 16 MiB at least: then it goes on by itself"
    await outlives_a_full_disk(
        gateway,
        disk_for_nats,
        lambda: gateway.wait_for_log(f"nats-server can't write to {folder}: no space left on device; {advice}"),
    )


@pytest.mark.nats
async def test_the_full_disk_of_a_nats_server_is_told(disk_for_nats: Path, start: Start, own: Own) -> None:
    server = own(lone_server(disk_for_nats))
    gateway = start("--store", url([server]), "--keep-mib", "16", "--rate", "0", "--rate-kib", "0")

    def mend() -> None:
        place = f"NATS at 127.0.0.1:{server.port}, {server.folder}"
        gateway.wait_for_log(f"{place}: it can't write to its disk: no space left on device; it goes on so until")
        server.kill()
        server.start()

    await outlives_a_full_disk(gateway, disk_for_nats, mend)


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
