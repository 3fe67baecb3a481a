"""Texts that are with a connection, and that its peer has not taken yet.

What is taken back MUST NOT go on for long after that is acked, and what is written waits for its peer: who has not
taken it GRACE_SECONDS later is cut off, and nobody else. Much that is said at once is with everybody's connection for a
round trip or two: without a grace one who says it and takes it back would throw all out. Bytes that the kernel has are
exempt.
"""

from asyncio import Transport
from collections import deque
from collections.abc import Iterable, Sequence, Set
from itertools import chain
from math import inf
from typing import Protocol

from ..faults import Blamed, contained
from ..guard.deadlines import Alarm, Deadlines
from ..messages import Hole, Message

GRACE_SECONDS = 5.0
TOGETHER_SECONDS = 1.0
"""What is taken back in so many seconds is looked at again as one, by so many later: however often that is."""


class Recipient(Blamed, Protocol):
    """Who is told what was said."""

    def has_untaken(self, gone: Sequence[int]) -> bool:
        """Whether one of these messages, in order, is here for it still."""

    def be_cut_off(self) -> None:
        """End at once, and send nothing more."""


class _Late:
    """Who had not taken something when it was taken back."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.gone: set[int] = set()
        self.readers: set[Recipient] = set()


class Unread:
    """Those who are answered by a plain request, until their connections are gone, and the `members`."""

    def __init__(self, deadlines: Deadlines, members: Set[Recipient]) -> None:
        self._deadlines = deadlines
        self._members = members
        self._visits: dict[Transport, Recipient] = {}
        self._late: deque[_Late] = deque()
        self.alarm: Alarm | None = None

    def __len__(self) -> int:
        return len(self._visits) + sum(len(late.readers) for late in self._late)

    def note(self, transport: Transport, reader: Recipient) -> None:
        """It is answered."""
        self._visits[transport] = reader

    def forget(self, transport: Transport) -> None:
        """It is gone."""
        if reader := self._visits.pop(transport, None):
            self.forget_reader(reader)

    def forget_reader(self, reader: Recipient) -> None:
        """It is gone."""
        for late in self._late:
            late.readers.discard(reader)

    def note_log(self, batch: Sequence[Message | Hole]) -> None:
        """What was said, or taken back."""
        deletions = [entry for entry in batch if isinstance(entry, Message) and entry.kind == "deleted"]
        gone = sorted({seq for deletion in deletions for seq in deletion.of})
        if gone and (readers := _who_has(gone, chain(self._members, self._visits.values()))):
            late = self._latest()
            late.gone.update(gone)
            late.readers.update(readers)

    def wake(self, now: float) -> float:
        """See Deadlines."""
        while self._late and self._late[0].until <= now:
            late = self._late.popleft()
            for reader in _who_has(sorted(late.gone), late.readers):
                contained(reader, reader.be_cut_off)
        return self._late[0].until if self._late else inf

    def fail(self) -> None:
        """See Blamed: what a reader raises is its own."""

    def cut(self) -> None:
        """See Blamed."""

    def _latest(self) -> _Late:
        now = self._deadlines.now()
        if not self._late or now + GRACE_SECONDS > self._late[-1].until:
            self._late.append(_Late(now + GRACE_SECONDS + TOGETHER_SECONDS))
            self._deadlines.wake_at(self, self._late[0].until)
        return self._late[-1]


def _who_has(gone: Sequence[int], readers: Iterable[Recipient]) -> list[Recipient]:
    return [reader for reader in [*readers] if contained(reader, reader.has_untaken, gone)]
