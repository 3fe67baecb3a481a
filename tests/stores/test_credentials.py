"""Files that say who we are to NATS: what is no good is told by a line without a secret, and leaves what was there."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from gateway.config import SettingError
from gateway.stores.credentials import Credentials, papers_in, trust_in

from ..papers import Office
from ..tables import each_of

CREDS = Office().creds(2_000_000_000)
NO_CREDS = "no whole .creds file, with a user's JWT and seed"


def test_what_a_creds_file_says(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(CREDS)
    (tmp_path / "b").write_text(Office().creds().replace("\n", "\r\n"))
    papers = papers_in(str(tmp_path / "a"))
    assert papers.ends == 2_000_000_000
    assert papers.signed("nonce")
    (tmp_path / "c").write_text(Office().creds(10**20))
    assert papers_in(str(tmp_path / "b")).ends is papers_in(str(tmp_path / "c")).ends is None
    for part in (papers.token, papers.seed):
        assert part in CREDS
        assert part not in repr(papers)


@each_of(
    "spoil",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("USER NKEY SEED", "SEED"),
        lambda text: text.replace("-----BEGIN USER NKEY SEED-----\nSU", "-----BEGIN USER NKEY SEED-----\nSX"),
        lambda text: text.replace(".", "!"),
        lambda text: text.replace(".", "."[:0], 1),
        lambda text: "\0\ud7ff" + text[:50],
    ],
)
def test_what_is_no_creds_file_is_told(tmp_path: Path, spoil: Callable[[str], str]) -> None:
    (tmp_path / "a").write_text(spoil(CREDS))
    with pytest.raises(SettingError) as caught:
        papers_in(str(tmp_path / "a"))
    assert str(caught.value) == f"--nats-creds {tmp_path}/a: {NO_CREDS}"


@each_of("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_ca_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "ca").write_text(text)
    with pytest.raises(SettingError, match=rf"^--nats-ca {tmp_path}/ca: no certificate in PEM$"):
        trust_in(str(tmp_path / "ca"))


def test_what_is_renewed_is_gone_by_and_what_is_no_good_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    creds, word, authority = tmp_path / "creds", tmp_path / "password", tmp_path / "ca"
    with pytest.raises(SettingError, match="No such file"):
        Credentials(str(creds))
    creds.write_text(CREDS)
    word.write_text("one\n")
    trustme.CA().cert_pem.write_to_path(authority)
    known = Credentials(str(creds), str(word), str(authority))
    assert known.password is not None
    assert known.trust is not None
    assert (known.end, known.password()) == (2_000_000_000, "one")
    first = known.trust()
    creds.write_text(Office().creds(2_100_000_000))
    word.write_text("two\n")
    trustme.CA().cert_pem.write_to_path(authority)
    assert known.end == 2_000_000_000
    known.look()
    assert (known.end, known.password()) == (2_100_000_000, "two")
    second = known.trust()
    assert second.get_ca_certs() != first.get_ca_certs()
    creds.write_text("")
    word.unlink()
    authority.write_text("")
    for _ in range(3):
        known.look()
        assert (known.end, known.password(), known.trust()) == (2_100_000_000, "two", second)
    assert sorted(caplog.messages) == sorted(
        f"{fault}; what was read before counts"
        for fault in (
            f"--nats-creds {creds}: {NO_CREDS}",
            f"{word}: No such file or directory",
            f"--nats-ca {authority}: no certificate in PEM",
        )
    )


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    """Whoever opened it again waited for ever for somebody who writes."""
    os.mkfifo(pipe := tmp_path / "pipe")
    both = os.open(pipe, os.O_RDWR)
    os.write(both, b"one\n")
    reader = os.open(pipe, os.O_RDONLY)
    os.set_blocking(reader, True)
    known = _by_pipe(pipe, both)
    for _ in range(2):
        assert known.password is not None
        assert known.password() == "one"
    os.close(reader)


def _by_pipe(pipe: Path, both: int) -> Credentials:
    """Whose writer goes when it was read."""
    import threading

    threading.Timer(0.05, os.close, [both]).start()
    return Credentials(password_file=str(pipe))
