"""Tables of cases: tried in one test; and those of which `make test` has the usual ones, `make worlds` all."""

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import signature
from typing import Any

import pytest

SHOWN = 200
"""Characters of a case in what tells of it."""


def each_of(names: str | tuple[str, ...], table: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As `parametrize`, but one test of all cases: of a small one pytest's own part takes longer than the case.

    All are tried; the test fails with each that fails, which is named. For what leaves nothing behind, as fixtures are
    there once for all of them.
    """
    keys = (names,) if isinstance(names, str) else names
    cases = [(case,) if isinstance(names, str) else tuple(case) for case in table]
    assert cases, "a table of nothing tests nothing"
    assert all(len(case) == len(keys) for case in cases)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def tried(**given: Any) -> None:
            wrong = []
            for case in cases:
                try:
                    test(**given, **dict(zip(keys, case, strict=True)))
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  # all are told
                    error.add_note(f"with {', '.join(keys)} = {', '.join(map(repr, case))}"[:SHOWN])
                    wrong.append(error)
            if len(wrong) == 1:
                raise wrong[0]
            if wrong:
                raise BaseExceptionGroup(f"{len(wrong)} of {len(cases)} cases failed", wrong)

        asked = signature(test)
        others = [parameter for name, parameter in asked.parameters.items() if name not in keys]
        assert len(others) == len(asked.parameters) - len(keys), "it takes no such argument"
        tried.__signature__ = asked.replace(parameters=others)  # type: ignore[attr-defined]  # by which pytest goes
        return tried

    return decorate


def in_worlds(*values: object) -> object:
    """A case for `make worlds`: `make test` has others of the same table."""
    return pytest.param(*values, marks=pytest.mark.worlds)


def of_these(table: Iterable[object], *usual: object) -> list[object]:
    """A table's cases, of which `make test` has the usual ones, and `make worlds` all others."""
    return [each if each in usual else in_worlds(each) for each in table]
