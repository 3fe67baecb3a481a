"""Texts that are with a connection, and that its peer has not taken yet.

What is taken back MUST NOT go on after that is acked, and what is written waits for its peer: who has not taken it when
it is taken back is cut off, and nobody else. Bytes that the kernel has are exempt.
"""

from asyncio import Transport
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Protocol

from ..faults import Blamed, contained
from ..messages import Hole, Message


class Reader(Blamed, Protocol):
    """Who is told what was said."""

    def has_untaken(self, gone: Sequence[int]) -> bool:
        """Whether one of these messages, in order, is here for it still."""

    def be_cut_off(self) -> None:
        """End at once, and send nothing more."""


class Unread:
    """Those who are answered by a plain request, until their connections are gone; members have themselves."""

    def __init__(self) -> None:
        self._visits: dict[Transport, Reader] = {}

    def __len__(self) -> int:
        return len(self._visits)

    def note(self, transport: Transport, reader: Reader) -> None:
        """It is answered."""
        self._visits[transport] = reader

    def forget(self, transport: Transport) -> None:
        """It is gone."""
        self._visits.pop(transport, None)

    def hear(self, members: Iterable[Reader], batch: Sequence[Message | Hole]) -> None:
        """What was said, or taken back."""
        gone = sorted({seq for entry in batch if isinstance(entry, Message) and entry.of for seq in entry.of})
        if not gone:
            return
        for reader in [*chain(members, self._visits.values())]:
            if contained(reader, reader.has_untaken, gone):
                contained(reader, reader.be_cut_off)
