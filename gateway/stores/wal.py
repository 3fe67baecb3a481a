"""The WAL of the SQLite store: when it is written to the file, and how a file without it is known.

All that is new is in the WAL. A copy of the file alone is a room of before, maybe an empty one, and SQLite calls it
whole. So the file alone says `needs_wal`, and the WAL behind it that it does not: whoever reads both reads that nothing
is missing; so does who finds the file after SQLite has put both together, as a clean end does, or any program that
opens them.

1. Nothing else MUST checkpoint: the file would no longer say so.
"""

import apsw

from . import StoreError

MOST_PAGES = 1000
"""In the WAL, before they are written to the file: as many as SQLite has by itself."""


class Wal:
    """That of one connection. Made when it is in use; all that it has is in the file then."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._pages = 0
        db.set_wal_hook(self._grown)  # and so SQLite checkpoints no more by itself
        self.empty()

    def bound(self) -> None:
        """Write it to the file if it is long. Not within a transaction."""
        if self._pages >= MOST_PAGES:
            self._checkpoint("PASSIVE")

    def empty(self) -> None:
        """Write all of it to the file, and leave nothing of what was said in it. Raises StoreError, apsw.Error."""
        if self._checkpoint("TRUNCATE"):
            raise StoreError("what was taken back can't be erased from the WAL: it is in use")

    def _checkpoint(self, how: str) -> bool:
        self._db.execute("UPDATE room SET needs_wal = 1")
        ((is_busy, *_),) = self._db.execute(f"PRAGMA wal_checkpoint({how})")
        self._db.execute("UPDATE room SET needs_wal = 0")
        return bool(is_busy)

    def _grown(self, _: apsw.Connection, __: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK
