"""Timing marks that wait for the log, and what was refused behind them: in the order of what came.

The peer is read on meanwhile: else each text with a mark behind it would be an append of its own.
"""

from collections import deque

MARK_BYTES = 64
"""What each mark counts as, besides its bytes."""


class _Mark:
    """One: after so many more texts are in the log it is answered, and what stands behind it told."""

    __slots__ = ("answers", "reply", "texts")

    def __init__(self, texts: int, reply: bytes) -> None:
        self.texts = texts
        self.reply = reply
        self.answers: list[bytes] = []


class Marks:
    """One connection's. There is at least one, or there are no answers behind any."""

    __slots__ = ("_marks", "_texts", "size")

    def __init__(self) -> None:
        self._marks: deque[_Mark] = deque()
        self._texts = 0  # that all of them wait for
        self.size = 0

    def __bool__(self) -> bool:
        return bool(self._marks)

    def wait(self, reply: bytes, unlogged: int) -> bool:
        """This is to be told when all that is not in the log yet is. Whether it has a text of its own before it."""
        texts, self._texts = unlogged - self._texts, unlogged
        self._marks.append(_Mark(texts, reply))
        self.size += MARK_BYTES + len(reply)
        return texts > 0

    def follow(self, answer: bytes) -> None:
        """This is to be told behind the last of them: why something was refused."""
        self._marks[-1].answers.append(answer)
        self.size += len(answer)

    def logged(self) -> bytes:
        """One text more is in the log: what is to be told now."""
        if not self._marks:
            return b""
        self._texts -= 1
        self._marks[0].texts -= 1
        told: list[bytes] = []
        while self._marks and not self._marks[0].texts:
            mark = self._marks.popleft()
            self.size -= MARK_BYTES
            told += [mark.reply, *mark.answers]
        self.size -= sum(map(len, told))
        return b"".join(told)

    def end(self) -> bytes:
        """No mark is answered any more: what stands behind them."""
        answers = b"".join(answer for mark in self._marks for answer in mark.answers)
        self._marks.clear()
        self.size = self._texts = 0
        return answers
