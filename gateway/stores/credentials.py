"""Who we are to NATS and whom we trust, as it stands in files, which are read again at each connection.

1. What can't be used MUST leave what was read last: a connection may be lost while somebody writes the file.
"""

import logging
import re
import ssl
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from ..config import SettingError, password_in, path_of
from ..decoding import Decoder

T = TypeVar("T")

_TOKEN = re.compile(r"-BEGIN NATS USER JWT-+\s+([A-Za-z0-9_.-]+)\s+-+END ")
_SEED = re.compile(r"-BEGIN USER NKEY SEED-+\s+([A-Z0-9]+)\s+-+END ")

log = logging.getLogger("gateway.nats")


_LATEST = 253_402_300_799
"""The last second of the year 9999."""


class _Claims(msgspec.Struct):
    exp: float = 0


_claims = Decoder[_Claims](_Claims)


@dataclass(frozen=True, slots=True)
class Papers:
    """What stands in a .creds file; `ends` in seconds since 1970, None if it never does."""

    token: str = field(repr=False)
    seed: str = field(repr=False)
    ends: float | None

    def signed(self, nonce: str) -> bytes:
        """What shows that they are ours."""
        from nkeys import from_seed  # type: ignore[import-untyped]

        pair = from_seed(bytearray(self.seed.encode()))
        try:
            return b64encode(pair.sign(nonce.encode()))
        finally:
            pair.wipe()


def papers_in(file: str) -> Papers:
    """What a .creds file says. Raises SettingError."""
    path = path_of("--nats-creds", file)
    text = _bytes("--nats-creds", path).decode(errors="replace")
    token, seed = (found[1] if (found := part.search(text)) else "" for part in (_TOKEN, _SEED))
    try:
        claims = _claims(urlsafe_b64decode(f"{token.split('.')[1]}==="))
        papers = Papers(token, seed, claims.exp if 0 < claims.exp <= _LATEST else None)
        papers.signed("")
    except ModuleNotFoundError:  # who connects says what is to be installed
        return papers
    except Exception as error:  # nkeys raises what it comes upon, and what that says is of a secret
        raise SettingError(f"--nats-creds {path}: no whole .creds file, with a user's JWT and seed") from error
    return papers


def trust_in(file: str) -> ssl.SSLContext:
    """Who believes the CAs in a file. Raises SettingError."""
    path = path_of("--nats-ca", file)
    _bytes("--nats-ca", path)
    try:
        return ssl.create_default_context(cafile=path)
    except (ssl.SSLError, OSError) as error:
        raise SettingError(f"--nats-ca {path}: no certificate in PEM") from error


def _bytes(flag: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingError(f"{flag} {path}: {error.strerror}") from error


class Renewed(Generic[T]):
    """What stands in a file whenever it is asked for, as far as it can be used. Raises SettingError at first."""

    def __init__(self, file: str, read: Callable[[], T]) -> None:
        self._path = Path(file)
        self._read = read
        self._told = ""
        self.last = read()

    def __call__(self) -> T:
        """Read it, unless it is a pipe, which can't be read twice."""
        try:
            if not self._path.is_fifo():
                self.last = self._read()
            self._told = ""
        except (SettingError, OSError) as error:
            if str(error) != self._told:
                self._told = str(error)
                log.warning("%s; what was read before counts", error)
        return self.last


class Credentials:
    """All of that for one connection: of a .creds file, or a password in a file; a CA's. Raises SettingError."""

    def __init__(self, creds: str = "", password_file: str = "", authority: str = "") -> None:
        self.papers = Renewed(creds, lambda: papers_in(creds)) if creds else None
        self.password = (
            Renewed(password_file, lambda: password_in("--nats-password-file", password_file))
            if password_file
            else None
        )
        self.trust = Renewed(authority, lambda: trust_in(authority)) if authority else None

    @property
    def may_be_renewed(self) -> bool:
        """Whether who is refused may be let in a moment later, with nobody doing anything here."""
        return self.papers is not None or self.password is not None

    @property
    def end(self) -> float | None:
        """When they end, as they were read last; None if they never do."""
        return self.papers.last.ends if self.papers else None

    def look(self) -> None:
        """Have that as it is now. It may hang, as reading does."""
        if self.papers:
            self.papers()

    def sign(self, nonce: str) -> bytes:
        """Read the papers, and sign by them."""
        assert self.papers is not None
        return self.papers().signed(nonce)

    def token(self) -> bytearray:
        """That goes with what was signed last."""
        assert self.papers is not None
        return bytearray(self.papers.last.token.encode())
