"""What stands in the pieces that a connection has not taken, as exactly as that is known."""

from bisect import bisect_right
from collections.abc import Sequence

import pytest

from gateway.members import untaken
from gateway.members.untaken import MANY, NONE, Untaken, answered, bounded, is_in


@pytest.mark.parametrize(
    ("unsent", "held"),
    [
        (0, set()),
        (1, {3, 9}),
        (30, {3, 9}),
        (31, {3, 6, 9}),
        (50, {3, 6, 9}),
        (51, {1, 2, 3, 4, 5, 6, 9}),
        (1000, {1, 2, 3, 4, 5, 6, 9}),
    ],
)
def test_what_is_in_the_last_bytes_is_held_and_nothing_else(unsent: int, held: set[int]) -> None:
    untaken: Untaken = [(10, 0, NONE), (20, 5, NONE), (30, 6, NONE)]
    answered(untaken, frozenset({3, 9}))
    assert {seq for seq in range(12) if is_in([seq], untaken, 6, unsent)} == held
    assert is_in([*range(12)], untaken, 6, unsent) is bool(held)
    assert is_in([7, 8, 10], untaken, 6, unsent) is False


def test_what_follows_the_last_piece_is_its_own_up_to_the_cursor() -> None:
    untaken: Untaken = [(10, 7, NONE)]
    assert not is_in([8], untaken, 7, 10)
    assert is_in([8], untaken, 8, 10)
    assert not is_in([7, 9], untaken, 8, 10)


@pytest.mark.parametrize("unsent", [0, 25, 10 * MANY])
def test_it_is_bounded_and_loses_nothing_that_is_not_taken(unsent: int) -> None:
    untaken = bounded([(10, after, NONE) for after in range(MANY + 1)], unsent)
    answered(untaken, frozenset({1000}))
    assert len(untaken) <= MANY // 2 + 1
    held = {seq for seq in range(1, MANY + 2) if is_in([seq], untaken, MANY + 1, unsent)}
    pieces = (unsent + 9) // 10
    assert held >= {*range(MANY + 2 - pieces, MANY + 2)}
    assert len(held) <= pieces + 1
    assert is_in([1000], untaken, MANY + 1, unsent) is bool(unsent)


@pytest.mark.parametrize("gone", [[1], [2000], [1, 2000]])
def test_what_was_taken_long_ago_or_is_not_sent_yet_is_looked_for_in_no_piece(
    gone: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One who deleted what it had said first, again and again, had 64 pieces of each reader looked through."""
    looks: list[int] = []

    def counted(seqs: Sequence[int], seq: int) -> int:
        looks.append(seq)
        return bisect_right(seqs, seq)

    monkeypatch.setattr(untaken, "bisect_right", counted)
    assert not is_in(gone, [(10, 100 + piece, NONE) for piece in range(MANY)], 100 + MANY, 10 * MANY)
    assert len(looks) == 2
