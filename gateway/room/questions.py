"""What is asked of the store: as many questions at once as it takes, in lanes.

1. A member's question MUST hold its reading until it is answered: its requests are done in order.
2. Lanes MUST take turns, among those that wait for each other too: whoever asks much waits for itself.
3. Of those that are about the same, as a person's name, the next MUST be asked only when the one before is answered.
4. For who is gone nothing MUST be asked: after a restart thousands come, and some go again while they wait.
5. Whoever waits for an answer MUST get one, or an error of its name: it is cancelled by nobody but who ends it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from ..faults import Blamed, bare, begin, contained_job
from ..guard.holds import Hold
from ..guard.lanes import Lanes
from ..guard.stages import CLOSING, Stage
from ..logs import rationed
from ..refusals import RefusedError
from ..stores import StoreError
from ..tasks import end

T = TypeVar("T")
Job = Callable[[], Awaitable[None]]
OURS = ""
"""The lane of what nobody in particular asked for."""

ORDERS = "orders"
"""What operators' questions are about, and those of other nodes: what is in force."""

log = rationed("gateway.questions")


class WithdrawnError(StoreError):
    """The room has ended before this was answered, and nothing is asked any more."""

    def __init__(self) -> None:
        super().__init__("the gateway ends")


class UnansweredError(Exception):
    """A fault of ours has ended what should answer: the log tells which."""


class Asker(Blamed, Protocol):
    """A member as it is seen here."""

    owner: str
    stage: Stage

    @property
    def lane(self) -> str:
        """With whom it takes turns: see `gate.lane_of`."""

    def hold(self, why: Hold) -> None:
        """Read no more from it."""

    def let_go(self, why: Hold) -> None:
        """Read again."""

    def error(self, code: str, say_id: str | None = None, detail: str = "") -> None:
        """Tell it why not."""


class _Question(NamedTuple):
    lane: str
    about: str
    one: Blamed | None
    job: Job


class Questions:
    """The line, and who answers it. `at_once`: so many are asked at one time."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._line: Lanes[_Question] = Lanes()
        self._has_some = asyncio.Event()
        self._free = asyncio.Event()
        self._free.set()
        self._asking: set[asyncio.Task[None]] = set()
        self._attended: set[asyncio.Task[None]] = set()
        self._about: dict[str, Lanes[_Question]] = {}  # of what is asked now, what waits for that
        self._unanswered: set[asyncio.Future[Any]] = set()
        self._is_over = False

    def __len__(self) -> int:
        return len(self._line) + sum(1 + len(alike) for alike in self._about.values())

    def ask(self, member: Asker, job: Job, about: str = "") -> None:
        """Do something with the store for a member, which is not read meanwhile; it is told if the store fails.

        It is about its person, unless that is said.
        """
        member.hold(Hold.STORE)
        self._put(_Question(member.lane, about or member.owner, member, lambda: _answered(member, job)))

    def attend(self, member: Asker, job: Job) -> None:
        """The same for what takes many questions, each by `answer`, or waits for something else, too."""
        member.hold(Hold.STORE)
        attended = begin(contained_job(member, lambda: _answered(member, job)))
        self._attended.add(attended)
        attended.add_done_callback(self._attended.discard)

    async def answer(self, lane: str, about: str, job: Callable[[], Awaitable[T]]) -> T:
        """Do something with the store when its turn has come, and wait for it.

        Raises what the job raises: StoreError, RefusedError, or ConnectionError of who has left meanwhile; or
        WithdrawnError, UnansweredError.
        """
        if self._is_over:
            raise WithdrawnError
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._unanswered.add(done)
        done.add_done_callback(self._unanswered.discard)
        question = _Question(lane, about, None, partial(_settle, done, job))
        self._put(question)
        try:
            return await done
        except asyncio.CancelledError:
            self._withdraw(question)
            raise
        finally:
            del done, question  # it has the error; that has this frame

    def do(self, about: str, job: Job, lane: str = OURS) -> None:
        """Do something with the store that nobody waits for; the log tells if it fails."""

        async def done() -> None:
            try:
                await job()
            except StoreError as error:
                log.warning("the store could not be asked: %s", error)

        self._put(_Question(lane, about, None, done))

    async def run(self) -> None:
        """Ask, for ever."""
        try:
            while True:
                await self._has_some.wait()
                await self._free.wait()
                if self._line:  # who asked may have withdrawn it
                    self._take()
                await asyncio.sleep(0)  # a store that need not wait must not keep the loop from turning
        finally:
            self._is_over = True
            for done in self._unanswered:
                if not done.done():
                    done.set_exception(WithdrawnError())
            await end(*self._asking, *self._attended)

    def _put(self, question: _Question) -> None:
        self._line.put(question.lane, question)
        self._has_some.set()

    def _withdraw(self, question: _Question) -> None:
        """Nobody waits for it any more: it takes no turn of its lane."""
        if self._line.drop(question.lane, question):
            if not self._line:
                self._has_some.clear()
        elif question.about in self._about:
            self._about[question.about].drop(question.lane, question)

    def _take(self) -> None:
        """Ask the next one, or let it wait for the one that is asked about the same."""
        question = self._line.take()
        if not self._line:
            self._has_some.clear()
        if (alike := self._about.get(question.about)) is not None:
            alike.put(question.lane, question)
            return
        self._about[question.about] = Lanes()
        asking = begin(self._ask(question))
        self._asking.add(asking)
        asking.add_done_callback(self._asked)
        if len(self._asking) >= self._at_once:
            self._free.clear()

    async def _ask(self, question: _Question) -> None:
        """Ask it, and one after the other what is about the same: among these, too, lanes take turns."""
        alike = self._about[question.about]
        await contained_job(question.one, question.job)
        while alike:
            question = alike.take()
            await contained_job(question.one, question.job)
        del self._about[question.about]

    def _asked(self, asking: asyncio.Task[None]) -> None:
        self._asking.discard(asking)
        self._free.set()


async def _answered(member: Asker, job: Job) -> None:
    try:
        if member.stage < CLOSING:
            await job()
    except StoreError as error:
        member.error("store-unreadable", detail=error.cause)
    finally:
        member.let_go(Hold.STORE)


async def _settle(done: asyncio.Future[T], job: Callable[[], Awaitable[T]]) -> None:
    """Who asked may have gone, and the room may have ended: then it is done."""
    why: Exception = UnansweredError()
    try:
        found = await job()
        if not done.done():
            done.set_result(found)
    except (StoreError, RefusedError, ConnectionError) as error:
        why = bare(error)
    finally:
        if not done.done():
            done.set_exception(why)
