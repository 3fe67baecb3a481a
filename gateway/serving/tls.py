"""TLS on both listeners: a certificate and its key from files, read again when the operator says so."""

import ssl
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
        self.load(cert, key)

    def load(self, cert: str, key: str) -> bool:
        """Read these files; whether they say something new. What was read before stays if they are no good.

        Raises SettingError.
        """
        chain = path_of("--tls-cert", cert)
        secret = path_of("--tls-key", key) if key else chain
        digest = sha256(_read("--tls-cert", chain) + _read("--tls-key", secret)).digest()
        try:
            # Into one that nobody uses: a pair that does not fit must not replace half of the one in use.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, secret, _no_password)
            self.context.load_cert_chain(chain, secret, _no_password)
        except (ssl.SSLError, ValueError) as error:
            raise SettingError(f"--tls-cert {chain}: {_reason(error)}") from error
        is_new, self._digest = digest != self._digest, digest
        return is_new


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
