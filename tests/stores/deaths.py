"""Processes that die while they change a log, forked from one that has loaded all: some die at each of many points."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from subprocess import PIPE
from typing import Any

from ..processes import started

Kill = Callable[[str, int], bool]
"""One process changes the log at that place, and dies at that point of it; whether it had said that it is done."""


def die_again(change: Callable[[str, int], Coroutine[Any, Any, None]]) -> None:
    """For each line of stdin, a place and a point: a process that says "acked", if it comes so far, and dies."""
    for line in sys.stdin:
        place, _, point = line.rpartition(" ")
        if (pid := os.fork()) == 0:
            asyncio.run(change(place, int(point)))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


@contextmanager
def killing(module: str) -> Iterator[Kill]:
    """A module whose main is die_again."""
    with started([sys.executable, "-m", module], stdin=PIPE, stdout=PIPE, text=True) as process:

        def kill_at(place: str, point: int) -> bool:
            assert process.stdin is not None
            assert process.stdout is not None
            print(place, point, file=process.stdin, flush=True)
            told: str = process.stdout.readline()
            was_acked = told == "acked\n"
            assert (process.stdout.readline() if was_acked else told) == "-9\n"
            return was_acked

        yield kill_at
