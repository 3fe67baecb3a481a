"""What signals mean to this process is as before when a test has ended: children inherit what is blocked."""

import signal
from collections.abc import Iterator

import pytest

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    meant = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # what came meanwhile means nothing yet
    for number, handler in meant.items():
        signal.signal(number, handler)
