"""What was taken back since this began; and who said the newest of it, since one can be banned for that still."""

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from msgspec import structs

from ..messages import Message, remains

MOST = 10_000
"""Of so many messages it is known who said them."""


class Bygone:
    """Seqs, some with what is known of the message: who said it, when and where, and nothing of what."""

    def __init__(self) -> None:
        self._seqs: set[int] = set()
        self._known: OrderedDict[int, Message] = OrderedDict()  # what was taken back first is first
        self._in_order: list[int] = []  # the seqs of these

    def __contains__(self, seq: int) -> bool:
        return seq in self._seqs

    def add(self, seqs: Iterable[int]) -> None:
        """These were taken back."""
        self._seqs.update(seqs)

    def keep(self, message: Message) -> None:
        """One of them, as it was."""
        if message.seq not in self._known:
            insort(self._in_order, message.seq)
        self._known[message.seq] = structs.replace(
            remains(message.seq, message.at, message.via),
            kind=message.kind, label=message.label, owner=message.owner, by=message.by, origin=message.origin,
        )  # fmt: skip
        if len(self._known) > MOST:
            seq, _ = self._known.popitem(last=False)
            del self._in_order[bisect_left(self._in_order, seq)]

    def known(self, seq: int) -> Message | None:
        """What is known of it."""
        return self._known.get(seq)

    def newest_first(self) -> Iterator[Message]:
        """All that is known, in the order in which it was said."""
        return (self._known[seq] for seq in reversed(self._in_order))

    def left(self, messages: Iterable[Message]) -> list[Message]:
        """Of what was read from the log, what is none of it."""
        return [message for message in messages if message.seq not in self._seqs]

    def expire(self, first: int) -> None:
        """The log retains nothing before `first` any more."""
        self._seqs = {seq for seq in self._seqs if seq >= first}
