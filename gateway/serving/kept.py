"""The files that are read at a start alone: whether they say something else by now, which no reload takes over."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from ..config import SettingError, Settings, path_of

Kept = Mapping[tuple[str, Path], bytes]
"""Digests, by flag and path."""

FILES = {
    "nats_ca": "that needs a restart",
    "nats_password_file": "that needs a restart",
    "nats_creds": "it is read when NATS is connected to again",  # nats-py does so each time
}


def kept_in(settings: Settings) -> Kept:
    """What stands in them; a pipe can't be read twice. Raises SettingError."""
    named = ((f"--{name.replace('_', '-')}", getattr(settings, name)) for name in FILES)
    found = ((flag, path_of(flag, text)) for flag, text in named if text)
    return {(flag, file): _digest(flag, file) for flag, file in found}


def _digest(flag: str, file: Path) -> bytes:
    try:
        file.stat()
        return sha256(file.read_bytes()).digest() if file.is_file() else b""
    except OSError as error:
        raise SettingError(f"{flag} {file}: {error.strerror}") from error


def told(old: Kept, new: Kept) -> Iterator[str]:
    """A line for each that says something else. Another path is told of as another setting."""
    for (flag, file), digest in new.items():
        if old.get((flag, file), digest) != digest:
            yield f"the file of {flag} is another one: {FILES[flag[2:].replace('-', '_')]}"
