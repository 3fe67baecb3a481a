"""The older log, as the store has it: less what was taken back meanwhile.

1. All that the room reads of the log MUST be read by this, and pass `left` behind the last await before it is kept or
   answered: a read that began before a deletion would bring back what that erased. What is kept is in the feed, whose
   `put` does that by itself. So nobody else has more of a store
   than its Bookkeeping; who has all of it is said in tests/test_layers.py.
2. While the log is not followed, nothing is read: what was taken back elsewhere is not known here.
"""

from collections.abc import Awaitable, Callable, Iterable

from ..messages import Message
from ..stores import Bookkeeping, Store, StoreError
from .bygone import Bygone
from .feed import Feed

Reading = Callable[[int, int], Awaitable[list[Message]]]
"""Entries that follow a seq, in the order in which it reads; so many at most."""

AWAY = "the log can't be followed now"


class Past:
    """A store's log, as far as the feed tells that it may be read."""

    def __init__(self, store: Store, feed: Feed) -> None:
        self.store: Bookkeeping = store
        self._store = store
        self._feed = feed

    @property
    def first(self) -> int:
        """See Store."""
        return self.store.first

    @property
    def head(self) -> int:
        """See Store."""
        return self.store.head

    @property
    def bygone(self) -> Bygone:
        """What was taken back."""
        return self._feed.bygone

    def retains(self, seq: int) -> bool:
        """Whether the log has a message of this seq, as far as that is known at once.

        Of what is in memory no more, what was taken back before we began is not known.
        """
        return self.store.first <= seq <= max(self.store.head, self._feed.head) and not self._feed.is_gone(seq)

    async def read(self, after: int, limit: int) -> list[Message]:
        """See Store."""
        self._check()
        return await self._store.read(after, limit)

    async def onward(self, after: int, limit: int) -> list[Message]:
        """See Store."""
        self._check()
        return await self._store.onward(after, limit)

    async def page(self, before: int, limit: int) -> list[Message]:
        """See Store."""
        self._check()
        return await self._store.page(before, limit)

    async def backwards(self, before: int, limit: int) -> list[Message]:
        """The same, the newest first."""
        return (await self.page(before, limit))[::-1]

    def left(self, messages: Iterable[Message]) -> list[Message]:
        """What was read, less what was taken back since. Raises StoreError if that is not known."""
        self._check()
        return self._feed.bygone.left(messages)

    def _check(self) -> None:
        if self._feed.is_away:
            raise StoreError(AWAY)
