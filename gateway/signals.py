"""Signals, heard in the loop, and how they come to mean nothing.

asyncio's handlers, taken back, leave what the system does by itself; of a signal that comes while a handler of Python's
becomes none Python says with a traceback that it is "ignored due to race condition". So one handler of Python's follows
another here, and none is taken back.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

STOPPED = 128
"""Exit status, and the number of the signal: by that it was stopped."""


@contextmanager
def heard(loop: asyncio.AbstractEventLoop, callbacks: Mapping[signal.Signals, Callable[[], object]]) -> Iterator[None]:
    """Call these in the loop as long as the block lasts. After it they end the process at once, or are ignored still.

    The main thread's alone.
    """
    woken, waking = socket.socketpair()
    for end in (woken, waking):
        end.setblocking(False)
    before = signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
    loop.add_reader(woken, _wake, woken)
    for number, callback in callbacks.items():
        signal.signal(number, _to(loop, callback))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, callbacks)
    try:
        yield
    finally:
        for number in callbacks:
            if signal.getsignal(number) is not _nothing:
                signal.signal(number, _end)
        loop.remove_reader(woken)
        signal.set_wakeup_fd(before)
        woken.close()
        waking.close()


def end_by(*numbers: signal.Signals) -> None:
    """Until they are heard: by these a process ends that has nothing open yet, also one that waits for a file."""
    for number in numbers:
        signal.signal(number, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


def ignore(*numbers: signal.Signals) -> None:
    """What ends already is not ended again. They are blocked too: Python's end takes all handlers back."""
    for number in numbers:
        signal.signal(number, _nothing)
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)


_Handler = Callable[[int, FrameType | None], None]


def _to(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> _Handler:
    def handle(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(callback)

    return handle


def _wake(woken: socket.socket) -> None:
    """Python runs its handlers between two steps of Python: this is one, also in loops that are not written in it.

    The byte that is taken here ends a wait that began after Python last looked.
    """
    woken.recv(4096)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    pass


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _end(number: int, _frame: FrameType | None) -> None:
    os._exit(STOPPED + number)
