"""Runs of seqs, against a set of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.stores.jetstream import runs as module
from gateway.stores.jetstream.runs import Runs

SEQS = st.integers(1, 40)


@given(st.lists(st.tuples(SEQS, st.integers(-1, 6)), max_size=12), SEQS)
def test_what_was_noted_is_passed_over_and_nothing_else(noted: list[tuple[int, int]], seq: int) -> None:
    runs, known = Runs(), set[int]()
    for first, more in noted:
        runs.note(first, first + more)
        known |= set(range(first, first + more + 1))
        assert all(last + 1 < first for last, first in zip(runs._lasts, runs._firsts[1:], strict=False))
    end = seq
    while end - 1 in known:
        end -= 1
    assert runs.begin_before(seq) == end
    after = seq
    while after + 1 in known:
        after += 1
    assert runs.end_behind(seq) == after


def test_the_newest_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 100)
    runs = Runs()
    for number in range(1000):
        runs.note(3 * number, 3 * number)
        assert len(runs._firsts) == len(runs._lasts) <= 100
    assert runs.begin_before(3 * 999 + 1) == 3 * 999
    assert runs.begin_before(1) == 1
