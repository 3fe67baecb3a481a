"""What is asked of the store, one question at a time.

1. A member's question MUST hold its reading until it is answered: its requests are done in order.
2. Lanes MUST take turns: whoever asks much waits for itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from .connection import Hold
from .faults import Blamed, contained_job
from .gate import lane_of
from .lanes import Lanes
from .logs import rationed
from .stores import StoreError

T = TypeVar("T")
Job = Callable[[], Awaitable[None]]
OURS = ""
"""The lane of what nobody in particular asked for."""

log = rationed("gateway.questions")


class Asker(Blamed, Protocol):
    """A member as it is seen here; `id` is its connection."""

    id: str
    host: str

    def hold(self, why: Hold) -> None:
        """Read no more from it."""

    def let_go(self, why: Hold) -> None:
        """Read again."""

    def error(self, code: str, say_id: str | None = None, detail: str = "") -> None:
        """Tell it why not."""


class Questions:
    """The line, and who answers it."""

    def __init__(self) -> None:
        self._line: Lanes[tuple[Blamed | None, Job]] = Lanes()
        self._has_some = asyncio.Event()

    def __len__(self) -> int:
        return len(self._line)

    def ask(self, member: Asker, job: Job) -> None:
        """Do something with the store for a member, which is not read meanwhile; it is told if the store fails."""
        member.hold(Hold.STORE)

        async def answered() -> None:
            try:
                await job()
            except StoreError as error:
                member.error("store-unreadable", detail=error.cause)
            finally:
                member.let_go(Hold.STORE)

        self._put(lane_of(member.host, member.id), member, answered)

    async def answer(self, lane: str, job: Callable[[], Awaitable[T]]) -> T:
        """Do something with the store when its turn has come, and wait for it. Raises what the job raises.

        A fault of ours is told in the log, and cancels who waits.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def answered() -> None:
            try:
                done.set_result(await job())
            except StoreError as error:
                done.set_exception(error)
            finally:
                done.cancel()  # nothing, if it is done

        self._put(lane, None, answered)
        return await asyncio.shield(done)

    def do(self, job: Job, lane: str = OURS) -> None:
        """Do something with the store that nobody waits for; the log tells if it fails."""

        async def done() -> None:
            try:
                await job()
            except StoreError as error:
                log.warning("the store could not be asked: %s", error)

        self._put(lane, None, done)

    async def run(self) -> None:
        """Ask, for ever."""
        while True:
            await self._has_some.wait()
            one, job = self._line.take()
            await contained_job(one, job)
            if not self._line:
                self._has_some.clear()
            await asyncio.sleep(0)  # a store that need not wait must not keep the loop from turning

    def _put(self, lane: str, one: Blamed | None, job: Job) -> None:
        self._line.put(lane, (one, job))
        self._has_some.set()
