"""The stores: the log, the names, the bans. A new store is a file in this folder; one suite proves them all.

The contract, in numbered MUSTs:

1. `append` makes MAX_DRAFTS drafts at most durable and returns their seqs, in order; later appends get higher ones, not
   always without holes. A draft whose key is in the log, or earlier in the same call, gets the seq that it has there
   and is not stored again; keys are remembered for KEY_SECONDS at least. It stores all or none; after a failure on a
   network nobody knows which. So the same drafts MUST be given again first, and are stored once.
2. `follow` yields batches in seq order, no repeat, of what is in the log after `after` and then of what comes. What was
   dropped before it could be yielded is a Hole, and so is a record that is no message: nothing is passed over in
   silence, and nobody is stopped by it. Nothing is yielded before it is durable.
3. `read`, `onward` and `page` return what is retained, in seq order; what was erased is not. They cost what they
   return, however much was taken back between. `follow` may yield it
   as what is left of it, or as a Hole.
4. Retention drops the oldest for good, by count and by bytes of text, but never the newest message; what is much need
   not have gone when `append` returns, which MUST NOT wait for all of it. `expire` drops what is too old, the newest
   too; no seq is ever given again.
5. A name is held by one owner at a time, and nobody else holds one that is like it: none with its `name_key`, and none
   with one of its `looks`. An owner holds one name at a time: its newer claim gives the older one up. A released name
   is free to all, and its owner is remembered, over restarts, until somebody else has claimed it. An owner may hold its
   name on several nodes: it is released when the last of these has released it, or is gone. Which name it has is said
   by who claimed last, on whichever node; the others are told that it changed.
6. The public ids of people outlast everything but the log: they are made with a secret that the store keeps.
7. Every failure of what is underneath is a StoreError. The store can be used again after it, but for an EndedError,
   which ends the gateway: it is to be started again.
8. What is underneath is not believed: see records. What was left out is counted by `skipped`.
9. To append a draft of kind "deleted" erases what it is `of`, a deletion too: entry and erasure are one, whenever the
   process or what is underneath dies. Before `append` returns, and before `follow` yields the entry, the texts MUST be
   in nothing that the store can reach, files and streams alike, and come out of none of its methods.
   What is gone already, or never was, is no failure. Keys outlive it, as in 1, of a draft with an `id_key` that alone:
   then each draft that has it may be the same; `first` and `head` stay: it is no loss.
   What `expire` drops is as gone when that returns; what retention drops, some time after.
10. Who opens a room that somebody has open, in whichever process, gets an InUseError; unless its kind `is_shared`.
11. A room has one time for all that have it open: its store's. No machine's clock may end for all the others what is
    not over: what can't be undone MUST be done by `surely_past`.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from ..config import Settings
from ..messages import MAX_SEQ, Draft, Hole, Message
from ..text.controls import one_line
from .nodes import Nodes
from .records import Skipped

MAX_DRAFTS = 1000
MAX_CAUSE = 500
FULL = f"the log has come to seq {MAX_SEQ}, and clients can't count further; give the room another --store"
KEY_SECONDS = 600
"""Seconds for which a store remembers say-keys, at least."""

MAX_REMEMBERED = 100_000
"""Names that nobody holds and that are remembered for who had them, the newest."""


SERVED = "a gateway serves it: stop it, or give {} (one that was killed counts for some seconds)"
"""Of a room that is to be moved, or filled."""


class StoreError(Exception):
    """What is underneath a store failed: the operator's to mend. Its text is one line, with the place where that is.

    `cause` is without the place: members are told that, and not where files and servers are. It may hold words of what
    is underneath, and so is cleaned.
    """

    def __init__(self, cause: str, place: object = "") -> None:
        cause = one_line(cause[:MAX_CAUSE])
        super().__init__(f"{place}: {cause}" if place else cause)
        self.cause = cause


class InUseError(StoreError):
    """Another gateway has it open, and no two can."""


class EndedError(StoreError):
    """The store can't be used again, and its text says so: the log is another one now, or has lost what it had, so that
    all cursors mean nothing any more; or the way to it is closed for good.
    """


def last_of(item: Message | Hole) -> int:
    """The last seq of it."""
    return item.last if isinstance(item, Hole) else item.seq


def with_loss(after: int, batch: Sequence[Message | Hole], first: int) -> Sequence[Message | Hole]:
    """What was read after a seq, behind a Hole for what was dropped meanwhile; `first` is the oldest retained."""
    begin = batch[0].first if isinstance(batch[0], Hole) else batch[0].seq
    lost = min(begin, first) - 1
    return [Hole(after + 1, lost), *batch] if lost > after else batch


class Names(Protocol):
    """Who holds which name, and held it last."""

    async def claim(self, name: str, owner: str) -> bool:
        """Take a clean name for an owner; False if another holds it. Raises StoreError."""

    async def release(self, owner: str) -> None:
        """Give up the name that this owner holds on this node, if it does. Raises StoreError."""

    async def recall(self, owner: str) -> str | None:
        """The name that this owner holds or held last, unless another took it since. Raises StoreError."""

    async def all(self) -> Mapping[str, str]:
        """What is recalled, by owner, the oldest first. Raises StoreError."""

    async def forget(self, owner: str) -> None:
        """Recall no name of this owner any more: it is as gone as what a deletion erases. Raises StoreError."""


class Bans(Protocol):
    """What operators ordered: notes by subject."""

    async def put(self, subject: str, note: str) -> None:
        """Remember one. Raises StoreError."""

    async def delete(self, subject: str) -> None:
        """Forget one, if it is there. Raises StoreError."""

    async def all(self) -> Mapping[str, str]:
        """All of them. Raises StoreError."""


class Bookkeeping(Protocol):
    """All of a store but the log itself: whoever has this can't read what was said, nor add to it."""

    @property
    def at_once(self) -> int:
        """So many questions it may be asked at one time, besides `append` and `follow`: it gains by that many."""

    @property
    def erasing_bytes(self) -> int:
        """What it costs to erase a message, as so many bytes that had come from who took it back."""

    @property
    def names(self) -> Names:
        """The names of its people."""

    @property
    def bans(self) -> Bans:
        """The bans and mutes."""

    @property
    def nodes(self) -> Nodes:
        """The way to other gateways of the same room."""

    @property
    def skipped(self) -> Skipped:
        """What was left out because it is no record of ours."""

    @property
    def epoch(self) -> str:
        """The identity of this log; seqs of one say nothing about another."""

    @property
    def by_of(self) -> Callable[[str], str]:
        """Makes an owner into its public id: see `public_ids`."""

    @property
    def first(self) -> int:
        """The oldest seq that is retained; head + 1 if none is."""

    @property
    def head(self) -> int:
        """The newest seq; 0 if there never was one."""

    @property
    def size(self) -> int:
        """Bytes that the log takes where it is kept; like `first`, as of when it was last looked at."""

    @property
    def is_connected(self) -> bool | None:
        """Whether there is a way to a server that keeps it; None if no server does."""

    @property
    def credentials_end(self) -> float | None:
        """When what that server knows us by ends, in seconds since 1970; None if it never does. As of the last look."""

    @property
    def wall(self) -> Callable[[], int]:
        """Tells the room's time, in ms since 1970: what is said has it, and what lasts so long is counted from it."""

    async def surely_past(self) -> int:
        """A time that is past by the room's clock and by the machine's, looked at now. Raises StoreError."""

    async def look(self) -> None:
        """Have `first`, `size` and `credentials_end` as they are now. Raises StoreError."""

    async def expire(self, before: int) -> None:
        """Drop what is older than a time in ms since 1970, from the oldest on up to what is not. Raises StoreError."""

    async def check(self) -> None:
        """Whether the store could be written to now. Raises StoreError if not."""

    async def others(self) -> list[str]:
        """The names of the other nodes that have the room open; `?` of one of before. Raises StoreError."""


class Store(Bookkeeping, Protocol):
    """A durable room. All methods are called from one event loop."""

    @property
    def secret(self) -> bytes:
        """What the public ids of its people are made with."""

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        """Make drafts durable, as one. Raises StoreError."""

    def follow(self, after: int) -> AsyncIterator[Sequence[Message | Hole]]:
        """All messages after `after`, for ever. An empty batch tells that it goes on. Raises StoreError."""

    async def read(self, after: int, limit: int) -> list[Message]:
        """The first `limit` entries after `after`. Raises StoreError."""

    async def onward(self, after: int, limit: int) -> list[Message]:
        """The first `limit` texts after `after`: entries that take others back are none. Raises StoreError."""

    async def page(self, before: int, limit: int) -> list[Message]:
        """The last `limit` texts before `before`, oldest first. Raises StoreError."""

    async def close(self) -> None:
        """Let go of what is underneath."""


class Filler(Protocol):
    """A room that is filled from another one. It is none, and says so, until it is whole.

    What was begun by a process that was killed is gone on with behind `store.head`, if it is from the same source.
    """

    @property
    def store(self) -> Store:
        """The room, whose names and bans can be put into it."""

    async def fill(self, batch: Sequence[Message]) -> None:
        """Store the messages that come next, with their seqs, which are side by side. Raises StoreError."""

    async def finish(self) -> None:
        """It is whole: make it the room, on disk when this returns, and close it. Raises StoreError."""

    async def close(self) -> None:
        """Let go of it, whole or not."""


class StoreModule(Protocol):
    """What a store's module has: a row of `config.checks.STORES` names it. `settings.store` says which room is meant.

    All of it raises StoreError and SettingError.
    """

    async def open_room(self, settings: Settings, keep_bytes: int) -> Store:
        """Open the room, or make it."""

    async def open_to_read(self, settings: Settings, keep_bytes: int) -> Store:
        """Open a room that is there for who reads it alone: it stays what it is, also for a gateway of before."""

    async def look(self, settings: Settings) -> None:
        """Look whether the room could be opened, and leave all as it is."""

    async def is_there(self, settings: Settings) -> bool:
        """Whether it was made before, whoever has it open; none is made."""

    async def open_filler(
        self, settings: Settings, source: str, secret: bytes | None, first: int, *, replace: bool
    ) -> Filler:
        """Begin to fill it from the log that `source` names, whose oldest seq is `first`; or go on with that.

        Without a `secret` it has one of its own. `replace`: a room with messages is put aside, where that is possible.
        """
