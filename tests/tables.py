"""Tables of cases, of which `make test` has the usual ones, and `make worlds` the rarer ones too."""

from collections.abc import Iterable

import pytest


def in_worlds(*values: object) -> object:
    """A case for `make worlds`: `make test` has others of the same table."""
    return pytest.param(*values, marks=pytest.mark.worlds)


def of_these(table: Iterable[object], *usual: object) -> list[object]:
    """A table's cases, of which `make test` has the usual ones, and `make worlds` all others."""
    return [each if each in usual else in_worlds(each) for each in table]
