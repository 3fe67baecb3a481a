"""What is for one peer alone: it waits in the outbox until that can take it, and overtakes nothing."""

from abc import ABC, abstractmethod
from collections.abc import Sequence, Set

from ..guard.holds import Hold
from ..guard.stages import CLOSING, OPEN
from .delivery import Delivery
from .marks import Marks
from .untaken import NONE, answered, bounded, is_in

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


class Output(Delivery, ABC):
    """What a peer is told, and has not taken of it."""

    __slots__ = ("_marks", "_outbox", "is_deaf")

    def __init__(self) -> None:
        self.stage = OPEN
        self.cursor = 0
        self.writable = False
        self.due = False  # something for this peer alone waits for `flush`
        self.is_deaf = False  # the peer takes nothing any more
        self._fd = -1
        self._clear = False
        self._untaken = None
        self._outbox: Outbox | None = None
        self._marks: Marks | None = None  # who sends none has none

    @abstractmethod
    def hold(self, why: Hold) -> None:
        """Read no more, for one more reason."""

    @abstractmethod
    def let_go(self, why: Hold) -> None:
        """Read again, unless there are other reasons not to."""

    def send(self, data: bytes, seqs: Set[int] = NONE) -> None:
        """Write what is for this peer alone, now or when it can take it; `seqs` are the messages that stand in it."""
        if self.is_deaf or self.stage >= CLOSING:
            return
        if self.writable and not self._outbox:
            self._write_own(data, seqs)
            return
        self.due = True
        self._outbox = self._outbox or Outbox()
        self._outbox.add(data, seqs)
        if self._outbox.size > OUTBOX_BYTES:
            self.hold(Hold.OUTBOX)

    def reply(self, data: bytes) -> bool:
        """Tell it something of the wire's own, when what it said before is in the log: see `marks`.

        Whether it waits for a text of its own, which pays it.
        """
        # RFC 860, section 4: a timing mark is answered when what came before has been processed.
        if not self._unlogged:
            self.send(data)
            return False
        self._marks = self._marks or Marks()
        has_text = self._marks.wait(data, self._unlogged)
        self._bound_marks(self._marks)
        return has_text

    def send_behind(self, data: bytes) -> None:
        """Tell it why something was refused, behind what waits: by that order one can tell which text it was."""
        if self._marks:
            self._marks.follow(data)
            self._bound_marks(self._marks)
        elif data:
            self.send(data)

    def pass_mark(self, marks: Marks) -> None:
        """One text more is in the log."""
        if told := marks.logged():
            self.send(told)
            if not marks:
                self.let_go(Hold.LOG)

    def _bound_marks(self, marks: Marks) -> None:
        if marks.size > OUTBOX_BYTES:
            self.hold(Hold.LOG)

    def flush(self) -> None:
        """Write the outbox, if anything may be written."""
        if self.writable:
            self.due = False
        if self._outbox and self.writable:
            outbox, self._outbox = self._outbox, None
            self._write_own(outbox.data, outbox.seqs)
            self.let_go(Hold.OUTBOX)

    def _write_own(self, data: bytes, seqs: Set[int]) -> None:
        self.write(data)
        if seqs and self._untaken:
            self._untaken = bounded(self._untaken, self.transport.get_write_buffer_size())
            answered(self._untaken, seqs)

    def has_untaken(self, gone: Sequence[int]) -> bool:
        """See Reader."""
        if self._outbox and not self._outbox.seqs.isdisjoint(gone):
            return True
        if not self._untaken:
            return False
        return is_in(gone, self._untaken, self.cursor, self.transport.get_write_buffer_size())
