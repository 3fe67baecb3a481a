"""gateway serve: the banner, what is wrong in one line, signals, bounds."""

import asyncio
import ipaddress
import os
import re
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from websockets.asyncio.client import connect

from ..patience import PATIENCE
from ..tables import in_worlds
from . import nursery
from .conftest import Start
from .gateway import Gateway, ended
from .peers import chat, raw


def refused(*flags: str, **environment: str) -> tuple[int, str]:
    """Exit status and message of a gateway that can't start."""
    own = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"], **environment}
    it = ended(*flags, **own)
    assert it.stdout == ""
    assert it.stderr.startswith("gateway: ")
    assert it.stderr.count("\n") == 1
    return it.returncode, it.stderr


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--tcp-port", "99999"], "--tcp-port"),
        (["--store", "mysql:x"], "--store"),
        (["--loop", "kqueue"], "--loop"),
        (["--no-such-flag"], "--no-such-flag"),
        (["--config", "/no/such/file.toml"], "/no/such/file.toml"),
        (["stray"], "stray"),
    ],
)
def test_a_bad_flag_is_one_line_and_status_2(flags: list[str], named: str) -> None:
    status, message = refused(*flags)
    assert status == 2
    assert named in message


def test_a_bad_variable_is_one_line_and_status_2() -> None:
    status, message = refused(GATEWAY_KEEP="none")
    assert status == 2
    assert "GATEWAY_KEEP" in message


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, message = refused("--http-port", port, "--tcp-port", "0", "--store", f"sqlite:{tmp_path}/room.db")
    assert status == 1
    assert f"--http-port {port}" in message
    assert "in use" in message
    assert not (tmp_path / "room.db").exists()


def test_a_store_that_another_gateway_has_is_one_line(gateway: Gateway) -> None:
    status, message = refused("--store", f"sqlite:{gateway.store}")
    assert status == 1
    assert f"{gateway.store}: in use by another gateway" in message


def test_a_store_that_can_not_be_opened_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    status, message = refused("--tcp-port", "0", "--http-port", "0", "--store", f"sqlite:{tmp_path}/file/room.db")
    assert status == 1
    assert f"{tmp_path}/file/room.db" in message


@pytest.mark.parametrize(
    "flags", [("--loop", "epoll"), ("--loop", "uvloop"), in_worlds(("--workers", "2", "--embedded-nats"))]
)
def test_who_asks_it_to_stop_without_end_hears_no_complaint(start: Start, flags: tuple[str, ...]) -> None:
    """One that came while the loop was closed was `Exception ignored`."""
    gateway = start(*flags)
    pressing = threading.Event()

    def press() -> None:
        while not pressing.wait(0.001):
            with suppress(ProcessLookupError):
                os.kill(gateway.pid, signal.SIGTERM)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(press)
        try:
            assert gateway.interrupt() in (0, -signal.SIGTERM), gateway.log  # one may come at the very end
        finally:
            pressing.set()
    assert "Exception" not in gateway.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_well(start: Start, number: signal.Signals) -> None:
    gateway = start()
    async with raw(gateway), chat(gateway):
        assert await asyncio.to_thread(gateway.interrupt, number) == 0


@pytest.mark.parametrize("loop", ["uvloop", "epoll", "select"])
async def test_each_loop_serves_each_wire(start: Start, loop: str) -> None:
    gateway = start("--loop", loop)
    async with raw(gateway) as peer, chat(gateway, name="ann") as ann, connect(gateway.url) as plain:
        await ann.say("你好")
        assert await peer.until("\n\n") == "来自ann的消息:你好\n\n"
        assert await plain.recv() == "来自ann的消息:你好"
        peer.writer.write(b"bye")
        peer.writer.write_eof()
        assert await ann.texts(2) == ["你好", "bye"]
        assert await peer.rest() == ""
        async with raw(gateway):  # someone who does not close when we do
            assert await asyncio.to_thread(gateway.interrupt) == 0


async def test_the_banner_says_what_to_do(gateway: Gateway) -> None:
    for line in (
        f"http://localhost:{gateway.http_port}/",
        f"nc 127.0.0.1 {gateway.tcp_port}",
        f"telnet 127.0.0.1 {gateway.tcp_port}",
    ):
        assert line in gateway.banner


async def test_a_public_address_is_warned_of(start: Start) -> None:
    assert "can read and write the room" in start("--host", "0.0.0.0").banner


async def test_both_families_meet_and_an_address_of_ipv4_is_one(start: Start) -> None:
    gateway = start("--host", "::")
    address = re.search(r"netcat   nc (\S+) ", gateway.banner)
    assert address, gateway.banner
    assert ipaddress.ip_address(address[1])
    async with raw(gateway) as old, raw(gateway) as other, chat(gateway, host="[::1]") as new:
        assert old.greeting == f"你已连接到服务器,IP为127.0.0.1:{gateway.tcp_port}\n\n"
        await old.send(b"hello\n\n")
        assert await other.until("\n\n") == f"来自{old.label}的消息:hello\n\n"
        assert (await new.next("message"))["from"].startswith("guest-")
        assert old.label.startswith("('127.0.0.1', ")


async def test_a_name_that_is_given_as_host_is_ours(start: Start) -> None:
    gateway = start("--host", "127.1")  # no address by its form, and DNS is not asked
    assert f"http://127.1:{gateway.http_port}/" in gateway.banner
    async with aiohttp.ClientSession() as session:
        for name, status in (("127.1", 200), ("127.2", 421)):
            fields = {"Host": f"{name}:{gateway.http_port}"}
            async with session.get(f"{gateway.page}messages", headers=fields) as response:
                assert response.status == status
            fields |= {"Origin": f"http://{name}:{gateway.http_port}"}
            async with session.get(f"{gateway.page}messages", headers=fields) as response:
                assert response.status == status


async def test_a_full_room_says_so_and_closes(start: Start) -> None:
    gateway = start("--loop", "select")  # which ends at 1,024 descriptors
    assert "960 members at most" in gateway.banner
    peers = [await asyncio.open_connection("127.0.0.1", gateway.tcp_port) for _ in range(1000)]
    seen = {b"": 0, "你已连".encode(): 0, b"* the roo": 0}
    for reader, _ in peers:
        async with asyncio.timeout(PATIENCE):
            seen[await reader.readexactly(9)] += 1
    assert seen["你已连".encode()] == 1024 - 64
    assert seen[b"* the roo"] == 1000 - (1024 - 64)
    for _, writer in peers[:500]:
        writer.close()
    for _ in range(100):
        async with raw(gateway, greeted=False) as peer:
            if (await peer.reader.readexactly(9)).decode() == "你已连":
                break
    else:
        raise AssertionError("places are not given back")
    for _, writer in peers[500:]:
        writer.close()


async def test_settings_from_a_file(start: Start, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text('max-text = 20\nlanguage = "zh"\n')
    gateway = start("--config", str(tmp_path / "gateway.toml"), "--language", "en")
    async with raw(gateway) as peer:
        await peer.send(b"x" * 30)
        assert "over 20 bytes" in await peer.until("\n\n")


def test_help_and_version() -> None:
    for command in (["--help"], ["serve", "--help"], ["--version"]):
        ended = nursery.run(command)
        assert ended.stdout
        assert (ended.returncode, ended.stderr) == (0, "")
