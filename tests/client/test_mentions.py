"""Whether a text speaks to a name: the cases of the page."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from gateway.client.mentions import mentions

from ..tables import each_of

CASES = json.loads((Path(__file__).parents[1] / "corpus" / "mentions.json").read_text(encoding="utf-8"))


@each_of("case", [case for case in CASES if not case.get("segmenter")])
def test_a_text_speaks_to_a_name(case: dict[str, Any]) -> None:
    assert mentions(case["text"], case["name"], case.get("names", ())) is case["mention"]


def test_each_name_that_is_known_is_looked_at_once_however_often_one_is_named() -> None:
    """A speaker who goes by `Bob Zed` made a client slow to type in: 200 places, with 1,000 names each."""
    known = [f"Bob {number}" for number in range(1000)]

    def calls_of(names: list[str]) -> int:
        calls = 0

        def count(frame: object, event: str, argument: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            assert not mentions("@Bob 999 " * 7000, "Bob", names)
        finally:
            sys.setprofile(None)
        return calls

    assert calls_of(known) - calls_of(known[-1:]) < 10 * len(known)


def test_a_text_that_is_nothing_but_the_name_costs_what_it_is_long() -> None:
    begin = time.process_time()
    mentions("a" * 65536, "a" * 32, ["a" * 33] * 1000)
    assert time.process_time() - begin < 2


def test_a_name_of_accents_alone_is_nobodys() -> None:
    """No gateway gives one; a hostile server ended the client by it, in a traceback."""
    assert not mentions("", "\u0301")
    assert not mentions("hi", "\u0301")
