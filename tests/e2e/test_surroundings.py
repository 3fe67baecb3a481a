"""Where the gateway is started: a terminal that is closed, no home, variables that others set."""

import os
import signal
import subprocess
import sys

import pytest

from .clients import ws
from .conftest import Start, need
from .gateway import serve
from .peers import PATIENCE, Terminal, chat
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


@pytest.mark.parametrize("flags", [("--store", "memory:"), FLAGS], ids=["one", "workers"])
def test_a_terminal_that_is_closed_ends_it(flags: tuple[str, ...]) -> None:
    terminal = Terminal(*serve(*flags), XDG_STATE_HOME=os.environ["XDG_STATE_HOME"])
    terminal.wait_for("Ctrl-C")
    terminal.hang_up()
    try:
        assert terminal.process.wait(PATIENCE) == 0
    finally:
        terminal.process.kill()


def test_who_does_not_want_to_hear_of_a_closed_terminal_goes_on() -> None:
    terminal = Terminal("sh", "-c", 'trap "" HUP; exec "$@"', "sh", *serve("--store", "memory:"))
    terminal.wait_for("Ctrl-C")
    terminal.process.send_signal(signal.SIGHUP)
    try:
        terminal.wait_for("nothing was read again")
        assert terminal.process.poll() is None
    finally:
        terminal.close()


@pytest.mark.parametrize("flags", [(), FLAGS], ids=["one", "workers"])
def test_a_reload_without_a_certificate_says_so(start: Start, flags: tuple[str, ...]) -> None:
    gateway = start(*flags)
    gateway.signal(signal.SIGHUP)
    gateway.wait_for_log("there is no certificate (--tls-cert): nothing was read again")


# --- no home --------------------------------------------------------------------------------------------------------


def test_without_a_home_the_store_has_to_be_named() -> None:
    ended = homeless(*serve())
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1), ended.stderr
    assert ended.stderr.startswith("gateway: --store: ")
    assert "XDG_STATE_HOME" in ended.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["chat", "--help"], ["man"], ["--version"]])
def test_without_a_home_help_is_help(arguments: list[str]) -> None:
    ended = homeless(sys.executable, "-m", "gateway", *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--store", "sqlite:~/room.db"], "--store"),
        (["--store", "memory:", "--password-file", "~/key"], "--password-file"),
        (["--store", "memory:", "--tls-cert", "~/cert"], "--tls-cert"),
        (["--embedded-nats"], "--embedded-nats"),
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
    warnings = [line for line in gateway.log.splitlines() if "WARNING" in line]
    assert len([line for line in warnings if "GATEWAY_" in line]) == 2, gateway.log
    assert any("GATEWAY_TCP_PROT is no setting; did you mean GATEWAY_TCP_PORT?" in line for line in warnings)
    assert any("GATEWAY_TCP_PORT is a link of Kubernetes" in line for line in warnings)
