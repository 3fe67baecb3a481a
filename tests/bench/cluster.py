"""The room in NATS against the room in SQLite, and one, two and four gateways of one room."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from gateway.swarm.histogram import Histogram

from ..nats import cluster as nats_cluster
from ..nats import lone_server, url
from . import servers
from .crowds import swarm
from .load import Json, frame
from .players import ROUNDS, come, in_turns
from .servers import Running

APPENDS = 20_000
PROBES = 300
GATEWAYS = (1, 2, 4)
FANOUTS = ((1000, 100, 500), (2000, 1000, 2000))
"""Members, messages under way, messages a turn."""


@contextmanager
def stores() -> Iterator[dict[str, list[str]]]:
    """The flags of each store, with its real servers."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        one = lone_server(Path(folder) / "r1")
        three = nats_cluster(Path(folder) / "r3")
        for server in [one, *three]:
            stack.callback(server.kill)
        yield {
            "SQLite": [],
            "NATS, 1 server": ["--store", url([one])],
            "NATS, 3 servers": ["--store", url(three)],
        }


def against_sqlite() -> None:
    """The room in NATS, which writes each message to disk before it answers, against SQLite, which does too"""
    ways = " | ".join(f"fan-out to {members:,}, {window:,} under way" for members, window, _ in FANOUTS)
    print(f"| | an ack at low load: p50, p99 | appends a second | {ways} |\n|---|---|---|{'---|' * len(FANOUTS)}")
    with stores() as kinds:
        rounds = [{name: _measure(flags) for name, flags in kinds.items()} for _ in range(ROUNDS)]
        turns = [[turn for _ in range(ROUNDS) for turn in _turns(kinds, *way)] for way in FANOUTS]
    for name in kinds:
        waits = [statistics.median(each[name].acks.percentile(which) for each in rounds) / 1000 for which in (50, 99)]
        appends = statistics.median(each[name].appends for each in rounds)
        ratios = [sum(turn["SQLite"] for turn in each) / sum(turn[name] for turn in each) for each in turns]
        shown = " | ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"| {name} | {waits[0]:.1f} ms, {waits[1]:.1f} ms | {appends:,.0f} | {shown} |", flush=True)


class _Measured(NamedTuple):
    acks: Histogram
    appends: float


def _measure(flags: list[str]) -> _Measured:
    with servers.gateway(*flags) as running:
        return _Measured(_acks(running), _appends(running))


def _turns(kinds: dict[str, list[str]], members: int, window: int, messages: int) -> Iterator[dict[str, float]]:
    """CPU-seconds of the gateway of each kind for the same messages."""
    with ExitStack() as stack:
        running = {name: stack.enter_context(servers.gateway(*flags)) for name, flags in kinds.items()}
        crowds = {name: (each, come(each, Json, members)) for name, each in running.items()}
        for turn in in_turns(crowds, messages, window):
            yield {name: result.cpu_seconds for name, result in turn.items()}


def _acks(running: Running) -> Histogram:
    """How long one waits for each of some lone messages to be acked."""
    waits = Histogram()
    speaker = Json(running.port)
    speaker.socket.setblocking(True)
    for number in range(PROBES):
        start = time.perf_counter()
        speaker.socket.sendall(frame(f'{{"type":"say","id":"{number}","text":"{"x" * 100}"}}'))
        speaker.until(f'"ack","id":"{number}"'.encode())
        waits.record(int((time.perf_counter() - start) * 1e6))
        time.sleep(0.005)
    speaker.socket.close()
    return waits


def _appends(running: Running) -> float:
    """Messages of 100 bytes a second, from one who says all at once, to the last ack."""
    speaker = Json(running.port)
    speaker.socket.setblocking(True)
    says = [frame(f'{{"type":"say","id":"b{number}","text":"{"x" * 100}"}}') for number in range(APPENDS)]
    start = time.perf_counter()
    for at in range(0, APPENDS, 500):
        speaker.socket.sendall(b"".join(says[at : at + 500]))
        speaker.until(f'"ack","id":"b{min(at + 499, APPENDS - 1)}"'.encode())
    seconds = time.perf_counter() - start
    speaker.socket.close()
    return APPENDS / seconds


def several_gateways() -> None:
    """1,000 members on one, two and four gateways of one room over three nats-servers, none lost, all in one order"""
    print("| gateways | deliveries a second of all gateways' CPU time | of NATS's, for each message |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        three = nats_cluster(Path(folder))
        for server in three:
            stack.callback(server.kill)
        for count in GATEWAYS:
            with ExitStack() as running:
                gateways = [
                    running.enter_context(servers.gateway("--store", url(three, f"room{count}"))) for _ in range(count)
                ]
                busy = sum(server.cpu_seconds() for server in three)
                report = swarm(gateways, "--ws", "1000", "--senders", "20", "--rate", "20", "--seconds", "8")
                busy = sum(server.cpu_seconds() for server in three) - busy
            each = report["deliveries"] / report["server"]["talk_cpu"]
            print(f"| {count} | {each:,.0f} | {busy / report['spoken'] * 1e6:,.0f} µs |", flush=True)
