"""TLS on both listeners: a certificate and its key from files, read again when the operator says so."""

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from ..config import SettingError, path_of


class Certificate:
    """The certificate in these files. `context` stays the same when they are read again: who connects gets the new one.

    Raises SettingError.
    """

    def __init__(self, cert: str, key: str) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._digest = b""
        self.ends: datetime
        """Until when clients believe it."""
        self.load(cert, key)

    def load(self, cert: str, key: str) -> bool:
        """Read these files; whether they say something new. What was read before stays if they are no good.

        Raises SettingError.
        """
        chain = path_of("--tls-cert", cert)
        secret = path_of("--tls-key", key) if key else chain
        public = _read("--tls-cert", chain)
        digest = sha256(public + _read("--tls-key", secret)).digest()
        try:
            # Into one that nobody uses: a pair that does not fit must not replace half of the one in use.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, secret, _no_password)
            self.context.load_cert_chain(chain, secret, _no_password)
        except (ssl.SSLError, ValueError) as error:
            raise SettingError(f"--tls-cert {chain}: {_reason(error)}") from error
        is_new, self._digest = digest != self._digest, digest
        self.ends = _ends(public.decode("latin-1"))
        return is_new


_FIRST = re.compile("-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
_FOREVER = datetime.max.replace(tzinfo=UTC)
_VERSION, _UTC_TIME = 0xA0, 0x17


def _ends(chain: str) -> datetime:
    """RFC 5280, section 4.1: the second time of the validity of the first certificate, which is the server's own."""
    if (found := _FIRST.search(chain)) is None:
        return _FOREVER
    (_, certificate), *_ = _parts(ssl.PEM_cert_to_DER_cert(found[0]))
    (_, signed), *_ = _parts(certificate)
    parts = [each for each in _parts(signed) if each[0] != _VERSION]
    (_, validity) = parts[3]  # behind the serial number, the algorithm and the issuer
    kind, text = [*_parts(validity)][1]
    digits = text.decode("ascii").removesuffix("Z")
    if kind == _UTC_TIME:  # "Where YY is greater than or equal to 50, the year SHALL be interpreted as 19YY"
        digits = ("19" if digits >= "50" else "20") + digits
    return datetime.strptime(f"{digits}+0000", "%Y%m%d%H%M%S%z")


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """X.690, section 8.1: tags and contents, one after another. What OpenSSL has read is well-formed."""
    at = 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            more = size & 0x7F
            size, at = int.from_bytes(data[at : at + more]), at + more
        yield tag, data[at : at + size]
        at += size


def certificate_of(cert: str, key: str) -> Certificate | None:
    """The certificate, if one is set. Raises SettingError."""
    if key and not cert:
        raise SettingError("--tls-key: a key needs its --tls-cert")
    return Certificate(cert, key) if cert else None


def _read(flag: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingError(f"{flag} {file}: {error.strerror}") from error


def _no_password() -> str:
    raise ValueError("the key is encrypted; store it without a password, readable for the gateway alone")


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
        return "the key is another one's"
    return "no certificate with its key in PEM" if isinstance(error, ssl.SSLError) else str(error)
