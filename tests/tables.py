"""Tables of cases: tried in one test; and those of which `make test` has the usual ones, `make worlds` all."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from inspect import iscoroutinefunction, signature
from typing import Any, cast

import pytest

SHOWN = 200
"""Characters of a case in what tells of it."""


def each_of(names: str | tuple[str, ...], table: Iterable[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """As `parametrize`, but one test of all cases: of a small one pytest's own part takes longer than the case.

    All are tried; the test fails with each that fails, which is named. For what leaves nothing behind, as fixtures are
    there once for all of them.
    """
    keys = (names,) if isinstance(names, str) else names
    table = list(table)
    assert table, "a table of nothing tests nothing"
    assert not any(hasattr(case, "marks") for case in table), "pytest.param is for parametrize"
    cases = [(case,) if isinstance(names, str) else tuple(case) for case in table]
    assert all(len(case) == len(keys) for case in cases)

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        def tried(**given: Any) -> None:
            with _gathered(keys, len(cases)) as trying:
                for case in cases:
                    with trying(case):
                        test(**given, **dict(zip(keys, case, strict=True)))

        async def tried_async(**given: Any) -> None:
            with _gathered(keys, len(cases)) as trying:
                for case in cases:
                    with trying(case):
                        await test(**given, **dict(zip(keys, case, strict=True)))

        asked = signature(test)
        others = [parameter for name, parameter in asked.parameters.items() if name not in keys]
        assert len(others) == len(asked.parameters) - len(keys), "it takes no such argument"
        whole: Any = wraps(test)(tried_async if iscoroutinefunction(test) else tried)
        whole.__signature__ = asked.replace(parameters=others)  # by which pytest goes
        return cast(Callable[..., Any], whole)

    return decorate


@contextmanager
def _gathered(keys: tuple[str, ...], count: int) -> Iterator[Callable[[tuple[Any, ...]], AbstractContextManager[None]]]:
    """For each case a context in which it may fail; at the end all that failed is raised."""
    wrong: list[BaseException] = []

    @contextmanager
    def trying(case: tuple[Any, ...]) -> Iterator[None]:
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  # all are told
            error.add_note(f"with {', '.join(keys)} = {', '.join(map(repr, case))}"[:SHOWN])
            wrong.append(error)

    yield trying
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        raise BaseExceptionGroup(f"{len(wrong)} of {count} cases failed", wrong)


def in_worlds(*values: object) -> object:
    """A case for `make worlds`: `make test` has others of the same table."""
    return pytest.param(*values, marks=pytest.mark.worlds)


def of_these(table: Iterable[object], *usual: object) -> list[object]:
    """A table's cases, of which `make test` has the usual ones, and `make worlds` all others."""
    return [each if each in usual else in_worlds(each) for each in table]
