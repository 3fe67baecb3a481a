"""A search of the whole log that finds nothing, while others speak: how long it takes, and what it costs these."""

import json
import random
import time
from statistics import median

from . import servers
from .load import Json, Load, Peer, frame, send
from .returning import _flags

MESSAGES, SIZE, ROUNDS = 100_000, 100, 5
GROUP = 1000
LONE = 300
"""Messages that are said alone, one after the other, in each round."""

WORDS = {
    "English": "we should look at the deploy again because something broke on staging and nobody knows why it did",
    "Chinese": "我们 明天 部署 新版本， 有些东西 坏了。 没有人 知道 为什么 请 再看看 日志！",
}


def searching() -> None:
    """A search of 100,000 messages of 100 bytes on SQLite that finds nothing, and a lone message's ack meanwhile"""
    print("| | whole log in, alone | beside the lone messages | slowest | ack p50 / p99, alone | beside it |")
    print("|---|---|---|---|---|---|")
    for language, words in WORDS.items():
        with _flags("SQLite") as flags, servers.gateway(*flags, "--keep", str(2 * MESSAGES)) as running:
            _fill(running.port, words.split())
            alone, _ = _beside(running.port, LONE, 0)
            _, undisturbed = _beside(running.port, 0, ROUNDS)
            acked, found = _beside(running.port, LONE, ROUNDS)
            times = f"{_ms(median(undisturbed))} | {_ms(median(found))} | {_ms(max(found))}"
            print(f"| {language} | {times} | {percentiles(alone)} | {percentiles(acked)} |", flush=True)


def _fill(port: int, words: list[str]) -> None:
    chance = random.Random(1)
    peer = Json(port, '{"type":"hello","name":"filler"}')
    load = Load([peer])
    for _ in range(MESSAGES // GROUP):
        texts = [" ".join(chance.choices(words, k=30)).encode()[:SIZE].decode(errors="ignore") for _ in range(GROUP)]
        wanted = peer.got + GROUP
        send(peer, b"".join(peer.say(text) for text in texts))
        while peer.got < wanted:
            load.read(lambda peer, count: None)
    load.close()


class _Waiting(Json):
    """Counts events of one kind: acks, or what was found."""

    def __init__(self, port: int, kind: str) -> None:
        self.mark = f'"type":"{kind}"'.encode()
        super().__init__(port)


def _beside(port: int, lone: int, searches: int) -> tuple[list[float], list[float]]:
    """Seconds to each ack of messages that are said alone, and of each search beside them: so many, one by one."""
    speaker, seeker = _Waiting(port, "ack"), _Waiting(port, "found")
    load = Load([speaker, seeker])
    begun: dict[Peer, float] = {}
    took: dict[Peer, list[float]] = {speaker: [], seeker: []}

    def note(peer: Peer, count: int) -> None:
        took[peer].append(time.perf_counter() - begun.pop(peer))

    def ask(peer: Peer, event: dict[str, str]) -> None:
        if peer not in begun:
            begun[peer] = time.perf_counter()
            send(peer, frame(json.dumps(event)))

    while len(took[speaker]) < lone or len(took[seeker]) < searches:
        if searches:
            ask(seeker, {"type": "find", "text": "neverland"})
        if lone:
            ask(speaker, {"type": "say", "id": "c", "text": f"alone {len(took[speaker])}"})
        while (speaker if lone else seeker) in begun:
            load.read(note)
    load.close()
    return took[speaker], took[seeker]


def percentiles(seconds: list[float]) -> str:
    """The median and the 99th."""
    ordered = sorted(seconds)
    return " / ".join(f"{ordered[len(ordered) * part // 100] * 1000:.1f}" for part in (50, 99)) + " ms"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
