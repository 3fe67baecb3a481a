"""How the cost of a decoder grows: an input of some shape is doubled until it costs something, and then once more.

Linear is 2, quadratic 4. It is measured in the thread's own time, the least of some, so that a busy machine matters
little; and what seems to grow too fast is measured again before it is believed.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import NamedTuple

Target = Callable[[bytes], object]


class Shape(NamedTuple):
    """An input that can be of any size."""

    before: bytes
    repeated: bytes
    after: bytes = b""

    def of(self, size: int) -> bytes:
        return self.before + self.repeated * (size // len(self.repeated)) + self.after


def name_of(shape: Shape) -> str:
    return ascii(shape.before[-12:] + shape.repeated[:4] + b"*" + shape.after[:4])[2:-1]


LIMIT = 2.5
SIZES = [2**power for power in range(9, 18)]  # bytes: 512 to 128 Ki
ENOUGH = 0.004
"""Seconds after which an input is large enough to be doubled for the last time."""

NOISE = 0.0008
"""Seconds that are lost in memory and in what else there is to do."""

TRIES = 5


def growth(target: Target, shape: Shape) -> float:
    """By what the cost is multiplied when the largest input is doubled; the least of some, if it is too much."""
    seen = _growth(target, shape)
    for _ in range(TRIES):
        if seen <= LIMIT:
            break
        seen = min(seen, _growth(target, shape))
    return seen


def assert_linear(target: Target, shape: Shape) -> None:
    """No more than what the largest inputs' doubling explains."""
    assert growth(target, shape) <= LIMIT, name_of(shape)


def _growth(target: Target, shape: Shape) -> float:
    cost = before = 0.0
    for size in SIZES:
        before, cost = cost, _cost(target, shape.of(size))
        if before > ENOUGH:
            break
    return (cost + NOISE) / (before + NOISE)


def _cost(target: Target, data: bytes) -> float:
    """Seconds: the least of three, or the first if it is long."""
    least = float("inf")
    for _ in range(3):
        began = time.thread_time()
        target(data)
        least = min(least, time.thread_time() - began)
        if least > ENOUGH:
            break
    return least


# --- shapes -------------------------------------------------------------------------------------------------------

_GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
UNITS = [
    *(bytes([byte]) for byte in b"\0\x08\t\n\r\x1b !\"%\'*,-./0:;=@A[\\]_a{|~\x7f\xff"),
    *(each.encode() for each in "\x85\x9b\x9d\u0301\u200b\u3000\ufdfa\ufeff\uff0f来自😀\U000e0020"), b"\r\n", b"\r\0",
    b"\n\n", b"\xff\xf1", b"\xff\xff", b"\xff\xfa", b"\xff\xf7", b"\xff\xfd\x06", b"\x1b[", b"\x1b]", b"\x1b\\",
    b"/op", b"//", b"* ", "来自".encode(), "的消息:".encode(), b'\\"', b'"\\', b"for=", b'{"', b'":', b"[]", b"1 ",
    b"a b", b"\xc2", b'{"type":"ping"}\n', b'{"x":', b"\x81\x01a", b"\x01\x00",
]  # fmt: skip
STARTS = {
    "raw": [b"\x8e", b"\x8ea\r\n", b"\x88", b"\x88a\r\n", b"\x0e", b"\x8ea\xff\xfa", b"\x8eGET /", b"\x8ea\n\nb"],
    "json": [b"", b'{"type":"', b'{"type":"say","text":"', b'{"type":"ping","x":', b'{"type":"hello","name":"'],
    "text": [b"", b"\xef\xbb\xbf", b"/name "],
    "head": [b"", _GET, _GET + b"X:", _GET + b"X: a", _GET + b"Forwarded: ", _GET + b"X-Forwarded-For: ", b"GET /"],
    "proxy": [b"", b"PROXY TCP4 ", b"PROXY UNKNOWN"],
    "frames": [b"", b"\x81\xfe", b"\x01\x80"],
    "typed": [b"", b"/ban a", b"/name ", b"/op", b"/", b"a\n"],
    "message": [b"", b"a\n", "来自".encode(), b"a\n* ", b"\x1b]", b"a "],
    "client": [
        b"",
        "来自".encode(),
        "来自a的消息:".encode(),
        b"* ",
        b'{"type":"message","from":"a","text":"',
        b'{"type":"',
    ],
    "swarm": [b"", b"\x81\x7e", b"\xc1\x05"],
}
ENDS = [
    b"", b"\0", b"1", b"a", b"\n", b"\r\n\r\n", b'"', b'"}', b"*", b"\x07", b"7d", "来自".encode(),
]  # fmt: skip


def shapes(starts: list[bytes], seeds: list[bytes], chance: random.Random) -> Iterator[Shape]:
    """Shapes without an end, of pieces that are known to matter and of pieces of what fuzzing found."""
    while True:
        seed = chance.choice(seeds)
        start, end = sorted((chance.randrange(len(seed) + 1), chance.randrange(len(seed) + 1)))
        units = [b"".join(chance.choices(UNITS, k=chance.randint(1, 3))), seed[start : min(end, start + 200)] or b"a"]
        unit = chance.choice(units)
        yield Shape(chance.choice([*starts, seed[:start]]), unit, chance.choice([*ENDS, seed[end:]]))


def search(targets: Mapping[str, Target], corpus: Path, seconds: float) -> list[tuple[str, Shape]]:
    """Look for shapes whose cost grows too fast, in all targets by turns; says which."""
    chance = random.Random(0)
    sources = {
        name: shapes(STARTS[name], [path.read_bytes() for path in sorted((corpus / name).iterdir())], chance)
        for name in targets
    }
    found: list[tuple[str, Shape]] = []
    until = time.monotonic() + seconds
    for number in count(1):
        for name, target in targets.items():
            shape = next(sources[name])
            if (seen := growth(target, shape)) > LIMIT:
                found.append((name, shape))
                print(f"{name}: grows by {seen:.1f}: {shape}", flush=True)
        if time.monotonic() > until:
            print(f"growth: {number} shapes for each of {', '.join(targets)}: {len(found)} grow by more than {LIMIT}")
            return found
    raise AssertionError
