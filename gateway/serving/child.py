"""A process of ours that is kept running: begun, asked whether it lives, and ended."""

import asyncio
import ctypes
import logging
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from . import systemd
from .worker import ASK

STOP_SECONDS = 10.0
ASK_SECONDS = 2.0
HANG_SECONDS = 8.0
"""In which a worker has to say that it lives."""
_WAITS = (1.0, HANG_SECONDS / 2 - 1.0, HANG_SECONDS / 2)
"""After the first of these it is called silent."""

_OURS = ("NOTIFY_SOCKET", *systemd.WATCHDOG)
_PR_SET_PDEATHSIG = 1  # prctl(2), on Linux

log = logging.getLogger("gateway.workers")


@dataclass(slots=True, eq=False)
class Child:
    """A process that is kept running. It is open once it says so on stdout, if it `speaks`, else when it is begun."""

    name: str
    command: Sequence[str]
    stdin: bytes = b""
    keeps: tuple[int, ...] = ()  # descriptors of ours that it holds too
    speaks: bool = False
    restarts: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)
    process: Process | None = None
    is_silent: bool = False

    async def start(self) -> Process:
        """Begin it, in a session of its own: Ctrl-C is for the parent, which ends its children in order."""
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            *(["--restarts", str(self.restarts)] if self.speaks else []),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if self.speaks else None,
            start_new_session=True,
            preexec_fn=_die_with_parent,
            pass_fds=self.keeps,
            # What systemd is told is the parent's to say.
            env={name: value for name, value in os.environ.items() if name not in _OURS},
        )
        assert self.process.stdin is not None
        self.process.stdin.write(self.stdin)
        if self.process.stdout is None or await self.process.stdout.readline():
            self.open.set()
        return self.process

    @property
    def is_away(self) -> bool:
        """Whether it is not there, or does not answer."""
        return self.is_silent or self.process is None or self.process.returncode is not None

    def say(self, line: bytes) -> None:
        """Tell it something, if it is there."""
        if self.process is not None and self.process.returncode is None:
            assert self.process.stdin is not None
            if not self.process.stdin.is_closing():  # it has just died; uvloop would raise what is no OSError
                self.process.stdin.write(line)

    async def watch(self) -> None:
        """Ask again and again whether it lives, if it `speaks`, and kill it when it does not say so."""
        while self.process is not None and self.process.stdout is not None:
            self.say(ASK)
            if await self._answers(self.process.stdout):
                await asyncio.sleep(ASK_SECONDS)
            else:
                log.error("%s has not answered for %s s, and is killed", self.name, HANG_SECONDS)
                with suppress(ProcessLookupError):
                    self.process.kill()
                return

    async def _answers(self, stdout: asyncio.StreamReader) -> bool:
        for seconds in _WAITS:  # once is not enough: if we have stood still ourselves, its answer is here by now
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await stdout.readline()
                    self.is_silent = False
                    return True
            self.is_silent = True
        return False

    def terminate(self) -> None:
        """SIGTERM, if it is there."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.terminate()

    async def stop(self, more_seconds: float = 0) -> None:
        """SIGTERM, and SIGKILL if that is not enough in STOP_SECONDS and some more."""
        if self.process is None:
            return
        self.terminate()
        with suppress(ProcessLookupError):
            try:
                await asyncio.wait_for(self.process.wait(), STOP_SECONDS + more_seconds)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
