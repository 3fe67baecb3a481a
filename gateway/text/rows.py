"""What begins a terminal's row without beginning a line: what stands behind so many blanks that it is wrapped there.

Nobody knows how wide a terminal is. But behind RUN columns of blanks a head stands as if alone, and tabs stop at the
end of a row, however wide it is: what comes behind them begins the next. So columns are counted and not characters: a
tab may be as wide as eight, an ideographic space is two; what is not seen is none, and parts no blanks.
"""

import re

from .lookalikes import COLONS, IGNORABLE, MAX_LOOKS, STARS

RUN = 20
"""Columns of blanks behind which a head is put on a line of its own."""

MARGIN = 40
"""The same at a line's beginning, where code is indented: no terminal is narrower."""

INDENT = "  "
TAB = 8

LOOK = 160
"""Characters behind a run that are looked at: a time and a name, with all its marks. Half of a head's are seen."""

_WIDE = "\u3000\u115f\u3164"
BLANKS = f" \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u1160\uffa0{_WIDE}"
"""What is shown as a blank, inside a pattern's set."""

# Every wire's head holds one of these, and so does a time.
_SIGNS = f"[来{re.escape(STARS + COLONS)}]"
_SIGN = re.compile(_SIGNS)
# Marks and format characters are among what is no word; so are signs, between which so many blanks are no text either.
_UNSEEN = rf"(?!{_SIGNS})[^\w\x00-\x7f]|[{IGNORABLE}]"
_ALL_UNSEEN = re.compile(_UNSEEN)
_GAP = re.compile(rf"[{BLANKS}](?:[{BLANKS}]|{_UNSEEN}){{{RUN // 2 - 1},}}+")
_GAP_WITH_TABS = re.compile(rf"[{BLANKS}](?:[{BLANKS}]|{_UNSEEN}){{{RUN // TAB},}}+")
_SEEN = re.compile(f"[^{BLANKS}]+")
_END = re.compile(f"[{BLANKS}{IGNORABLE}]*+")


def unwrapped(text: str) -> str:
    """Text in which no run of blanks moves a head to a row's beginning: that begins a line, and is indented.

    Of more than MAX_LOOKS it is believed that they are heads.
    """
    has_tabs = "\t" in text
    if not has_tabs and text.isascii() and " " * RUN not in text:
        return text  # nearly always so, and found out fast
    parts: list[str] = []
    done = looks = 0
    for gap in (_GAP_WITH_TABS if has_tabs else _GAP).finditer(text):
        start, end = gap.span()
        begins_line = text[start - 1 : start] == "\n"
        if _columns(gap[0]) < (MARGIN if begins_line else RUN):
            continue
        looks += 1
        if looks > MAX_LOOKS or _is_like_a_head(text, end):
            kept = _without_end(gap[0])
            parts += (text[done:start], kept, INDENT if begins_line and not kept else "\n" + INDENT)
            done = end
    return "".join((*parts, text[done:])) if done else text


def _columns(gap: str) -> int:
    blanks = gap if gap.isascii() else _SEEN.sub("", gap)
    columns = len(blanks) + (TAB - 1) * blanks.count("\t")
    return columns if blanks.isascii() else columns + sum(map(blanks.count, _WIDE))


def _without_end(gap: str) -> str:
    """The same up to the last that may be seen."""
    kept = gap[::-1]
    found = _END.match(kept)
    assert found is not None  # it matches nothing, too
    return kept[found.end() :][::-1]


def _is_like_a_head(text: str, at: int) -> bool:
    """Whether what stands there may be read as one."""
    beginning, _, _ = text[at : at + LOOK].partition("\n")
    is_cut = len(beginning) == LOOK
    return _SIGN.search(beginning) is not None or (is_cut and len(_ALL_UNSEEN.sub("", beginning)) < LOOK // 2)
