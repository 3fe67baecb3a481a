"""The signals that an operator sends: stop, or read again. Who closes the terminal that we run in wants us to stop."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ..signals import heard, ignore


class Stop:
    """What a signal asks for: to stop, and who is asked again while it does so, to be done with it at once."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.hurried = asyncio.Event()

    def __call__(self) -> None:
        (self.hurried if self.asked.is_set() else self.asked).set()


@contextmanager
def handled(
    loop: asyncio.AbstractEventLoop, *, stop: Callable[[], None], reload: Callable[[], object]
) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT, and `reload` on SIGHUP, unless that says that our terminal is closed.

    As long as the block lasts; after it they mean nothing.
    """
    terminals = [fd for fd in range(3) if os.isatty(fd)]
    # nohup and trap '' HUP say that we are to outlive the terminal.
    is_bound = 0 in terminals and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN

    def hang_up() -> None:
        _say_no_more(terminals)
        stop()

    meanings = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: hang_up if is_bound else reload}
    with heard(loop, meanings):
        try:
            yield
        finally:
            ignore(*meanings)


def _say_no_more(terminals: Sequence[int]) -> None:
    """To a terminal that is closed; each word to it would be an error."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in terminals:
        os.dup2(nowhere, fd)
    os.close(nowhere)
