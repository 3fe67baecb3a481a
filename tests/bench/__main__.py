"""make bench: fan-out of the gateway against websockets.broadcast(), in turns, in one run; medians of ratios."""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .load import Result, connect, frame, run

MEMBERS, MESSAGES, SIZE, WINDOW, ROUNDS = 1000, 1000, 100, 100, 5
TEXTS = [f"{number:06d} {'x' * (SIZE - 7)}" for number in range(MESSAGES)]


def pinned(core: int) -> list[str]:
    """A prefix that pins a command to a core, where there is more than one."""
    return ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 else []


@contextmanager
def gateway(folder: Path) -> Iterator[tuple[int, int]]:
    """A gateway with the durable store; gives its pid and web port."""
    command = [
        *pinned(0), sys.executable, "-m", "gateway", "serve", "--tcp-port", "0", "--http-port", "0",
        "--store", f"sqlite:{folder / 'room.db'}", "--rate", "0", "--log-level", "warning",
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"http://localhost:(\d+)/", line):
                break
        try:
            yield process.pid, int(found[1]) if found else 0
        finally:
            process.kill()


@contextmanager
def rival(*arguments: str) -> Iterator[tuple[int, int]]:
    """A broadcast server; gives its pid and port."""
    command = [*pinned(0), sys.executable, "-m", "tests.bench.broadcast_server", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.pid, int(process.stdout.readline())
        finally:
            process.kill()


def measure_gateway() -> Result:
    """One round of the gateway."""
    with tempfile.TemporaryDirectory() as folder, gateway(Path(folder)) as (pid, port):
        peers = [connect(port, "/ws", "chat.v1.json") for _ in range(MEMBERS)]
        for peer in peers:
            peer.sendall(frame(b'{"type":"hello"}'))
        for peer in peers:
            assert b"welcome" in peer.recv(65536)
        says = [frame(json.dumps({"type": "say", "text": text}).encode()) for text in TEXTS]
        return run(pid, peers, says, b'"type":"message"', WINDOW)


def measure_rival(*arguments: str) -> Result:
    """One round of broadcast(), with the same events."""
    with rival(*arguments) as (pid, port):
        peers = [connect(port, "/", None) for _ in range(MEMBERS)]
        says = [
            frame(
                json.dumps(
                    {"type": "message", "seq": seq, "at": "2026-11-24T11:00:00.123Z", "from": "guest-abcdef",
                     "via": "web", "text": text},
                    separators=(",", ":"),
                ).encode()
            )
            for seq, text in enumerate(TEXTS)
        ]  # fmt: skip
        return run(pid, peers, says, b'"type":"message"', WINDOW)


def main() -> None:
    """Measure in turns and print a table."""
    if pin := pinned(1):
        os.sched_setaffinity(0, {int(pin[-1])})
    ratios: dict[str, list[float]] = {"asyncio": [], "uvloop": []}
    for _ in range(ROUNDS):
        ours = measure_gateway()
        for name, arguments in (("asyncio", ()), ("uvloop", ("uvloop",))):
            theirs = measure_rival(*arguments)
            ratios[name].append(ours.per_cpu_second / theirs.per_cpu_second)
            print(
                f"gateway {ours.per_cpu_second / 1e6:.2f} M, broadcast() on {name} "
                f"{theirs.per_cpu_second / 1e6:.3f} M deliveries per CPU-second",
                flush=True,
            )
    print(f"\n{MEMBERS} JSON members, {MESSAGES} messages of {SIZE} bytes, {WINDOW} under way, sqlite store")
    print("| deliveries per CPU-second against | median of ratios |\n|---|---|")
    for name, values in ratios.items():
        print(f"| websockets.broadcast() on {name} | {statistics.median(values):.1f} |")


if __name__ == "__main__":
    main()
