"""gateway status and reload, of real gateways, by the socket beside the store."""

import json
import os
import socket
import stat
from pathlib import Path
from typing import Any

import psutil
import pytest

from gateway.config import Settings
from gateway.upkeep.places import identity
from gateway.upkeep.words import Ask, What, written

from ..nats import NatsServer, url
from . import nursery
from .clients import Run
from .conftest import Start
from .gateway import Gateway
from .peers import chat, raw
from .test_workers import FLAGS


def told(*command: str, **environment: str) -> Run:
    return nursery.run(list(command), environment={"PATH": "/usr/bin:/bin", "HOME": "/nowhere", **environment})


def store(gateway: Gateway) -> tuple[str, str]:
    return "--store", f"sqlite:{gateway.store}"


def asking(gateway: Gateway, what: What) -> bytes:
    """What a command sends that wants this of it."""
    return written(Ask(what, identity(Settings(store=f"sqlite:{gateway.store}"))))


def status(gateway: Gateway) -> dict[str, Any]:
    ended = told("status", "--json", *store(gateway))
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


async def test_status_tells_who_is_in_by_which_wire_and_how_far_the_log_is(start: Start) -> None:
    gateway = start("--title", "Tea room")
    async with raw(gateway) as ann, chat(gateway, name="Bob") as bob:
        await ann.send(b"hello\n\n")
        await bob.texts(1)
        found = status(gateway)
        shown = told("status", *store(gateway)).stdout
    assert found["members"] == {"raw": 1, "json": 1}
    assert (found["people"], found["first"], found["head"], found["lag"]) == (2, 1, 1, 0)
    assert (found["pid"], found["title"], found["nodes"]) == (gateway.pid, "Tea room", [])
    assert found["epoch"] in shown
    assert "connections  2 (1 json, 1 raw)\n" in shown
    assert "room         Tea room\n" in shown


def test_the_socket_is_the_operators_alone_and_ends_with_the_gateway(start: Start) -> None:
    gateway = start()
    path = gateway.store.with_name("room.db.sock")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert gateway.interrupt() == 0
    assert not path.exists()


@pytest.mark.parametrize("command", ["status", "reload"])
def test_where_no_gateway_runs_one_line_says_what_to_do(tmp_path: Path, command: str) -> None:
    ended = told(command, "--store", f"sqlite:{tmp_path}/room.db")
    assert ended.returncode == 1
    assert ended.stderr == (
        f"gateway: no gateway runs there ({tmp_path}/room.db.sock): "
        "start it, or give the --store or --config that it was started with\n"
    )


def test_a_socket_that_a_killed_gateway_left_is_taken_over(start: Start) -> None:
    gateway = start()
    gateway.kill()
    assert "no gateway runs there" in told("status", *store(gateway)).stderr
    gateway.again()
    assert status(gateway)["pid"] == gateway.pid


@pytest.mark.worlds
def test_a_second_gateway_that_would_have_the_same_socket_is_told_and_runs_without(start: Start) -> None:
    first = start("--store", "memory:")
    second = start("--store", "memory:")
    assert "memory.sock: no control socket, so gateway status and backup can't ask: another" in second.banner
    state = first.store.parent
    shown = told("status", "--json", "--store", "memory:", HOME=str(state))
    assert json.loads(shown.stdout)["pid"] == first.pid


def test_a_path_that_is_too_long_for_a_socket_will_do(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    gateway = start(folder=folder)
    assert status(gateway)["pid"] == gateway.pid


async def test_each_worker_tells_of_its_own_members_by_its_parent_which_reloads(start: Start, tmp_path: Path) -> None:
    gateway = start(*FLAGS)
    flags, home = FLAGS[2:], str(tmp_path)
    async with chat(gateway), chat(gateway), chat(gateway):
        ended = told("status", "--json", *flags, HOME=home)
        shown = told("status", *flags, HOME=home).stdout
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [each["worker"] for each in found] == ["1", "2"]
    assert sum(each["members"].get("json", 0) for each in found) == 3
    assert len({each["epoch"] for each in found}) == 1
    assert all("@" not in each["store"] for each in found)
    assert "(worker 2, started again 0 times)" in shown
    assert told("reload", *flags, HOME=home).stdout == "nothing is another one\n"
    gateway.wait_for_log("reload: nothing is another one")


@pytest.mark.worlds
def test_a_worker_that_hangs_is_told_of(start: Start, tmp_path: Path) -> None:
    gateway = start(*FLAGS)
    flags, home = FLAGS[2:], str(tmp_path)
    hung = psutil.Process(json.loads(told("status", "--json", *flags, HOME=home).stdout.splitlines()[1])["pid"])
    hung.suspend()
    shown = told("status", *flags, HOME=home).stdout
    assert "(worker 1, started again 0 times)" in shown
    assert shown.endswith("\nworker 2 does not answer\n")
    # That took longer than a worker is given to say that it lives.
    assert "worker 2 does not answer: it goes on by these when it does" in told("reload", *flags, HOME=home).stdout
    gateway.wait_for_log("worker 2 has not answered for 8.0 s, and is killed")
    gateway.judged = True


@pytest.mark.nats
def test_nodes_that_nobody_is_on_are_told_of(start: Start, tmp_path: Path, nats: NatsServer) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    place = url([nats], "nobody")

    def others(folder: Path) -> list[str]:
        ended = told("status", "--json", "--store", place, HOME=str(folder))
        return list(json.loads(ended.stdout)["nodes"])

    first = start("--store", place, folder=folders[0])
    assert others(folders[0]) == []
    second = start("--store", place, folder=folders[1])
    assert [len(others(folder)) for folder in folders] == [1, 1]
    assert others(folders[0]) != others(folders[1])
    second.interrupt()
    assert others(folders[0]) == []
    first.interrupt()


async def test_reload_does_what_sighup_does_and_tells_it(start: Start, tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text('title = "One"')
    gateway = start("--config", str(config))
    config.write_text('title = "Two"')
    ended = told("reload", *store(gateway))
    assert ended.stdout == "--title is Two now, it was One\n"
    gateway.wait_for_log("reload: --title is Two now, it was One")
    assert status(gateway)["title"] == "Two"
    config.write_text("rate = 'fast'")
    ended = told("reload", *store(gateway))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("gateway: all stays as it was: ")
    gateway.wait_for_log("ERROR reload: all stays as it was: ")
    gateway.judged = True


def test_who_asks_something_else_or_goes_is_no_trouble(start: Start) -> None:
    gateway = start()
    for sent in (b"", b"{}\n", b"x" * 10_000, asking(gateway, "status"), b"\xff\n"):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(10)
            peer.connect(os.fspath(gateway.store.with_name("room.db.sock")))
            peer.sendall(sent)
            if sent and sent.endswith(b"\n"):
                assert peer.recv(10)
    assert status(gateway)["pid"] == gateway.pid
