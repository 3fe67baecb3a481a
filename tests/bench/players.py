"""The gateway on each of its wires, its rivals and the floor: each served alone, on one core."""

import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from . import servers
from .load import Floor, Json, JsonDeflate, Load, Nats, Peer, Raw, Result, WebSocket, saturate
from .servers import Running

SIZE, ROUNDS = 100, 3
TURNS_SECONDS = 20
"""These peers answer no ping, which comes after 25 s."""

Serve = Callable[[], AbstractContextManager[Running]]
Measure = Callable[[int, Sequence[Peer]], Result]

_WORDS = "the deploy is done and I am off to lunch who broke the build again see you ok thanks let me check 好的 谢谢"


def chat_like(count: int) -> list[str]:
    """Texts of SIZE characters as people write them."""
    chance = random.Random(1)
    words = _WORDS.split()
    texts = (f"{number} " + " ".join(chance.choices(words, k=SIZE // 3)) for number in range(count))
    return [text[:SIZE] for text in texts]


OURS: dict[str, tuple[Serve, type[Peer]]] = {
    "gateway, JSON": (servers.gateway, Json),
    "gateway, JSON with deflate": (servers.gateway, JsonDeflate),
    "gateway, raw": (servers.gateway, Raw),
}
RIVALS: dict[str, tuple[Serve, type[Peer]]] = {
    "websockets.broadcast()": (lambda: servers.rival("broadcast"), WebSocket),
    "websockets.broadcast() on uvloop": (lambda: servers.rival("broadcast", "uvloop"), WebSocket),
    "aiohttp, a send_str() loop": (lambda: servers.rival("aiohttp_loop"), WebSocket),
    "the post's design, its faults mended": (lambda: servers.rival("post"), Raw),
    "nats-server": (servers.nats, Nats),
    "a bare C loop": (servers.floor, Floor),
}
FAST = ["nats-server", "a bare C loop"]


def come(running: Running, kind: type[Peer], count: int) -> list[Peer]:
    """So many peers of a kind, let in by this server."""
    port = running.raw if kind is Raw and running.raw else running.port
    return [kind(port) for _ in range(count)]


def in_turns(
    crowds: Mapping[str, tuple[Running, Sequence[Peer]]], messages: int, window: int
) -> Iterator[dict[str, Result]]:
    """Load several servers in turns, so that all meet the same noise; then their peers go."""
    texts, end = chat_like(messages), time.monotonic() + TURNS_SECONDS
    while time.monotonic() < end:
        yield {name: saturate(running.pid, peers, texts, window) for name, (running, peers) in crowds.items()}
    Load([peer for _, peers in crowds.values() for peer in peers]).close()


def play(name: str, members: int, measure: Measure) -> Result:
    """One run of one of them."""
    serve, kind = {**OURS, **RIVALS}[name]
    with serve() as running:
        peers = come(running, kind, members)
        result = measure(running.pid, peers)
        Load(peers).close()
    return result


def compare(members: int, measure: Measure, ours: Sequence[str], rivals: Sequence[str]) -> list[dict[str, Result]]:
    """Rounds of all of them, and a table of ratios of deliveries per second of the server's processor time."""
    rounds = [{name: play(name, members, measure) for name in (*ours, *rivals)} for _ in range(ROUNDS)]
    head = f"| deliveries per CPU-second, ratio to | {' | '.join(ours)} |\n|---|{'---|' * len(ours)}"
    rows = []
    for rival in rivals:
        ratios = [[each[own].per_cpu_second / each[rival].per_cpu_second for each in rounds] for own in ours]
        rows.append(f"| {rival} | {' | '.join(f'{statistics.median(values):.2f}' for values in ratios)} |")
    print("\n".join([head, *rows]), flush=True)
    return rounds
