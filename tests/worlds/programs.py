"""Programs that a world starts: each has an owner that ends it, and nobody waits for one for ever."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..processes import skip

PATIENCE = 60.0
"""Seconds in which a program is to be up: a browser's first start takes ten of an idle machine."""


def need(program: str) -> str:
    """The path of a program of this world."""
    return shutil.which(program) or skip(f"{program} is not installed: make worlds installs it as root with apt-get")


@dataclass(frozen=True, slots=True)
class Program:
    """One that runs. What it prints is in `log`."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    async def says(self, pattern: str) -> re.Match[str]:
        """Wait until it has printed this."""
        end = time.monotonic() + PATIENCE
        while (match := re.search(pattern, self.said())) is None:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.said()}"
            assert time.monotonic() < end, f"no {pattern} in:\n{self.said()}"
            await asyncio.sleep(0.05)
        return match

    async def listens(self, port: int) -> None:
        """Wait until it can be connected to."""
        end = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                return
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.said()}"
            assert time.monotonic() < end, f"nobody listens on {port}:\n{self.said()}"
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(folder: Path, *command: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Program]:
    """A program in a session of its own, as long as the block lasts; then it and all that it started are killed.

    It is killed too if we are, who then can't end it.
    """
    ends_with_us = (need("setpriv"), "--pdeathsig", "KILL")
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*ends_with_us, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **(environment or {})},
        )
    try:
        yield Program(process, log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
