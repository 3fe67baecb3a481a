"""Control frames of a WebSocket peer (RFC 6455, section 5.5): how many it may send, and which pong it is owed."""

from ..guard.buckets import Bucket, Pace

CONTROL_RATE = 10.0
CONTROL_BURST = 20
CONTROL_WAIT = 10.0
_PACE = Pace(CONTROL_RATE, CONTROL_BURST)


class Controls(Bucket):
    """Those of one peer. While nothing may be written to it the newest pong waits, and no other."""

    __slots__ = ("_pong",)

    def __init__(self, now: float) -> None:
        super().__init__(_PACE, now)
        self._pong: bytes | None = None

    def count(self, now: float) -> float:
        """One came; for how many seconds it is not read then."""
        return min(self.take(now), CONTROL_WAIT)

    def keep(self, frame: bytes) -> bool:
        """Whether it is a pong, which waits from now on."""
        # RFC 6455, section 5.5.3: an endpoint MAY send a Pong for only the most recent Ping.
        is_pong = frame[:1] == b"\x8a"
        if is_pong:
            self._pong = frame
        return is_pong

    def owed(self) -> bytes:
        """The pong that waited, if one did."""
        pong, self._pong = self._pong, None
        return pong or b""
