"""Whether a name holds what reads like a public id in brackets: `/whois` and the log tell so whose a name is.

Who copied the first of two banned somebody else. Quotation marks are brackets, too, whichever side they open. Blanks
and marks inside are passed over; and as `rn` looks like `m`, and is all that a skeleton has of it, it counts as either.
Words are no id, though a few ids read like words.
"""

import re
from unicodedata import category

from .sets import characters

_LENGTH = 12
_BRACKET = "("
_BRACKETS = characters(
    "()[]{}\"'<>\u02f9-\u02fc\u226a\u226b\u231c-\u231f\u239b-\u23ad\u275b-\u2760\U0001d114\U0001d115\U0001f676-\U0001f678"
)
"""In ASCII, and those that are none to Unicode."""
_BY_CATEGORY = {
    **dict.fromkeys(("Ps", "Pe", "Pi", "Pf"), _BRACKET),
    **dict.fromkeys(("Mn", "Mc", "Me"), ""),
    "Pd": "-",
    "Pc": "_",
}
_LIKE_AN_ID = re.compile(f"[A-Za-z0-9_-]{{{_LENGTH},{2 * _LENGTH}}}")
_WORD = re.compile("[A-Z]?[a-z]+")
_ONE_OF_MANY = re.compile("(?:[A-Z]?[a-z])+|[A-Z]+|[0-9]+")
"""What no id is, which has no blank: DevOps, HR, 24."""
_GAPS = re.compile("[ -]+")


class _Signs(dict[int, str]):
    def __missing__(self, code: int) -> str:
        return _BY_CATEGORY.get(category(chr(code)), chr(code))  # not kept: anybody may ask for all there are


_AS_SIGNS = _Signs({code: chr(code) for code in range(128)})
_AS_SIGNS |= {ord(each): _BRACKET for each in _BRACKETS} | {ord("\u02cd"): "_"}


def holds_id(look: str) -> bool:
    """Whether this, which is a name or what it looks like, holds one."""
    return any(map(_is_id, look.translate(_AS_SIGNS).split(_BRACKET)[1:-1]))


def _is_id(inside: str) -> bool:
    letters = inside.replace(" ", "")
    if len(letters) - letters.count("rn") > _LENGTH or not _LIKE_AN_ID.fullmatch(letters):
        return False
    words = inside.strip()
    is_word = _ONE_OF_MANY.fullmatch if " " in words else _WORD.fullmatch
    return not all(map(is_word, _GAPS.split(words)))
