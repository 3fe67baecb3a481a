"""Which codes the sources tell, whatever they tell them by."""

import ast
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

import gateway

from .sources import nodes_of, tree_of

ROOT = Path(gateway.__file__).parent
SOURCES = {path.relative_to(ROOT).as_posix(): path for path in ROOT.rglob("*.py")}
"""By their paths: two are called names.py."""


def strings(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def codes(source: ast.Module, code: ast.expr) -> Iterator[str]:
    """What a code may be: as it stands there, one of two, or one of a table of its module."""
    match code:
        case ast.Constant(value=str(value)):
            yield value
        case ast.IfExp(body=one, orelse=other):
            yield from codes(source, one)
            yield from codes(source, other)
        case ast.Subscript(value=ast.Name(id=table)):
            for node in source.body:
                if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
                    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                    if ast.unparse(target) == table:
                        yield from {each for value in node.value.values for each in strings(ast.walk(value))}
        case ast.JoinedStr():
            raise AssertionError(f"a code in pieces is found by nobody: {ast.unparse(code)}")


def handed_to(names: Container[str], at: int = 0) -> Iterator[tuple[str, str]]:
    """In which files what is called so is given which codes, as its argument `at`."""
    for name, source in SOURCES.items():
        for call in nodes_of(source):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in names:
                yield from ((name, code) for code in (codes(tree_of(source), call.args[at]) if call.args[at:] else ()))


def told_by(names: Container[str]) -> set[str]:
    """The codes that these are given; what has a blank is no code, but an error of the log's."""
    return {code for _, code in handed_to(names) if " " not in code}
