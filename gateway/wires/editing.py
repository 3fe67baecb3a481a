"""A line that is typed where the terminal does not edit by itself: what backspace leaves, and what a key takes back."""

import re

ERASED = re.compile(rb"[\x08\x7f]")
# Most are of the character right before: those are taken together, without a step for each.
_ONE_ERASED = re.compile(rb"(?:[^\x08\x7f-\xbf][\x80-\xbf]*+[\x08\x7f])++")
_TYPED_AND_ERASED = re.compile(rb"([^\x08\x7f]*+)([\x08\x7f]*+)")

_TORN = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")


def edited(line: bytes) -> bytes:
    """The line with each backspace applied to the character (by UTF-8) before it."""
    kept = bytearray()
    for typed, erased in _TYPED_AND_ERASED.findall(_ONE_ERASED.sub(b"", line)):
        kept += typed
        for _ in erased:
            while kept and 0x80 <= kept[-1] < 0xC0:
                kept.pop()
            if kept:
                kept.pop()
    return bytes(kept)


def line_start(typed: bytearray) -> int:
    """Where the line begins that is being typed."""
    lf, cr_nul = typed.rfind(b"\n"), typed.rfind(b"\r\0")
    return max(lf + 1, cr_nul + 2 if cr_nul >= 0 else 0)


def is_torn(typed: bytearray) -> bool:
    """Whether it ends within a character."""
    return _TORN.search(typed[-3:]) is not None
