"""What stands in the pieces that a connection has not taken, as exactly as that is known."""

import pytest

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
