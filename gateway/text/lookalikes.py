"""What the beginning of a line reads like, whatever it is made of; and whether that is a secret about to be said.

What is not seen is passed over: default-ignorable code points (Unicode, DerivedCoreProperties), marks, and format
characters. What is left is compared in its compatibility form, with the look-alikes of `*` and `/` (UTS #39), each
character by itself: one may stand for eighteen, and a run of marks is quadratic to normalize. Of at most WINDOW
characters no more are looked at than make ENOUGH to tell by.
"""

import re
import unicodedata
from functools import lru_cache

from .sets import characters

WINDOW = 32
ENOUGH = 12
"""Visible characters of a line that are looked at: `/pass` with something unseen behind each, and what follows."""

IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What is shown as nothing: Default_Ignorable_Code_Point, of DerivedCoreProperties.txt, inside a pattern's set."""

SLASHES = "/\u2044\u2215\u2571\u29f8\uff0f"


STARS = characters(
    "*\u066d\u204e\u2051\u2217\u22c6\u2605\u2606\u2722-\u2727\u2729-\u273d\u2742\u2743\u2749-\u274b\u2b51\u2b52\ua673"
    "\ufe61\uff0a\U0001031f\U00010af0\U0001f7af-\U0001f7d4"
)
"""What is taken for `*`: asterisks, and stars as narrow as text. No emoji: they are wide, and in colours."""

COLONS = characters(
    ":\u02d0\u02d1\u02f8\u0589\u05c3\u0703\u0704\u0706-\u0709\u0903\u0a83\u10fb\u1361\u1365\u1366\u16ec\u17d6\u1803"
    "\u1804\u1809\u205a\u205d\u205e\u2236\u22ee\u2803\u2805-\u2807\u2818\u2828\u2830\u2838\u2982\u2af6\u2e2c\ua4fd\ua6f4"
    "\ua789\ufe13\ufe30\ufe55\uff1a\U00010781\U00010782\U00011dd9\U00012471\U00012472\U0001da8a"
)
"""What is taken for `:`: two dots above each other, or more."""

COMMAS = ",\u060c\u07f8\u1363\u1802\u1808\u2e32\u2e34\u2e41\u2e4c\u3001\ua60d\ua6f5\ufe10\ufe50\uff0c\uff64"
STOPS = characters(
    ".\u00b7\u0387\u0660\u06d4\u06f0\u0701\u0702\u1362\u1427\u166e\u18df\u2022\u2024\u2027\u2219\u22c5\u2cf9\u2cfe\u2e31\u2e33\u2e3c"
    "\u3002\u30fb\ua4f8\ua4ff\ua60e\ua6f3\ua78f\ufe12\ufe52\uff0e\uff61\uff65\U00010101\U00016af5\U00016e98\U0001bc9f\U0001da88"
)
"""What is taken for `.` between figures: full stops, the small ring of ideographs, and raised dots."""
BRACKETS = (
    "[(\u2045\u2308\u230a\u23a1\u23a3\u27e6\u27ec\u27ee\u2985\u298b\u298d\u298f\u2997\u2e28\u2e55\u2e57\u2e59\u2e5b\u3014"
    "\u3018\u301a\ufd3e\ufe47\ufe59\ufe5d\uff08\uff3b\uff5f"
)
"""What is taken for `[` or `(`."""

_GAP = "\0"  # something unseen, which may stand for nothing or for a blank; clean text has none
_IGNORABLES = re.compile(f"[{IGNORABLE}]+")
_BEGINNING = re.compile(f"(?:[{IGNORABLE}]*+[^\n{IGNORABLE}]){{1,{WINDOW}}}+")
_UNSEEN = frozenset({"Mn", "Me", "Cf"})
_ALIKE = str.maketrans(dict.fromkeys(STARS, "*") | dict.fromkeys(SLASHES, "/"))


def reading(text: str, at: int = 0) -> tuple[str, bool]:
    """How the line of `text` that goes on at `at` reads there; and whether that is not all of it."""
    found = _BEGINNING.match(text, at)
    if found is None:
        return "", False
    gapped, is_cut = _read(_IGNORABLES.sub(_GAP, found[0]))
    return gapped.replace(_GAP, ""), is_cut


def _read(beginning: str) -> tuple[str, bool]:
    seen = ""
    for character in beginning.translate(_ALIKE):
        seen += _seen_of(character)
        if len(seen) >= ENOUGH:
            break
    return seen[:ENOUGH], len(beginning) - beginning.count(_GAP) >= WINDOW


@lru_cache(4096)
def _seen_of(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if part.isascii() or unicodedata.category(part) not in _UNSEEN)


# --- secrets ------------------------------------------------------------------------------------------------------

MAX_LOOKS = 100

SLASH = re.compile(f"[{SLASHES}]")
_MARKS_ALONE = "\u037a\ufc5e-\ufc63\ufe70-\ufe7f\uff9e\uff9f"  # letters to Unicode, and blanks or marks as they read
_PLAIN = re.compile(rf"(?![{IGNORABLE}{_MARKS_ALONE}])[\w!-.:-~]")


def begins_plainly(text: str) -> bool:
    """Whether it is one line, whose first character is seen and is no slash: so it is no command, and hides none."""
    return "\n" not in text and _PLAIN.match(text) is not None


def has_slash(text: str) -> bool:
    """Whether one of SLASHES is there. Asked of each message: a set takes four times as long, a loop twice."""
    if text.isascii():
        return "/" in text
    return (
        "/" in text or "\uff0f" in text or "\u2044" in text or "\u2215" in text or "\u2571" in text or "\u29f8" in text
    )


# A path and a word with a hyphen are no commands: /op/x, /pass-through.
_WORD = r"(?:[Oo][Pp]|[Pp][Aa][Ss][Ss])(?![\w/.-])"
# Line ends before lines that begin so; and before those of which only a closer look can tell: their first letters are
# not all ASCII.
_CANDIDATE = re.compile(
    rf"\n(?:[^\S\n]++|[\u2800{IGNORABLE}]++)*+"
    rf"(?=/{_WORD}|[{SLASHES}][A-Za-z]{{0,3}}[^\x00-\x7f]|[{SLASHES[1:]}])"
)
_SECRET = re.compile("/_?(?:o_?p|p_?a_?s_?s)(?:_|(?![\\w/.-]))".replace("_", _GAP))


def holds_secret(text: str) -> bool:
    """Whether a line of clean text begins with /op or /pass, whatever blanks stand before and however it is written.

    `//op` is no such line: it is how one says /op. Of more than MAX_LOOKS lines that need a closer look it is believed.
    """
    if not has_slash(text):
        return False
    lines = f"\n{text}"
    candidates = enumerate(_CANDIDATE.finditer(lines))
    return any(index >= MAX_LOOKS or _is_secret(lines, found.end()) for index, found in candidates)


def _is_secret(text: str, at: int) -> bool:
    found = _BEGINNING.match(text, at)
    assert found is not None  # a slash is there
    return _SECRET.match(_read(_IGNORABLES.sub(_GAP, found[0]))[0].casefold()) is not None
