"""What stands in the pieces that a connection has not taken, as exactly as that is known."""

import pytest

from gateway.members.untaken import MANY, MUCH, Untaken


def three_pieces() -> Untaken:
    """10 bytes with 1 to 5, 20 with 6, 30 of something else, with 3 and 9 in it."""
    untaken = Untaken()
    untaken.add(10, 0)
    untaken.add(20, 5)
    untaken.add(30, 6)
    untaken.answer(frozenset({3, 9}))
    return untaken


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
    untaken = three_pieces()
    assert {seq for seq in range(12) if untaken.has([seq], 6, unsent)} == held
    assert untaken.has([*range(12)], 6, unsent) is bool(held)
    assert untaken.has([7, 8, 10], 6, unsent) is False


def test_what_follows_the_last_piece_is_its_own_up_to_the_cursor() -> None:
    untaken = Untaken()
    untaken.add(10, 7)
    assert not untaken.has([8], 7, 10)
    assert untaken.has([8], 8, 10)
    assert not untaken.has([7, 9], 8, 10)


@pytest.mark.parametrize("unsent", [0, 25, 10 * MANY])
def test_it_is_bounded_and_loses_nothing_that_is_not_taken(unsent: int) -> None:
    untaken = Untaken()
    for after in range(MANY):
        untaken.add(10, after)
        assert not untaken.is_much
    untaken.add(10, MANY)
    untaken.answer(frozenset({1000}))
    assert untaken.is_much
    untaken.bound(unsent)
    assert len(untaken._pieces) <= MANY // 2 + 1
    held = {seq for seq in range(1, MANY + 2) if untaken.has([seq], MANY + 1, unsent)}
    first = MANY + 1 - (unsent + 9) // 10 + 1
    assert held >= set(range(max(1, first), MANY + 2))
    assert len(held) <= (unsent + 9) // 10 + 1
    assert untaken.has([1000], MANY + 1, unsent) is bool(unsent)


def test_many_bytes_are_bounded_too_and_what_is_taken_is_not_asked_for() -> None:
    untaken = Untaken()
    seen = [untaken.is_much]
    untaken.add(MUCH + 1, 0)
    seen.append(untaken.is_much)
    untaken.bound(0)
    untaken.answer(frozenset({1}))
    assert [*seen, untaken.is_much] == [False, True, False]
    assert not untaken.has([1], 1, 10)
