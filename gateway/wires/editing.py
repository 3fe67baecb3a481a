"""What is left of a line in which somebody pressed backspace, where the terminal does not edit by itself."""

import re

ERASED = re.compile(rb"[\x08\x7f]")
# Most are of the character right before: those are taken together, without a step for each.
_ONE_ERASED = re.compile(rb"(?:[^\x08\x7f-\xbf][\x80-\xbf]*+[\x08\x7f])++")
_TYPED_AND_ERASED = re.compile(rb"([^\x08\x7f]*+)([\x08\x7f]*+)")


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
