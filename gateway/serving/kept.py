"""Files that say who we are to NATS: a reload looks whether they can be used, and tells which are others by now.

They are read when NATS is connected to, so nothing of that is anybody's to take over.
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from ..config import SettingError, Settings, password_in
from ..config.table import Setting, files_in
from ..stores.credentials import papers_in, trust_in

Kept = Mapping[tuple[Setting, Path], bytes]
"""Digests, by setting and path."""

_CHECKS: Mapping[str, Callable[[str], object]] = {
    "nats_ca": trust_in,
    "nats_password_file": lambda file: password_in("--nats-password-file", file),
    "nats_creds": papers_in,
}


def kept_in(settings: Settings) -> Kept:
    """What stands in them; a pipe can't be read twice. Raises SettingError."""
    return {(row, file): _digest(row, file) for row, file in files_in(settings, _CHECKS)}


def _digest(row: Setting, file: Path) -> bytes:
    try:
        file.stat()
        if not file.is_file():
            return b""
        _CHECKS[row.name](str(file))
        return sha256(file.read_bytes()).digest()
    except OSError as error:
        raise SettingError(f"{row.flag} {file}: {error.strerror}") from error


def told(old: Kept, new: Kept) -> Iterator[str]:
    """A line for each that says something else. Another path is told of as another setting."""
    for (row, file), digest in new.items():
        if old.get((row, file), digest) != digest:
            yield f"the file of {row.flag} is another one: it is read when NATS is connected to again"
