"""WebSocket frames for many: serialized and compressed once, shared by all members of the format (RFC 6455, 7692)."""

from collections.abc import Callable
from zlib import MAX_WBITS, decompressobj
from zlib import error as zlib_error

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform that the library has no wheel for
    from websockets.utils import apply_mask

MAX_EVENTS = 32 * 1024
"""Bytes of events in one frame; other clients' default limits are small."""

MIN_DEFLATE = 256
"""Bytes from which on a frame is worth compressing."""

# No context takeover in either direction: no frame depends on those before it, so one serves all connections.
# Level 6 takes 13 ms for 64 KiB that somebody made up for that, level 4 takes 3; chat is a tenth larger at most.
_DEFLATE = PerMessageDeflate(True, True, 15, 15, {"level": 4, "memLevel": 8})

Framed = Callable[[bytes], bytes]


def plain_frame(payload: bytes) -> bytes:
    """A text frame."""
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


def deflated_frame(payload: bytes) -> bytes:
    """A text frame by permessage-deflate, for a connection on which it was agreed; short ones are left as they are."""
    if len(payload) < MIN_DEFLATE:
        # RFC 7692, section 6: an endpoint may send a message uncompressed, with RSV1 clear.
        return plain_frame(payload)
    return Frame(Opcode.TEXT, payload).serialize(mask=False, extensions=[_DEFLATE])


TEXT, DEFLATED_TEXT = 0x81, 0xC1  # RFC 6455, section 5.2, and RFC 7692, section 6: FIN, opcode 1; RSV1
_RSV1 = 0x40


def whole_text(data: bytes, at: int, first: int = TEXT) -> tuple[bytes, int] | None:
    """The payload of the text frame that begins there, and the index behind it, if it is as clients send nearly all:

    all of it is there, in one fragment, uncompressed and of less than 64 KiB. Everything else, and all that is wrong,
    is for the library, which takes ten times as long.
    """
    # RFC 6455, section 5.2: the first byte, then the mask's bit and a length below 127.
    if len(data) < at + 6 or data[at] != first or not 0x80 <= data[at + 1] < 0xFF:
        return None
    size, start = data[at + 1] & 0x7F, at + 2
    if size == 126:
        size, start = int.from_bytes(data[at + 2 : at + 4]), at + 4
    end = start + 4 + size
    if len(data) < end:
        return None
    return apply_mask(data[start + 4 : end], data[start : start + 4]), end


def may_inflate(data: bytes, at: int, most: int) -> bool:
    """Whether the frame that begins there is compressed, or goes on with one, and may become more than so many bytes.

    It is inflated up to there, if all of it is there: where that is asked, little of it is to come to more.
    """
    if not _is_deflated(data[at]):
        return False
    found = whole_text(data, at, DEFLATED_TEXT)
    if found is None or len(found[0]) > most:
        return True
    try:
        return len(decompressobj(-MAX_WBITS).decompress(found[0], most + 1)) > most
    except zlib_error:
        return False  # which ends it


def _is_deflated(first: int) -> bool:
    """Whether the frame that begins with this byte is compressed, or may be, as it goes on with one."""
    return bool(first & _RSV1) or first & 0x0F == Opcode.CONT


class Boundary:
    """Follows a client's bytes from frame to frame (RFC 6455, section 5.2)."""

    __slots__ = ("_first", "_head", "_left", "_rsv1", "size")

    def __init__(self) -> None:
        self._head = b""  # of a header that is not whole
        self._left = 0  # bytes of payload that are still to come
        self._first = 0  # byte of the frame that was last begun
        self.size = 0  # of its payload
        self._rsv1 = False  # of the message that was last begun

    @property
    def is_reached(self) -> bool:
        """Whether the next byte begins a frame."""
        return not self._head and not self._left

    @property
    def opcode(self) -> int:
        """Of the frame that was last begun."""
        return self._first & 0x0F

    @property
    def is_deflated(self) -> bool:
        """Whether the frame that was last begun is compressed, or goes on with one that is."""
        return self._rsv1 and self.opcode in _OF_MESSAGES

    @property
    def is_within_deflated(self) -> bool:
        """Whether the next byte goes on with a frame that is compressed, or may be."""
        return not self.is_reached and _is_deflated(self._first)

    def pass_frame(self, data: bytes, at: int) -> int:
        """Go on in data from an index: to the end of the frame that is there, or to the end of the data."""
        if not self._left:
            head = self._head + data[at : at + _MAX_HEADER - len(self._head)]
            size = _header_size(head)
            self._first = head[0] if head else 0
            if size is None or len(head) < size:
                self._head = head
                return len(data)
            at += size - len(self._head)
            self._head = b""
            self._left = self.size = head[1] & 0x7F if size <= 6 else int.from_bytes(head[2 : size - 4])
            # RFC 7692, section 6.2: RSV1 is that of a message's first fragment.
            if self.opcode in (Opcode.TEXT, Opcode.BINARY):
                self._rsv1 = bool(self._first & _RSV1)
        end = min(at + self._left, len(data))
        self._left -= end - at
        return end


_OF_MESSAGES = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
_MAX_HEADER = 14
_LENGTH_BYTES = {126: 2, 127: 8}


def _header_size(head: bytes) -> int | None:
    """Bytes of a client's frame header, its mask included; None if that can't be told yet."""
    return None if len(head) < 2 else 6 + _LENGTH_BYTES.get(head[1] & 0x7F, 0)
