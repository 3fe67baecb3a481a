"""TLS on both listeners: a certificate and its key from files, read again when the operator says so."""

import ssl

from ..config import SettingError, path_of


class Certificate:
    """The certificate in these files. `context` stays the same when they are read again: who connects gets the new one.

    Raises SettingError.
    """

    def __init__(self, cert: str, key: str) -> None:
        self._cert = path_of("--tls-cert", cert)
        self._key = path_of("--tls-key", key) if key else self._cert
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.load()

    def load(self) -> None:
        """Read the files; if they are no good, what was read before stays. Raises SettingError."""
        for flag, file in (("--tls-cert", self._cert), ("--tls-key", self._key)):
            try:
                file.read_bytes()
            except OSError as error:
                raise SettingError(f"{flag} {file}: {error.strerror}") from error
        try:
            # Into one that nobody uses: a pair that does not fit must not replace half of the one in use.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._cert, self._key, _no_password)
            self.context.load_cert_chain(self._cert, self._key, _no_password)
        except (ssl.SSLError, ValueError) as error:
            raise SettingError(f"--tls-cert {self._cert}: {_reason(error)}") from error


def certificate_of(cert: str, key: str) -> Certificate | None:
    """The certificate, if one is set. Raises SettingError."""
    if key and not cert:
        raise SettingError("--tls-key: a key needs its --tls-cert")
    return Certificate(cert, key) if cert else None


def _no_password() -> str:
    raise ValueError("the key is encrypted; store it without a password, readable for the gateway alone")


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
        return "the key is another one's"
    return "no certificate with its key in PEM" if isinstance(error, ssl.SSLError) else str(error)
