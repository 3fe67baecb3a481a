"""The store for many gateways: one JetStream stream a room, on nats-server 2.12 or newer.

`seq` is the stream's sequence, the epoch its creation. Appends are atomic batches: all of a group is stored, in order
and side by side, or nothing is. So the order of each sender outlasts any retry, and one answer covers a thousand
messages. Every message has a name (Nats-Msg-Id), by which the stream knows what it has already, and then takes no batch
that holds it.

1. What became of an append that failed is unknown. Its drafts MUST keep their names when they are given again.
2. What is followed MUST have the consumer's sequences without a hole; else it is begun anew behind what was had.
3. The entry of a deletion is the intent. Each node MUST see to it that what it is of is erased before it yields it, or
   says that it is stored; and again when it starts, for the newest of the log. So whoever dies, what was begun is done.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from datetime import timedelta

from ...faults import begin
from ...messages import MAX_DELETED, TEXTS, Draft, Hole, Message, message_of, public_ids
from ...tasks import apart, end
from .. import KEY_SECONDS, StoreError, last_of, with_loss
from ..records import Skipped
from ..wall import machine_time
from .bans import Bans
from .broadcast import Broadcast
from .bucket import FILLING, Bucket, common_secret, open_bucket
from .clock import look_again
from .consumer import NANO, ask_for
from .delivery import Delivery, RecordReader
from .erasure import Erasure
from .known import Known
from .lease import LEASE_SECONDS, alive
from .names import REMEMBERED_SECONDS, Names
from .nats import ANSWER_SECONDS, AwayError, Link, Place
from .pages import Pages
from .rights import try_rights, try_room
from .storing import Storing
from .stream import Stream

PULL = 1000
PULL_SECONDS = 30
HEARTBEAT_SECONDS = 0.5
LEADER_SECONDS = 10.0
RETRY_SECONDS = 0.5
BYTES_OF_JSON = 2
"""That a byte of a clean text becomes at most: a quotation mark, a backslash, a tab or a line end."""
MESSAGE_OVERHEAD = 2048
"""Bytes of a message besides its text, at most."""
DELETION_BYTES = MAX_DELETED * 70
"""Of a deletion: each seq in its text, and once more with a key."""
LOOKED_AT = 10_000
"""Entries that a node follows once more when it starts, the newest, and all of the last KEY_SECONDS."""


class JetStreamStore:
    """A room in a stream. Made by `open`."""

    at_once = 64
    erasing_bytes = 64 * 1024  # nats-server writes a block of up to 8 MiB anew

    def __init__(self, link: Link, stream: Stream, *, is_filling: bool = False) -> None:
        self._is_filling = is_filling
        self._secrets: Bucket
        self.skipped = Skipped()
        self.nodes = Broadcast(link, self.skipped)
        self._link = link
        self._stream = stream
        self.wall: Callable[[], int] = stream.clock.wall
        self._looking: asyncio.Task[None] | None = None
        self.secret: bytes
        self.by_of: Callable[[str], str]
        self._reader: RecordReader
        self._pages: Pages
        self.names: Names
        self.bans: Bans
        self._doubtful: list[tuple[Draft, str]] = []
        self._known = Known()
        self._storing = Storing(stream, self._known)
        self._erasure = Erasure(stream)

    @classmethod
    async def open(
        cls, place: Place, keep: int, keep_bytes: int, max_text: int, *,
        is_filling: bool = False, machine: Callable[[], int] = machine_time,
    ) -> "JetStreamStore":  # fmt: skip
        """Connect, and make what is not there: see Stream. `is_filling`: it need not be whole. Raises StoreError."""
        link = await Link.open(place)
        store = cls(link, Stream(link, keep, keep_bytes, machine), is_filling=is_filling)
        try:
            await store._open(max_text)
            store._looking = begin(look_again(store._stream.refresh))
        except StoreError:
            await store.nodes.close()
            await link.close()
            raise
        return store

    @property
    def epoch(self) -> str:
        """When the stream was made."""
        return self._stream.created

    @property
    def first(self) -> int:
        """As of when it was last looked at."""
        return self._erasure.first(self._stream.first)

    @property
    def head(self) -> int:
        """The newest seq that is known here."""
        return self._stream.head

    @property
    def size(self) -> int:
        """Of the stream, heads included."""
        return self._stream.size

    @property
    def is_connected(self) -> bool:
        """With any of the servers."""
        return self._link.client.is_connected

    @property
    def credentials_end(self) -> float | None:
        """As the .creds file says."""
        return self._link.credentials.end

    async def surely_past(self) -> int:
        """Ask the stream's leader what time it is."""
        await self._stream.refresh()
        return self._stream.clock.surely_past()

    async def look(self) -> None:
        """Ask the stream's leader, and read when our credentials end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                await apart(self._link.credentials.look)
        await self._stream.refresh()

    async def append(self, drafts: Sequence[Draft]) -> list[int]:
        """One atomic batch of what is not known to be stored; see Storing if some of it is all the same."""
        self._stream.check_seq(self.head + len(drafts))
        known = {id(draft): name for draft, name in self._doubtful}
        self._doubtful = [(draft, known.get(id(draft)) or name) for draft, name in _named(drafts)]
        seqs = await self._storing.store(self._doubtful)
        stored = zip(seqs, drafts, strict=True)
        await self._erasure.see_to([message_of(seq, draft, "") for seq, draft in stored if draft.kind == "deleted"])
        self._doubtful = []
        self._stream.head = max(self.head, *seqs)
        return seqs

    async def follow(self, after: int) -> AsyncGenerator[Sequence[Message | Hole], None]:
        """By a consumer of our own, until it fails."""
        await self._stream.refresh(after)
        await self.names.be_heard()  # else it would seem to follow until it is looked whether it is cut off
        if after < self.head < self._stream.first:  # all of it was dropped
            yield [Hole(after + 1, self.head)]
            after = self.head
        delivery = Delivery(self._link.place, self._reader, self._known)
        async with self._link.inbox(delivery.heed, delivery.take) as inbox:
            consumer = await self._stream.consume(after)
            is_alive = False
            while True:
                if delivery.owed <= PULL // 2:
                    expires, heartbeat = PULL_SECONDS * NANO, int(HEARTBEAT_SECONDS * NANO)
                    await ask_for(self._link, consumer, inbox, batch=PULL, expires=expires, idle_heartbeat=heartbeat)
                    delivery.owed += PULL
                batch = await delivery.next()
                if not batch and self.names.is_cut_off:  # with a replica that gives signs of life for ever
                    await self._stream.check()
                    raise AwayError("it is cut off from the others: the node's lease has run out", self._link.place)
                if not batch and not is_alive:
                    yield []
                is_alive = True
                if batch:
                    deletions, delivery.deletions = delivery.deletions, []
                    await self._erasure.see_to(deletions)
                    batch = await self._with_losses(after, batch)
                    after = last_of(batch[-1])
                    self._stream.head = max(self.head, after)
                    yield self._erasure.left_of(batch)

    async def read(self, after: int, limit: int) -> list[Message]:
        """From any replica."""
        return await self._pages.between(after, self.head + 1, limit)

    async def onward(self, after: int, limit: int) -> list[Message]:
        """From any replica."""
        return await self._pages.between(after, self.head + 1, limit, TEXTS)

    async def page(self, before: int, limit: int) -> list[Message]:
        """As many as there are, further back over holes."""
        return await self._pages.before(min(before, self.head + 1), limit)

    async def expire(self, before: int) -> None:
        """See Erasure."""
        await self._stream.refresh()
        if older := [seq async for seqs in self._pages.older_than(before) for seq in seqs]:
            await self._erasure.drop(older)
            await self._stream.refresh()

    async def fill(self, drafts: Sequence[tuple[Draft, str]], last: int) -> None:
        """Store what comes next, with its names, up to this seq. Raises StoreError."""
        if len(drafts) == 1:
            seq = await self._stream.publish(*drafts[0])
        else:
            seq = await self._stream.publish_batch(drafts)
        if seq != last:
            raise StoreError(f"something else writes into the room {self._link.place.room}", self._link.place)
        deletions = [message_of(last, draft, "") for draft, _ in drafts if draft.kind == "deleted"]
        await self._erasure.see_to(deletions)
        self._stream.head = last

    async def take_mark(self) -> None:
        """It is whole: see filling. Raises StoreError."""
        await self._secrets.delete(FILLING)

    async def check(self) -> None:
        """Ask the stream's leader."""
        await self._stream.check()

    async def others(self) -> list[str]:
        """Those that have a lease."""
        leases = await open_bucket(self._link, "leases", self._stream.replicas, LEASE_SECONDS)
        return sorted(name for name in await alive(leases) if name != self._link.node)

    async def close(self) -> None:
        """Give up the node's lease, and the connection."""
        if self._looking is not None:
            await end(self._looking)
        await self.names.close()
        await self.nodes.close()
        await self._link.close()

    # --- inside ---------------------------------------------------------------------------------------------------

    async def _open(self, max_text: int) -> None:
        self._check_payload(max_text)
        await self.nodes.open()
        give_up_at = asyncio.get_running_loop().time() + LEADER_SECONDS
        while True:
            try:
                await self._begin()
            except AwayError:  # a cluster that has just lost its leader finds a new one
                if asyncio.get_running_loop().time() > give_up_at:
                    raise
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    def _check_payload(self, max_text: int) -> None:
        limit, needed = self._link.client.max_payload, BYTES_OF_JSON * max_text + MESSAGE_OVERHEAD
        if needed > limit:
            cause = f"its max_payload is {limit}, and --max-text {max_text} needs {needed}: mend one of them"
            raise StoreError(cause, self._link.place)
        if (needed := DELETION_BYTES + MESSAGE_OVERHEAD) > limit:
            raise StoreError(f"its max_payload is {limit}, and to take messages back needs {needed}", self._link.place)

    async def _begin(self) -> None:
        await try_room(self._link, self._stream)
        await self._stream.open()
        replicas = self._stream.replicas
        self._secrets = await open_bucket(self._link, "secrets", replicas)
        if not self._is_filling and (await self._secrets.get(FILLING)).value:
            cause = f"gateway import or move into the room {self._link.place.room} has not ended: run that again"
            raise StoreError(cause, self._link.place)
        self.secret = await common_secret(self._link, self._secrets)
        self.by_of = public_ids(self.secret)
        self._reader = RecordReader(self.by_of, self.skipped)
        self._pages = Pages(self._link, self._stream, self._erasure, self._reader)
        bans = await open_bucket(self._link, "bans", replicas)
        names = await open_bucket(self._link, "names", replicas, REMEMBERED_SECONDS)
        leases = await open_bucket(self._link, "leases", replicas, LEASE_SECONDS)
        await try_rights(self._link, self._stream, (bans, names, leases))
        self.bans = Bans(bans, self.skipped)
        self.names = Names(self._link, names, leases, self.nodes, self.skipped)
        await self._look_again()
        await self.names.open()

    async def _look_again(self) -> None:
        """Follow the newest of the log: what was taken back there is erased by now, and its keys are known."""
        newest = await self._stream.newest()
        if newest is None:
            return
        recent = await self._pages.read(0, 1, newest.time - timedelta(seconds=KEY_SECONDS))
        after = min(recent.first - 1, newest.seq - LOOKED_AT)
        async with aclosing(self.follow(max(after, self._stream.first - 1))) as following:
            async for batch in following:
                if batch and last_of(batch[-1]) >= newest.seq:
                    return

    async def _with_losses(self, after: int, batch: list[Message | Hole]) -> list[Message | Hole]:
        """What came after a seq, with Holes where retention was faster."""
        if last_of(batch[-1]) - after == len(batch):
            return batch
        await self._stream.refresh()
        told: list[Message | Hole] = []
        for item in batch:
            told += with_loss(after, [item], self.first)
            after = last_of(item)
        return told


def _named(drafts: Sequence[Draft]) -> Iterator[tuple[Draft, str]]:
    """Each with a name that no other message has, unless that is the same one."""
    group = secrets.token_hex(8)
    for number, draft in enumerate(drafts):
        yield draft, f"{group}.{number}" if draft.key is None else draft.key.hex()
