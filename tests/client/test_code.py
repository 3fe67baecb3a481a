"""What of a text is code: the cases of the page."""

import json
import time
from pathlib import Path
from typing import Any

from gateway.client.code import Part, code_of

from ..tables import each_of

CASES = json.loads((Path(__file__).parents[1] / "corpus" / "code.json").read_text(encoding="utf-8"))


@each_of("case", CASES)
def test_of_each_text_just_this_is_code(case: dict[str, Any]) -> None:
    assert [{part.kind: part.text} for part in code_of(case["text"])] == case["parts"]


def test_there_are_cases_of_each_kind() -> None:
    kinds = [kind for case in CASES for part in case["parts"] for kind in part]
    assert all(kinds.count(kind) > 1 for kind in Part.__annotations__["kind"].__args__)


UNITS = ("`", "``", "```", "````", "`a", "```a", "`a`", "``` ```", "` \n", "```\n", "a\n", "| ", "   a", "a.", "  \n;")


@each_of("unit", UNITS)
def test_whatever_the_text_it_is_looked_through_at_once(unit: str) -> None:
    begin = time.process_time()
    found = code_of(unit * (65_000 // len(unit)))
    assert time.process_time() - begin < 1
    assert len(found) <= 202
