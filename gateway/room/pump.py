"""The fan-out: who is behind the head gets its next chunk, in turn, a few milliseconds at a time.

1. Nothing is written to a listener that is not writable; it comes back by `add` when it is.
2. A listener gets one chunk a step, then goes to the back of the line.
3. A turn lasts SLICE_SECONDS at most, then the loop runs. Nobody hogs it, neither a fast listener nor a big room. What
   takes longer than that by itself, a chunk of large texts, is alone in its turn.
4. What is not in memory is read from the store once for all who wait for it, READS pieces at a time at most.
5. Who catches up takes turns by lanes, for what is read and for what is made: a crowd of one address keeps others
   waiting no longer than one does.
6. Who was at the head when the room said something MUST NOT wait for those who catch up: these stand in a line of their
   own, in which a turn makes one chunk. All at the head share theirs; who catches up may want one that nobody else has.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Protocol

from ..faults import Blamed, begin, contain
from ..guard.lanes import Lanes
from ..messages import Hole, Message
from ..metrics import Metrics
from ..stores import StoreError
from ..wires import Format
from .blocks import BLOCK
from .feed import Chunk, Feed, Missing
from .outage import Outage
from .pages import STEP, entries
from .past import Past

SLICE_SECONDS = 0.005
READS = 4
READ_BYTES = 256 * 1024
"""Of the older log at once: some chunks, so that who reads large texts alone costs little more than these."""

_BATCH = 64  # steps between two looks at the clock, unless one has to make a chunk of so many bytes, or presence
_DEAR = 16 * 1024


class Listener(Blamed, Protocol):
    """A member as the pump sees it. `queued`, whether the pump has it in one of its lines, belongs to the pump."""

    cursor: int
    format: Format
    writable: bool
    due: bool
    queued: bool

    @property
    def lane(self) -> str:
        """With whom it waits: see `lane_of`."""

    def flush(self) -> None:
        """Write what is for it alone, if anything may be written."""

    def take(self, chunk: Chunk) -> None:
        """Write a chunk, and go on to its end."""

    def skip(self, lost: Hole) -> None:
        """Hear of a gap, and go on to its end."""


class Pump:
    """Serves all listeners. `now` is the loop's clock, `call_soon` its way to run something in the next turn."""

    def __init__(
        self,
        feed: Feed,
        past: Past,
        metrics: Metrics,
        now: Callable[[], float],
        call_soon: Callable[[Callable[[], None]], object],
    ) -> None:
        self._feed = feed
        self._past = past
        self._now = now
        self._call_soon = call_soon
        self._metrics = metrics
        self._grown_at: float | None = None  # when the feed grew that is being fanned out
        self._served = self._served_bytes = 0  # deliveries of this turn: to count each few took a hundredth of it
        self._scheduled = False
        self._ready: deque[Listener] = deque()  # who was at the head when the feed grew
        self._behind: Lanes[Listener] = Lanes()  # who catches up
        # Whose the next step is: a chunk may take longer than a turn, and is its only one then.
        self._is_theirs = False
        self._at_head: dict[Format, dict[Listener, None]] = defaultdict(dict)  # who shares a chunk side by side
        self._waiting: dict[Missing, list[Listener]] = {}  # by what is to be read
        self._unread: Lanes[Missing] = Lanes()  # by each lane that waits for it
        self._readers: dict[Missing, asyncio.Task[None]] = {}
        self._outage = Outage("read")

    def add(self, listener: Listener) -> None:
        """Serve a listener that may have something coming."""
        if not self._take_from_head(listener) and listener.queued:
            return
        listener.queued = True
        if listener.cursor == self._feed.head and listener.writable and not listener.due:
            self._at_head[listener.format][listener] = None  # it has all there is
            return
        self._behind.put(listener.lane, listener)
        self._schedule()

    def remove(self, listener: Listener) -> None:
        """Serve it no more; it must not be writable any longer."""
        self._take_from_head(listener)

    def grown(self) -> None:
        """The feed has more: everybody who waits at its head is served."""
        if not self._ready:
            self._grown_at = self._now()
        for listeners in self._at_head.values():
            self._ready.extend(listeners)
            listeners.clear()
        self._schedule()

    def close(self) -> None:
        """Stop reading from the store."""
        for reader in self._readers.values():
            reader.cancel()

    def _take_from_head(self, listener: Listener) -> bool:
        """Whether it was there. Its format may be another by now."""
        for listeners in self._at_head.values():
            if listener in listeners:
                del listeners[listener]
                return True
        return False

    def _schedule(self) -> None:
        if not self._scheduled and (self._ready or self._behind):
            self._scheduled = True
            self._call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        end = self._now() + SLICE_SECONDS
        may_catch_up = True
        while self._ready or (self._behind and may_catch_up):
            catches_up = bool(self._behind) and may_catch_up and (self._is_theirs or not self._ready)
            enough = self._feed.made + _DEAR
            if catches_up:
                self._steps(self._behind.take, len(self._behind), end, squeezed=False)
            else:
                self._steps(self._ready.popleft, len(self._ready), end, squeezed=True)
            may_catch_up = may_catch_up and not (catches_up and self._feed.made > enough)
            self._is_theirs = not catches_up
            if self._now() >= end:
                break
        self._metrics.deliveries.inc(self._served)
        self._metrics.delivered_bytes.inc(self._served_bytes)
        self._served = self._served_bytes = 0
        if not self._ready and self._grown_at is not None:
            self._metrics.fanout_seconds.observe(self._now() - self._grown_at)
            self._grown_at = None
        self._schedule()

    def _steps(self, take_next: Callable[[], Listener], size: int, end: float, *, squeezed: bool) -> None:
        """A step for each of the first few. Most are where the one before was: what is found is looked at once."""
        head, dear = self._feed.head, self._feed.made + _DEAR
        after, wire_format, found, served = -1, None, None, 0
        chunk: Chunk | None = None
        goes_on = False  # behind the chunk
        at_head: dict[Listener, None] = {}
        try:
            steps = iter(range(min(_BATCH, size)))
            for _ in steps:
                listener = take_next()
                if listener.due:
                    listener.flush()
                    if self._now() >= end:
                        deque(steps, maxlen=0)
                if not listener.writable:
                    listener.queued = False
                    continue
                if listener.cursor != after or listener.format is not wire_format:
                    self._count(chunk, served)
                    served = 0
                    after, wire_format = listener.cursor, listener.format
                    found = self._feed.chunk(wire_format, after, squeezed=squeezed)
                    chunk = found if type(found) is Chunk else None
                    goes_on = chunk is not None and chunk.last < head
                    at_head = self._at_head[wire_format]
                    if self._feed.made > dear:
                        deque(steps, maxlen=0)  # this is the last of them
                if chunk is not None:
                    listener.take(chunk)
                    served += 1
                    if goes_on:
                        self._behind.put(listener.lane, listener)
                    else:
                        at_head[listener] = None
                elif found is None:
                    at_head[listener] = None
                else:
                    self._catch_up(listener, found)
        except Exception as fault:  # noqa: BLE001 - handed to contain; around the loop it costs nothing
            listener.queued = False
            contain(listener, fault)
        self._count(chunk, served)

    def _count(self, chunk: Chunk | None, served: int) -> None:
        if served and chunk is not None:
            self._served += served * chunk.count
            self._served_bytes += served * len(chunk.data)

    def _catch_up(self, listener: Listener, found: Chunk | Missing | Hole) -> None:
        if isinstance(found, Missing):
            self._read(found, listener)
        elif isinstance(found, Hole):
            listener.skip(found)
            self._behind.put(listener.lane, listener)

    def _read(self, missing: Missing, listener: Listener) -> None:
        self._waiting.setdefault(missing, []).append(listener)
        if missing not in self._readers:
            self._unread.put(listener.lane, missing)
            self._read_on()

    def _read_on(self) -> None:
        """Read what is next. What several lanes wait for is read for the first of them, and passed over then."""
        while self._unread and len(self._readers) < READS:
            missing = self._unread.take()
            if missing in self._waiting and missing not in self._readers:
                self._readers[missing] = begin(self._read_piece(missing))

    async def _read_piece(self, missing: Missing) -> None:
        try:
            await self._put_piece(missing)
        except Exception as fault:  # noqa: BLE001 - handed to contain, for each of those who would wait for ever
            for listener in self._waiting.pop(missing):
                contain(listener, fault)
        del self._readers[missing]
        self._read_on()

    async def _put_piece(self, missing: Missing) -> None:
        first = missing.first
        end = first + BLOCK - 1 - first % BLOCK
        while True:
            try:
                read = await self._piece(missing, end + 1 - first)
                self._outage.over()
                break
            except StoreError as error:
                await self._outage.wait(error)
        if read and read[-1].seq < end:
            end = read[-1].seq
        within = [message for message in read if message.seq <= end]
        if not within:  # of so many seqs as may be: a row by hand, or one that was lost
            end = max(end, (read[0].seq if read else self._feed.live_from) - 1)
        self._feed.put(first, within, max(first, self._past.first), end)
        for listener in self._waiting.pop(missing):
            self._behind.put(listener.lane, listener)
        self._schedule()

    async def _piece(self, missing: Missing, count: int) -> list[Message]:
        """So many messages, of READ_BYTES; at once if the first few are small, else a step at a time."""
        few = (await entries(self._past, missing.first - 1, min(STEP, count), READ_BYTES)).messages
        cost = sum(message.cost for message in few)
        if len(few) < STEP or len(few) == count or cost >= READ_BYTES:
            return few
        step = STEP if missing.is_large or cost > READ_BYTES * STEP // BLOCK else BLOCK
        rest = await entries(self._past, few[-1].seq, count - STEP, READ_BYTES - cost, step)
        return few + rest.messages
