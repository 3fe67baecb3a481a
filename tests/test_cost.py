"""What a byte costs, of the worst: each of these runs in one step of the loop, and everybody waits for its end.

test_growth sees to it that cost is linear; here it is seen how steep. What a text costs is compared with a plain
loop of as many steps, in the same thread, so that it matters little how fast or busy a machine is. Nothing that has
some steps of Python's for each gap passes; what was mended here took three times as much as may be, and once fifty.
It shows in 32 KiB; `make worlds` has texts of 64, as one may say, and more of them.
"""

import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import islice

import msgspec
import pytest

from gateway.client import told
from gateway.client.code import code_of
from gateway.client.folding import folded
from gateway.client.lines import line_in
from gateway.client.mentions import mentions
from gateway.client.notices import meaning_of
from gateway.client.screen import json_of, label_of, line_of, note, show
from gateway.decoding import BadJsonError, Decoder
from gateway.messages import clean_text
from gateway.names import BadNameError, clean_name
from gateway.phrases import Phrases
from gateway.text.controls import escape_json, one_line
from gateway.text.lookalikes import COLONS, SLASHES, STARS, holds_secret
from gateway.text.rows import unwrapped
from gateway.wires import Format
from gateway.wires.commands import parse, parse_command
from gateway.wires.plain import fold_paragraph, indent_lines
from gateway.wires.raw import RawWire

from .samples import a_message
from .tables import in_worlds
from .wires.kinds import FORMS, HEARING, Kind
from .wires.kinds import KINDS as WIRES

LARGEST = 64 * 1024
SIZE = LARGEST // 2
LIMIT = 20
"""Loops of as many steps as it has bytes. The worst are of three tabs and a letter, 10 of these, and what is looked for
in the beginning of a text alone, which may be all of a short one; all others are less than 8."""

TRIES = 6
_PHRASES = Phrases("en")
_decode_told = Decoder[told.Anything](told.Anything)


def _named(text: str) -> None:
    with suppress(BadNameError):
        clean_name(text)


def _said(kind: Kind, text: str) -> None:
    """By somebody who means to."""
    wire = kind.make(LARGEST)
    wire.feed(kind.says(text.encode(errors="replace").decode()))
    wire.next_request(1.0)


def _fed(kind: Kind, text: str) -> None:
    """Whatever that is to this wire."""
    wire = kind.make(LARGEST)
    wire.feed(text.encode(errors="replace"))
    wire.next_request(1.0)


def _typed_lines(text: str) -> None:
    wire = RawWire(_PHRASES, LARGEST, 0.3, lambda: 0)
    wire.feed(b"\xff\xf1" + text.replace("\n", "").encode(errors="replace") + b"\r\n")
    while wire.next_request(1.0) is not None:
        pass


_anew = iter(range(10**9))


def _in_all_forms(text: str) -> None:
    """A message that nobody said before."""
    message = a_message(f"{next(_anew)} {text}")
    for _, form in FORMS:
        form.encode(message)


def _written(form: Format, text: str) -> None:
    form.encode(a_message(text))


def _told(text: str) -> None:
    with suppress(BadJsonError):
        _decode_told(msgspec.json.encode({"type": "message", "from": "a", "text": text}))


CLEANING: dict[str, Callable[[str], object]] = {
    "clean": clean_text, "one line": one_line, "escaped": escape_json, "name": _named,
    **{f"said by {name}": partial(_said, WIRES[name]) for name in HEARING},
    **{f"fed to {name}": partial(_fed, WIRES[name]) for name in HEARING},
    "typed lines": _typed_lines, "label": label_of,
    "folded": lambda text: folded(text, 100),
    "shown": lambda text: show(told.Message(text, text)), "noted": note,
    "shown line": lambda text: line_of(told.Message("a", text)),
    "shown action": lambda text: show(told.Message("a", text, kind="action")),
}  # fmt: skip
"""Of whatever comes."""

OF_CLEAN: dict[str, Callable[[str], object]] = {
    "unwrapped": unwrapped, "paragraph": fold_paragraph, "lines": indent_lines, "secret": holds_secret, "parse": parse,
    "command": parse_command, "action": lambda text: parse(f"/me {text[:900]}"),
    **{f"{name} {number}": partial(_written, form) for number, (name, form) in enumerate(FORMS)},
    "all forms": lambda text: _in_all_forms(text),
    "mentions": lambda text: mentions(text, "ann", ["annabel"]), "code": code_of, "told": _told, "line in": line_in,
    "meaning": lambda text: meaning_of(f"* {text}"), "json line": lambda text: json_of(told.Message("a", text)),
}  # fmt: skip
"""Of what was cleaned."""

_BLANKS = " \t\u00a0\u1680\u2003\u202f\u2800\u3000\u115f\u1160\u3164\uffa0"
_UNSEEN = "\u0301\u0323\u200b\u00ad\ufeff\u034f\U000e0020\u20dd。😀"
_CONTROLS = "\x00\x07\x08\r\x1b\x1b\x7f\x85\x8e\x90\x9b\x9c\x9d\u2028\u202a\u2066\ud800"
_SIGNS = f"\x08*:/`'\"\\@[]0;m来自的你가ﷺİ{STARS[-1]}{COLONS[-1]}{SLASHES[1]}"
LETTERS = "a\n"
SPECIAL = [*_BLANKS, *_UNSEEN, *_CONTROLS, *_SIGNS, "\n", "a", "op", "ann"]

WORST = [
    "\t\t\ta", "\t\ta", "\t  a", "\t" + " " * 11 + "a", "\t\t   a", "\n\t\t\t\t" + " " * 7 + "a", " " * 20 + "a",
    " " * 19 + "a", " " * 20 + "a:", " " * 20 + "a" * 160, " " * 20 + "\u0301" * 160, "\t\t\t" + "\u0301a" * 80,
    "\u2800" * 9 + "x", "\u2800" * 20 + "x", " \u0301" * 19 + "a", " \u0301" * 20 + "a", "\t" + " \u0301" * 11 + "a",
    " " * 18 + "\u0301 a",
    " \u0301 a", "\u2044op\n", "\n\u0301", "a\n", "a\n\n", "*\n", "来\n", "来自\n", "/\n", " /\n", "//op\n", "/ö\n",
    "\u200b" * 33 + "\n", "\x1b\x01", "\x1b]a", "\x01a", "\ra", "a\r\n", "\x9da", "\x1b[0", "\x7fa", "\u2028a",
    "\x1b[31mred\x1b[0m ", "\u0301\u0323", "ﷺ", "ﷺ\n", "`", "``` ```\n", "```\n", "a = 1\n", "|a|\n",
    "`a` ", "http://a ", "http://来/",
    "\tif x:\n\t\treturn 1\n", "    x = 1  # y\n", "你好，", "你好 ", "hello, ", "ann ", "@ann_", "\\", '"', '{"', "[",
]  # fmt: skip


def filled(unit: str, size: int) -> str:
    """So many of it as are so many bytes."""
    return unit * (size // len(unit.encode("utf-8", "surrogatepass")))


def texts(size: int) -> dict[str, str]:
    """Those that were found, each special character alone and before a letter, and mixtures by chance."""
    chance = random.Random(0)
    units = [*WORST, *SPECIAL, *(f"{each}{chance.choice(LETTERS)}" for each in SPECIAL)]
    for _ in range(20):
        few = chance.sample(SPECIAL, 3)
        units.append("".join(each * chance.choice((1, 1, 2, 9, 19, 40)) for each in chance.choices(few, k=4)) + "a")
    found = {ascii(unit)[1:-1]: filled(unit, size) for unit in units}
    for number in range(5):
        few = chance.sample(SPECIAL, 6)
        found[f"mixture {number}"] = "".join(chance.choices(few, k=size // 4))
    return found


FOUND = dict(islice(texts(SIZE).items(), len(WORST)))
KINDS = pytest.mark.parametrize(
    ("size", "kinds"), [(SIZE, FOUND), in_worlds(LARGEST, texts(LARGEST))], ids=["found", "all"]
)


def cost_of(run: Callable[[], object]) -> float:
    began = time.thread_time()
    run()
    return time.thread_time() - began


def a_loop() -> None:
    """SIZE steps of Python's."""
    for _ in range(SIZE):
        pass


LEAST_LOOP = min(cost_of(a_loop) for _ in range(TRIES))
"""What costs half of what may be by this one is cheap, even if the machine was busy then: no loop is run beside it."""


def loops_of(function: Callable[[str], object], text: str, size: int) -> float:
    """What it costs, in loops of so many steps: the least of some, if it is too much."""
    function(text[:1])  # what is made once for all
    loops = size // SIZE
    cost = cost_of(lambda: function(text)) / loops
    if cost <= LIMIT / 2 * LEAST_LOOP:
        return cost / LEAST_LOOP
    loop = float("inf")
    for _ in range(TRIES):
        cost = min(cost, cost_of(lambda: function(text)) / loops)
        loop = min(loop, cost_of(a_loop))
        if cost <= LIMIT * loop:
            break
    return cost / loop


@KINDS
@pytest.mark.parametrize("name", CLEANING)
def test_nothing_that_comes_costs_much_to_clean(name: str, size: int, kinds: dict[str, str]) -> None:
    costs = {of: loops_of(CLEANING[name], text, size) for of, text in kinds.items()}
    assert {of: cost for of, cost in costs.items() if cost > LIMIT} == {}


@KINDS
@pytest.mark.parametrize("name", OF_CLEAN)
def test_nothing_that_is_clean_costs_much_to_write(name: str, size: int, kinds: dict[str, str]) -> None:
    costs = {of: loops_of(OF_CLEAN[name], clean_text(text), size) for of, text in kinds.items()}
    assert {of: cost for of, cost in costs.items() if cost > LIMIT} == {}


def test_a_step_for_each_gap_is_seen() -> None:
    """So texts were unwrapped. Here it is for two characters: it costs thrice what may be, whatever runs beside it."""

    def stepping(text: str) -> str:
        parts: list[str] = []
        done = 0
        for gap in re.finditer("\t+", text):
            is_wide = len(gap[0]) + 7 * gap[0].count("\t") >= 8
            beginning, _, _ = text[gap.end() : gap.end() + 16_000].partition("\n")
            if is_wide and re.search("[:*]|a", beginning):
                parts += (text[done : gap.start()], gap[0][::-1].lstrip()[::-1], "\n  ")
                done = gap.end()
        return "".join(parts)

    assert loops_of(stepping, filled("\ta", SIZE), SIZE) > LIMIT
