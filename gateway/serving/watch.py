"""What the metrics tell of how things are: looked up when they are asked for, and never so that the room waits."""

import asyncio
import os
import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from math import inf
from pathlib import Path

import psutil
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..guard.deadlines import Alarm
from ..members.house import House
from ..metrics import State
from ..room.sanctions import Kind
from ..stores import StoreError
from .collector import resident
from .tls import Certificate

LAG_SECONDS = 0.25
"""Between two looks how late the loop is."""

_DESCRIPTORS = Path("/proc/self/fd" if Path("/proc/self/fd").exists() else "/dev/fd")


class Watch:
    """Of one gateway. `restarts` is how often this worker was started again."""

    def __init__(self, house: House, certificate: Certificate | None, restarts: int) -> None:
        self._house = house
        self._process = Process()
        self._lag = Lag(house)
        house.metrics.watch(partial(state_of, house, certificate, restarts))
        house.metrics.add(self._process)

    async def expose(self) -> bytes:
        """All metrics as text; of a store that does not answer, what it said last."""
        await self._process.look()
        with suppress(StoreError):  # the metrics tell that it fails, too
            await self._house.room.store.look()
        return self._house.metrics.expose()


_KINDS: tuple[Kind, ...] = ("ban", "mute")


def state_of(house: House, certificate: Certificate | None, restarts: int) -> State:
    """How a gateway is now; a store that does not know by itself tells what it said last."""
    room, rules, now = house.room, house.moderation.rules, house.wall()
    members, head = room.roster.members(), room.feed.head
    takers = [member for member in members if not member.is_deaf]  # who has gone is owed nothing
    ends = None if certificate is None else certificate.ends
    return State(
        members=Counter(member.wire.name for member in members),
        stalled=sum(not member.writable for member in takers),
        lag=head - min((member.cursor for member in takers), default=head),
        inbox_bytes=room.inbox.size,
        store_failing=bool(room.trouble),
        bad_records=room.store.skipped.count,
        oldest=room.store.first,
        newest=head,
        store_bytes=room.store.size,
        nats=room.store.is_connected,
        credentials_end=room.store.credentials_end,
        certificate_end=None if ends is None else ends.timestamp(),
        restarts=restarts,
        in_force={kind: len({note for note in rules.of(kind).values() if note.holds(now)}) for kind in _KINDS},
    )


class Lag:
    """How late the loop does what is due."""

    def __init__(self, house: House) -> None:
        self.alarm: Alarm | None = None
        self._seconds = house.metrics.loop_lag_seconds
        self._due = house.deadlines.now() + LAG_SECONDS
        house.deadlines.wake_at(self, self._due)

    def wake(self, now: float) -> float:
        """See Waiter."""
        if now >= self._due:
            self._seconds.observe(now - self._due)
            self._due = now + LAG_SECONDS
        return self._due

    def fail(self) -> None:
        """See Blamed: a fault is told, and we go on."""

    cut = fail


class Process(Collector):
    """What the process takes, by the names that Prometheus has for it.

    The library's own counts descriptors by listing them: with 19,000 members that is 40 ms in which the room stands.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._open = 0

    async def look(self) -> None:
        """Count the descriptors: newer Linux knows how many there are, else a thread lists them."""
        if _IS_COUNTED:
            self._open = os.stat(_DESCRIPTORS).st_size
        else:
            self._open = len(await asyncio.to_thread(os.listdir, _DESCRIPTORS))

    def collect(self) -> Iterator[Metric]:
        """Of now, but for the descriptors."""
        times = os.times()
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        yield CounterMetricFamily(
            "process_cpu_seconds", "Total user and system CPU time spent in seconds.", times.user + times.system
        )
        for name, text, value in (
            ("open_fds", "Number of open file descriptors.", self._open),
            ("max_fds", "Maximum number of open file descriptors.", inf if limit == resource.RLIM_INFINITY else limit),
            ("resident_memory_bytes", "Resident memory size in bytes.", resident()),
            (
                "start_time_seconds",
                "Start time of the process since unix epoch in seconds.",
                self._process.create_time(),
            ),
        ):
            yield GaugeMetricFamily(f"process_{name}", text, value)


def _is_counted() -> bool:
    """Whether the folder's size is how many there are, as since Linux 6.2."""
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(2)]
    try:
        before = os.stat(_DESCRIPTORS).st_size
        os.close(held.pop())
        return os.stat(_DESCRIPTORS).st_size == before - 1
    finally:
        os.close(held.pop())


_IS_COUNTED = _is_counted()
