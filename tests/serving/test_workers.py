"""The parent of several processes; with real gateways in e2e/test_workers.py."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from gateway.config import SettingError, Settings
from gateway.serving import systemd
from gateway.serving.ports import ServerError
from gateway.serving.worker import written
from gateway.serving.workers import DELAYS, STEADY_SECONDS, Child, Worker, Workers

from ..inprocess import timeless


async def test_the_servers_end_when_the_workers_have(tmp_path: Path) -> None:
    """Else what was said last is not stored."""
    told = tmp_path / "told"

    def child(name: str, *, seconds: float) -> Worker:
        return shell(f'trap "sleep {seconds}; echo {name} >> {told}; exit" TERM; {STAYS}')

    workers = Workers(Settings())
    workers._workers = [child("worker", seconds=0.2), child("worker", seconds=0.1)]
    workers._servers = [child("server", seconds=0)]
    for each in (*workers._workers, *workers._servers):
        await each.start()
        assert each.open.is_set()
    await workers._stop()
    assert told.read_text().split() == ["worker", "worker", "server"]


class Fickle(Child):
    """One that opens and ends, after these seconds each time; then it goes on."""

    def __init__(self, *lives: float) -> None:
        super().__init__("worker 1", [], speaks=True)
        self._lives = iter(lives)
        self.open.set()

    async def start(self) -> Any:
        return self

    async def watch(self) -> None:
        pass

    async def wait(self) -> int:
        await asyncio.sleep(next(self._lives, 10**6))
        return 1


@timeless
async def test_who_ends_again_and_again_is_started_more_and_more_slowly_and_who_was_steady_at_once() -> None:
    lives = [1.0] * 9 + [STEADY_SECONDS + 1, 1.0, STEADY_SECONDS * 100, 1.0]
    waits: list[float] = []
    child = Fickle(*lives)
    with patch("gateway.serving.workers.log.error", lambda *told: waits.append(told[-1])):
        keeping = asyncio.ensure_future(Workers(Settings())._kept(child))
        await asyncio.sleep(STEADY_SECONDS * 200)
        keeping.cancel()
    first, second = DELAYS[:2]
    assert waits == [*DELAYS, DELAYS[-1], DELAYS[-1], first, second, first, second]


@pytest.mark.parametrize("command", [["false"], ["/nowhere/none"]])
async def test_a_child_that_never_opened_is_told_and_not_begun_again(command: list[str]) -> None:
    child = Child("worker 1", command, speaks=True)
    async with asyncio.timeout(20):
        with pytest.raises(ServerError, match="worker 1 could not be opened"):
            await Workers(Settings())._kept(child)


def shell(script: str) -> Worker:
    return Worker("worker 1", ["sh", "-c", script], speaks=True, settings=Settings())


STAYS = "echo open; while :; do sleep 0.02; done"


async def test_who_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serving.workers.STOP_SECONDS", 0.05)
    child = shell(f"trap '' TERM; {STAYS}")
    process = await child.start()
    async with asyncio.timeout(20):
        await child.stop()
        await child.stop()  # it has ended
    assert process.returncode == -signal.SIGKILL
    await shell("").stop()  # it was never begun


async def test_who_is_there_is_told_other_settings_and_who_is_not_begins_by_them(tmp_path: Path) -> None:
    """What is another in each worker stays so: its ports are no other ones."""
    told = tmp_path / "told"
    ended, there = shell("exit 1"), shell(f"echo open; read line; echo $line > {told}; exit 7")
    await (await ended.start()).wait()
    process = await there.start()
    workers = Workers(Settings(), lambda: Settings(tcp_port=7, title="Two"))
    workers._workers = [shell(""), ended, there]
    there.settings = replace(there.settings, tcp_port=9)
    assert await workers.reload() == [
        "--tcp-port is another one: that needs a restart",
        "--title is Two now, it was none",
        *["worker 1 does not answer: it goes on by these when it does, or is started again by them"] * 2,
    ]
    async with asyncio.timeout(20):
        assert await process.wait() == 7
    assert written(there.settings).decode() == told.read_text()
    assert [(each.settings.tcp_port, each.settings.title) for each in workers._workers] == [
        (8001, "Two"),
        (8001, "Two"),
        (9, "Two"),
    ]
    assert all(each.stdin == written(each.settings) for each in workers._workers)


async def test_what_can_not_be_is_told_to_no_worker(tmp_path: Path) -> None:
    workers = Workers(Settings(), lambda: Settings(title="Two", tls_cert=str(tmp_path / "none")))
    workers._workers = [shell("")]
    with pytest.raises(SettingError, match="No such file"):
        await workers.reload()
    assert workers._workers[0].stdin == b""
    assert workers._settings.title == ""


async def test_a_child_hears_no_key_of_the_terminal_and_of_no_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/notify")
    child = shell(STAYS)
    process = await child.start()
    assert os.getsid(process.pid) == process.pid
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    assert b"PATH=" in environment
    assert b"NOTIFY_SOCKET" not in environment
    await child.stop()


async def test_a_child_that_is_not_kept_any_more_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its keeper died and nobody saw it: a worker less, for good."""
    opened = asyncio.Event()

    async def kept(self: Workers, child: Child) -> None:
        child.open.set()
        await opened.wait()
        raise ZeroDivisionError

    monkeypatch.setattr(Workers, "_kept", kept)
    monkeypatch.setattr("gateway.serving.workers.announce", lambda *_: opened.set())
    async with asyncio.timeout(20):
        with pytest.raises(ServerError, match="ZeroDivisionError"):
            await Workers(Settings(tcp_port=0, http_port=0, workers=2, store="nats://127.0.0.1:1/room")).run()


class Crowded(Fickle):
    """The machine can't begin it at first."""

    failures = 2

    async def start(self) -> Any:
        if self.failures:
            self.failures -= 1
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return self


@timeless
async def test_a_child_that_can_not_be_begun_now_is_begun_later() -> None:
    child = Crowded(1.0)
    statuses: list[object] = []
    with patch("gateway.serving.workers.log.error", lambda *told: statuses.append(told[-2])):
        keeping = asyncio.ensure_future(Workers(Settings())._kept(child))
        await asyncio.sleep(sum(DELAYS))
        keeping.cancel()
    assert statuses == ["Resource temporarily unavailable"] * 2 + [1]


ANSWERS = "echo open; for each in 1 2 3; do read line; echo alive; done; exit 7"


async def test_who_answers_is_not_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serving.workers.ASK_SECONDS", 0.05)
    async with asyncio.timeout(20):
        assert await Workers(Settings())._life_of(shell(ANSWERS)) == 7


async def test_who_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serving.workers._WAITS", (0.1, 0.1, 0.2))
    hangs = shell("echo open; exec sleep 60")
    async with asyncio.timeout(20):
        assert await Workers(Settings())._life_of(hangs) == -signal.SIGKILL
    assert hangs.open.is_set()
    assert hangs.is_silent


async def test_who_was_asked_late_by_ourselves_is_not_taken_for_hanging(monkeypatch: pytest.MonkeyPatch) -> None:
    """We stood still, and so the time was over when its answer was here already."""
    monkeypatch.setattr("gateway.serving.workers._WAITS", (0.1, 0.1, 20))
    reader = asyncio.StreamReader()
    answered = asyncio.ensure_future(shell("")._answers(reader))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.3, reader.feed_data, b"alive\n")
    assert await answered


@pytest.mark.parametrize(
    ("microseconds", "pid", "is_told"),
    [("1000", "", True), ("1000", "{0}", True), ("1000", "1", False), ("", "", False)],
)
async def test_the_watchdog_is_told_if_it_is_ours(
    monkeypatch: pytest.MonkeyPatch, microseconds: str, pid: str, is_told: bool
) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr("gateway.serving.systemd.notify", lambda state, _: told.put_nowait(state))
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    monkeypatch.setenv("WATCHDOG_PID", pid.format(os.getpid()))
    keeping = asyncio.ensure_future(systemd.keep_watchdog())
    if is_told:
        async with asyncio.timeout(10):
            assert [await told.get() for _ in range(3)] == ["WATCHDOG=1"] * 3
        keeping.cancel()
    else:
        await keeping
        assert told.empty()
