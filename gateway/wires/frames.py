"""WebSocket frames for many: serialized and compressed once, shared by all members of the format (RFC 6455, 7692)."""

from collections.abc import Callable

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

MAX_EVENTS = 32 * 1024
"""Bytes of events in one frame; other clients' default limits are small."""

MIN_DEFLATE = 256
"""Bytes from which on a frame is worth compressing."""

# No context takeover in either direction: no frame depends on those before it, so one serves all connections.
_DEFLATE = PerMessageDeflate(True, True, 15, 15, {"level": 6, "memLevel": 8})

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


class Boundary:
    """Follows a client's bytes from frame to frame (RFC 6455, section 5.2)."""

    __slots__ = ("_head", "_left", "opcode")

    def __init__(self) -> None:
        self._head = b""  # of a header that is not whole
        self._left = 0  # bytes of payload that are still to come
        self.opcode = 0  # of the frame that was last begun

    @property
    def is_reached(self) -> bool:
        """Whether the next byte begins a frame."""
        return not self._head and not self._left

    def pass_frame(self, data: bytes, at: int) -> int:
        """Go on in data from an index: to the end of the frame that is there, or to the end of the data."""
        if not self._left:
            head = self._head + data[at : at + _MAX_HEADER - len(self._head)]
            size = _header_size(head)
            self.opcode = head[0] & 0x0F if head else 0
            if size is None or len(head) < size:
                self._head = head
                return len(data)
            at += size - len(self._head)
            self._head = b""
            self._left = head[1] & 0x7F if size <= 6 else int.from_bytes(head[2 : size - 4])
        end = min(at + self._left, len(data))
        self._left -= end - at
        return end


_MAX_HEADER = 14
_LENGTH_BYTES = {126: 2, 127: 8}


def _header_size(head: bytes) -> int | None:
    """Bytes of a client's frame header, its mask included; None if that can't be told yet."""
    return None if len(head) < 2 else 6 + _LENGTH_BYTES.get(head[1] & 0x7F, 0)
