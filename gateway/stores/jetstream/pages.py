"""What is read of a stream, from any replica: pages of the log.

1. A replica may have still what was taken back: nothing of it MUST be answered, and that is looked at last.
2. A replica that has less than the leader is a failure, and no end of the log.
3. What is read for a page MUST cost what it answers: whatever was taken back, no more is read at once than a few pages.
"""

from collections.abc import AsyncGenerator, Collection
from datetime import datetime

import msgspec

from ...messages import TEXTS, Entry, Hole, Message
from .delivery import Reading, RecordReader
from .erasure import Erasure
from .nats import AwayError, Link
from .stream import Stream

READ = 256
READ_BYTES = 2**20
"""Of what one answer brings: of long texts fewer come, and the rest is asked for. One at least does."""
WIDEST = 64
"""Seqs that are looked at at once where there are no texts: behind them there may be the longest."""
ENTRIES: frozenset[Entry] = TEXTS | {"deleted"}


class Pages:
    """Of one stream."""

    def __init__(self, link: Link, stream: Stream, erasure: Erasure, reader: RecordReader) -> None:
        self._link = link
        self._stream = stream
        self._erasure = erasure
        self._textless = erasure.textless
        self._reader = reader

    async def between(self, after: int, end: int, limit: int, kinds: Collection[Entry] = ENTRIES) -> list[Message]:
        """The first `limit` entries of these kinds behind one seq and before another. Raises StoreError."""
        messages: list[Message] = []
        after, width = max(after, self._stream.first - 1), limit
        while len(messages) < limit:
            if kinds is TEXTS:
                after = self._textless.end_behind(after)
            if after >= end - 1:
                break
            reading = await self.read(after, min(READ, width, end - 1 - after))
            if reading.last == after:
                break
            if not messages and reading.first > after + 1:
                await self._stream.refresh()
            self._learn(after, reading)
            there = [message for message in reading.messages if message.seq < end and message.kind in kinds]
            messages += self._left(there)
            after, width = reading.last, self._wider(width, limit)
        return self._left(messages)[:limit]

    async def before(self, end: int, limit: int) -> list[Message]:
        """The last `limit` texts before a seq, further back over holes. Raises StoreError."""
        messages: list[Message] = []
        width = limit
        while len(messages) < limit and (end := self._textless.begin_before(end)) > self._stream.first:
            start = max(self._stream.first, end - width)
            if width > limit:
                await self._look(start - 1)
            messages = [*await self.between(start - 1, end, width, TEXTS), *messages][-limit:]
            end, width = start, self._wider(width, limit)
        return self._left(messages)

    async def _look(self, after: int) -> None:
        """See how far behind a seq there is nothing at all: what is asked for there would come from behind that."""
        self._learn(after, await self.read(after, 1))

    def _wider(self, width: int, limit: int) -> int:
        """How much is looked at next: there are fewer texts than seqs."""
        return min(2 * width, max(limit, WIDEST))

    def _learn(self, after: int, reading: Reading) -> None:
        """Note what is no text of what came behind a seq."""
        for message in reading.messages:
            if message.kind in TEXTS:
                self._textless.note(after + 1, message.seq - 1)
                after = message.seq
        self._textless.note(after + 1, reading.last)

    async def older_than(self, before: int) -> AsyncGenerator[list[int], None]:
        """The seqs from the oldest on up to what is not older than that time, some at a time. Raises StoreError.

        How old something is that is no message nobody knows, but by what is behind it.
        """
        after, count, is_all = self._stream.first - 1, 1, False
        strays: list[int] = []
        while not is_all and (reading := await self.read(after, count)).last > after:
            older: list[int] = []
            for item in reading.items:
                if isinstance(item, Hole):
                    strays.append(item.last)
                elif is_all := item.at >= before:
                    break
                else:
                    older += [*strays, item.seq]
                    strays.clear()
            yield older
            after, count = reading.last, READ

    async def read(self, after: int, count: int, since: datetime | None = None) -> Reading:
        """What is behind a seq, or since a time; nothing if the leader has nothing there. Raises StoreError."""
        reading = Reading(after, self._reader)
        start = {"seq": after + 1} if since is None else {"start_time": since}
        question = msgspec.json.encode({**start, "batch": count, "max_bytes": READ_BYTES})
        async with self._link.inbox(reading.hear) as inbox, self._link.patience():
            await self._link.client.publish(f"$JS.API.DIRECT.GET.{self._stream.name}", question, inbox)
            await reading.done.wait()
        if reading.last == after and await self._stream.next(after + 1) is not None:
            raise AwayError("a replica lags behind", self._link.place)
        return reading

    def _left(self, messages: list[Message]) -> list[Message]:
        return [message for message in messages if message.seq not in self._erasure]
