"""Python files as trees, each read once: several tests look at all of the gateway's."""

import ast
from functools import cache
from pathlib import Path


@cache
def tree_of(path: Path) -> ast.Module:
    """What is written in a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """All that the tree of a file is made of."""
    return list(ast.walk(tree_of(path)))
