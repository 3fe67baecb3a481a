"""What the operator's signals mean, by real ones: whether a terminal is ours to end with decides about SIGHUP."""

import asyncio
import os
import pty
import signal
from collections.abc import Iterator

import pytest

from gateway.serving import signals

from ..patience import PATIENCE

HUP = signal.SIGHUP
SIGNALS = (HUP, signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def terminal() -> Iterator[int]:
    """One that somebody has opened. What our descriptors lead to is as before in the end."""
    ours = [os.dup(fd) for fd in range(3)]
    master, opened = pty.openpty()
    yield opened
    for fd, kept in enumerate(ours):
        os.dup2(kept, fd)
        os.close(kept)
    os.close(master)
    os.close(opened)


@pytest.mark.parametrize(
    ("at", "is_ignored", "number", "expected"),
    [
        ((), False, HUP, "reload"),  # under systemd, and in a container
        ((), True, HUP, "reload"),
        ((0,), False, HUP, "stop"),
        ((0, 1, 2), False, HUP, "stop"),
        ((0, 1, 2), True, HUP, "reload"),  # nohup
        ((1, 2), False, HUP, "reload"),  # our input is none: we are not there for who types
        ((0,), True, signal.SIGTERM, "stop"),
        ((), False, signal.SIGINT, "stop"),
    ],
)
async def test_a_signal_means_what_its_sender_means(
    terminal: int, at: tuple[int, ...], is_ignored: bool, number: signal.Signals, expected: str
) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(terminal if fd in at else nowhere, fd)
    os.close(nowhere)
    signal.signal(HUP, signal.SIG_IGN if is_ignored else signal.SIG_DFL)
    called: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    with signals.handled(loop, stop=lambda: called.put_nowait("stop"), reload=lambda: called.put_nowait("reload")):
        os.kill(os.getpid(), number)
        async with asyncio.timeout(PATIENCE):
            assert await called.get() == expected
        is_hung_up = number is HUP and expected == "stop"
        assert [fd for fd in range(3) if os.isatty(fd)] == ([] if is_hung_up else [*at])
    for each in SIGNALS:
        os.kill(os.getpid(), each)  # it ends already
    assert called.empty()
