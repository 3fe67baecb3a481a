"""Signals that come before a server hears any: while it is imported, and while it opens its store and its ports."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.stores.sqlite import SqliteStore

from ..processes import started
from ..samples import a_draft
from ..tables import in_worlds, of_these
from .gateway import MODULE, serve

SCRIPT = """
import importlib.abc, os, runpy, sys

class Meanwhile(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *_):
        if name == moment:
            os.kill(os.getpid(), int(number))

moment, number = sys.argv[1:3]
sys.argv[1:] = sys.argv[3:]
sys.meta_path.insert(0, Meanwhile())
runpy.run_module("gateway", run_name="__main__", alter_sys=True)
"""
MOMENTS = {"imported": "gateway.cli", "opening its store": "gateway.stores.files"}


def signalled(moment: str, number: signal.Signals, *flags: str) -> list[str]:
    """A server that sends itself a signal then."""
    return [sys.executable, "-c", SCRIPT, moment, str(int(number)), *serve(*flags)[len(MODULE) :]]


def serve_in(folder: Path, moment: str, number: signal.Signals) -> list[str]:
    return signalled(MOMENTS[moment], number, "--store", f"sqlite:{folder}/room.db")


@pytest.mark.parametrize("moment", of_these(MOMENTS, "opening its store"))
def test_a_reload_waits_until_the_room_is_open(tmp_path: Path, moment: str) -> None:
    """It killed the gateway, and systemd takes that for a clean end."""
    command = serve_in(tmp_path, moment, signal.SIGHUP)
    with started(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        assert any("reload: nothing is another one" in line for line in process.stderr)
        process.terminate()
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("imported", signal.SIGINT),
        ("opening its store", signal.SIGTERM),
        in_worlds("imported", signal.SIGTERM),
        in_worlds("opening its store", signal.SIGINT),
    ],
)
def test_a_stop_is_a_clean_end(tmp_path: Path, moment: str, number: signal.Signals) -> None:
    """By SIGINT it was a traceback of what was imported."""
    command = serve_in(tmp_path, moment, number)
    with started(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        _, told = process.communicate()
    assert process.returncode == 0, told
    assert "Traceback" not in told
    assert not (tmp_path / "room.db-wal").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, in_worlds(signal.SIGINT)])
def test_so_it_is_while_a_file_is_waited_for(tmp_path: Path, number: signal.Signals) -> None:
    os.mkfifo(tmp_path / "password")
    command = [*serve_in(tmp_path, "imported", signal.SIGHUP), "--password-file", str(tmp_path / "password")]
    with started(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        pipe = os.open(tmp_path / "password", os.O_WRONLY)  # when it has opened it
        process.send_signal(number)
        _, told = process.communicate()
        os.close(pipe)
    assert process.returncode == 0, told
    assert "Traceback" not in told


CANNOT_FOLLOW = """
import runpy, sys
from gateway.stores import StoreError, sqlite

async def follow(self, after):
    raise StoreError("it can't be read now")
    yield

sqlite.SqliteStore.follow = follow
runpy.run_module("gateway", run_name="__main__", alter_sys=True)
"""


async def _room_in(folder: Path) -> None:
    """With something to follow."""
    store = await SqliteStore.open(folder / "room.db", 10, 10**6)
    await store.append([a_draft()])
    await store.close()


def test_so_it_is_while_the_log_is_read_again_and_again(tmp_path: Path) -> None:
    """It did not end by any signal but SIGKILL."""
    asyncio.run(_room_in(tmp_path))
    flags = serve("--store", f"sqlite:{tmp_path}/room.db")[len(MODULE) :]
    command = [sys.executable, "-c", CANNOT_FOLLOW, *flags]
    with started(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        assert any("the log can't be followed" in line for line in process.stderr)
        process.terminate()
        _, told = process.communicate()
    assert process.returncode == 0, told
    assert "Traceback" not in told


def test_what_is_not_asked_to_serve_is_ended_as_ever() -> None:
    command = signalled("gateway.cli", signal.SIGTERM, "--check")
    with started(command, stdin=subprocess.DEVNULL) as process:
        assert process.wait() == -signal.SIGTERM
