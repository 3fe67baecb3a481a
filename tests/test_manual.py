"""The man page and the completion: made from the commands, and taken by the programs that read them."""

import os
import shutil
import subprocess
import sys

import pytest

from gateway.cli import gateway
from gateway.cli.chat import chat
from gateway.cli.swarm import swarm
from gateway.manual import ENVIRONMENT, KEYS, SHELLS, completion_of, man_page


def test_every_command_and_flag_is_in_the_man_page() -> None:
    page = man_page(gateway).replace("\\-", "-")
    for name, command in gateway.commands.items():
        if not command.hidden:
            assert f"GATEWAY {name.upper()}" in page
            for parameter in command.params:
                assert all(option in page for option in parameter.opts if option.startswith("--")), parameter.name


def test_man_reads_it() -> None:
    man = shutil.which("man")
    if man is None:
        pytest.skip("man is not installed")
    shown = subprocess.run([man, "-l", "-"], input=man_page(gateway), capture_output=True, text=True, check=False)
    assert "--tcp-port" in shown.stdout.replace("\u2010", "-")


def test_it_fits_into_80_columns_and_has_what_man_pages_have() -> None:
    """Its examples ran over; keys, files, the environment and exit statuses stood nowhere."""
    man = shutil.which("man")
    if man is None:
        pytest.skip("man is not installed")
    environment = {**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}
    shown = subprocess.run(
        [man, "-l", "-"], input=man_page(gateway), capture_output=True, text=True, check=True, env=environment
    )
    assert shown.stderr == ""
    assert [line for line in shown.stdout.splitlines() if len(line) > 80] == []
    page = shown.stdout.replace("\u2010", "-")
    for title in ("KEYS", "FILES", "ENVIRONMENT", "EXIT STATUS"):
        assert f"\n{title}\n" in page
    assert "make 2>&1 | gateway chat --name ci --tag build" in page
    for key, _ in KEYS:
        assert key in page


def test_each_variable_of_the_commands_is_in_the_man_page() -> None:
    named = {word for names, _ in ENVIRONMENT for word in names.split(", ")}
    variables = {
        parameter.envvar
        for command in (chat, swarm)
        for parameter in command.params
        if isinstance(parameter.envvar, str)
    }
    assert variables
    assert variables <= named


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_completion(shell: str) -> None:
    assert "_GATEWAY_COMPLETE" in completion_of(gateway, shell)


def test_bash_completes_a_flag() -> None:
    typed = {"COMP_WORDS": "gateway chat --na", "COMP_CWORD": "2", "_GATEWAY_COMPLETE": "bash_complete"}
    command = [sys.executable, "-c", "import sys; sys.argv[0] = 'gateway'; from gateway.cli import main; main()"]
    shown = subprocess.run(command, env=os.environ | typed, capture_output=True, text=True, check=False)
    assert "--name" in shown.stdout
