"""The reasons for which a connection ends: whoever adds one has to tell those who meet it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.frames import CloseCode

from gateway.wires.closing import Closing

from ..ends import ENDS
from ..sources import tree_of
from ..tables import each_of

GATEWAY = Path(__file__).parents[2] / "gateway"
PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("why", [why for why in Closing if why.code >= 4000], ids=lambda why: why.reason)
def test_each_code_of_ours_is_in_the_protocol(why: Closing) -> None:
    assert f"| {why.code} | `{why.reason}` |" in PROTOCOL


@pytest.mark.parametrize("why", [why for why in Closing if why.farewell], ids=lambda why: why.reason)
def test_each_last_word_is_in_the_protocol(why: Closing) -> None:
    chinese, english = why.farewell or ("", "")
    assert f"| `{why.reason}` | `* {english}` | `* {chinese}` |" in PROTOCOL


def test_a_reason_is_one_ones_own() -> None:
    assert len({why.reason for why in Closing}) == len(Closing)
    ours = [why.code for why in Closing if why.code >= 4000]
    assert len(set(ours)) == len(ours)


@each_of("why", Closing)
def test_a_code_is_one_that_may_be_sent(why: Closing) -> None:
    """RFC 6455, section 7.4: its own ones, and from 4000 on whatever two sides agree on. 0 is no code at all."""
    assert why.code in {0, *CloseCode} or 4000 <= why.code <= 4999


def test_of_each_reason_it_is_known_what_clients_make_of_it() -> None:
    """By the table with which these are tested."""
    ours = {(why.reason, why.code, why.farewell is not None) for why in Closing if why.code}
    assert {(end.reason, end.code, end.told) for end in ENDS if end.reason} == ours


def handed_on(node: ast.AST) -> Iterator[str]:
    """The reasons by which somebody may end: not what is compared with, or only asked about."""
    if isinstance(node, ast.Compare | ast.Set | ast.Tuple):
        return
    match node:
        case ast.Attribute(value=ast.Name(id="Closing"), attr=name):
            yield name
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="Closing"))):
            return
        case ast.Call(func=ast.Attribute(attr="farewell")):
            return
    for child in ast.iter_child_nodes(node):
        yield from handed_on(child)


def test_somebody_ends_so() -> None:
    assert {name for path in GATEWAY.rglob("*.py") for name in handed_on(tree_of(path))} == {
        why.name for why in Closing
    }


@each_of(
    ("source", "names"),
    [
        ("member.close(Closing.SILENT)", ["SILENT"]),
        ("late = Closing.SILENT if late else Closing.LEFT", ["SILENT", "LEFT"]),
        ("FOREIGN = {'http': Closing.HTTP}", ["HTTP"]),
        ("why in (Closing.HTTP, Closing.TLS) or why is Closing.LOST", []),
        ("FAULTS = frozenset({Closing.HTTP})", []),
        ("close(Closing.LEFT.code, 'Closing.HTTP')  # Closing.TLS", []),
        ("if not wire.farewell(Closing.BANNED): pass", []),
    ],
)
def test_to_be_named_is_not_to_be_handed_on(source: str, names: list[str]) -> None:
    assert list(handed_on(ast.parse(source))) == names
