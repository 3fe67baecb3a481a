"""Programs that tests drive, which may not be here, and processes.

Each has an owner, who ends it however the test ends: one that hung, hung for ever.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest


def skip(reason: str) -> NoReturn:
    """Skip a test and say why; where nothing may be skipped (.ci/run), fail."""
    if os.environ.get("SKIP_NOTHING"):
        pytest.fail(reason)
    pytest.skip(reason)


def need(program: str) -> str:
    """The path of a program that a test drives."""
    return shutil.which(program) or skip(f"{program} is not installed: make test installs it as root with apt-get")


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
