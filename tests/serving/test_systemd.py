"""What systemd is told; with systemd's own programs in e2e/test_systemd."""

import socket
from pathlib import Path

import pytest

from gateway.serving import systemd


@pytest.mark.parametrize("is_abstract", [False, True])
def test_a_state_gets_to_who_listens_and_nobody_has_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_abstract: bool
) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + path if is_abstract else path)
        listener.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + path if is_abstract else path)
        systemd.notify("READY=1")
        assert listener.recv(100) == b"READY=1"
    systemd.notify("STOPPING=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    systemd.notify("STOPPING=1")
