"""Answers with texts of the log which somebody has not taken yet.

What is taken back MUST NOT be sent after that is acked, and an answer is made before its peer takes it: whoever has not
taken all, when something of that stretch of the log is taken back, is cut off. Bytes that the kernel has are exempt.
"""

from collections.abc import Sequence
from typing import Protocol

from ..faults import Blamed, contained
from ..messages import Hole, Message


class Reader(Blamed, Protocol):
    """Who was answered."""

    @property
    def has_taken_all(self) -> bool:
        """Whether nothing of it is here any more."""

    def be_cut_off(self) -> None:
        """End at once, and send nothing more."""


class Unread:
    """The stretches of the log of which that is so, by reader."""

    def __init__(self) -> None:
        self._stretches: dict[Reader, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._stretches)

    def note(self, reader: Reader, messages: Sequence[Message]) -> None:
        """It was answered with these."""
        if reader.has_taken_all:
            self.forget(reader)
        elif messages:
            seqs = [*self._stretches.get(reader, ()), *(message.seq for message in messages)]
            self._stretches[reader] = min(seqs), max(seqs)

    def forget(self, reader: Reader) -> None:
        """It has all, or is gone."""
        self._stretches.pop(reader, None)

    def hear(self, batch: Sequence[Message | Hole]) -> None:
        """What was said, or taken back."""
        gone = [seq for entry in batch if isinstance(entry, Message) and entry.of for seq in entry.of]
        if not gone:
            return
        for reader, (first, last) in [*self._stretches.items()]:
            if reader.has_taken_all:
                self.forget(reader)
            elif any(first <= seq <= last for seq in gone):
                self.forget(reader)
                contained(reader, reader.be_cut_off)
