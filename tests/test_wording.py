"""What is said to people: each code that the sources tell is a phrase, and each phrase is one that they name."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import gateway
from gateway import wording

from .sources import nodes_of, tree_of

TELLS = {
    *("BadNameError", "Mistake", "NoPlaceError", "RefusedError"),
    *("_error", "_notice", "_phrases", "error", "notice", "phrases"),
}
"""What takes a code first. Whoever gives one that is no phrase ends the first member that it is told to."""

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


def test_every_code_that_is_told_is_a_phrase() -> None:
    told = {
        code
        for source in SOURCES.values()
        for call in nodes_of(source)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in TELLS
        for code in (codes(tree_of(source), call.args[0]) if call.args else ())
        if " " not in code  # a log's error
    }
    assert len(told) > 70
    assert told - {*wording.PHRASES} == set()


REFUSES = {"BadNameError", "Mistake", "RefusedError", "error", "_error"}


def test_what_errors_say_is_known_to_pages_by_its_code() -> None:
    """But POST /say's own, which no page hears; a lock's go through a variable."""
    told = {
        code
        for name, source in SOURCES.items()
        if not name.startswith("web/")
        for call in nodes_of(source)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in REFUSES
        for code in (codes(tree_of(source), call.args[0]) if call.args else ())
        if " " not in code
    }
    judged = {text for text in strings(nodes_of(SOURCES["guard/lock.py"])) if text in wording.PHRASES}
    assert told | judged == {*wording.REFUSALS}


def test_a_plain_notice_is_about_nothing_that_a_page_is_not_told() -> None:
    assert [code for code in wording.PLAIN_NOTICES if "{" in "".join(wording.PHRASES[code])] == []


def test_every_phrase_is_told_somewhere() -> None:
    named = {text for name, source in SOURCES.items() if name != "wording.py" for text in strings(nodes_of(source))}
    assert {*wording.PHRASES} - named == set()
