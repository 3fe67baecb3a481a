"""TLS on both listeners: a certificate and its key from files, read again when the operator says so."""

import re
import ssl
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from ..config import SettingError, path_of
from .ending import SOON, left_until, told_end


class Certificate:
    """The certificate in these files. `context` stays the same when they are read again: who connects gets the new one.

    Raises SettingError.
    """

    def __init__(self, cert: str, key: str) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._digest = b""
        self.cert: str
        self.ends: datetime | None
        """Until when clients believe it, if the file says so as all do."""
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
            raise SettingError(_fault(error, public, chain, key)) from error
        is_new, self._digest = digest != self._digest, digest
        self.cert, self.ends = cert, _end_of(public)
        return is_new


def certificate_of(cert: str, key: str) -> Certificate | None:
    """The certificate, if one is set. Raises SettingError."""
    if key and not cert:
        raise SettingError("--tls-key: a key needs its --tls-cert")
    return Certificate(cert, key) if cert else None


def renewals(certificate: Certificate | None) -> list[str]:
    """A line, if it is high time to renew it: clients believe it no more, or soon don't."""
    if certificate is None or certificate.ends is None or left_until(certificate.ends) >= SOON:
        return []
    return [told_end(f"--tls-cert {certificate.cert}", certificate.ends)]


def _read(flag: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingError(f"{flag} {file}: {error.strerror}") from error


_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")


def _end_of(chain: bytes) -> datetime | None:
    """When the first certificate of a file ends, which is the one that is shown; OpenSSL has read it already."""
    found = _PEM.search(chain)
    return not_after(ssl.PEM_cert_to_DER_cert(found[0].decode("ascii"))) if found else None


def not_after(der: bytes) -> datetime:
    """When a certificate ends: the second time of its validity (RFC 5280, section 4.1)."""
    _, at, _ = _element(der, 0)
    _, at, _ = _element(der, at)
    if der[at] == _VERSION:
        _, _, at = _element(der, at)
    for _ in range(3):  # the serial number, how it is signed, by whom
        _, _, at = _element(der, at)
    _, at, _ = _element(der, at)
    _, _, at = _element(der, at)
    kind, at, end = _element(der, at)
    text = der[at:end].decode("ascii")
    if kind == _UTC_TIME:
        text = ("19" if text >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


_VERSION, _UTC_TIME = 0xA0, 0x17


def _element(der: bytes, at: int) -> tuple[int, int, int]:
    """The tag of what stands here, and where its content begins and ends (X.690, section 8.1)."""
    size, begin = der[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size, begin = int.from_bytes(der[begin : begin + count], "big"), begin + count
    return der[at], begin, begin + size


def _no_password() -> str:
    raise ValueError("the key is encrypted; store it without a password, readable for the gateway alone")


def _fault(error: Exception, public: bytes, chain: Path, key: str) -> str:
    """Whose file it is that is wrong, and what is."""
    where = f"--tls-key {key}" if key else f"--tls-cert {chain}"
    if not isinstance(error, ssl.SSLError):
        return f"{where}: {error}"
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"--tls-cert {chain}: the key is another one's"
    if not _is_certificate(public):
        return f"--tls-cert {chain}: no certificate in PEM"
    return f"{where}: no whole private key in PEM{'' if key else '; give its file by --tls-key'}"


def _is_certificate(chain: bytes) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=chain.decode("ascii"))
    except (ssl.SSLError, ValueError):
        return False
    return True
