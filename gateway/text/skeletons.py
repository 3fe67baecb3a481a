"""Which texts look the same: the skeleton of UTS #39, Unicode Security Mechanisms, section 4.

Unicode's table comes from the package homoglyphs_fork, as pairs without a direction. That is enough: a character has
one prototype at most, and what a prototype is made of has none. So who has many look-alikes, or several characters, or
is in one that has, is a prototype; and where two have each other alone it makes no difference which of them is.

Who reads a name takes no notice of its case: so two names look the same if any casing of one looks like one of the
other. That is no equivalence (`ν` looks like `v`, and `Ν` like `N`), so a name has several looks, and two that have one
in common are alike.
"""

import re
from collections import defaultdict
from functools import lru_cache
from importlib.resources import files
from unicodedata import normalize

from ..decoding import Decoder
from .lookalikes import IGNORABLE

IGNORABLES = re.compile(f"[{IGNORABLE}]")
_decode = Decoder[dict[str, list[str]]](dict[str, list[str]])
_MARKS = "\u200e"  # the table's own, around what is written from right to left


def skeleton(text: str) -> str:
    """The same for texts that look the same, in this case; to be compared, and shown to nobody."""
    shown = IGNORABLES.sub("", normalize("NFD", text))
    return normalize("NFD", shown.translate(_prototypes()))


def looks(name: str) -> frozenset[str]:
    """How a name looks in any case: of two that look the same in some, one look at least is the same."""
    # ASCII looks the same in each of its cases, and so does what looks like it; see `_caseless`.
    cases = {name} if name.isascii() else {name, name.lower(), _upper(name)}
    return frozenset(map(_caseless, cases))


def _caseless(text: str) -> str:
    """A skeleton without case. `I` looks like `l` but `i` does not, and `m` like `rn` but `M` does not: all are one."""
    return skeleton(skeleton(_upper(skeleton(text))).lower())


def _upper(text: str) -> str:
    """In upper case, one letter for one: Straße is not Strasse, by RFC 8266 too."""
    return "".join(upper if len(upper := each.upper()) == 1 else each for each in text)


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
    # One may be written composed, of a letter and a mark that has its own: `Ǆ` looks like `DŽ`, a caron like a breve.
    return {source: normalize("NFD", prototype).translate(found) for source, prototype in found.items()}
