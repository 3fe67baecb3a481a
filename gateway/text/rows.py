"""What begins a terminal's row without beginning a line: what stands behind so many blanks that it is wrapped there.

Nobody knows how wide a terminal is. But behind RUN columns of blanks a head stands as if alone, and tabs stop at the
end of a row, however wide it is: what comes behind them begins the next. So columns are counted and not characters: a
tab may be as wide as eight, an ideographic space is two; what is not seen is none, and parts no blanks.

Who reads a text waits for all others, too: what is narrow is passed over by the patterns, a step for each is Python's
only of few.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from .lookalikes import COLONS, IGNORABLE, MAX_LOOKS, STARS
from .sets import characters, ranges

RUN = 20
"""Columns of blanks behind which a head is put on a line of its own."""

MARGIN = 40
"""The same at a line's beginning, where code is indented: no terminal is narrower."""

INDENT = "  "
TAB = 8

LOOK = 160
"""Characters behind a run that are looked at: a time and a name, with all its marks. Half of a head's are seen."""

MAX_RUNS = 200
"""Runs that are measured: of those that have something unseen in them the patterns tell only which may be wide."""

KEPT = 4 * 1024 * 1024
"""Characters of texts that are kept unwrapped: some groups of what is appended at once."""

_ENTRY = 200  # what one takes besides its texts, about
_HEAD = ": "  # its blank counts with those of the text's beginning

# Patterns count characters, and take the fillers for letters: so a wide blank has one more, and fillers are controls
# while they look. Clean text has none.
_STAND_INS = {"\u3000": "\0\u3000", "\u115f": "\0\1", "\u3164": "\0\2", "\u1160": "\3", "\uffa0": "\4"}
_BREAK = "\5"

_BUT_TABS = " \0-\4\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"
_BLANKS = f"\t{_BUT_TABS}"
_BLANK, _BUT_TAB, _ASCII_BLANK = f"[{_BLANKS}]", f"[{_BUT_TABS}]", "[ \t]"
_EACH_BLANK = characters(_BLANKS)
_SIGNS = ranges(STARS + COLONS)
# Every wire's head holds one of these, and so does a time.
_SIGN = re.compile(f"[来{_SIGNS}]")
# Marks and format characters are among what is no word; so are signs, between which so many blanks are no text either.
_UNSEEN = rf"[^\w\x00-\x7f{_SIGNS}{_BLANKS}]"
_MARK = rf"[^\w\x00-\x7f{_SIGNS}{_BLANKS}{IGNORABLE}]"
_EMPTY = f"[{_BLANKS}{IGNORABLE}]"
_SHOWN = rf"[\w\x05-\x08\n-\x1f!-\x7f{_SIGNS}]"
_HIDDEN = rf"[^\w\x05-\x08\n-\x1f!-\x7f{_SIGNS}]"
_NO_TAB = rf"[^\w\x05-\x1f!-\x7f{_SIGNS}]"

_ALL_UNSEEN = re.compile(rf"(?:[^\w\x00-\x7f]|[\0{IGNORABLE}])++")
_END = re.compile(f"{_EMPTY}*+")


def _columns_of(least: int, blank: str, but_tab: str) -> str:
    """A pattern of so many columns: of so many tabs, or of fewer and so many more blanks."""
    to_tab = f"{but_tab}*+\t"
    tabs = -(-least // TAB)
    fewer = [f"(?={to_tab * few}){blank}{{{least - (TAB - 1) * few}}}" for few in range(tabs - 1, 0, -1)]
    return "|".join((to_tab * tabs, *fewer, f"{blank}{{{least}}}"))


# So begins what is wide for sure, and is told soonest.
_TABS = rf"\t{{{-(-RUN // TAB)}}}(?<!\n.{{{-(-RUN // TAB)}}})"

# In ASCII nothing is unseen.
_ASCII_WIDE = (
    rf"(?:(?<=\n)(?:{_columns_of(MARGIN, _ASCII_BLANK, ' ')})|(?<!\n)(?:{_columns_of(RUN, _ASCII_BLANK, ' ')}))"
)
_ASCII_NARROW = f"[^ \t]*+(?:(?!{_TABS})(?:[ \t]{{1,{(RUN - 1) // TAB}}}+(?![ \t])|(?!{_ASCII_WIDE})[ \t]++)[^ \t]*+)*+"

# With something unseen in it a run may be wide if it is so long, or has a tab.
_MIXED = f"(?={_BLANK}*+{_UNSEEN}++{_BLANK})(?:{_HIDDEN}{{{RUN // 2}}}|{_NO_TAB}*+\t)"
_WIDE = (
    rf"(?:(?<=\n)(?={_BLANK})(?:{_columns_of(MARGIN, _BLANK, _BUT_TAB)}|{_MIXED})"
    rf"|(?!(?<=\n){_BLANK}){_UNSEEN}*+(?:{_columns_of(RUN, _BLANK, _BUT_TAB)}|{_MIXED}))"
)
_RUN = f"(?:{_BLANK}++|{_UNSEEN}++)*+"
# Most are told by their length.
_SHORT = (
    f"{_BLANK}{{1,{(RUN - 1) // TAB}}}+(?!{_HIDDEN})|{_UNSEEN}++(?!{_BLANK})"
    f"|{_NO_TAB}{{1,{RUN // 2 - 1}}}+(?!{_HIDDEN})"
)
_NARROW = f"{_SHOWN}*+(?:(?!{_TABS})(?:{_SHORT}|(?!{_WIDE})(?={_HIDDEN}){_RUN}){_SHOWN}*+)*+"


class _Patterns(NamedTuple):
    """`run` finds the next that may be wide, from its first blank on; `kept` what is left if all are broken."""

    run: re.Pattern[str]
    kept: re.Pattern[str]


_ASCII = _Patterns(re.compile(f"{_ASCII_NARROW}()[ \t]*+"), re.compile(rf"(?!\Z)({_ASCII_NARROW})[ \t]*+"))


@cache
def _any() -> _Patterns:
    """Made when a text has need of them, which few have: that takes a sixth of a client's start."""
    return _Patterns(
        re.compile(f"{_NARROW}{_UNSEEN}*+(){_RUN}"),
        re.compile(rf"(?!\Z)({_NARROW}{_UNSEEN}*+(?:{_EMPTY}*+{_MARK}++)*+){_EMPTY}*+"),
    )


# Most texts have none of these, and that is found out fast.
_ASCII_TABS = re.compile("[ \t]{3}")
_LONG = re.compile(f"{_BUT_TAB}(?:{_BUT_TAB}{{{RUN // 2 - 1}}}|{_UNSEEN}++{_BUT_TAB})")
_LONG_WITH_TABS = re.compile(f"{_BLANK}(?:{_BLANK}{{2}}|{_UNSEEN}++{_BLANK})")


_PARTED = re.compile(" [^\\w\0-\x7f]")
_LEADS = bytes({character.encode()[0] for character in (*_EACH_BLANK, *_STAND_INS) if not character.isascii()})
"""The first bytes of blanks that are no ASCII: most letters have others."""


def is_narrow(text: str) -> bool:
    """Whether no run of clean text is wide, as far as that is told at a glance: of most. Asked of each message.

    Where no two spaces stand side by side, something that is not ASCII stands between them, of two bytes at the least.
    """
    if "  " in text or "\t" in text:
        return False
    data = text.encode()
    more = len(data) - len(text)
    if 2 * more + 1 < RUN:  # so many blanks, one a byte, and spaces between and around them
        return True
    may_have_others = len(data.translate(None, _LEADS)) < len(data)
    if may_have_others and (not text.isprintable() or _has_filler(text)):
        return False
    return more + 1 < RUN or _PARTED.search(text) is None  # all blanks are spaces


def _has_filler(text: str) -> bool:
    """Whether it holds a blank that is printable. A loop takes twice as long."""
    return "\u2800" in text or "\u3164" in text or "\uffa0" in text or "\u115f" in text or "\u1160" in text


def unwrapped(text: str) -> str:
    """Clean text in which no run of blanks moves a head to a row's beginning: that begins a line, and is indented.

    Of more than MAX_LOOKS it is believed that they are heads.
    """
    has_tabs = "\t" in text
    if text.isascii():
        may_be_wide = " " * RUN in text or (has_tabs and _ASCII_TABS.search(text))
        return _broken(text, _ASCII) if may_be_wide else text
    if is_narrow(text):
        return text
    counted = text
    for character, stand_in in _STAND_INS.items():
        counted = counted.replace(character, stand_in)
    if (_LONG_WITH_TABS if has_tabs else _LONG).search(counted) is None:
        return text
    return _restored(_broken(counted, _any()))


class Unwrapped:
    """Texts unwrapped as they stand behind a head: the newest, so that each is unwrapped once for many forms."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}
        self._size = 0

    def behind_a_head(self, text: str) -> str:
        """What `unwrapped` makes of a text behind a head, of which that leaves nothing but the text."""
        known = self._kept.get(text)
        if known is None:
            whole = unwrapped(_HEAD + text)
            known = whole.removeprefix(_HEAD) if whole.startswith(_HEAD) else whole[len(_HEAD) - 1 :]
            self._keep(text, known)
        return known

    def forget(self) -> None:
        """Keep none of them."""
        self._kept.clear()
        self._size = 0

    def _keep(self, text: str, known: str) -> None:
        self._kept[text] = known
        self._size += _size_of(text, known)
        while self._size > KEPT:
            oldest = next(iter(self._kept))
            self._size -= _size_of(oldest, self._kept.pop(oldest))


def _size_of(text: str, known: str) -> int:
    return _ENTRY + len(text) + len(known)


def _restored(counted: str) -> str:
    for character, stand_in in _STAND_INS.items():
        counted = counted.replace(stand_in, character)
    return counted


def _broken(text: str, patterns: _Patterns) -> str:
    parts: list[str] = []
    done = looks = 0
    for number, (before, start, end) in enumerate(_runs(text, patterns.run)):
        begins_line = text[start - 1 : start] == "\n"
        is_wide = _columns(text[start:end]) >= (MARGIN if begins_line else RUN)
        looks += is_wide
        if looks > MAX_LOOKS or number >= MAX_RUNS:
            return "".join((*parts, text[done:before], _all_broken(text[before:], patterns.kept)))
        if is_wide and _is_like_a_head(text, end):
            kept = _without_end(text[start:end])
            parts += (text[done:start], kept, INDENT if begins_line and not kept else "\n" + INDENT)
            done = end
    return "".join((*parts, text[done:])) if done else text


def _runs(text: str, run: re.Pattern[str]) -> Iterator[tuple[int, int, int]]:
    """Those that may be wide: where the text before each begins, where it begins itself, and where it ends."""
    before = 0
    while (found := run.match(text, before)) and found.start(1) < found.end():
        yield before, found.start(1), found.end()
        before = found.end()


def _all_broken(text: str, kept: re.Pattern[str]) -> str:
    """Each run that may be wide is taken to be, and a head to be behind it."""
    joined = _BREAK.join(kept.findall(text))
    return joined.replace("\n" + _BREAK, "\n" + INDENT).replace(_BREAK, "\n" + INDENT)


def _columns(gap: str) -> int:
    blanks = len(gap) if gap.isascii() else sum(map(gap.count, _EACH_BLANK))
    return blanks + (TAB - 1) * gap.count("\t")


def _without_end(gap: str) -> str:
    """The same up to the last that may be seen."""
    kept = gap[::-1]
    found = _END.match(kept)
    assert found is not None  # it matches nothing, too
    return kept[found.end() :][::-1]


def _is_like_a_head(text: str, at: int) -> bool:
    """Whether what stands there may be read as one."""
    beginning, _, _ = _restored(text[at : at + 2 * LOOK])[:LOOK].partition("\n")
    may_be_unseen = len(beginning) == LOOK and not beginning.isascii()
    return _SIGN.search(beginning) is not None or (may_be_unseen and len(_ALL_UNSEEN.sub("", beginning)) < LOOK // 2)
