"""No test uses a port or a file of who runs it: `make test` passes while `make run` is open."""

import ast
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config import Settings, state_folder

TESTS = Path(__file__).parent
TOOLS = {"bench", "cluster.py", "soak.py", "soak_cluster.py"}
"""What people start themselves, on ports that they know."""


def nodes_of(path: Path, *words: str) -> Iterator[ast.AST]:
    """What is written in a file; nothing if it has none of the words: to read them all takes a second."""
    text = path.read_text(encoding="utf-8")
    return ast.walk(ast.parse(text)) if any(word in text for word in words) else iter(())


def calls_of(path: Path, *names: str) -> list[ast.Call]:
    """The calls of these functions, or methods."""
    calls = [node for node in nodes_of(path, *names) if isinstance(node, ast.Call)]
    return [call for call in calls if name_of(call.func) in names]


def starts_a_server(path: Path) -> bool:
    """Whether a command `gateway serve` is put together in this file."""
    lists = [node.elts for node in nodes_of(path, '"serve"') if isinstance(node, ast.List | ast.Tuple)]
    return any(isinstance(each, ast.Constant) and each.value == "serve" for elements in lists for each in elements[1:])


def binds_a_fixed_port(path: Path) -> bool:
    """Whether a socket is bound to, or a server listens on, a number that is written there."""
    listening = calls_of(path, "bind", "create_server", "start_server", "TCPSite")
    numbers = [node.value for call in listening for node in ast.walk(call) if isinstance(node, ast.Constant)]
    return any(type(number) is int and number > 100 for number in numbers)


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def files() -> list[Path]:
    return [path for path in sorted(TESTS.rglob("*.py")) if path.relative_to(TESTS).parts[0] not in TOOLS]


def test_one_place_alone_starts_servers_and_it_picks_free_ports() -> None:
    starting = {str(path.relative_to(TESTS)) for path in files() if starts_a_server(path)}
    assert starting == {"e2e/gateway.py"}


def test_no_test_binds_a_fixed_port() -> None:
    assert [path.name for path in files() if binds_a_fixed_port(path)] == []


def test_whom_a_test_accepts_has_an_owner() -> None:
    """`asyncio.start_server` knows its listener alone: see client/server.py."""
    assert [path.name for path in files() if calls_of(path, "start_server")] == []


OWNERS = {
    "processes.py",
    "nats.py",
    "e2e/gateway.py",
    "e2e/nursery.py",
    "e2e/peers.py",
    "worlds/programs.py",
    "worlds/terminals.py",
}
"""Who starts processes, and ends them whatever happens."""


def starts_a_process(path: Path) -> bool:
    """Whether a process is started here that goes on meanwhile."""
    return calls_of(path, "Popen") != []


def test_every_process_that_goes_on_has_an_owner() -> None:
    assert {str(path.relative_to(TESTS)) for path in files() if starts_a_process(path)} == OWNERS


@pytest.mark.parametrize("again", [False, True])
def test_the_state_is_the_tests_own(tmp_path: Path, again: bool) -> None:
    """Of this one alone: the same test finds nothing of itself when it is run again."""
    folder = state_folder("--store")
    assert folder.is_relative_to(tmp_path.parent)
    assert not folder.exists()
    folder.mkdir(parents=True)
    assert not any(variable.startswith("GATEWAY_") for variable in os.environ)


def test_in_ci_the_ports_of_make_run_are_taken() -> None:
    if "CI" in os.environ:
        for port in Settings().ports.values():
            socket.create_connection(("127.0.0.1", port)).close()
