"""What signals mean to this process, and what it logs, is as before when a test has ended.

Children inherit what is blocked; and a reload sets the level of all that is logged.
"""

import logging
import signal
from collections.abc import Iterator

import pytest

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    meant = {number: signal.getsignal(number) for number in SIGNALS}
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # what came meanwhile means nothing yet
    for number, handler in meant.items():
        signal.signal(number, handler)
