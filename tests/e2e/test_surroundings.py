"""Where the gateway is started: a terminal that is closed, no home, variables that others set."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from ..patience import PATIENCE
from ..processes import need, started
from ..tables import in_worlds
from .clients import read, tcp, ws
from .conftest import Start
from .gateway import MODULE, Gateway, serve
from .peers import Terminal, chat
from .test_workers import FLAGS

NOBODY = "54321"
"""A uid that no passwd entry has."""

HOMELESS = (
    "unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}",
    "env", "--unset=HOME", "--unset=XDG_STATE_HOME",
)  # fmt: skip
"""Before a command: it runs without HOME, as somebody whom the system does not know."""


def homeless(*command: str) -> subprocess.CompletedProcess[str]:
    """Run something so."""
    need("unshare")
    return subprocess.run([*HOMELESS, *command], capture_output=True, text=True, timeout=30, check=False)


# --- a terminal that is closed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [("--store", "memory:"), in_worlds(FLAGS)], ids=["one", "workers"])
def test_a_terminal_that_is_closed_ends_it(flags: tuple[str, ...]) -> None:
    terminal = Terminal(*serve(*flags), XDG_STATE_HOME=os.environ["XDG_STATE_HOME"])
    terminal.wait_for("Ctrl-C")
    terminal.hang_up()
    try:
        assert terminal.process.wait(PATIENCE) == 0
    finally:
        terminal.process.kill()


@pytest.mark.worlds
def test_who_does_not_want_to_hear_of_a_closed_terminal_goes_on() -> None:
    terminal = Terminal("sh", "-c", 'trap "" HUP; exec "$@"', "sh", *serve("--store", "memory:"))
    terminal.wait_for("Ctrl-C")
    terminal.process.send_signal(signal.SIGHUP)
    try:
        terminal.wait_for("reload: nothing is another one")
        assert terminal.process.poll() is None
    finally:
        terminal.close()


@pytest.mark.parametrize("flags", [(), in_worlds(FLAGS)], ids=["one", "workers"])
def test_a_reload_that_finds_nothing_new_says_so(start: Start, flags: tuple[str, ...]) -> None:
    gateway = start(*flags)
    gateway.signal(signal.SIGHUP)
    gateway.wait_for_log("reload: nothing is another one")


# --- descriptors that are closed --------------------------------------------------------------------------------------

ALL = "<&- >&- 2>&-"
FULL = ">/dev/full 2>&1"
ONE = ["<&-", ">&-", "2>&-"]


def closed(closing: str, *command: str) -> list[str]:
    """A command that runs with some of descriptors 0 to 2 closed."""
    return ["sh", "-c", f'exec "$@" {closing}', "sh", *command]


@pytest.mark.worlds
@pytest.mark.parametrize(
    ("closing", "flags"),
    [
        *((closing, ("--store", "memory:")) for closing in (ALL, FULL)),
        *(in_worlds(closing, ("--store", "memory:")) for closing in ONE),
        in_worlds(ALL, FLAGS),
    ],
)
async def test_it_serves_and_stops_without_descriptors(closing: str, flags: tuple[str, ...]) -> None:
    with started(closed(closing, *serve(*flags)), stderr=subprocess.PIPE, text=True) as process:
        try:
            await greeted(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=2 * PATIENCE)
    assert process.returncode == 0, errors
    assert "Assertion" not in errors
    assert "Traceback" not in errors


@pytest.mark.worlds
async def test_nobody_waits_for_who_does_not_read_the_log() -> None:
    """A terminal in which Ctrl-S was pressed stopped the room, and SIGTERM did not end it."""
    reading, writing = os.pipe()
    size = fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    with started(serve("--store", "memory:", "--log-level", "debug"), stderr=writing) as process:
        try:
            await greeted(process.pid)
            (port,) = [port for port in listening(process.pid) if await first_word(port)]
            for _ in range(200):  # each is a line or two
                assert await first_word(port)
            assert len(os.read(reading, size)) > size / 2, "it was full"
        finally:
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 2 * PATIENCE) == 0
            os.close(reading)
            os.close(writing)


def listening(pid: int) -> set[int]:
    """The ports on which it and its children listen."""
    process = psutil.Process(pid)
    found = [each for one in (process, *process.children(recursive=True)) for each in one.net_connections()]
    return {each.laddr[1] for each in found if each.status == psutil.CONN_LISTEN}


async def greeted(pid: int) -> None:
    """Come in there as soon as one can, on a port that no log may tell."""
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            for port in listening(pid):
                if await first_word(port) == "你已连接到服务器".encode():
                    return
            await asyncio.sleep(0.05)


async def first_word(port: int) -> bytes:
    with suppress(OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.timeout(1):
                return await reader.readexactly(24)
        finally:
            writer.close()
    return b""


@pytest.mark.parametrize(
    ("closing", "wire"),
    [("<&-", ws), ("2>&-", ws), (ALL, tcp), *(in_worlds(*each) for each in [(">&-", ws), (ALL, ws), ("<&-", tcp)])],
)
async def test_people_pipe_without_descriptors(gateway: Gateway, closing: str, wire: Callable[[Gateway], str]) -> None:
    command = [*MODULE, "chat", wire(gateway), "--no-follow"]
    ended = await asyncio.to_thread(
        subprocess.run, closed(closing, *command), input="x\n", capture_output=True, text=True, check=False, timeout=30
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert [event["text"] for event in read(gateway)] == ([] if "<" in closing else ["x"])


@pytest.mark.parametrize("closing", [">&-", in_worlds(ALL)])
@pytest.mark.parametrize(
    ("arguments", "status"), [(["man"], 1), in_worlds(["--help"], 1), (["serve", "--rate", "x"], 2)]
)
def test_a_command_ends_well_without_descriptors(closing: str, arguments: list[str], status: int) -> None:
    ended = subprocess.run(
        closed(closing, *MODULE, *arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=30,
    )  # fmt: skip
    assert ended.returncode == status
    assert "Traceback" not in ended.stderr


# --- no home --------------------------------------------------------------------------------------------------------


def test_without_a_home_the_store_has_to_be_named() -> None:
    ended = homeless(*serve())
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1), ended.stderr
    assert ended.stderr.startswith("gateway: --store: ")
    assert "XDG_STATE_HOME" in ended.stderr


@pytest.mark.worlds
def test_a_room_that_belongs_to_somebody_else_is_no_broken_disk(start: Start) -> None:
    """As after a backup that root has restored."""
    gateway = start()
    gateway.stop()
    gateway.store.chmod(0o444)
    ended = homeless(*serve("--store", f"sqlite:{gateway.store}"))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "give it to the user that the gateway runs as" in ended.stderr


@pytest.mark.parametrize("arguments", [["serve", "--help"], in_worlds(["chat", "--help"]), in_worlds(["man"])])
def test_without_a_home_help_is_help(arguments: list[str]) -> None:
    ended = homeless(sys.executable, "-m", "gateway", *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--store", "sqlite:~/room.db"], "--store"),
        (["--embedded-nats"], "--embedded-nats"),
        in_worlds(["--store", "memory:", "--password-file", "~/key"], "--password-file"),
        in_worlds(["--store", "memory:", "--tls-cert", "~/cert"], "--tls-cert"),
    ],
)
def test_without_a_home_a_path_in_it_is_one_line(flags: list[str], named: str) -> None:
    ended = homeless(*serve(*flags))
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1), ended.stderr
    assert named in ended.stderr


async def test_without_a_home_it_serves_and_people_chat(start: Start) -> None:
    gateway = start("--store", "memory:", prefix=HOMELESS)
    async with chat(gateway) as web:
        user = Terminal(*HOMELESS, sys.executable, "-m", "gateway", "chat", ws(gateway))
        try:
            user.wait_for(">")
            user.type("hello\r")
            assert await web.texts(1) == ["hello"]
        finally:
            user.close()


# --- variables ------------------------------------------------------------------------------------------------------


def test_what_kubernetes_sets_is_passed_over_and_a_misspelt_one_is_told(start: Start) -> None:
    gateway = start(
        GATEWAY_TCP_PORT="tcp://10.0.0.1:8001", GATEWAY_TCP_PORT_8001_TCP="tcp://10.0.0.1:8001",
        GATEWAY_TCP_PORT_8001_TCP_PROTO="tcp", GATEWAY_TCP_PORT_8001_TCP_PORT="8001", GATEWAY_SERVICE_HOST="10.0.0.1",
        GATEWAY_SERVICE_PORT="8001", GATEWAY_ADDRESS="ws://x", GATEWAY_TCP_PROT="9001",
    )  # fmt: skip
    warnings = [line for line in gateway.banner.splitlines() if "WARNING" in line]
    assert len([line for line in warnings if "GATEWAY_" in line]) == 2, gateway.banner
    assert any("GATEWAY_TCP_PROT is no setting; did you mean GATEWAY_TCP_PORT?" in line for line in warnings)
    assert any("GATEWAY_TCP_PORT is a link of Kubernetes" in line for line in warnings)
