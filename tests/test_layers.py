"""The layers point one way: each module imports only what stands before it in gateway/__init__.py."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import gateway
from gateway.members.tcp import TcpMember
from gateway.stores import Bookkeeping, Store

from .sources import nodes_of, tree_of

PACKAGE = Path(gateway.__file__).parent
WHOLE = ["client", "swarm"]
"""They list their own modules."""
IMPURE = {"asyncio", "socket", "time", "threading", "selectors"}
PURE = {
    *("text", "messages", "names", "people", "vocabulary", "reasons", "wording", "phrases", "wires"),
    *("guard.shared", "guard.gate", "guard.buckets", "guard.rate", "guard.lock"),
    *("guard.stages", "guard.holds", "guard.deadlines"),
    *("room.blocks", "room.bygone", "room.feed", "room.elsewhere", "room.roster"),
    *("room.sanctions", "room.slow", "room.whom"),
    *("client.address", "client.told", "client.ledger", "client.session", "client.json_session", "client.notices"),
    *("client.greeting", "client.own_name"),
    *("client.framing", "client.lines", "client.times", "client.marks", "client.door", "client.raw_session"),
    *("client.mentions", "client.people", "client.timeline"),
    "swarm.attendance",
}
HAVE_THE_LOG = {"room.inbox", "room.past", "room.room", "serving.server"}
"""Which append, follow and read, and hand it to those that do; but for stores, and what copies and carries them."""
SHARED_WITH_CLIENTS = {"text", "searches", "vocabulary", "decoding", "causes", "tasks", "signals"}


def order_of(listing: str) -> Iterator[str]:
    """The modules that are listed, as `room.pump`: those of a folder stand below it, further to the right."""
    folders: list[str] = []
    for line in listing.splitlines():
        depth, in_list = divmod(len(line) - len(line.lstrip()), 4)
        if not line.strip() or in_list or not depth:
            continue
        name = line.split()[0]
        folders = folders[: depth - 1]
        if not name.endswith("/"):
            yield ".".join([*folders, name])
        elif name[:-1] in WHOLE:
            yield name[:-1]
        else:
            folders.append(name[:-1])


LISTED = list(order_of(gateway.__doc__ or ""))


def full_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def name_of(path: Path) -> str:
    """A module's name in the list."""
    name = full_name(path)
    return name.partition(".")[0] if name.startswith(tuple(f"{part}." for part in WHOLE)) else name


def says_something(path: Path) -> bool:
    """Not so a folder's docstring."""
    return path.stem != "__init__" or len(tree_of(path).body) > 1


PATHS = [path for path in sorted(PACKAGE.rglob("*.py")) if says_something(path) and path.name != "__main__.py"]


@cache
def imports(path: Path) -> tuple[set[str], set[str]]:
    """What a file imports: the gateway's modules, as they are listed, and other modules."""
    package = ["gateway", *path.parent.relative_to(PACKAGE).parts]
    ours: set[str] = set()
    others: set[str] = set()
    for node in statements(tree_of(path)):
        if isinstance(node, ast.Import):
            others |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = [*base, *(node.module.split(".") if node.module else [])]
            if module[0] == "gateway":
                ours |= {name_of(file_of(module[1:], alias.name)) for alias in node.names}
            else:
                others.add(module[0])
    return ours, others


def statements(block: ast.AST) -> Iterator[ast.AST]:
    """All within it, on whatever level; no expressions, of which there are ten times as many."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        inner = getattr(block, name, None)
        for node in inner if isinstance(inner, list) else ():
            yield node
            yield from statements(node)


def file_of(module: list[str], name: str) -> Path:
    """Where a name is from: it is a module itself, or stands in one."""
    folder = PACKAGE.joinpath(*module)
    places = (folder / f"{name}.py", folder / name / "__init__.py", folder.with_suffix(".py"), folder / "__init__.py")
    return next(place for place in places if place.is_file())


def is_below(name: str, part: str) -> bool:
    return (name + ".").startswith(part + ".")


def test_every_module_is_in_the_order_once() -> None:
    assert {name_of(path) for path in PATHS} == set(LISTED)
    assert len(set(LISTED)) == len(LISTED)


def test_a_module_imports_only_what_is_above_it() -> None:
    below = {str(path.relative_to(PACKAGE)): imports(path)[0] - above(name_of(path)) for path in PATHS}
    assert {path: names for path, names in below.items() if names} == {}


def above(name: str) -> set[str]:
    """What a module of this name may import."""
    return {*LISTED[: LISTED.index(name)], *(part for part in WHOLE if part == name)}


def test_what_needs_no_clock_and_no_loop_has_none() -> None:
    pure = [path for path in sorted(PACKAGE.rglob("*.py")) if any(is_below(full_name(path), part) for part in PURE)]
    assert {part for part in PURE if any(is_below(full_name(path), part) for path in pure)} == PURE
    assert [path.name for path in pure if imports(path)[1] & IMPURE] == []


@pytest.mark.parametrize("part", WHOLE)
def test_clients_speak_the_wires_only(part: str) -> None:
    for path in sorted((PACKAGE / part).glob("*.py")):
        theirs = {name for name in imports(path)[0] if name != part}
        assert all(any(is_below(name, shared) for shared in SHARED_WITH_CLIENTS) for name in theirs), path.name


def test_no_class_is_cut_by_length() -> None:
    """A base that one class alone has is a part of it; four of our own, below one another, are enough for all."""
    deep = {each.__qualname__: depth for each in classes() if (depth := depth_of(each)) > 4}
    assert deep == {}


def classes() -> Iterator[type[Any]]:
    for path in PATHS:
        module = importlib.import_module(".".join(["gateway", *path.relative_to(PACKAGE).with_suffix("").parts]))
        yield from (each for each in vars(module).values() if isinstance(each, type) and is_ours(each))


def is_ours(each: type[Any]) -> bool:
    return each.__module__.startswith("gateway.") and not getattr(each, "_is_protocol", False)


def depth_of(each: type[Any]) -> int:
    return 1 + max((depth_of(base) for base in each.__bases__ if is_ours(base)), default=0)


def test_what_reads_the_log_is_known() -> None:
    """The others have a Bookkeeping, of which mypy knows that it reads nothing: see room/past."""
    whole = {
        name_of(path)
        for path in PATHS
        for node in statements(tree_of(path))
        if isinstance(node, ast.ImportFrom) and "Store" in {alias.name for alias in node.names}
    }
    assert {name for name in whole if not is_below(name, "stores") and not is_below(name, "upkeep")} == HAVE_THE_LOG
    assert [path.name for path in PATHS if any(is_anothers_store(node) for node in nodes_of(path))] == []


def is_anothers_store(node: ast.AST) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr != "_store":
        return False
    return not isinstance(node.value, ast.Name) or node.value.id != "self"


def test_a_bookkeeping_has_nothing_of_the_log() -> None:
    of_the_log = {"append", "follow", "read", "onward", "page"}
    assert of_the_log <= set(dir(Store))
    assert not of_the_log & set(dir(Bookkeeping))


def test_who_reads_the_past_leaves_out_what_was_taken_back_meanwhile() -> None:
    """Whoever answers: of a page who has asked for it. What the pump reads the feed keeps, which looks by itself."""
    asked = {name_of(path): asked_of_past(path) for path in PATHS}
    reading = {name for name, methods in asked.items() if methods & {"read", "onward", "page", "backwards"}}
    paging = {name_of(path) for path in PATHS if names_from(path, "pages") & {"newest", "oldest", "entries"}}
    assert {"room.room", "room.whom", "web.api", "room.pump"} <= paging
    answering = (reading | paging) - {"room.pages", "room.pump"}
    assert "left" not in asked["room.pages"]  # once is enough
    assert {name for name in answering if "left" not in asked[name]} == set()


def names_from(path: Path, module: str) -> set[str]:
    """What it imports of a module of the room."""
    nodes = [node for node in nodes_of(path) if isinstance(node, ast.ImportFrom)]
    of_it = [node for node in nodes if node.module in (module, f"room.{module}")]
    return {alias.name for node in of_it for alias in node.names}


def asked_of_past(path: Path) -> set[str]:
    """What a module says of something that is called a past."""
    return {
        node.attr
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("past")
    }


def test_the_test_can_fail() -> None:
    assert depth_of(TcpMember) == 4
    ours, others = imports(PACKAGE / "room" / "room.py")
    assert "asyncio" in others
    assert {"room.feed", "stores.__init__", "wires.events"} <= ours
    assert "apsw" in imports(PACKAGE / "stores" / "database.py")[1]
    assert len(LISTED) > 60


def test_what_tells_whoever_adds_something_is_a_test_file_that_is_there() -> None:
    """Of names that stand alone some were two files, of which one tells nothing."""
    text = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|.*", text.partition("## To add something")[2].partition("\n## ")[0], re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"(?:[\w/]+/)?test_\w+", row.rstrip("|").rpartition("|")[2])}
    assert len(named) > 20
    tests = PACKAGE.parent / "tests"
    assert [name for name in sorted(named) if not (tests / f"{name}.py").is_file()] == []
