"""The layers point one way: each module imports only what stands before it in gateway/__init__.py."""

import ast
import re
from pathlib import Path

import pytest

import gateway

PACKAGE = Path(gateway.__file__).parent
ORDER = re.findall(r"^    (\w+) {2,}\S", gateway.__doc__ or "", re.MULTILINE)
PURE = [
    "messages",
    "skeletons",
    "names",
    "vocabulary",
    "phrases",
    "wires",
    "feed",
    "roster",
    "commands",
    "rate",
    "deadlines",
    "gate",
    "forwarded",
    "lock",
    "sanctions",
    "slow",
    "whom",
]
IMPURE = {"asyncio", "socket", "time", "threading", "selectors"}


def files_of(part: str) -> list[Path]:
    folder = PACKAGE / part
    return sorted(folder.glob("*.py")) if folder.is_dir() else [PACKAGE / f"{part}.py"]


def imports(path: Path) -> set[str]:
    """The parts of the gateway, as `gateway.x`, and the other modules that a file imports."""
    package = ["gateway", *path.parent.relative_to(PACKAGE).parts]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module or "")
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {".".join([*base, name]) for name in names}
    return {".".join(name.split(".")[:2]) if name.startswith("gateway") else name.split(".")[0] for name in found}


def test_every_module_is_in_the_order() -> None:
    there = {path.stem for path in PACKAGE.glob("*.py")} | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert there - {"__init__", "__main__"} == set(ORDER)


@pytest.mark.parametrize("part", ORDER)
def test_a_module_imports_only_what_is_below_it(part: str) -> None:
    below = {f"gateway.{name}" for name in ORDER[: ORDER.index(part) + 1]}
    for path in files_of(part):
        ours = {name for name in imports(path) if name.startswith("gateway")}
        assert ours <= below, f"{path.name} imports {ours - below}"


@pytest.mark.parametrize("part", PURE)
def test_what_needs_no_clock_and_no_loop_has_none(part: str) -> None:
    for path in files_of(part):
        assert not imports(path) & IMPURE, path.name


@pytest.mark.parametrize("part", ["client", "swarm"])
def test_clients_speak_the_wires_only(part: str) -> None:
    for path in files_of(part):
        assert {name for name in imports(path) if name.startswith("gateway")} <= {
            f"gateway.{part}",
            "gateway.controls",
            "gateway.decoding",
            "gateway.lookalikes",
            "gateway.vocabulary",
        }, path.name


@pytest.mark.parametrize("name", ["address", "told", "session", "json_session", "notices", "framing", "raw_session"])
def test_what_the_client_knows_of_a_session_has_none_either(name: str) -> None:
    assert not imports(PACKAGE / "client" / f"{name}.py") & IMPURE


def test_the_test_can_fail(tmp_path: Path) -> None:
    assert imports(PACKAGE / "room.py") >= {"asyncio", "gateway.feed"}
    assert imports(PACKAGE / "stores" / "sqlite.py") >= {"gateway.messages", "apsw"}
    assert len(ORDER) > 15
