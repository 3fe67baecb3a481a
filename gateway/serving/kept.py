"""The files that are read at a start alone: whether they say something else by now, which no reload takes over."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from ..config import SettingError, Settings
from ..config.table import Setting, files_in

Kept = Mapping[tuple[Setting, Path], bytes]
"""Digests, by setting and path."""

FILES = {
    "nats_ca": "that needs a restart",
    "nats_password_file": "that needs a restart",
    "nats_creds": "it is read when NATS is connected to again",  # nats-py does so each time
}


def kept_in(settings: Settings) -> Kept:
    """What stands in them; a pipe can't be read twice. Raises SettingError."""
    return {(row, file): _digest(row.flag, file) for row, file in files_in(settings, FILES)}


def _digest(flag: str, file: Path) -> bytes:
    try:
        file.stat()
        return sha256(file.read_bytes()).digest() if file.is_file() else b""
    except OSError as error:
        raise SettingError(f"{flag} {file}: {error.strerror}") from error


def told(old: Kept, new: Kept) -> Iterator[str]:
    """A line for each that says something else. Another path is told of as another setting."""
    for (row, file), digest in new.items():
        if old.get((row, file), digest) != digest:
            yield f"the file of {row.flag} is another one: {FILES[row.name]}"
