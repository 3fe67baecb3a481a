"""Every process that a test starts has an owner, who ends it however the test ends: one that hung, hung for ever."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def started(command: Sequence[str], **given: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process as long as the block lasts; what has not ended by then is killed. `given` is what Popen takes.

    Popen's own block waits for it instead: for ever, if what should have ended it was not reached.
    """
    process = subprocess.Popen(command, **given)
    try:
        yield process
    finally:
        process.kill()
        with process:  # its pipes, too
            pass
