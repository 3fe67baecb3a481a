"""Say-keys in the file of the SQLite store: what was said with one is not stored again for KEY_SECONDS.

An `id_key` is there in place of the key, with the seq: whether it is the same text is seen where that is. So nothing is
left of a text that was erased, which no file of rows that come and go can promise: then whatever has the id_key is it.
"""

from collections.abc import Iterable
from itertools import chain

import apsw

from ..messages import MAX_SEQ, Draft
from . import KEY_SECONDS, MAX_DRAFTS

NEWEST = 16
"""Of so many texts that have one id_key it is known which: each is read to be compared."""

_SEQ_BYTES = 8
_IS_GONE = "text IS NULL OR kind IN ('erased', 'dropped')"
_SAID = f"""SELECT said.seq
    FROM (SELECT seq FROM keys WHERE key BETWEEN ? AND ? ORDER BY key DESC LIMIT {NEWEST}) AS said
    LEFT JOIN messages ON messages.seq = said.seq
    WHERE {_IS_GONE} OR (octet_length(text) = ? AND text = ?)
    ORDER BY {_IS_GONE}, said.seq DESC LIMIT 1"""


class Keys:
    """Those of one file."""

    def __init__(self) -> None:
        self._looked_at = 0  # when it was looked which are too old

    def seq_of(self, db: apsw.Connection, draft: Draft, head: int) -> int | None:
        """What was said with its key, if that is known."""
        found: Iterable[tuple[object]] = db.execute("SELECT seq FROM keys WHERE key = ?", (draft.key,))
        if draft.id_key is not None:
            size = len(draft.text.encode())
            ids = _with(draft.id_key, 0), _with(draft.id_key, MAX_SEQ)
            found = chain(found, db.execute(_SAID, (*ids, size, draft.text)))
        for (seq,) in found:
            if isinstance(seq, int) and 0 < seq <= head:
                return seq
        return None

    def keep(self, db: apsw.Connection, said: Iterable[tuple[Draft, int]]) -> None:
        """The key of each, with its seq."""
        rows = [
            (draft.key if draft.id_key is None else _with(draft.id_key, seq), seq, draft.at)
            for draft, seq in said
            if draft.key is not None
        ]
        if rows:
            db.executemany("INSERT OR REPLACE INTO keys(key, seq, at) VALUES (?, ?, ?)", rows)

    def forget(self, db: apsw.Connection, now: int) -> None:
        """Those that are too old, some at a time."""
        if 0 <= now - self._looked_at < KEY_SECONDS * 10:
            return  # a hundred times in their time is often enough
        # The clock was set back: what it took for the future is as old as now, or would be remembered until then.
        db.execute("UPDATE keys SET at = ? WHERE at > ?", (now, now))
        too_old = "SELECT key FROM keys WHERE at < ? LIMIT ?"
        db.execute(f"DELETE FROM keys WHERE key IN ({too_old})", (now - KEY_SECONDS * 1000, MAX_DRAFTS))
        if db.changes() < MAX_DRAFTS:
            self._looked_at = now


def _with(id_key: bytes, seq: int) -> bytes:
    return id_key + seq.to_bytes(_SEQ_BYTES, "big")
