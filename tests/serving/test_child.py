"""A process of ours that is kept running; of workers, and how often one is begun again, in test_workers."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from gateway.config import Settings
from gateway.serving.child import Child
from gateway.serving.workers import Workers

from ..patience import PATIENCE

STAYS = "echo open; while :; do sleep 0.02; done"


def shell(script: str) -> Child:
    return Child("worker 1", ["sh", "-c", script], speaks=True)


async def test_who_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serving.child.STOP_SECONDS", 0.05)
    child = shell(f"trap '' TERM; {STAYS}")
    process = await child.start()
    async with asyncio.timeout(PATIENCE):
        await child.stop()
        await child.stop()  # it has ended
    assert process.returncode == -signal.SIGKILL
    await shell("").stop()  # it was never begun


async def test_a_child_hears_no_key_of_the_terminal_and_of_no_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/notify")
    child = shell(STAYS)
    process = await child.start()
    assert os.getsid(process.pid) == process.pid
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    assert b"PATH=" in environment
    assert b"NOTIFY_SOCKET" not in environment
    await child.stop()


async def test_who_has_just_died_is_told_nothing() -> None:
    """Between the end of its pipe and its own it seems to be there; uvloop writes to no closed transport."""
    child = shell(STAYS)
    process = await child.start()
    assert process.stdin is not None
    process.stdin.transport.abort()
    process.stdin.transport.write = lambda data: pytest.fail("it is closed")  # type: ignore[method-assign]
    child.say(b"hello\n")
    await child.stop()


ANSWERS = "echo open; for each in 1 2 3; do read line; echo alive; done; exit 7"


async def test_who_answers_is_not_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serving.child.ASK_SECONDS", 0.05)
    async with asyncio.timeout(PATIENCE):
        assert await Workers(Settings())._life_of(shell(ANSWERS)) == 7


async def test_who_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serving.child._WAITS", (0.1, 0.1, 0.2))
    hangs = shell("echo open; exec sleep 60")
    async with asyncio.timeout(PATIENCE):
        assert await Workers(Settings())._life_of(hangs) == -signal.SIGKILL
    assert hangs.open.is_set()
    assert hangs.is_silent


async def test_who_was_asked_late_by_ourselves_is_not_taken_for_hanging(monkeypatch: pytest.MonkeyPatch) -> None:
    """We stood still, and so the time was over when its answer was here already."""
    monkeypatch.setattr("gateway.serving.child._WAITS", (0.1, 0.1, 20))
    reader = asyncio.StreamReader()
    answered = asyncio.ensure_future(shell("")._answers(reader))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.3, reader.feed_data, b"alive\n")
    assert await answered
