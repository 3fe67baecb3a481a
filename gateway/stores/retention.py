"""What leaves the log in the file of the SQLite store: the oldest, what is too old, what was taken back.

A row that is erased stays, without its text: so no seq is given again, and `first` and `head` stay where they are.
By secure_delete=ON its text is written over in the file; what the WAL has of it is there until that is emptied.

1. No row may be deleted near one that has a text. SQLite then moves rows from a page to its neighbours, and what is not
   used of a page may have a copy, which nothing erases: of 70,000 that were taken back, 9 could be read. So what is
   dropped is erased first, and deleted when the rows of some pages behind it are, too.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import apsw
import msgspec

from ..messages import Message, erased, remains
from .records import Row

NEIGHBOURS = 1000
"""Rows behind what is deleted that have no text: several times as many as are in three pages, which SQLite balances."""

AT_ONCE = 200
"""Rows that go in one transaction, or as many as come with it, if these are more: so long others wait."""

_SIZE = "CASE typeof(size) WHEN 'integer' THEN size ELSE 0 END"
_REMAINS = {
    name: apsw.format_sql_value(getattr(remains(1, 0), name))
    for name in Row.__struct_fields__
    if name not in ("at", "via", "kind")
}
"""What is in a column of a row that is erased: nothing, whatever columns there are, but for its time and its port."""
_ERASE = f"UPDATE messages SET {', '.join(f'{name} = {value}' for name, value in _REMAINS.items())}, size = 0, kind = "
_DROPPED = "'dropped'"
"""The kind of what is no part of the log any more."""
_TAKEN_BACK = "seq IN (SELECT value FROM json_each(?)) AND kind <> 'dropped'"


class Retained(NamedTuple):
    """What the log retains: its oldest seq, how many messages, and bytes of their texts."""

    first: int
    messages: int
    size: int


def retained_in(db: apsw.Connection, most: int) -> tuple[Retained, int]:
    """What is there, and the newest seq; no seq is past `most`."""
    of = f"FROM messages WHERE seq BETWEEN 1 AND {most} AND kind IS NOT {_DROPPED}"
    query = f"SELECT min(seq), max(seq), count(*), sum({_SIZE}) {of}"
    ((first, head, count, size),) = db.execute(query)
    return Retained(first or 1, count, size or 0), head or 0


def is_past(there: Retained, keep: int, keep_bytes: int) -> bool:
    """Whether some of it has to go."""
    return there.messages > 1 and (there.messages > keep or there.size > keep_bytes)


def bound(db: apsw.Connection, there: Retained, keep: int, keep_bytes: int, most: int) -> Retained:
    """Drop the oldest past the limits, so many at most, but never the newest; returns what is left."""
    if not is_past(there, keep, keep_bytes):
        return there
    left = there
    for seq, row_size, _ in _rows(db, there.first, most):
        if not is_past(left, keep, keep_bytes):
            break
        left = Retained(seq + 1, left.messages - 1, left.size - row_size)
    return _drop(db, there, left)


def expire(db: apsw.Connection, there: Retained, head: int, before: int, most: int) -> tuple[Retained, bool]:
    """Drop the oldest up to what is not older than that, so many at most; returns what is left, and whether it is all.

    The newest, if it is too old as well, is erased.
    """
    left, is_all = there, False
    for seq, row_size, at in _rows(db, there.first, most):
        if is_all := isinstance(at, int) and at >= before:
            break
        if is_all := seq == head:
            db.execute(f"{_ERASE} 'erased' WHERE seq = ? AND kind IS NOT 'erased'", (head,))
            left = left._replace(size=left.size - row_size)
            break
        left = Retained(seq + 1, left.messages - 1, left.size - row_size)
    return _drop(db, there, left), is_all or left == there


def deletions_in(batch: Sequence[Message]) -> list[Message]:
    """Those of a batch that take others back."""
    return [message for message in batch if message.kind == "deleted"]


def erase(db: apsw.Connection, batch: list[Message], deletions: Sequence[Message]) -> tuple[list[Message], int]:
    """Take back what the deletions of a batch are of; returns what is left of the batch, and the bytes gone."""
    seqs = {seq for message in deletions for seq in message.of if seq < message.seq}
    if not seqs:
        return batch, 0
    these = (msgspec.json.encode(sorted(seqs)).decode(),)
    ((size,),) = db.execute(f"SELECT sum({_SIZE}) FROM messages WHERE {_TAKEN_BACK}", these)
    db.execute(f"{_ERASE} 'erased' WHERE {_TAKEN_BACK}", these)
    return [erased(each) if each.seq in seqs else each for each in batch], size or 0


def _rows(db: apsw.Connection, first: int, most: int) -> Iterator[tuple[int, int, object]]:
    """Seq, size and time of each from there on, of so many."""
    return db.execute(f"SELECT seq, {_SIZE}, at FROM messages WHERE seq >= ? ORDER BY seq LIMIT ?", (first, most))


def _drop(db: apsw.Connection, there: Retained, left: Retained) -> Retained:
    if left.first > there.first:
        db.execute(f"{_ERASE} {_DROPPED} WHERE seq BETWEEN ? AND ?", (there.first, left.first - 1))
        if left.first // NEIGHBOURS > there.first // NEIGHBOURS:  # many at once take less time each
            db.execute("DELETE FROM messages WHERE seq < ?", (left.first - NEIGHBOURS,))
    return left
