"""TLS by either wire: whom we believe, and what is told of a certificate that is another's. The whole way is in e2e."""

import ssl
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from gateway.client.address import STRANGER, USAGE, Address, ChatError
from gateway.client.tls import context_for, refusal

SECURE = [Address("localhost", 443, "wss://localhost/ws"), Address("localhost", 8001, raw_tls=True)]
PLAIN = [Address("localhost", 80, "ws://localhost/ws"), Address("localhost", 8001)]


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext | bytes) -> ssl.SSLError | None:
    """Why a client does not believe a server; this may be one that answers something else."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(down, up, server_hostname="localhost")]
    if isinstance(server, bytes):
        down.write(server)
    else:
        ends.append(server.wrap_bio(up, down, server_side=True))
    try:
        for _ in range(4):
            for end in ends:
                with suppress(ssl.SSLWantReadError):
                    end.do_handshake()
    except ssl.SSLError as error:
        return error
    return None


def served(authority: trustme.CA, *, is_self_signed: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if is_self_signed:
        with authority.cert_pem.tempfile() as cert, authority.private_key_pem.tempfile() as key:
            context.load_cert_chain(cert, key)
    else:
        authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.mark.parametrize("address", SECURE)
def test_who_is_named_is_believed(address: Address, authority: trustme.CA, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(str(ca := tmp_path / "ca.pem"))
    context = context_for(address, ca)
    assert context is not None
    assert shake_hands(context, served(authority)) is None
    assert shake_hands(context, served(trustme.CA())) is not None


@pytest.mark.parametrize(
    ("is_self_signed", "told"),
    [(False, "unable to get local issuer certificate$"), (True, "self-signed certificate; --ca FILE names whom to")],
)
def test_who_is_not_believed_is_told_why(is_self_signed: bool, told: str, authority: trustme.CA) -> None:
    context = context_for(SECURE[0], None)
    assert context is not None
    error = shake_hands(context, served(authority, is_self_signed=is_self_signed))
    assert error is not None
    with pytest.raises(ChatError, match=f"^wss://localhost/ws: TLS: {told}") as caught:
        raise refusal(SECURE[0], error)
    assert caught.value.status == STRANGER


def test_who_speaks_no_tls_is_told_so(authority: trustme.CA) -> None:
    context = context_for(SECURE[1], None)
    assert context is not None
    error = shake_hands(context, "你已连接到服务器\n\n".encode())
    assert error is not None
    assert str(refusal(SECURE[1], error)) == "tls://localhost:8001: TLS: wrong version number"


@pytest.mark.parametrize("address", PLAIN)
def test_without_tls_nobody_is_to_be_believed(address: Address, tmp_path: Path) -> None:
    assert context_for(address, None) is None
    with pytest.raises(ChatError, match=r"speaks no TLS; give wss:// or tls://$") as caught:
        context_for(address, tmp_path)
    assert caught.value.status == USAGE


def test_a_file_that_names_nobody_is_told(tmp_path: Path) -> None:
    (empty := tmp_path / "empty.pem").write_text("nobody")
    for file, told in ((empty, "no certificate in PEM"), (tmp_path / "none.pem", "No such file or directory")):
        with pytest.raises(ChatError, match=f"^--ca {file}: {told}$") as caught:
            context_for(SECURE[0], file)
        assert caught.value.status == USAGE
