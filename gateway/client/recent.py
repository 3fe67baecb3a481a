"""The messages that were told last: for an answer, which tells what it is about, and for who chooses one.

What was taken back keeps its place, and who said it, and nothing of what was said.
"""

from collections.abc import Collection, Iterable

from msgspec import structs

from . import told

MOST = 2000
MOST_OF_A_TEXT = 1000
"""Characters that are kept."""


class Recent:
    """Of one log, by seq."""

    def __init__(self) -> None:
        self._messages: dict[int, told.Message] = {}

    def add(self, message: told.Message) -> None:
        """It was told; by the raw wire none has a seq."""
        if message.seq:
            self._messages[message.seq] = structs.replace(message, text=message.text[:MOST_OF_A_TEXT])
            if len(self._messages) > MOST:
                del self._messages[min(self._messages)]

    def take_back(self, seqs: Iterable[int]) -> None:
        """These were."""
        for seq in seqs:
            if message := self._messages.get(seq):
                self._messages[seq] = _erased(message)

    def forget(self) -> None:
        """It is another log."""
        self._messages.clear()

    def get(self, seq: int) -> told.Message | None:
        """The message, if it is known."""
        return self._messages.get(seq)

    def older(self, seq: int) -> int:
        """The one before this, or the last one of all before none; the same, if there is none."""
        return max((each for each in self._choosable() if each < seq or not seq), default=seq)

    def newer(self, seq: int) -> int:
        """The one after this; none, if it is the last one."""
        return min((each for each in self._choosable() if each > seq), default=0)

    def _choosable(self) -> Iterable[int]:
        return (seq for seq, message in self._messages.items() if message.kind != told.DELETED)


def without(event: told.Told, seqs: Collection[int]) -> told.Told:
    """What was told, and is not shown yet, without what is taken back."""
    if isinstance(event, told.Message):
        return _erased(event) if event.seq in seqs else event
    if isinstance(event, told.Page | told.Found):
        return structs.replace(event, messages=[_erased(each) if each.seq in seqs else each for each in event.messages])
    return event


def _erased(message: told.Message) -> told.Message:
    return told.Message(message.label, "", message.seq, message.at, message.via, told.DELETED)
