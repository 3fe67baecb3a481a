"""What is read of the log in the file of the SQLite store: some messages at once."""

from collections.abc import Callable, Iterable, Iterator

import apsw
import msgspec

from ..messages import MAX_SEQ, Hole, Message
from .records import Row, message_in
from .schema import IS_ENTRY, IS_TEXT

Value = str | int | float | bytes | None

MOST_READ = 2**20
"""Characters that are read at once, but for one message's more: what is to be appended waits so long."""

_SELECTED = ", ".join(("seq", *Row.__struct_fields__))
_TEXT = 1 + Row.__struct_fields__.index("text")


class Log:
    """That of one file. `skip` tells what is left out, and why."""

    def __init__(self, db: apsw.Connection, by_of: Callable[[str], str], skip: Callable[[str, object], None]) -> None:
        self._db = db
        self._by_of = by_of
        self._skip = skip

    def read(self, after: int, limit: int) -> list[Message | Hole]:
        """The first entries after a seq."""
        condition = f"INDEXED BY entries WHERE seq > ? AND seq <= {MAX_SEQ} AND {IS_ENTRY} ORDER BY seq LIMIT ?"
        return self._select(condition, after, limit)

    def onward(self, after: int, limit: int) -> list[Message | Hole]:
        """The first texts after a seq."""
        condition = f"INDEXED BY texts WHERE seq > ? AND seq <= {MAX_SEQ} AND {IS_TEXT} ORDER BY seq LIMIT ?"
        return self._select(condition, after, limit)

    def follow(self, after: int, last: int, limit: int) -> list[Message | Hole]:
        """The same up to a seq, with what is left of those that were erased."""
        condition = "WHERE seq > ? AND seq <= ? AND kind IS NOT 'dropped' ORDER BY seq LIMIT ?"
        return self._select(condition, after, last, limit)

    def page(self, before: int, limit: int) -> list[Message | Hole]:
        """The last texts before a seq, the newest first."""
        condition = f"INDEXED BY texts WHERE seq < ? AND seq > 0 AND {IS_TEXT} ORDER BY seq DESC LIMIT ?"
        return self._select(condition, min(before, MAX_SEQ + 1), limit)

    def _select(self, condition: str, *values: int) -> list[Message | Hole]:
        query = f"SELECT {_SELECTED} FROM messages {condition}"
        try:
            rows = list(_so_much(self._db.execute(query, values)))
        except UnicodeDecodeError:  # of such a row not even the seq can be had with it
            seqs = self._db.execute(f"SELECT seq FROM messages {condition}", values)
            rows = [row or seq for row, seq in zip(rows_of(self._db, query, *values), seqs, strict=True)]
        return [self._message_in(row) for row in rows]

    def _message_in(self, row: tuple[Value, ...]) -> Message | Hole:
        seq = row[0]
        assert isinstance(seq, int)  # it is the primary key
        try:
            return message_in(seq, msgspec.convert(row[1:], Row), self._by_of)
        except (msgspec.ValidationError, UnicodeError) as error:
            self._skip(f"message {seq}", error)
            return Hole(seq, seq)


def rows_of(db: apsw.Connection, query: str, *values: Value) -> Iterator[tuple[Value, ...] | None]:
    """The rows of a statement; None for one whose text is not UTF-8."""
    cursor = db.execute(query, values)
    while True:
        try:
            yield next(cursor)
        except StopIteration:
            return
        except UnicodeDecodeError:
            yield None


def _so_much(rows: Iterable[tuple[Value, ...]]) -> Iterator[tuple[Value, ...]]:
    """The first of these, so many that their texts are MOST_READ."""
    size = 0
    for row in rows:
        yield row
        size += len(text) if isinstance(text := row[_TEXT], str | bytes) else 0
        if size >= MOST_READ:
            return
