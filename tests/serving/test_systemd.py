"""What systemd is told; with systemd's own programs in e2e/test_systemd."""

import asyncio
import socket
from contextlib import suppress
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


async def test_the_watchdog_is_told_twice_in_the_time_that_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As sd_watchdog_enabled(3) recommends: told once in it, it would restart one whose loop was late by a moment."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            raise asyncio.CancelledError

    monkeypatch.setattr("asyncio.sleep", sleep)
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    with suppress(asyncio.CancelledError):
        await systemd.keep_watchdog()
    assert slept == [15, 15]
