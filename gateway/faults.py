"""A fault stays with the one it came from.

Machinery that serves everybody calls one member after another: the deadlines' ring, the room's jobs, the inbox's acks,
the pump's step, the turns of input, the event loop's callbacks. Whatever one of these calls raises ends that member
alone.

1. Who calls a member on behalf of others MUST do so by `contained`, or hand what it catches to `contain`.
2. A protocol MUST be Contained: then the loop's callbacks are, in every subclass, without anybody thinking of it.
3. This module alone catches everything. tests/test_faults.py raises in each method of a member in turn.
4. What runs beside the rest MUST be begun by `begin`, unless somebody waits for its end: a task that dies tells nobody.
   What it has to do for ever MUST go on after a fault: each piece of it is a `contained_job`.
5. An error that is kept beyond its `except`, in a variable, a field or a future, MUST be `bare`.
"""

import asyncio
import codecs
import logging
import traceback
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from .logs import rationed

P = ParamSpec("P")
T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

MAX_SHOWN = 200

log = rationed("gateway.faults")


class Blamed(Protocol):
    """Someone a fault can come from."""

    def fail(self) -> None:
        """End in an orderly way, as after a fault of ours."""

    def cut(self) -> None:
        """End at once, and give back all that it holds. Calls nothing else of its own: that is broken."""


def contain(one: Blamed | None, fault: BaseException) -> None:
    """End the one that a fault came from; None if it came from nobody in particular."""
    report(fault)
    if one is None:
        return
    for end in (one.fail, one.cut):
        try:
            end()
        except Exception as worse:  # noqa: BLE001 - see above
            report(worse)
        else:
            return


def contained(one: Blamed | None, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | None:
    """Call something for someone; None if it raised."""
    try:
        return call(*arguments, **named)
    except Exception as fault:  # noqa: BLE001 - see above
        contain(one, fault)
        return None


async def contained_job(one: Blamed | None, job: Callable[[], Awaitable[None]]) -> None:
    """The same for something that takes a while."""
    try:
        await job()
    except asyncio.CancelledError as fault:
        if (task := asyncio.current_task()) is None or task.cancelling():
            raise
        contain(one, fault)  # what it waited for was cancelled, and not who does it
    except Exception as fault:  # noqa: BLE001 - see above
        contain(one, fault)


def begin(run: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Run something beside the rest; the log tells if anything ends it but its own end, or who cancels it."""
    task = asyncio.get_running_loop().create_task(run)
    task.add_done_callback(_told)
    return task


def _told(task: asyncio.Task[None]) -> None:
    if task.cancelled():
        fault: BaseException | None = None if task.cancelling() else asyncio.CancelledError(str(task.get_coro()))
    else:
        fault = task.exception()
    if fault is not None:
        report(fault)


def bare(error: E) -> E:
    """An error that is kept, or has been: without the frames that it and those it came from went through.

    These hold all that they saw: what was sent, who sent it, and often the error itself; so nothing of it would go.
    """
    each: BaseException | None = error
    while each is not None:
        each.__traceback__ = None
        each = each.__cause__ or each.__context__
    return error


_escaped = codecs.getencoder("unicode_escape")  # found now: a fault may be that no descriptor is left to look for it


def report(fault: BaseException) -> None:
    """One line for the operator; with --log-level debug the whole story."""
    frames = traceback.extract_tb(fault.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "nowhere"
    text = _escaped(f"{type(fault).__name__}: {fault}")[0].decode()[:MAX_SHOWN]
    log.error("a fault of ours in %s, please report it: %s", place, text, exc_info=log.isEnabledFor(logging.DEBUG))


_CALLBACKS = (
    "connection_made",
    "data_received",
    "eof_received",
    "connection_lost",
    "pause_writing",
    "resume_writing",
)


class Contained:
    """A protocol whose callbacks end it alone, whatever they raise. A subclass has `fail` and `cut`."""

    __slots__ = ()

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        for name in _CALLBACKS:
            if name in cls.__dict__:
                setattr(cls, name, _contained_callback(cls.__dict__[name]))

    @abstractmethod
    def fail(self) -> None:
        """See Blamed."""

    @abstractmethod
    def cut(self) -> None:
        """See Blamed."""


def _contained_callback(method: Callable[..., T]) -> Callable[..., T | None]:
    @wraps(method)
    def call(one: Blamed, *arguments: Any) -> T | None:
        try:
            return method(one, *arguments)
        except Exception as fault:  # noqa: BLE001 - see above
            contain(one, fault)
            return None

    return call
