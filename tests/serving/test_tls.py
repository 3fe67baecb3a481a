"""The certificate: what is read again, and what stays when that is no good. With real connections in e2e/test_tls."""

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.config import SettingError, Settings
from gateway.serving.banner import announce
from gateway.serving.tls import Certificate
from gateway.serving.workers import Workers


class Files:
    """A certificate and its key, in files, of an authority that clients trust."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        self.client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(self.client)
        self.issue()

    def issue(self) -> None:
        """Another one, as certbot does when the old one gets old."""
        issued = self._authority.issue_cert("localhost")
        self.key.write_bytes(issued.private_key_pem.bytes())
        self.cert.write_bytes(issued.cert_chain_pems[0].bytes())

    @property
    def shown(self) -> bytes:
        """What clients get to see if they get this one."""
        return ssl.PEM_cert_to_DER_cert(self.cert.read_text())


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def seen(server: ssl.SSLContext, client: ssl.SSLContext) -> bytes | None:
    """The certificate that who connects gets to see, and believes. Raises SSLError."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(down, up, server_hostname="localhost")
    left = [ours, server.wrap_bio(up, down, server_side=True)]
    while left:
        for end in [*left]:
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
                left.remove(end)
    return ours.getpeercert(binary_form=True)


def test_who_connects_gets_the_one_that_was_read_last(files: Files) -> None:
    certificate = Certificate(str(files.cert), str(files.key))
    context, old = certificate.context, files.shown
    files.issue()
    assert seen(context, files.client) == old
    assert certificate.load(str(files.cert), str(files.key))
    assert not certificate.load(str(files.cert), str(files.key))
    assert certificate.context is context
    assert seen(context, files.client) == files.shown != old


@pytest.mark.parametrize("broken", ["the key is another one's", "the certificate is another one's", "junk", "gone"])
def test_what_is_no_good_leaves_the_one_that_was_there(files: Files, broken: str) -> None:
    """A key that did not fit replaced half of it, and nobody could connect any more."""
    certificate = Certificate(str(files.cert), str(files.key))
    old = files.shown
    kept = {file: file.read_bytes() for file in (files.cert, files.key)}
    files.issue()
    if broken == "the key is another one's":
        files.key.write_bytes(kept[files.key])
    elif broken == "the certificate is another one's":
        files.cert.write_bytes(kept[files.cert])
    elif broken == "junk":
        files.cert.write_bytes(b"junk")
    else:
        files.key.unlink()
    with pytest.raises(SettingError, match=r"^--tls-"):
        certificate.load(str(files.cert), str(files.key))
    assert seen(certificate.context, files.client) == old


def test_a_key_with_a_password_is_refused_in_words(files: Files) -> None:
    """OpenSSL would ask whoever has the terminal for it."""
    key = load_pem_private_key(files.key.read_bytes(), None)
    form = (Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    files.key.write_bytes(key.private_bytes(*form))
    with pytest.raises(SettingError, match="the key is encrypted"):
        Certificate(str(files.cert), str(files.key))


@pytest.mark.parametrize("year", [2029, 2049, 2050, 2075])
def test_when_it_ends_is_known(tmp_path: Path, year: int) -> None:
    """Of the one that is shown, the first; RFC 5280 writes a year from 2050 on in another way."""
    ends = datetime(year, 12, 31, 23, 59, 58, tzinfo=UTC)
    first = trustme.CA().issue_cert("localhost", not_after=ends)
    second = trustme.CA().issue_cert("localhost")
    chain = first.private_key_pem.bytes() + first.cert_chain_pems[0].bytes() + second.cert_chain_pems[0].bytes()
    (tmp_path / "tls.pem").write_bytes(chain)
    assert Certificate(str(tmp_path / "tls.pem"), "").ends == ends


def test_when_the_new_one_ends_is_known_once_it_is_read(files: Files) -> None:
    certificate = Certificate(str(files.cert), str(files.key))
    issued = trustme.CA().issue_cert("localhost", not_after=datetime(2031, 1, 2, tzinfo=UTC))
    files.key.write_bytes(issued.private_key_pem.bytes())
    files.cert.write_bytes(issued.cert_chain_pems[0].bytes())
    certificate.load(str(files.cert), str(files.key))
    assert certificate.ends == datetime(2031, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(("days", "expected"), [(-1, ", which has passed: renew it"), (5, ": renew it"), (60, "")])
async def test_one_that_ends_is_told_at_the_start_and_by_each_reload(
    days: int, expected: str, files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    """Both said nothing of one that clients refused: a hook that had put the wrong file there was told all is well."""
    issued = trustme.CA().issue_cert("localhost", not_after=datetime.now(UTC) + timedelta(days=days, hours=1))
    files.key.write_bytes(issued.private_key_pem.bytes())
    files.cert.write_bytes(issued.cert_chain_pems[0].bytes())
    settings = Settings(store="memory:", tls_cert=str(files.cert), tls_key=str(files.key))
    announce(settings, {"tcp_port": 1, "http_port": 2}, Certificate(settings.tls_cert, settings.tls_key))
    for lines in (caplog.messages, await Workers(settings).reload()):
        told = [line for line in lines if line.startswith(f"--tls-cert {files.cert}: it ends on ")]
        assert len(told) == bool(expected)
        assert all(line.endswith(expected) for line in told)
