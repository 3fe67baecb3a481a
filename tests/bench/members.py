"""What members cost that say nothing: idle ones, ones that come all at once, ones that come back, ones that stall."""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from . import servers
from .load import Events, Json, Load, Peer, Raw, cpu_seconds, resident, saturate
from .players import OURS, RIVALS, ROUNDS, chat_like, come, in_turns

IDLE = 2000
RESUMING = 10_000
STALLED = 500
STALL_MESSAGES = 90_000


def idle() -> None:
    """2,000 idle members, and their coming in"""
    print("| | KiB a member, resident | connections per CPU-second |\n|---|---|---|")
    for name, (serve, kind) in {**OURS, **RIVALS}.items():
        with serve() as running:
            warm = come(running, kind, 200)
            memory, cpu = resident(running.pid), cpu_seconds(running.pid)
            peers = come(running, kind, IDLE)
            cpu = cpu_seconds(running.pid) - cpu
            memory = resident(running.pid) - memory
            Load([*warm, *peers]).close()
        print(f"| {name} | {memory / IDLE / 1024:.1f} | {IDLE / cpu:,.0f} |", flush=True)


def resume_storm() -> None:
    """10,000 members resume after a restart, each up to 2,000 messages behind"""
    texts = chat_like(5000)
    with tempfile.TemporaryDirectory() as folder:
        with servers.gateway(folder=Path(folder)) as running:
            speaker, listener = come(running, Json, 2)
            epoch = json.loads(_welcome(running.port))["epoch"]
            saturate(running.pid, [speaker, listener], texts, 1000)
        with servers.gateway(folder=Path(folder)) as running:
            cpu, start = cpu_seconds(running.pid), time.perf_counter()
            owed, got = _resume(running, epoch, len(texts))
            seconds, cpu = time.perf_counter() - start, cpu_seconds(running.pid) - cpu
    assert owed == got, (owed, got)
    print(
        f"Each got what it had missed, in all {got:,} messages, {seconds:.1f} s after the first one came. The server "
        f"took {cpu * 1e6 / RESUMING:.0f} µs a member, the handshake included, {cpu * 1e6 / got:.2f} µs a message.",
        flush=True,
    )


def _welcome(port: int) -> bytes:
    peer = Json(port)
    peer.socket.close()
    return peer.welcome[peer.welcome.index(b"{") :]


def _resume(running: servers.Running, epoch: str, head: int) -> tuple[int, int]:
    peers: list[Peer] = []
    owed: dict[Peer, int] = {}
    for number in range(RESUMING):
        behind = number % 2000
        after = {"epoch": epoch, "seq": head - behind}
        peer = Json(running.port, json.dumps({"type": "hello", "after": after}))
        peers.append(peer)
        owed[peer] = behind
    load = Load(peers)
    while sum(peer.got for peer in peers) < sum(owed.values()):
        load.read(lambda peer, count: None)
    load.close()
    assert all(peer.got == owed[peer] for peer in peers)
    return sum(owed.values()), sum(peer.got for peer in peers)


def stalled() -> None:
    """500 of 1,000 members stop reading while 9 MB of messages are said"""
    texts = chat_like(STALL_MESSAGES)
    speeds = []
    for count in (0, STALLED):
        with servers.gateway("--stall-timeout", "0") as running:
            active = come(running, Raw, 1000 - STALLED)
            stalled = come(running, Raw, count)
            before = resident(running.pid)
            result = saturate(running.pid, active, texts, 100, sums=True)
            growth = resident(running.pid) - before
            speeds.append(result.per_cpu_second)
            _read_on(stalled, active[1])
            Load(active).close()
    print(
        f"The others are served at {speeds[1] / speeds[0]:.2f} of the speed without stalled ones (deliveries per "
        f"CPU-second). The server's memory grows by {growth / 2**20:.0f} MiB. Once they read, the stalled ones get the "
        f"same bytes in the same order as the others (by CRC-32 of the {result.bytes / 499 / 2**20:.1f} MiB of each).",
        flush=True,
    )


def _read_on(stalled: list[Peer], listener: Peer) -> None:
    load = Load(stalled, sums=True)
    while stalled and min(peer.got for peer in stalled) < STALL_MESSAGES:
        load.read(lambda peer, count: None)
    load.close()
    assert all((peer.got, peer.checksum) == (listener.got, listener.checksum) for peer in stalled)


def full_house() -> None:
    """19,000 members in one process"""
    texts = chat_like(400)
    print("| | cost a delivery, times that with 1,000 members |\n|---|---|")
    for name in OURS:
        kind = OURS[name][1]
        costs = []
        for count in (1000, 19_000, 1000):
            with servers.gateway() as running:
                peers = come(running, kind, count)
                costs.append(1 / saturate(running.pid, peers, texts, 100).per_cpu_second)
                Load(peers).close()
        print(f"| {name} | {costs[1] / (costs[0] + costs[2]) * 2:.2f} |", flush=True)


def streams() -> None:
    """1,000 streams (curl -N) among 1,000 WebSocket members, against 1,000 more of those; 100 messages under way"""
    costs = {kind: [cost for _ in range(ROUNDS) for cost in _costs_among(kind)] for kind in (Events, Json)}
    streams, control = (statistics.median(each) for each in costs.values())
    print(f"A delivery to a stream costs {streams:.2f} times one to a WebSocket member.", flush=True)
    print(f"Control, 1,000 more WebSocket members measured in the same way: {control:.2f}.", flush=True)


def _costs_among(kind: type[Peer]) -> Iterator[float]:
    """Of two gateways, one turn after another."""
    with servers.gateway() as all_alike, servers.gateway() as mixed:
        crowds = {
            "alike": (all_alike, come(all_alike, Json, 2000)),
            "mixed": (mixed, [peer for _ in range(1000) for peer in (*come(mixed, Json, 1), *come(mixed, kind, 1))]),
        }
        for turn in in_turns(crowds, 1000, 100):
            # Half of the deliveries are to WebSocket members in both.
            yield 2 * turn["alike"].per_cpu_second / turn["mixed"].per_cpu_second - 1
