"""The parent of several processes; with real gateways in e2e/test_workers.py."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from gateway.config import SettingError, Settings
from gateway.serving import systemd
from gateway.serving.child import Child
from gateway.serving.ports import ServerError
from gateway.serving.worker import written
from gateway.serving.workers import DELAYS, STEADY_SECONDS, Worker, Workers

from ..inprocess import timeless
from ..patience import PATIENCE


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

    def __init__(self, *lives: float, status: int = 1) -> None:
        super().__init__("worker 1", [], speaks=True)
        self._lives = iter(lives)
        self._status = status
        self.open.set()

    async def start(self) -> Any:
        return self

    async def watch(self) -> None:
        pass

    async def wait(self) -> int:
        await asyncio.sleep(next(self._lives, 10**6))
        return self._status


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


@timeless
async def test_what_was_ended_is_begun_at_once_each_time() -> None:
    """A nats-server that could not write was, when its disk could be written again."""
    waits: list[float] = []
    with patch("gateway.serving.workers.log.error", lambda *told: waits.append(told[-1])):
        keeping = asyncio.ensure_future(Workers(Settings())._kept(Fickle(1.0, 1.0, 1.0, status=0)))
        await asyncio.sleep(60)
        keeping.cancel()
    assert waits == [DELAYS[0]] * 3


@pytest.mark.parametrize("command", [["false"], ["/nowhere/none"]])
async def test_a_child_that_never_opened_is_told_and_not_begun_again(command: list[str]) -> None:
    child = Child("worker 1", command, speaks=True)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ServerError, match="worker 1 could not be opened"):
            await Workers(Settings())._kept(child)


def shell(script: str) -> Worker:
    return Worker("worker 1", ["sh", "-c", script], speaks=True, settings=Settings())


STAYS = "echo open; while :; do sleep 0.02; done"


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
    async with asyncio.timeout(PATIENCE):
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


async def test_a_child_that_is_not_kept_any_more_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its keeper died and nobody saw it: a worker less, for good."""
    opened = asyncio.Event()

    async def kept(self: Workers, child: Child) -> None:
        child.open.set()
        await opened.wait()
        raise ZeroDivisionError

    monkeypatch.setattr(Workers, "_kept", kept)
    monkeypatch.setattr("gateway.serving.workers.announce", lambda *_: opened.set())
    async with asyncio.timeout(PATIENCE):
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
        async with asyncio.timeout(PATIENCE):
            assert [await told.get() for _ in range(3)] == ["WATCHDOG=1"] * 3
        keeping.cancel()
    else:
        await keeping
        assert told.empty()
