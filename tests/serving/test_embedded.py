"""The nats-server of --embedded-nats; what it does is in e2e/test_workers."""

import os
from pathlib import Path

import pytest

from gateway.serving.embedded import EmbeddedNats
from gateway.serving.ports import ServerError


def test_what_is_acked_is_on_the_disk_and_the_password_is_nobody_elses(tmp_path: Path) -> None:
    # JetStream's own default is two minutes: a power failure would take what people were told is kept.
    nats = EmbeddedNats(tmp_path / "nats")
    try:
        file = tmp_path / "nats" / "nats.conf"
        assert "sync_interval: always" in file.read_text(encoding="utf-8")
        assert file.stat().st_mode & 0o077 == file.parent.stat().st_mode & 0o077 == 0
    finally:
        nats.close()


def test_a_folder_is_one_gateways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serving.embedded.LOCK_SECONDS", 0.0)
    nats = EmbeddedNats(tmp_path)
    held = os.listdir("/proc/self/fd")
    with pytest.raises(ServerError, match="in use by another gateway"):
        EmbeddedNats(tmp_path)
    assert os.listdir("/proc/self/fd") == held
    nats.close()
    EmbeddedNats(tmp_path).close()
