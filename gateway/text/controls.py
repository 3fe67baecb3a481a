"""What a terminal obeys: control characters, and the sequences that begin with them (ECMA-48). No text keeps any.

The server takes them out of what it is sent, the client out of what it shows: neither believes the other.
"""

import re

_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")

# Whole sequences, in their 7-bit and 8-bit forms (ECMA-48, 5.3 and 5.4). No two neighbours match the same character,
# and the text of a string ends at any control: so each character is looked at twice at most. A string that has no end
# loses its first characters alone: what comes behind them is somebody's text.
_SEQUENCES = re.compile(
    r"(?:(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?"  # CSI: colours, the cursor
    r"|(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])"  # OSC, DCS and the like: the title, links
    r"(?:[^\x00-\x08\n-\x1f\x7f-\x9f]*+(?:\x07|\x1b\\|\x9c))?"
    r"|(?:\x1b[NO]|[\x8e\x8f])[!-~]?"  # SS2, SS3: keys of a terminal
    r"|\x1b[ -/]*+[0-~]?)++"
)
# C0 and C1 but \t and \n; bidirectional embeddings, overrides and isolates, which would turn what follows around.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")
# All of these in one set: most texts have none of them, and are looked at once.
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_ESCAPED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Text with `\\n` for every line end, without sequences, controls and what reorders; U+FFFD for a surrogate."""
    if text.isprintable() or _UNCLEAN.search(text) is None:
        return text  # most are printable, and that is found out fastest
    text = _LINE_ENDS.sub("\n", text)
    text = _SEQUENCES.sub("", text)
    text = _UNWANTED.sub("", text)
    return _SURROGATES.sub("\ufffd", text)


def one_line(text: str) -> str:
    """The same on one line: what stands where no other line may begin."""
    return " ".join(clean(text).split())


def escape_json(encoded: str) -> str:
    """JSON in which no terminal finds anything to obey; it says the same. C0 is escaped in any JSON."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", encoded)
