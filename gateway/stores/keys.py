"""Say-keys in the file of the SQLite store: what was said with one is not stored again for KEY_SECONDS."""

from collections.abc import Mapping

import apsw

from . import KEY_SECONDS


class Keys:
    """Those of one file."""

    def __init__(self) -> None:
        self._looked_at = 0  # when it was looked which are too old

    def seq_of(self, db: apsw.Connection, key: bytes, head: int) -> int | None:
        """What was said with it, if that is known."""
        for (seq,) in db.execute("SELECT seq FROM keys WHERE key = ?", (key,)):
            if isinstance(seq, int) and 0 < seq <= head:
                return seq
        return None

    def keep(self, db: apsw.Connection, keys: Mapping[bytes, tuple[int, int]]) -> None:
        """Each with its seq, and when that was said."""
        if keys:
            rows = [(key, seq, at) for key, (seq, at) in keys.items()]
            db.executemany("INSERT OR REPLACE INTO keys(key, seq, at) VALUES (?, ?, ?)", rows)

    def forget(self, db: apsw.Connection, now: int) -> None:
        """Those that are too old."""
        if 0 <= now - self._looked_at < KEY_SECONDS * 10:
            return  # a hundred times in their time is often enough
        self._looked_at = now
        # The clock was set back: what it took for the future is as old as now, or would be remembered until then.
        db.execute("UPDATE keys SET at = ? WHERE at > ?", (now, now))
        db.execute("DELETE FROM keys WHERE at < ?", (now - KEY_SECONDS * 1000,))
