"""Which names are kept of those that nobody claims: of a file of before, a room that is moved, lines that are imported.

Two may be had there that are one today. The older one is kept then, and who had the other comes back as a guest, as
whoever finds its name taken. A name that nobody may have any more is kept: who comes back is told that it is forgotten.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

from ..names import defused, name_key
from ..people import MAX_LABEL
from ..text.skeletons import looks
from . import MAX_REMEMBERED

_OWNER = re.compile("[!-)+\\-/-=?-~]{1,64}")  # what a subject of NATS ends with
_MAX_TOLD = 5


class Settled(NamedTuple):
    """Names by owner, the oldest first, as many as a store remembers; and what tells who lost theirs, or nothing."""

    kept: Mapping[str, str]
    told: str


def marks_of(name: str) -> tuple[str, ...]:
    """What makes two names one: one of these in common."""
    return f"key {name_key(name)}", *(f"look {look}" for look in looks(name))


def settled(names: Iterable[tuple[str, str]]) -> Settled:
    """Of owners and their names, the oldest first; the last one of an owner counts."""
    kept: dict[str, str] = {}
    lost: list[str] = []
    had: dict[str, str] = {}  # by its marks
    for owner, name in dict(names).items():
        if not (_OWNER.fullmatch(owner) and 0 < len(name) <= MAX_LABEL):
            lost.append(f"{_shown(name)} (no name, or nobody's)")
            continue
        marks = marks_of(name)
        if older := next((had[mark] for mark in marks if mark in had), ""):
            lost.append(f"{_shown(name)} (looks as {_shown(older)} does)")
            continue
        had |= dict.fromkeys(marks, name)
        kept[owner] = name
    if len(kept) > MAX_REMEMBERED:
        kept = dict(islice(kept.items(), len(kept) - MAX_REMEMBERED, None))
    return Settled(kept, _told(lost))


def _told(lost: list[str]) -> str:
    if not lost:
        return ""
    more = f" and {len(lost) - _MAX_TOLD} more" if len(lost) > _MAX_TOLD else ""
    are = "1 name is" if len(lost) == 1 else f"{len(lost)} names are"
    named = ", ".join(lost[:_MAX_TOLD])
    return f"{are} given up, and who had it comes back as a guest and may take another one: {named}{more}"


def _shown(name: str) -> str:
    return defused(name) or "?"
