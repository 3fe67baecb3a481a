"""What an operator uses: metrics, systemd's notices, a proxy in front."""

import asyncio
import re
import signal
import socket
from contextlib import closing, suppress
from pathlib import Path

import aiohttp
import pytest

from ..patience import PATIENCE
from ..tables import in_worlds
from .conftest import Start
from .fronts import DEPLOY
from .gateway import Gateway
from .peers import chat, raw
from .test_workers import FLAGS


async def scrape(gateway: Gateway) -> dict[str, float]:
    """The metrics by name and labels."""
    found = re.search(r"metrics are at (http://\S+)", gateway.banner)
    assert found, gateway.banner
    async with aiohttp.ClientSession() as session, session.get(found[1]) as response:
        text = await response.text()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line[0] != "#"}


async def test_metrics_tell_what_goes_on(start: Start) -> None:
    gateway = start("--metrics", "127.0.0.1:0")
    async with raw(gateway) as ann, chat(gateway) as bob:
        await ann.send(b"hello\n\n")
        await bob.texts(1)
        async with aiohttp.ClientSession() as session, session.get(gateway.page, headers={"Host": "evil.example"}):
            pass
        found = await scrape(gateway)
    assert found['gateway_members{wire="raw"}'] == found['gateway_members{wire="json"}'] == 1
    assert found["gateway_messages_total"] == 1
    assert found["gateway_deliveries_total"] == 2
    assert found['gateway_refusals_total{reason="http-421"}'] == 1
    assert found["gateway_lag_messages"] == found["gateway_stalled"] == 0


def ask(address: tuple[str, int], head: bytes) -> bytes:
    """All that is answered, until it closes."""
    answer = b""
    with socket.create_connection(address, 15) as peer:
        peer.sendall(head)
        while more := peer.recv(65536):
            answer += more
    return answer


def metrics_of(gateway: Gateway) -> tuple[str, int]:
    found = re.search(r"metrics are at http://([\d.]+):(\d+)/", gateway.banner)
    assert found, gateway.banner
    return found[1], int(found[2])


@pytest.mark.parametrize(
    ("target", "fields", "status"),
    [
        ("/metrics", ["Host: localhost"], 200),
        ("/metrics", ["Host: 127.0.0.1:9090"], 200),
        ("/metrics", ["Host: monitor.example.org"], 200),
        ("/metrics", ["Host: evil.example"], 421),
        ("/metrics", ["Host: localhost", "Origin: http://evil.example"], 403),
        ("/metrics", [], 400),
        ("/metrics", ["Host: localhost", f"X: {'x' * 20_000}"], 431),
        ("/", ["Host: localhost"], 404),
        ("/events", ["Host: localhost"], 404),
        ("/messages", ["Host: localhost"], 404),
        ("/ws", ["Host: localhost", "Upgrade: websocket", "Connection: upgrade"], 404),
    ],
)
def test_the_metrics_have_a_door_like_the_web_port(start: Start, target: str, fields: list[str], status: int) -> None:
    gateway = start("--metrics", "127.0.0.1:0", "--public-host", "monitor.example.org")
    head = "\r\n".join([f"GET {target} HTTP/1.1", *fields, "", ""]).encode()
    answer = ask(metrics_of(gateway), head)  # and then it is closed
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer
    assert (b"gateway_messages_total" in answer) is (status == 200)
    assert b"\r\nConnection: close\r\n" in answer


@pytest.mark.worlds
def test_who_says_nothing_to_the_metrics_is_closed_and_a_full_room_can_be_looked_at(start: Start) -> None:
    gateway = start("--metrics", "127.0.0.1:0", descriptors=66)
    address = metrics_of(gateway)
    room = [socket.create_connection(("127.0.0.1", gateway.http_port), 15) for _ in range(4)]
    with closing(socket.create_connection(address, 15)) as silent:
        assert ask(address, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        assert silent.recv(100).startswith(b"HTTP/1.1 408 ")
        gateway.wait_for_log("refused 127.0.0.1: http-408")
    for peer in room:
        peer.close()


async def test_metrics_are_not_on_the_web_port(start: Start) -> None:
    gateway = start("--metrics", "127.0.0.1:0")
    async with aiohttp.ClientSession() as session, session.get(f"{gateway.page}metrics") as response:
        assert response.status == 404


@pytest.mark.parametrize("flags", [(), in_worlds(FLAGS)], ids=["one", "workers"])
def test_the_watchdog_hears_nothing_of_one_that_hangs(start: Start, tmp_path: Path, flags: tuple[str, ...]) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENCE)
        gateway = start(*flags, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="100000")
        assert [systemd.recv(100) for _ in range(4)] == [b"READY=1", *[b"WATCHDOG=1"] * 3]
        gateway.signal(signal.SIGSTOP)
        systemd.settimeout(0.5)
        with suppress(TimeoutError):
            for _ in range(100):  # what was under way, ten at most
                systemd.recv(100)
            pytest.fail("it goes on")
        systemd.settimeout(PATIENCE)
        gateway.signal(signal.SIGCONT)
        assert systemd.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("flags", [(), in_worlds(FLAGS)], ids=["one", "workers"])
def test_systemd_is_told_once_when_the_room_is_open_and_when_it_stops(
    start: Start, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENCE)
        gateway = start(*flags, "--drain-seconds", "12", NOTIFY_SOCKET=str(tmp_path / "notify"))
        assert systemd.recv(100) == b"READY=1"
        assert gateway.interrupt() == 0
        assert systemd.recv(100) == b"STOPPING=1\nEXTEND_TIMEOUT_USEC=42000000"
        systemd.setblocking(False)
        with pytest.raises(BlockingIOError):
            systemd.recv(100)


@pytest.mark.parametrize(
    "line",
    [
        "Type=notify",
        "KillMode=mixed",
        "LimitNOFILE=",
        "StateDirectory=",
        "ProtectSystem=strict",
        "StartLimitIntervalSec=0",
    ],
)
def test_the_unit_is_hardened(line: str) -> None:
    assert line in (DEPLOY / "gateway.service").read_text()


# --- what is turned away ----------------------------------------------------------------------------------------------


async def test_who_comes_and_goes_is_in_the_log(start: Start) -> None:
    gateway = start()
    async with chat(gateway, name="Ann"), raw(gateway):
        pass
    await asyncio.to_thread(gateway.wait_for_log, "ended: left", 2)
    assert gateway.interrupt() == 0
    assert " INFO Ann from 127.0.0.1 came by json\n" in gateway.log
    assert re.search(r" INFO \S.* from 127\.0\.0\.1 came by raw\n", gateway.log)


async def test_each_refusal_at_the_door_is_a_line_and_a_count(start: Start) -> None:
    gateway = start("--metrics", "127.0.0.1:0")
    web = ("127.0.0.1", gateway.http_port)
    for head, reason in (
        (b"nonsense\r\n\r\n", "http-400"),
        (b"GET /messages HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n", "http-403 (Origin 'null')"),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "http-421 (Host 'evil.example')"),
        (b"GET /" + b"x" * 20_000, "http-431"),
        (b"GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n", "handshake"),
        (b"POST /say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", "empty"),
    ):
        await asyncio.to_thread(ask, web, head)
        await asyncio.to_thread(gateway.wait_for_log, f"WARNING refused 127.0.0.1: {reason}\n")
        assert (await scrape(gateway))[f'gateway_refusals_total{{reason="{reason.partition(" ")[0]}"}}'] == 1
