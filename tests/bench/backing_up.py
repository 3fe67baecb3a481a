"""What a backup costs who speaks: the time to a lone message's ack, without one and while the room is copied.

The room has to be on a disk: in memory there would be none to wait for.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from gateway.stores.sqlite import SqliteStore

from ..samples import a_draft
from . import servers
from .load import Json, frame
from .searching import percentiles

MIB, ROUNDS = 256, 3
CALM = 2000
"""Messages that are said in each round without a backup."""

PAUSE = 0.002
"""Seconds between an ack and the next message: who speaks is alone, and the machine has time for a backup."""

ACK = b'"type":"ack"'


def backing_up() -> None:
    """A lone message's ack while a room of 256 MiB is backed up"""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(_fill(folder / "room.db"))
        size = (folder / "room.db").stat().st_size / 2**20
        print(f"| {size:.0f} MiB on SQLite | ack p50 / p99, alone | beside the backup | p99, ratio | backup |")
        print("|---|---|---|---|---|")
        with servers.gateway("--keep", "10000000", "--keep-mib", "100000", folder=folder) as running:
            ratios = [_round(running.port, folder, number) for number in range(1, ROUNDS + 1)]
    print(f"\nAt most doubled is what is asked for; the median of the ratios is {median(ratios):.2f}.", flush=True)


async def _fill(path: Path) -> None:
    room = await SqliteStore.open(path, 10**9, 2**50)
    for _ in range(MIB):
        await room.append([a_draft("x" * 1024) for _ in range(1024)])
    await room.close()


def _round(port: int, folder: Path, number: int) -> float:
    """One with and one without, side by side; the ratio of the p99."""
    peer = Json(port)
    peer.socket.setblocking(True)
    calm = _acked(peer, lambda count: count < CALM)
    command = [sys.executable, "-m", "gateway", "backup", "--store", f"sqlite:{folder}/room.db", f"{folder}/copy"]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as copying:
        busy = _acked(peer, lambda _: copying.poll() is None)
        seconds = time.perf_counter() - begun
    assert copying.returncode == 0
    peer.socket.close()
    ratio = _p99(busy) / _p99(calm)
    print(f"| round {number} | {percentiles(calm)} | {percentiles(busy)} | {ratio:.2f} | {seconds:.1f} s |", flush=True)
    return ratio


def _acked(peer: Json, goes_on: Callable[[int], bool]) -> list[float]:
    """Seconds to each ack, of one message after the other."""
    took: list[float] = []
    while goes_on(len(took)):
        begun = time.perf_counter()
        peer.socket.sendall(frame(json.dumps({"type": "say", "id": "c", "text": f"{begun} alone"})))
        peer.until(ACK)
        took.append(time.perf_counter() - begun)
        time.sleep(PAUSE)
    return took


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) * 99 // 100]
