"""make soak: hours in the small. Members that come and go, stall, send garbage and break off; and kill -9 under load.

What must not grow after the warm-up: memory, descriptors, latency. What must not happen at all: a message that is lost,
repeated, out of order or damaged, which gateway swarm checks for every delivery.
"""

import asyncio
import json
import os
import random
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from websockets.frames import Frame, Opcode

from gateway.swarm.plot import Panel, chart

from .bench.load import resident
from .e2e.gateway import Gateway
from .e2e.peers import upgrade_request

PLOT = Path(__file__).parents[1] / "docs" / "soak.svg"
WARM_UP = 0.2
KILLS = 100
STALLED = 100
HELLO = Frame(Opcode.TEXT, b'{"type":"hello"}').serialize(mask=True)
SAMPLE_SECONDS = 2.0
FLAGS = ("--rate", "0", "--rate-kib", "0", "--log-level", "warning")


def swarm(gateway: Gateway, report: Path, *flags: str) -> subprocess.Popen[bytes]:
    """A swarm at this gateway."""
    return subprocess.Popen([sys.executable, "-m", "gateway", "swarm", *gateway.ports, "--json", str(report), *flags])


# --- garbage ------------------------------------------------------------------------------------------------------


def break_off(peer: socket.socket) -> None:
    """Close with a reset."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def garbage(chance: random.Random) -> bytes:
    """Something that a port must bear: noise, halves of what is good, floods."""
    request = upgrade_request("Sec-WebSocket-Protocol: chat.v1.json")
    return chance.choice(
        [
            chance.randbytes(chance.randrange(1, 2000)),
            b"\xff" * chance.randrange(1, 5000),
            request[: chance.randrange(1, len(request))],
            request + chance.randbytes(200),
            request + b"\x81\xfe\xff\xff" + chance.randbytes(500),
            b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * chance.randrange(1, 4000),
            b"\x16\x03\x01" + chance.randbytes(100),
            b"/history 500\n\n" * chance.randrange(1, 50),
            b"/name " + chance.randbytes(40) + b"\n\n",
            b"half a line",
        ]
    )


async def make_garbage(gateway: Gateway, end: float) -> int:
    """Send garbage to both ports, ten times a second, and break off; returns how often."""
    chance = random.Random(1)
    count = 0
    while time.monotonic() < end:
        port = chance.choice([gateway.tcp_port, gateway.http_port])
        with suppress(OSError):
            peer = socket.create_connection(("127.0.0.1", port), timeout=1)
            with suppress(OSError):
                peer.sendall(garbage(chance))
            break_off(peer) if chance.random() < 0.5 else peer.close()
        count += 1
        await asyncio.sleep(0.1)
    return count


# --- stalls -------------------------------------------------------------------------------------------------------


async def stall(gateway: Gateway, end: float, chance: random.Random) -> int:
    """One who comes in, on either port, reads nothing for a while, and is gone; again and again. Returns how often.

    The longest stalls outlast --stall-timeout, so the gateway ends them; the others end by the peer's close.
    """
    hello = upgrade_request("Sec-WebSocket-Protocol: chat.v1.json") + HELLO
    count = 0
    while (left := end - time.monotonic()) > 0:
        with suppress(OSError), socket.socket() as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            is_web = chance.random() < 0.5
            peer.connect(("127.0.0.1", gateway.http_port if is_web else gateway.tcp_port))
            peer.sendall(hello if is_web else b"\n")
            await asyncio.sleep(min(left, chance.uniform(5, 55)))
        count += 1
    return count


# --- growth -------------------------------------------------------------------------------------------------------


async def sample(pid: int, end: float) -> list[tuple[float, float, float]]:
    """Seconds, MiB in memory and descriptors, from time to time."""
    start, samples = time.monotonic(), []
    while time.monotonic() < end:
        descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        samples.append((time.monotonic() - start, resident(pid) / 2**20, float(descriptors)))
        await asyncio.sleep(SAMPLE_SECONDS)
    return samples


def growth(values: Sequence[float]) -> float:
    """The median of the last fifth, times that of the first fifth after the warm-up."""
    after = values[int(len(values) * WARM_UP) :]
    fifth = max(1, len(after) // 5)
    return statistics.median(after[-fifth:]) / statistics.median(after[:fifth])


async def fill(gateway: Gateway, report: Path) -> None:
    """Say as much as all caches hold, so that they grow no more: the newest part of the log, SQLite's pages."""
    flags = ["--tcp", "2", "--ws", "2", "--senders", "2", "--window", "100", "--size", "1000", "--messages", "20000"]
    process = swarm(gateway, report, *flags)
    assert await asyncio.to_thread(process.wait) == 0


async def soak(seconds: float) -> None:
    """2,000 members, 40 of them leaving each second, 100 more that stall, garbage ten times a second."""
    with tempfile.TemporaryDirectory() as folder:
        gateway, report = Gateway(Path(folder), *FLAGS, "--stall-timeout", "20"), Path(folder) / "report.json"
        await fill(gateway, report)
        flags = ["--tcp", "1000", "--ws", "1000", "--senders", "50", "--rate", "0.2", "--churn", "40", "--size", "1000"]
        process = swarm(gateway, report, *flags, "--seconds", str(seconds))
        end = time.monotonic() + seconds
        stalls = asyncio.gather(*(stall(gateway, end, random.Random(number)) for number in range(STALLED)))
        samples, count, ended = await asyncio.gather(sample(gateway.pid, end), make_garbage(gateway, end), stalls)
        status = await asyncio.to_thread(process.wait)
        figures = json.loads(report.read_bytes())
        gateway.stop()
    steady = samples[5:]
    latency = [(row["second"], row["p50"]) for row in figures["seconds"] if row["second"] < seconds - 2]
    PLOT.write_text(
        chart(
            [
                Panel("memory, MiB", {"resident": [(at, memory) for at, memory, _ in steady]}),
                Panel("descriptors", {"open": [(at, count) for at, _, count in steady]}),
                Panel("latency, ms", {"p50": latency}, is_log=True),
            ],
            "seconds",
        ),
        encoding="utf-8",
    )
    print(
        f"{seconds:.0f} s, {figures['deliveries']:,} deliveries checked, {figures['returns']:,} resumes, "
        f"{sum(ended):,} stalls, garbage {count:,} times. Growth after the warm-up: memory "
        f"{growth([memory for _, memory, _ in steady]):.3f}, descriptors "
        f"{growth([open_ for _, _, open_ in steady]):.3f}, median latency {growth([p50 for _, p50 in latency]):.3f}. "
        f"Faults: {figures['faults']}",
        flush=True,
    )
    assert status == 0, figures["faults"]


# --- kill -9 ------------------------------------------------------------------------------------------------------


async def kills(count: int) -> None:
    """So many kill -9 at random moments, while 10 of 50 members say 20 messages a second each."""
    chance = random.Random(2)
    with tempfile.TemporaryDirectory() as folder:
        gateway, report = Gateway(Path(folder), *FLAGS), Path(folder) / "report.json"
        flags = ["--ws", "50", "--senders", "10", "--rate", "20", "--seconds", str(count * 1.6)]
        process = swarm(gateway, report, *flags)
        await asyncio.sleep(1.5)
        for _ in range(count):
            await asyncio.sleep(chance.uniform(0.1, 1.2))
            await asyncio.to_thread(gateway.kill)
            await asyncio.to_thread(gateway.again)
        status = await asyncio.to_thread(process.wait)
        figures = json.loads(report.read_bytes())
        gateway.stop()
    print(
        f"{count} times kill -9: {figures['spoken']:,} messages said, {figures['deliveries']:,} deliveries checked, "
        f"{figures['returns']:,} resumes. Faults: {figures['faults']}",
        flush=True,
    )
    assert status == 0, figures["faults"]


def main(arguments: list[str]) -> None:
    """`soak SECONDS`, `kills COUNT`, or both."""
    what, size = [*arguments, "", ""][:2]
    if what in ("", "soak"):
        asyncio.run(soak(float(size or 1200)))
    if what in ("", "kills"):
        asyncio.run(kills(int(size or KILLS)))


if __name__ == "__main__":
    main(sys.argv[1:])
