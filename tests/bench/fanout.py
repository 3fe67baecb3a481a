"""One speaks, everybody hears: against the rivals."""

import statistics
from collections.abc import Sequence

from .load import Result, one_by_one, saturate
from .players import FAST, OURS, RIVALS, chat_like, compare


def hundred_under_way() -> None:
    """1,000 members, 100 messages under way"""
    texts = chat_like(1000)
    rounds = compare(1000, lambda pid, peers: saturate(pid, peers, texts, 100), list(OURS), list(RIVALS))
    _print_bytes(rounds[0])


def thousand_under_way() -> None:
    """1,000 members, 1,000 messages under way"""
    texts = chat_like(4000)
    compare(1000, lambda pid, peers: saturate(pid, peers, texts, 1000), list(OURS), FAST)


def ten_thousand_members() -> None:
    """10,000 members, 100 messages under way"""
    texts = chat_like(300)
    compare(10_000, lambda pid, peers: saturate(pid, peers, texts, 100), list(OURS), FAST)


def lone_message() -> None:
    """1,000 members, a lone message: the next is said when everybody has got the last"""
    texts = chat_like(200)
    ours = ["gateway, JSON", "gateway, raw"]
    rounds = compare(1000, lambda pid, peers: one_by_one(pid, peers, texts), ours, list(RIVALS))
    floor = _p99(rounds, "a bare C loop")
    ratios = ", ".join(f"{name} {_p99(rounds, name) / floor:.1f}" for name in [*ours, "nats-server"])
    print(f"\np99 latency, times that of a bare C loop: {ratios}.", flush=True)


def _p99(rounds: Sequence[dict[str, Result]], name: str) -> float:
    return statistics.median(each[name].latencies.percentile(99) for each in rounds)


def _print_bytes(results: dict[str, Result]) -> None:
    print(
        "\nBytes a delivery: " + ", ".join(f"{name} {results[name].bytes_each:.0f}" for name in OURS) + ".", flush=True
    )
