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
