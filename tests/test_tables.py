"""That a table of cases in one test loses none of them."""

import pytest

from .tables import each_of, in_worlds


def test_all_are_tried_with_what_else_the_test_asks_for() -> None:
    tried = []

    @each_of("first", [1, 2])
    @each_of(("second", "third"), [("a", "b"), ("c", "d")])
    def test(first: int, second: str, third: str, tmp: str) -> None:
        tried.append((first, second, third, tmp))

    test(tmp="there")
    assert tried == [(1, "a", "b", "there"), (1, "c", "d", "there"), (2, "a", "b", "there"), (2, "c", "d", "there")]


@each_of("number", [2, 4])
@pytest.mark.parametrize("word", ["fixture"])
def test_pytest_gives_what_is_no_case(word: str, number: int) -> None:
    assert word == "fixture"
    assert number in (2, 4)


def test_one_that_fails_is_named() -> None:
    @each_of("number", [1, 2, 3])
    def test(number: int) -> None:
        assert number != 2

    with pytest.raises(AssertionError) as failed:
        test()
    assert failed.value.__notes__ == ["with number = 2"]


@each_of("number", [2, 4])
@pytest.mark.parametrize("word", ["fixture"])
async def test_it_gives_it_to_what_waits_too(word: str, number: int) -> None:
    assert word == "fixture"
    assert number in (2, 4)


async def test_one_that_fails_when_it_waits_is_named() -> None:
    @each_of("number", [1, 2, 3])
    async def test(number: int) -> None:
        assert number != 2

    with pytest.raises(AssertionError) as failed:
        await test()
    assert failed.value.__notes__ == ["with number = 2"]


def test_none_hides_another() -> None:
    @each_of(("number", "word"), [(0, "a"), (1, "b"), (2, "c")])
    def test(number: int, word: str) -> None:
        if number == 2:
            pytest.fail(word)
        assert 1 / number

    with pytest.raises(BaseExceptionGroup) as failed:
        test()
    assert [error.__notes__ for error in failed.value.exceptions] == [
        ["with number, word = 0, 'a'"],
        ["with number, word = 2, 'c'"],
    ]


@pytest.mark.parametrize(
    ("names", "table"), [("number", []), (("number", "word"), [(1,)]), ("other", [1]), ("number", [in_worlds(1)])]
)
def test_a_table_that_fits_nothing_is_no_table(names: str, table: list[object]) -> None:
    def test(number: int) -> None: ...

    with pytest.raises(AssertionError):
        each_of(names, table)(test)
