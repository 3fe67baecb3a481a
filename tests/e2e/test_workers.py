"""gateway serve --workers: processes that share ports and room, and what happens when one dies."""

import asyncio
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from pathlib import Path

import aiohttp
import psutil
import pytest

from gateway.config import Settings
from gateway.serving.worker import make_memory, written

from ..nats import NatsServer, until, url
from ..patience import PATIENCE
from ..tables import in_worlds
from .conftest import Start
from .gateway import MODULE, Gateway, ended
from .peers import chat, raw

FLAGS = ("--workers", "2", "--embedded-nats")


def children(gateway: Gateway, name: str) -> list[psutil.Process]:
    """The gateway's processes whose command holds this word; one that just ended has no command."""
    found = []
    for each in psutil.Process(gateway.pid).children():
        with suppress(psutil.NoSuchProcess):
            if name in [word.rpartition("/")[2] for word in each.cmdline()]:
                found.append(each)
    return found


async def test_workers_share_the_ports_and_the_room(start: Start) -> None:
    gateway = start(*FLAGS)
    assert len(children(gateway, "worker")) == 2
    async with chat(gateway, name="Ann") as ann, raw(gateway) as nc, AsyncExitStack() as stack:
        # The kernel deals connections out: with so many, each worker has one.
        others = [await stack.enter_async_context(chat(gateway)) for _ in range(20)]
        await ann.say("hello")
        for other in others:
            assert await other.texts(1) == ["hello"]
        assert "来自Ann的消息:hello" in await nc.until("hello\n\n")


async def test_a_worker_that_dies_is_started_again(start: Start) -> None:
    gateway = start(*FLAGS)
    async with chat(gateway) as ann:
        await ann.say("before")
        await ann.next("message")
    for worker in children(gateway, "worker"):
        worker.kill()
    await asyncio.to_thread(gateway.wait_for_log, "worker 1 ended with status -9; it is started again")
    await asyncio.to_thread(until, lambda: len(children(gateway, "worker")) == 2)
    async with asyncio.timeout(PATIENCE):
        while not await heard_again(gateway):
            await asyncio.sleep(0.1)
    gateway.judged = True


@pytest.mark.worlds
async def test_a_worker_that_hangs_is_replaced(start: Start) -> None:
    """By SIGSTOP: the kernel goes on dealing connections to it."""
    gateway = start(*FLAGS)
    stopped = children(gateway, "worker")[0]
    stopped.suspend()
    await asyncio.to_thread(gateway.wait_for_log, "has not answered for 8.0 s, and is killed")
    await asyncio.to_thread(gateway.wait_for_log, "ended with status -9; it is started again")
    await asyncio.to_thread(until, lambda: len(children(gateway, "worker")) == 2)
    assert stopped.pid not in [each.pid for each in children(gateway, "worker")]
    gateway.judged = True


async def heard_again(gateway: Gateway) -> bool:
    try:
        async with chat(gateway, history=10) as ann:
            return await ann.texts(1) == ["before"]
    except OSError:
        return False


@pytest.mark.worlds
async def test_the_nats_server_that_dies_is_started_again_and_nothing_is_lost(start: Start) -> None:
    gateway = start(*FLAGS)
    async with chat(gateway) as ann:
        await ann.say("before")
        await ann.next("message")
        (server,) = children(gateway, "nats-server")
        server.kill()
        await ann.say("after", "a")
        while (event := await ann.next("message", "notice", "ack"))["type"] != "message":
            pass
        assert event["text"] == "after"
    gateway.judged = True


@pytest.mark.worlds
def test_all_of_them_end_with_their_parent_even_if_that_is_killed(start: Start, tmp_path: Path) -> None:
    """Nor do they send away who is in, one after another, when nobody is there any more who would end them."""
    gateway = start(*FLAGS, "--drain-seconds", "3600")
    family = psutil.Process(gateway.pid).children()
    assert len(family) == 3
    with ExitStack() as people:
        for _ in range(8):  # by both of them
            each = people.enter_context(socket.create_connection(("127.0.0.1", gateway.tcp_port), PATIENCE))
            assert each.recv(1000)
        gateway.kill()
        psutil.wait_procs(family, timeout=PATIENCE)
    assert not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in family)
    gateway.judged = True  # its workers had no nats-server at the end
    again = start(*FLAGS)
    second = psutil.Process(again.pid).children()
    assert again.interrupt() == 0
    assert not any(each.is_running() for each in second)


@pytest.mark.parametrize(
    ("flags", "status", "expected"),
    [
        (["--workers", "2"], 2, "--workers: they need a room that they can share"),
        (["--embedded-nats", "--store", "memory:"], 2, "leave --store away"),
        in_worlds(["--workers", "2", "--store", "nats://127.0.0.1:1/x"], 1, "could not be opened"),
    ],
)
def test_what_can_not_be_is_said(flags: list[str], status: int, expected: str) -> None:
    refused = ended(*flags)
    assert refused.returncode == status
    assert expected in refused.stderr
    assert "Traceback" not in refused.stderr


async def test_what_one_address_may_do_it_may_do_at_all_workers_together(start: Start) -> None:
    """Guesses, and connections: each of three workers is dealt some of these."""
    flags = ("--workers", "3", "--embedded-nats", "--trust-proxy", "127.0.0.1")
    gateway = start(*flags, "--password", "sesame", "--per-ip", "5")
    client, statuses = {"X-Forwarded-For": "198.51.100.7", "Authorization": "Bearer wrong"}, []
    for _ in range(12):
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{gateway.page}messages", headers=client) as response,
        ):
            statuses.append(response.status)
    assert statuses == [401] * 5 + [429] * 7
    async with AsyncExitStack() as stack:
        heard = []
        for _ in range(12):
            peer = await stack.enter_async_context(raw(gateway, greeted=False))
            await peer.send(b"PROXY TCP4 198.51.100.8 127.0.0.1 1 2\r\n")
            heard.append("IP" if "IP" in await peer.until("\n\n") else "full")
    assert heard == ["IP"] * 5 + ["full"] * 7


@pytest.mark.parametrize("nth", [0, 1])
def test_a_taken_port_of_the_metrics_of_any_worker_is_one_line(nth: int) -> None:
    with taken_behind_a_free_one(nth) as (first, taken):
        refused = ended(*FLAGS, "--metrics", f"127.0.0.1:{first}")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"gateway: --metrics {taken}: 127.0.0.1 port {taken}: Address already in use; choose another with --metrics\n"
    )


@pytest.mark.nats
@pytest.mark.parametrize("port", ["http_port", in_worlds("tcp_port")])
def test_a_worker_whose_start_fails_late_ends(nats: NatsServer, tmp_path: Path, port: str) -> None:
    """It is handed what nobody can listen on, which shows when its room is open."""
    settings = Settings(store=url([nats], f"late-{port}-{tmp_path.name[-9:]}"), tcp_port=0, http_port=0, workers=2)
    memory = make_memory(2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        worker = subprocess.run(
            [*MODULE, "worker", "1", f"shared={memory}", f"{port}={datagrams.fileno()}"],
            pass_fds=[memory, datagrams.fileno()], input=written(settings), capture_output=True, timeout=20,
            check=False,
        )  # fmt: skip
    os.close(memory)
    assert worker.returncode == 1
    assert worker.stdout == b""
    (line,) = [each for each in worker.stderr.splitlines() if b"WARNING" not in each]  # that it made the room
    assert line.startswith(b"gateway: a fault of ours, please report it (--log-level debug shows more): ValueError(")


@contextmanager
def taken_behind_a_free_one(nth: int) -> Iterator[tuple[int, int]]:
    """A port, and the nth behind it, which is taken; those between are free."""
    while True:
        with socket.socket() as free, socket.socket() as taken:
            free.bind(("127.0.0.1", 0))
            first = free.getsockname()[1]
            free.close()
            with suppress(OSError, OverflowError):
                taken.bind(("127.0.0.1", first + nth))
                taken.listen()
                yield first, first + nth
                return
