"""What time it is in a room: the machine's time, corrected by how far NATS's clock is off, which is one for all nodes.

1. What is off by little MUST NOT be corrected: machines that go by NTP have their own clocks, and times don't jump.
2. A machine's clock may jump at any time, and another server may lead. So what can't be undone MUST be done by both
   clocks, looked at anew: by `surely_past`. Neither which of them is wrong is known here, nor that only one is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from ...faults import contained_job
from .. import StoreError
from .nats import ANSWER_SECONDS, Place

LOOK_SECONDS = 10.0
"""Between two looks at NATS's clock."""
LEAST_MS = 2000
"""What is corrected: more than half of the longest round trip, by which it may seem to be off."""
TOLD_MS = 5000
MOST_MS = int(ANSWER_SECONDS * 1000)
"""Of a round trip. If it took longer the machine's clock jumped, or the machine stood still, and when is not known."""
EARLIEST, LATEST = datetime(2025, 9, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""The time of a nats-server 2.12; what tells another one has no clock that was ever set."""

log = logging.getLogger("gateway.clock")


class Clock:
    """Of one room. `machine` is the machine's time, in ms since 1970."""

    def __init__(self, place: Place, machine: Callable[[], int]) -> None:
        self.machine = machine
        self._place = place
        self._off = 0  # by which NATS is ahead of the machine
        self._told = 0  # of that
        self._heard: int | None = None  # NATS's time when it was last looked at

    def wall(self) -> int:
        """The room's time, in ms since 1970."""
        return self.machine() + self._off

    def surely_past(self) -> int:
        """The earlier of the machine's time and of NATS's when it was last looked at, as far as that is known."""
        machine = self.machine()
        return machine if self._heard is None else min(machine, self._heard)

    def heard(self, asked_at: int, time: datetime | None) -> None:
        """What time NATS says that it is, in its answer to what was asked then by the machine's time."""
        if time is None or not EARLIEST <= time < LATEST:
            return
        self._heard = int(time.timestamp() * 1000)
        now = self.machine()
        if not 0 <= now - asked_at <= MOST_MS:
            return
        off = self._heard - (asked_at + now) // 2
        if abs(off - self._off) > LEAST_MS:
            self._off = off if abs(off) > LEAST_MS else 0
            self._tell()

    def _tell(self) -> None:
        if abs(self._off - self._told) <= TOLD_MS:
            return
        self._told = self._off
        if not self._off:
            log.warning("this machine's clock agrees with that of %s again", self._place)
            return
        by = timedelta(seconds=round(abs(self._off) / 1000))
        log.warning(
            "this machine's clock is %s %s that of %s, by which the room goes: see to it that NTP sets both; until then"
            " nothing is lifted or dropped before it is over by both",
            by, "behind" if self._off > 0 else "ahead of", self._place,
        )  # fmt: skip


async def look_again(refresh: Callable[[], Awaitable[None]]) -> None:
    """Look at NATS's clock again and again, for ever: the machine's may have jumped."""

    async def look() -> None:
        with suppress(StoreError):  # whoever needs NATS tells that
            await refresh()

    while True:
        await asyncio.sleep(LOOK_SECONDS)
        await contained_job(None, look)
