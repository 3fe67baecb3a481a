"""A table on a terminal: names at the left, a column for each of what they are told of."""

from collections.abc import Mapping, Sequence

from wcwidth import wcswidth

from ..text.controls import one_line

GAP = "  "


def table_of(columns: Sequence[Mapping[str, str]]) -> str:
    """Its lines. Each column has the same names; what is the same in all of them is told once."""
    rows = [[name, *_once([one_line(column[name]) for column in columns])] for name in columns[0]]
    widths = [max(wcswidth(row[at]) for row in rows if len(row) > at) for at in range(max(map(len, rows)))]
    return "".join(GAP.join(map(_padded, row, widths)).rstrip() + "\n" for row in rows)


def _once(cells: list[str]) -> list[str]:
    return cells[:1] if len(set(cells)) == 1 else cells


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - wcswidth(cell))
