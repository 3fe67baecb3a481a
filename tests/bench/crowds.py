"""The gateway under gateway swarm, which checks every delivery; its fairness; and its loops."""

import json
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from gateway.swarm.histogram import Histogram
from gateway.swarm.plot import Panel, chart

from . import servers
from .load import Json, Load, Raw, RefusedError, cpu_seconds, frame, saturate
from .players import chat_like, come
from .servers import Running

LOOPS = ("select", "epoll", "uvloop")
SIZES = (100, 500, 1000, 5000, 19_000)
REQUESTS = 2000
PLOT = Path(__file__).parents[2] / "docs" / "loops.svg"


def swarm(gateways: Sequence[Running], *flags: str) -> dict[str, Any]:
    """The report of a run on gateways of one room that has to be clean, with no fault."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        command = [sys.executable, "-m", "gateway", "swarm", "--json", str(file), *flags]
        command += [f"--gateway=127.0.0.1:{each.raw}:{each.port}" for each in gateways]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        report: dict[str, Any] = json.loads(file.read_bytes())
        return report


def everyone_talks() -> None:
    """500 members that all talk, 20 messages a second each"""
    print("| 500 members | said | delivered, none lost, repeated or out of order | of the server's core |")
    print("|---|---|---|---|")
    for kind in ("tcp", "ws"):
        with servers.gateway() as running:
            report = swarm([running], f"--{kind}", "500", "--senders", "500", "--rate", "20", "--seconds", "5")
        share = report["server"]["talk_cpu"] / report["talk_seconds"]
        print(f"| {kind} | {report['spoken']:,} | {report['deliveries']:,} | {share:.0%} |", flush=True)


def connect_storm() -> None:
    """5,000 members come as fast as they are taken"""
    print("| | connections per CPU-second |\n|---|---|")
    for kind in ("tcp", "ws"):
        with servers.gateway() as running:
            flags = ("--connect-rate", "0", "--seconds", "0.5", "--senders", "1")
            report = swarm([running], f"--{kind}", "5000", *flags)
        print(f"| {kind} | {report['server']['handshakes_per_cpu_second']:,.0f} |", flush=True)


def fairness() -> None:
    """Others wait while 19,000 members are served without a pause"""
    texts = chat_like(2000)
    print("| | p50 | p99 | most |\n|---|---|---|---|")
    with servers.gateway() as running:
        peers = come(running, Json, 19_000)
        ours, theirs = multiprocessing.Pipe()
        prober = multiprocessing.Process(target=_probe, args=(running, theirs))
        prober.start()
        saturate(running.pid, peers, texts, 100)
        ours.send("enough")
        for name, waits in ours.recv().items():
            figures = [waits.percentile(50), waits.percentile(99), waits.max]
            print(f"| {name}, ms | {' | '.join(f'{value / 1000:.1f}' for value in figures)} |", flush=True)
        prober.join()
        Load(peers).close()


def _probe(running: Running, pipe: Connection) -> None:
    """Come in anew, again and again, and say something; how long that takes."""
    waits = {"a new raw member is greeted": Histogram(), "a message is acked": Histogram()}
    speaker = Json(running.port)
    speaker.socket.setblocking(True)
    number = 0
    while not pipe.poll():
        start = time.perf_counter()
        Raw(running.raw).socket.close()
        waits["a new raw member is greeted"].record(int((time.perf_counter() - start) * 1e6))
        number += 1
        start = time.perf_counter()
        speaker.socket.sendall(frame(f'{{"type":"say","id":"{number}","text":"probe"}}'))
        speaker.until(f'"ack","id":"{number}"'.encode())
        waits["a message is acked"].record(int((time.perf_counter() - start) * 1e6))
        time.sleep(0.01)
    pipe.send(waits)


def loops() -> None:
    """select, epoll and uvloop, from 100 to 19,000 members"""
    answered: dict[str, list[tuple[float, float]]] = {loop: [] for loop in LOOPS}
    delivered: dict[str, list[tuple[float, float]]] = {loop: [] for loop in LOOPS}
    print("| members | loop | requests answered per CPU-second | deliveries per CPU-second |\n|---|---|---|---|")
    for size in SIZES:
        for loop in LOOPS:
            with servers.gateway("--loop", loop) as running:
                try:
                    peers = come(running, Raw, size)
                except RefusedError as refused:
                    print(f"| {size:,} | {loop} | none: {refused} | none |", flush=True)
                    continue
                answered[loop].append((size, _requests(running)))
                texts = chat_like(max(200, min(4000, 2_000_000 // size)))
                delivered[loop].append((size, saturate(running.pid, peers, texts, 100).per_cpu_second))
                Load(peers).close()
            row = f"| {size:,} | {loop} | {answered[loop][-1][1]:,.0f} | {delivered[loop][-1][1] / 1e6:.1f} M |"
            print(row, flush=True)
    panels = [
        Panel("requests answered per CPU-second while all others are idle", answered, is_log=True),
        Panel("deliveries per CPU-second, 100 messages under way", delivered),
    ]
    PLOT.write_text(chart(panels, "members", x_is_log=True), encoding="utf-8")


def _requests(running: Running) -> float:
    """How many pings of one member are answered per second of processor time, one after the other."""
    peer = Json(running.port)
    peer.socket.setblocking(True)
    ping = frame('{"type":"ping"}')
    rates = []
    for _ in range(3):
        cpu = cpu_seconds(running.pid)
        for _ in range(REQUESTS // 3):
            peer.socket.sendall(ping)
            peer.until(b'"pong"')
        rates.append(REQUESTS // 3 / (cpu_seconds(running.pid) - cpu))
    peer.socket.close()
    return statistics.median(rates)
