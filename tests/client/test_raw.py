"""A link by the raw wire, where a text and a command look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.client.raw import _as_text
from gateway.commands import parse
from gateway.messages import clean_text
from gateway.wires.events import Mistake, Request, Say
from tests.typed import CASES, Case


def read_by_the_server(text: str) -> Request:
    return parse(clean_text(_as_text(text)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.typed)
def test_a_text_is_said_as_it_is_whatever_it_would_be_if_it_was_typed(case: Case) -> None:
    assert read_by_the_server(case.typed) == (Mistake("secret") if case.held else Say(case.typed))


@given(st.one_of(st.text(), st.from_regex(r"\A[\n\u2028\x1b]?/{0,4}\w{0,3}[ \n/]?\w?", fullmatch=True)))
def test_any_text_is_said_as_it_is_or_told_as_a_secret(text: str) -> None:
    read = read_by_the_server(text)
    assert read == Say(clean_text(text)) or (isinstance(read, Mistake) and read.code in ("secret", "not-said"))
