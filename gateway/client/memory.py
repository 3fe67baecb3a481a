"""What is remembered of a server, in the state folder: who we are there, and what we have seen of the log.

A file for each server, which its owner alone can read: whoever holds a session is that person. Of two clients at a
time one has the file; the other is somebody else, and remembers nothing.
"""

import fcntl
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import msgspec

from ..decoding import BadJsonError, Decoder

_SESSION = re.compile("[A-Za-z0-9_-]{22}")
MAX_FILE_NAME = 200
MAX_BYTES = 65536


class Known(msgspec.Struct, frozen=True):
    """What is known of a server: our name and session, and the position of the last message that we have."""

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    session: str = ""
    epoch: str = ""
    seq: int = 0


_decode = Decoder[Known](Known)


class Memory:
    """One server's file. Where there can be none it is kept nowhere."""

    def __init__(self, folder: Path | None, address: str) -> None:
        self._file: int | None = None
        if folder is not None:
            with suppress(OSError):  # no such folder, or another client has it
                self._file = _opened(folder / "rooms" / quote(address, safe="")[:MAX_FILE_NAME])

    def recall(self) -> Known:
        """What was kept; nothing, if that is damaged."""
        if self._file is None:
            return Known()
        with suppress(OSError, BadJsonError):
            known = _decode(os.pread(self._file, MAX_BYTES, 0))
            if not known.session or _SESSION.fullmatch(known.session):
                return known
        return Known()

    def keep(self, known: Known) -> None:
        """Keep this instead."""
        if self._file is not None:
            with suppress(OSError):  # a full disk: then it is forgotten
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, msgspec.json.encode(known), 0)

    def close(self) -> None:
        """Let others have it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _opened(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.fchmod(file, 0o600)
    except OSError:
        os.close(file)
        raise
    return file
