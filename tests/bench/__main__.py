"""make bench: the gateway, its rivals and the floor in turns, each on one core, the load on the other.

Bare times mean nothing on a noisy machine: each row is a median of ratios of figures measured in the same round.
"""

import random
import statistics
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from . import servers
from .load import (
    Floor,
    Json,
    JsonDeflate,
    Load,
    Nats,
    Peer,
    Raw,
    Result,
    WebSocket,
    cpu_seconds,
    one_by_one,
    resident,
    saturate,
)
from .servers import Running

MEMBERS, MESSAGES, SIZE, ROUNDS = 1000, 1000, 100, 3
LONE = 200
IDLE = 2000

Serve = Callable[[], AbstractContextManager[Running]]
Measure = Callable[[int, Sequence[Peer]], Result]

_WORDS = "the deploy is done and I am off to lunch who broke the build again see you ok thanks let me check 好的 谢谢"


def chat_like(count: int) -> list[str]:
    """Texts of SIZE characters as people write them."""
    chance = random.Random(1)
    words = _WORDS.split()
    texts = (f"{number} " + " ".join(chance.choices(words, k=SIZE // 3)) for number in range(count))
    return [text[:SIZE] for text in texts]


TEXTS = chat_like(MESSAGES)
GATEWAY: Serve = servers.gateway
PLAYERS: dict[str, tuple[Serve, type[Peer]]] = {
    "gateway, JSON": (GATEWAY, Json),
    "gateway, JSON with deflate": (GATEWAY, JsonDeflate),
    "gateway, raw": (GATEWAY, Raw),
    "websockets.broadcast()": (lambda: servers.rival("broadcast"), WebSocket),
    "websockets.broadcast() on uvloop": (lambda: servers.rival("broadcast", "uvloop"), WebSocket),
    "aiohttp, a send_str() loop": (lambda: servers.rival("aiohttp_loop"), WebSocket),
    "the post's design": (lambda: servers.rival("post"), Raw),
    "nats-server": (servers.nats, Nats),
    "a bare C loop": (servers.floor, Floor),
}


def play(name: str, measure: Measure) -> Result:
    """One run of one of them."""
    serve, kind = PLAYERS[name]
    with serve() as running:
        peers = [kind(running.raw if kind is Raw and running.raw else running.port) for _ in range(MEMBERS)]
        result = measure(running.pid, peers)
        Load(peers).close()
    return result


def compare(title: str, measure: Measure, names: Sequence[str], ours: Sequence[str]) -> None:
    """Rounds of all of them; a table of ratios of deliveries per second of the server's processor time."""
    rounds = []
    for _ in range(ROUNDS):
        rounds.append({name: play(name, measure) for name in names})
    print(f"\n### {title}\n\n| ratio of deliveries per CPU-second | {' | '.join(ours)} |\n|---|{'---|' * len(ours)}")
    for rival in [name for name in names if name not in ours]:
        ratios = [[each[own].per_cpu_second / each[rival].per_cpu_second for each in rounds] for own in ours]
        print(f"| to {rival} | {' | '.join(f'{statistics.median(values):.2f}' for values in ratios)} |")
    print("\nbytes a delivery: " + ", ".join(f"{name} {rounds[0][name].bytes_each:.0f}" for name in ours), flush=True)


def idle(kind: type[Peer]) -> tuple[float, float]:
    """KiB of memory per idle member, and handshakes per second of the server's processor time."""
    with servers.gateway() as running:
        port = running.raw if kind is Raw else running.port
        warm = [kind(port) for _ in range(200)]
        memory, cpu = resident(running.pid), cpu_seconds(running.pid)
        peers = [kind(port) for _ in range(IDLE)]
        cpu = cpu_seconds(running.pid) - cpu
        memory = resident(running.pid) - memory
        Load([*warm, *peers]).close()
    return memory / IDLE / 1024, IDLE / cpu


def main() -> None:
    """Measure and print tables, as in the README."""
    servers.pin_load()
    ours = ["gateway, JSON", "gateway, JSON with deflate", "gateway, raw"]
    print(f"{MEMBERS} members, {MESSAGES} messages of {SIZE} characters, sqlite store, medians of {ROUNDS} rounds")
    compare("100 messages under way", lambda pid, peers: saturate(pid, peers, TEXTS, 100), list(PLAYERS), ours)
    lone = [name for name in PLAYERS if name != "gateway, JSON with deflate"]
    compare(
        "A lone message",
        lambda pid, peers: one_by_one(pid, peers, TEXTS[:LONE]),
        lone,
        ["gateway, JSON", "gateway, raw"],
    )
    print("\n### Idle members\n\n| | KiB a member | handshakes per CPU-second |\n|---|---|---|")
    for name, kind in (("JSON", Json), ("raw", Raw)):
        memory, handshakes = idle(kind)
        print(f"| {name} | {memory:.1f} | {handshakes:.0f} |", flush=True)


if __name__ == "__main__":
    main()
