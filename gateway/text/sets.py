"""Sets of characters as a pattern has them, and one by one.

A set of few ranges is looked through in no time. Of many characters beyond U+FFFF each is looked at: forty stars made a
pattern ten times slower.
"""

import re


def characters(pattern: str) -> str:
    """Those that stand inside a pattern's set, each by itself."""
    return re.sub("(.)-(.)", lambda found: "".join(map(chr, range(ord(found[1]), ord(found[2]) + 1))), pattern)


def ranges(characters: str) -> str:
    """The other way around."""
    found: list[tuple[str, str]] = []
    for each in sorted(characters):
        if found and ord(each) == ord(found[-1][1]) + 1:
            found[-1] = (found[-1][0], each)
        else:
            found.append((each, each))
    return "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in found)
