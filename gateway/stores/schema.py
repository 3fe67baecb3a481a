"""The tables of the SQLite store, as the steps that lead to them: what was made by an older gateway goes on.

A step that was released MUST NOT be changed: files are out there that have it behind them.
"""

from collections.abc import Callable
from typing import NamedTuple

import apsw
import msgspec

from ..decoding import Decoder
from ..text.skeletons import looks
from .namesakes import settled

APPLICATION_ID = 0x43484154  # "CHAT"
COPY_ID = 0x43484143  # "CHAC": of what gateway backup made

IS_ENTRY = "kind <> 'erased' AND kind <> 'dropped'"
IS_TEXT = f"{IS_ENTRY} AND kind <> 'deleted'"
"""As the indexes have it, by which nobody who reads walks over what was taken back: a flood that was is a long way.

Not as a list: SQLite makes a table of one of three or more, and would for each row that is inserted.
"""

STEPS: tuple[tuple[str, ...], ...] = (
    (
        f"PRAGMA application_id = {APPLICATION_ID}",
        "CREATE TABLE room(epoch TEXT NOT NULL)",
        """CREATE TABLE messages(
            seq INTEGER PRIMARY KEY,
            at INTEGER NOT NULL, label TEXT NOT NULL, via TEXT NOT NULL, origin TEXT NOT NULL, text TEXT NOT NULL,
            size INTEGER NOT NULL
        )""",
        "CREATE TABLE keys(key BLOB PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE INDEX keys_by_time ON keys(at)",
        """CREATE TABLE names(
            key TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL UNIQUE, held INTEGER NOT NULL
        )""",
        "CREATE TABLE bans(subject TEXT PRIMARY KEY, note TEXT NOT NULL)",
    ),
    (
        "ALTER TABLE room ADD COLUMN secret BLOB",
        "ALTER TABLE messages ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
        "CREATE TABLE looks(look TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY(look, key)) WITHOUT ROWID",
        "CREATE INDEX looks_by_key ON looks(key)",
        """INSERT OR IGNORE INTO looks SELECT each.value, names.key
            FROM names, json_each(looks(CAST(names.name AS BLOB))) AS each""",
        "CREATE TRIGGER names_deleted AFTER DELETE ON names BEGIN DELETE FROM looks WHERE key = OLD.key; END",
    ),
    ("ALTER TABLE messages ADD COLUMN kind TEXT NOT NULL DEFAULT ''",),
    (
        "ALTER TABLE messages ADD COLUMN re INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE room ADD COLUMN is_clean INTEGER NOT NULL DEFAULT 0",
    ),
    (
        f"CREATE INDEX entries ON messages(seq) WHERE {IS_ENTRY}",
        f"CREATE INDEX texts ON messages(seq) WHERE {IS_TEXT}",
    ),
    ("ALTER TABLE room ADD COLUMN needs_wal INTEGER NOT NULL DEFAULT 0",),
    (
        """DELETE FROM names WHERE rowid IN (SELECT value FROM json_each(given_up((
            SELECT json_group_array(json_array(rowid, hex(owner), hex(name)))
            FROM (SELECT rowid, owner, name FROM names ORDER BY rowid)
        ))))""",
    ),
)
VERSION = len(STEPS)

SEQ_IS_KEY = "SELECT 1 FROM pragma_table_info('messages') WHERE name = 'seq' AND type = 'INTEGER' AND pk"
"""Whether each message has a whole number of its own: somebody may have made the table anew."""


def _looks(*names: object) -> str:
    """The looks of a name, as a JSON array."""
    (name,) = names
    return msgspec.json.encode(looks(name.decode(errors="replace")) if isinstance(name, bytes) else []).decode()


_rows = Decoder[list[tuple[int, str, str]]](list[tuple[int, str, str]])


def _giving_up(tell: Callable[[str], object]) -> Callable[..., str]:
    """The rows of names that are not kept, as a JSON array, of all of them, the oldest first; `tell` is told."""

    def given_up(*arrays: object) -> str:
        (array,) = arrays
        rows = [(row, _text(owner), _text(name)) for row, owner, name in _rows(str(array).encode())]
        kept, told = settled((owner, name) for _, owner, name in rows)
        if told:
            tell(told)
        return msgspec.json.encode([row for row, owner, _ in rows if owner not in kept]).decode()

    return given_up


def _text(digits: str) -> str:
    return bytes.fromhex(digits).decode(errors="replace")


class Migrated(NamedTuple):
    """Which version a file had, 0 of a new one; and who lost a name by what is another rule today."""

    version: int
    told: str


def migrate(db: apsw.Connection) -> Migrated:
    """Take a file to the newest version. Within a transaction."""
    told: list[str] = []
    # Not from the header: a transaction that was killed is rolled back only now, maybe to an empty file.
    ((version,),) = db.execute("PRAGMA user_version")
    db.create_scalar_function("looks", _looks, 1, deterministic=True)
    db.create_scalar_function("given_up", _giving_up(told.append), 1)
    for number, step in enumerate(STEPS[version:], version + 1):
        for statement in step:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")
    return Migrated(int(version), "".join(told))
