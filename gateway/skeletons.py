"""Which texts look the same: the skeleton of UTS #39, Unicode Security Mechanisms, section 4.

Unicode's table comes from the package homoglyphs_fork, as pairs without a direction. That is enough: a character has
one prototype at most, and what a prototype is made of has none. So who has many look-alikes, or several characters, or
is in one that has, is a prototype; and where two have each other alone it makes no difference which of them is.
"""

import re
from collections import defaultdict
from functools import lru_cache
from importlib.resources import files
from unicodedata import normalize

from .decoding import Decoder
from .lookalikes import IGNORABLE

IGNORABLES = re.compile(f"[{IGNORABLE}]")
_decode = Decoder[dict[str, list[str]]](dict[str, list[str]])
_MARKS = "\u200e"  # the table's own, around what is written from right to left


def skeleton(text: str) -> str:
    """The same for texts that look the same, upper and lower case apart; to be compared, and shown to nobody."""
    shown = IGNORABLES.sub("", normalize("NFD", text))
    return normalize("NFD", shown.translate(_prototypes()))


@lru_cache(1)
def _prototypes() -> dict[int, str]:
    """By code point what a character looks like. Read when it is asked for first: that takes some 30 ms."""
    pairs: dict[str, set[str]] = defaultdict(set)
    table = files("homoglyphs_fork").joinpath("confusables.json").read_bytes()
    for one, others in _decode(table).items():
        for other in others:
            left, right = one.replace(_MARKS, ""), other.replace(_MARKS, "")
            pairs[left].add(right)
            pairs[right].add(left)
    parts = {character for text in pairs if len(text) > 1 for character in text}
    found: dict[int, str] = {}
    for source, looks in pairs.items():
        if len(source) == len(looks) == 1:
            (prototype,) = looks
            has_me_alone = len(prototype) == len(pairs[prototype]) == 1
            if not (has_me_alone and (source in parts or (prototype not in parts and source < prototype))):
                found[ord(source)] = prototype
    return found
