"""What a terminal obeys: control characters, and the sequences that begin with them (ECMA-48). No text keeps any.

The server takes them out of what it is sent, the client out of what it shows: neither believes the other.
"""

import re

from .sets import characters

# Whole sequences, in their 7-bit and 8-bit forms (ECMA-48, 5.3 and 5.4). No two neighbours match the same character,
# and the text of a string ends at any control: so each character is looked at twice at most. A string that has no end
# loses its first characters alone: what comes behind them is somebody's text.
_CSI = "[0-?]*+[ -/]*+[@-~]?"  # colours, the cursor
_STRING = r"(?:[^\x00-\x08\n-\x1f\x7f-\x9f]*+(?:\x07|\x1b\\|\x9c))?"  # OSC, DCS and the like: the title, links
_KEY = "[!-~]?"  # SS2, SS3: keys of a terminal
# It begins with a set, which is looked for without a step for each character.
_SEQUENCE = (
    rf"[\x1b\x8e-\x90\x98\x9b\x9d-\x9f](?:(?<=\x1b)(?:\[{_CSI}|[]PX^_]{_STRING}|[NO]{_KEY}|[ -/]*+[0-~]?)"
    rf"|(?<=\x9b){_CSI}|(?<=[\x8e\x8f]){_KEY}|(?<=[\x90\x98\x9d-\x9f]){_STRING})"
)
# C0 and C1 but \t and \n; bidirectional embeddings, overrides and isolates, which would turn what follows around.
_UNWANTED = "\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
# With what else is unwanted, where it stands beside them: of that nothing begins a sequence, nor is it in any.
_SEQUENCES = re.compile(f"{_SEQUENCE}(?:{_SEQUENCE}|[{_UNWANTED}])*+")
_LINE_ENDS = ("\r\n", "\r", "\x85", "\u2028", "\u2029")
_OTHERS = re.compile(f"[{_UNWANTED}\ud800-\udfff]")
_REPLACED = dict.fromkeys(map(ord, characters(_UNWANTED))) | dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
# All of these in one set: most texts have none of them, and are looked at once.
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BARE = "\x7f-\x9f\u2028-\u202e\u2066-\u2069"  # what JSON leaves as it is
_ESCAPED = re.compile(f"[{_BARE}]")
_ESCAPES = {ord(each): f"\\u{ord(each):04x}" for each in characters(_BARE)}


def clean(text: str) -> str:
    """Text with `\\n` for every line end, without sequences, controls and what reorders; U+FFFD for a surrogate."""
    if text.isprintable() or _UNCLEAN.search(text) is None:
        return text  # most are printable, and that is found out fastest
    for end in _LINE_ENDS:
        text = text.replace(end, "\n")
    text = _SEQUENCES.sub("", text)
    return text.translate(_REPLACED) if _OTHERS.search(text) else text


def one_line(text: str) -> str:
    """The same on one line: what stands where no other line may begin."""
    return " ".join(clean(text).split())


def escape_json(encoded: str) -> str:
    """JSON in which no terminal finds anything to obey; it says the same. C0 is escaped in any JSON."""
    return encoded.translate(_ESCAPES) if _ESCAPED.search(encoded) else encoded
