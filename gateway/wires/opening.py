"""What comes first on the raw port: is it for us at all? What is not is closed, and nothing of it is said.

Pages of other sites can make a browser open connections to this port: by forms and fetch (HTTP), by https (TLS), by
WebRTC's ICE over TCP (RFC 6544) and TURN over TCP (RFC 8656), which both speak STUN. They may choose a part of what is
sent, but none of them how it begins.

    utf-16   the stream begins with UTF-16's byte order mark; nobody is to be said with half of the letters
    binary   the first FIRST bytes hold a NUL that is not behind a CR (CR NUL is telnet's line end), or STUN's cookie
    tls      the text begins with a TLS record
    http     the first line is a request line, of HTTP or what is like it (scanners send SIP and RTSP); if it is too
             long for a message, it begins like one

All but the first look behind the telnet filter, whose commands may hold a NUL. Each is decided by one byte: a message
that ended before that byte is said, and nothing from there on; so it matters not how the bytes were split.
"""

import re
from enum import Enum, auto


class Mark(Enum):
    """How a stream begins: with U+FEFF, in which encoding."""

    NONE = auto()
    UTF8 = auto()
    UTF16 = auto()


UTF8_MARK = b"\xef\xbb\xbf"
_BIG_ENDIAN = b"\xfe\xff"
# FF FE is IAC DONT: no telnet opens with it and an option that there is not (they go to 49, and from 138 to 140; IANA,
# telnet-options), nor with a NUL behind.
_LITTLE_ENDIAN = re.compile(rb"\xff\xfe(?:[\x32-\x89\x8d-\xfe]|[\x20-\xff]\0)")
_MAYBE_LITTLE_ENDIAN = re.compile(rb"\xff(?:\xfe[\x20-\xff]?)?")

FIRST = 20
"""Bytes of a STUN header (RFC 8489, section 5); where ICE puts two of length before it (RFC 4571), all but its last."""

# RFC 8489, section 5: the most significant two bits are zero, and the magic cookie is 0x2112A442.
BINARY = re.compile(rb"(?<!\r)\0|\x21\x12\xa4\x42")

# RFC 8446, section 5.1: a record of type handshake(22), whose legacy_record_version is 03 xx.
TLS = b"\x16\x03"

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(_TOKEN + rb" \S+ [A-Z]{2,8}/\d(?:\.\d)?\r?")
_START_OF_REQUEST_LINE = re.compile(_TOKEN + rb" \S+(?: [A-Z/0-9.]*)?")
LINE_END = re.compile(rb"\n|\r\0")


def mark_of(start: bytes) -> Mark | None:
    """The mark of a stream that begins so; None as long as that can't be told."""
    if start.startswith(UTF8_MARK):
        return Mark.UTF8
    if start.startswith(_BIG_ENDIAN) or _LITTLE_ENDIAN.match(start):
        return Mark.UTF16
    may_come = UTF8_MARK.startswith(start) or _BIG_ENDIAN.startswith(start) or _MAYBE_LITTLE_ENDIAN.fullmatch(start)
    return None if may_come else Mark.NONE


def is_http(line: bytearray, scanned: int, limit: int, *, is_all: bool) -> bool | None:
    """Whether what begins with this line is HTTP; None as long as that can't be told.

    It has no end before `scanned`, and its end counts up to `limit`; `is_all` says that nothing more comes.
    """
    if end := LINE_END.search(line, scanned, limit):
        return _REQUEST_LINE.fullmatch(line, 0, end.start()) is not None
    if len(line) >= limit:
        return _START_OF_REQUEST_LINE.fullmatch(line, 0, limit - 1) is not None
    return _REQUEST_LINE.fullmatch(line) is not None if is_all else None
