"""What a backup costs who speaks: the time to a lone message's ack, without one and while a room of 256 MiB is copied.

    python -m tests.bench.backing_up [--mib 256]

The room is in --folder: in memory there would be no disk to wait for.
"""

import argparse
import asyncio
import subprocess
import tempfile
import time
from pathlib import Path

from gateway.stores.sqlite import SqliteStore
from tests.samples import a_draft

from ..e2e.gateway import MODULE, Gateway
from ..e2e.peers import Chat, chat

CALM = 2000
"""Messages that are said without a backup."""

PAUSE = 0.002


async def fill(path: Path, mib: int) -> None:
    """A room with so much text."""
    room = await SqliteStore.open(path, 10**9, 2**50)
    for _ in range(mib):
        await room.append([a_draft("x" * 1024) for _ in range(1000)])
    await room.close()


async def ack_ms(ann: Chat, number: int) -> float:
    """Say one thing, and wait for its ack."""
    begun = time.perf_counter()
    await ann.say("hello", f"c{number}")
    while (await ann.next("ack", "message"))["type"] != "ack":  # its own comes before or after
        pass
    return (time.perf_counter() - begun) * 1000


def told(name: str, taken: list[float]) -> str:
    """The percentiles."""
    taken.sort()
    middle, high = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    return f"{name:<14} p50 {middle:6.2f} ms   p99 {high:6.2f} ms   {len(taken)} acks"


async def measure(gateway: Gateway, folder: Path) -> None:
    """Print both."""
    async with chat(gateway) as ann:
        calm = []
        for number in range(CALM):
            calm.append(await ack_ms(ann, number))
            await asyncio.sleep(PAUSE)
        print(told("without", calm))
        command = [*MODULE, "backup", "--store", f"sqlite:{gateway.store}", str(folder / "copy")]
        with subprocess.Popen(command) as copying:
            begun = time.perf_counter()
            busy: list[float] = []
            while copying.poll() is None:
                busy.append(await ack_ms(ann, CALM + len(busy)))
                await asyncio.sleep(PAUSE)
            print(told("while copied", busy), f"in {time.perf_counter() - begun:.1f} s")


def main() -> None:
    """Fill, serve, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--folder", type=Path, help="where the room is; else a temporary folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        asyncio.run(fill(folder / "room.db", given.mib))
        gateway = Gateway(folder, "--rate", "0", "--keep", "1000000", "--keep-mib", "100000")
        try:
            asyncio.run(measure(gateway, folder))
        finally:
            gateway.stop()


if __name__ == "__main__":
    main()
