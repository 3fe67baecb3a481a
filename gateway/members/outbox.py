"""What is for one peer alone and waits until that can take it; it overtakes nothing."""

from collections.abc import Set

from .untaken import NONE

OUTBOX_BYTES = 64 * 1024


class Outbox:
    """What waits; `seqs` are the messages that stand in it."""

    __slots__ = ("_parts", "seqs", "size")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.seqs = NONE
        self.size = 0

    def add(self, data: bytes, seqs: Set[int]) -> None:
        """One thing more."""
        self._parts.append(data)
        self.size += len(data)
        if seqs:
            self.seqs |= seqs

    @property
    def data(self) -> bytes:
        """All of it."""
        return b"".join(self._parts)
