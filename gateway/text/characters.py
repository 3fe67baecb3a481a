"""Which characters a name may be made of, by PRECIS (RFC 8264): none that is hidden, a blank, or not assigned.

It knows no emoji sequences and no new emoji, so it is asked about something else in their place.
"""

import re
from functools import lru_cache
from unicodedata import category, combining
from unicodedata import name as unicode_name

from precis_i18n import get_profile
from wcwidth import wcswidth

_FREEFORM = get_profile("NicknameCasePreserved").base
# Shown as nothing or as a blank, and no default-ignorables: Braille with no dots, the object replacement character, a
# musical notehead and Egyptian hieroglyphs that are not there, a filler of the Khitan script. And what stands for bytes
# that were no text.
_BLANKS = frozenset("\u2800\ufffc\ufffd\U0001d159\U00013441\U00013442\U00016fe4")
_JOINER = "\u200d"
_AS_TEXT, _AS_EMOJI = "\ufe0e", "\ufe0f"
_ANY_EMOJI = "\U0001f600"
_VIRAMA = 9
_RA = (" LETTER RA", " LETTER RA WITH MIDDLE DIAGONAL")


def unfit_in(name: str) -> str:
    """The first of its characters that none may have, also a control or direction character; empty if all are fit."""
    if all(map(_is_free, name)):
        return ""
    judged = "".join(_judged(name, at) for at in range(len(name)))
    try:
        _FREEFORM.enforce(judged)
    except UnicodeEncodeError as error:
        return judged[error.start]
    return next((character for character in judged if character in _BLANKS), "")


_FREE, _BOUND = 1, 2
_known = bytearray(0x110000)  # by code point, once it was asked for; 0 before


def _is_free(character: str) -> bool:
    """Whether a character may stand in a name beside any others."""
    point = ord(character)
    if not _known[point]:
        is_bound = character in _BLANKS or _IN_CONTEXT.match(character) or not _is_valid(character)
        _known[point] = _BOUND if is_bound else _FREE
    return _known[point] == _FREE


# RFC 5892, appendix A: whether these are valid depends on the others. Of the rest that have such a rule none is alone.
_IN_CONTEXT = re.compile("[\u0660-\u0669\u06f0-\u06f9]")


def _is_valid(character: str) -> bool:
    try:
        _FREEFORM.enforce(character)
    except UnicodeEncodeError:
        return False
    return True


def _judged(name: str, at: int) -> str:
    """What PRECIS is to judge for a character of a name."""
    character = name[at]
    if character == _AS_EMOJI and at and _can_be_emoji(name[at - 1]):
        return ""
    if character == _JOINER and _may_join(name, at):
        return ""
    return _ANY_EMOJI if category(character) == "Cn" and _is_emoji(character) else character


def _may_join(name: str, at: int) -> bool:
    """Whether a joiner there is one of an emoji, or has a reader see other letters, where RFC 5892 knows none."""
    before, after = name[at - 1 : at] if at else "", name[at + 1 : at + 2]
    if _is_emoji(after):
        return _is_emoji(name[:at].removesuffix(_AS_EMOJI)[-1:])
    return _is_virama(after) and _is_ra(before)


def _is_virama(character: str) -> bool:
    return bool(character) and combining(character) == _VIRAMA


def _is_ra(character: str) -> bool:
    """Whether it is a letter that is written above or below what it is joined to, unless a joiner stands behind it.

    The Unicode Standard, chapter 12, for Bengali (র‍্য) and Kannada (ರ‍್ಕ).
    """
    return bool(character) and unicode_name(character, "").endswith(_RA)


@lru_cache(4096)
def _can_be_emoji(character: str) -> bool:
    """Whether Unicode lists emoji variation sequences of it: then it is narrow as text, and wide as an emoji."""
    return (wcswidth(character + _AS_TEXT), wcswidth(character + _AS_EMOJI)) == (1, 2)


def _is_emoji(character: str) -> bool:
    """Whether it can be part of an emoji with a joiner."""
    if not character or character.isascii():
        return False
    point = ord(character)
    # The blocks that have emoji, without the regional indicators, which make flags two by two.
    is_there = 0x2300 <= point < 0x2C00 or (0x1F000 <= point < 0x1FB00 and not 0x1F1E6 <= point < 0x1F200)
    return _can_be_emoji(character) or (is_there and wcswidth(character) == 2)
