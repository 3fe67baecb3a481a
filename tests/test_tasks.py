"""Background tasks end, even those that lose a cancellation."""

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import gateway
from gateway.tasks import end

from .sources import tree_of


async def test_what_loses_a_cancellation_ends_all_the_same() -> None:
    lost = 0

    async def stubborn() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost += 1
                if lost == 2:
                    raise

    async def failing() -> None:
        raise ValueError

    tasks = [asyncio.create_task(run()) for run in (stubborn, failing)]
    await asyncio.sleep(0)
    await end(*tasks)
    assert lost == 2
    assert all(task.done() for task in tasks)
    await end()


GATEWAY = Path(gateway.__file__).parent
AWAITED = {
    "faults.py: begin",
    "members/listener.py: _speak_tls",
    "room/room.py: start",
    "serving/server.py: _is_started",
    "serving/server.py: _until_stopped",
    "serving/workers.py: _keep",
    "serving/workers.py: _until",
    "stores/sqlite.py: __init__",
    "web/site.py: failure",
}
"""What begins tasks itself, as somebody there waits for their end, whatever it is. All else goes by `faults.begin`."""


def beginners(tree: ast.AST, within: str = "") -> Iterator[str]:
    """The functions in which tasks are begun."""
    for node in ast.iter_child_nodes(tree):
        name = getattr(node, "name", "") if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ""
        if isinstance(node, ast.Call) and called(node) in ("create_task", "ensure_future"):
            yield within
        yield from beginners(node, name or within)


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_no_task_of_the_gateway_dies_in_silence() -> None:
    found: set[str] = set()
    for path in sorted(GATEWAY.rglob("*.py")):
        where = path.relative_to(GATEWAY)
        text = path.read_text(encoding="utf-8")
        if where.parts[0] not in ("client", "swarm") and ("create_task" in text or "ensure_future" in text):
            found |= {f"{where.as_posix()}: {name}" for name in beginners(tree_of(path))}
    assert found == AWAITED
