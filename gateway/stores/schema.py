"""The tables of the SQLite store, as the steps that lead to them: what was made by an older gateway goes on.

A step that was released MUST NOT be changed: files are out there that have it behind them.
"""

import apsw
import msgspec

from ..text.skeletons import looks

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
)
VERSION = len(STEPS)


def _looks(*names: object) -> str:
    """The looks of a name, as a JSON array."""
    (name,) = names
    return msgspec.json.encode(looks(name.decode(errors="replace")) if isinstance(name, bytes) else []).decode()


def migrate(db: apsw.Connection) -> int:
    """Take a file to the newest version; returns the one that it had, 0 for a new one. Within a transaction."""
    # Not from the header: a transaction that was killed is rolled back only now, maybe to an empty file.
    ((version,),) = db.execute("PRAGMA user_version")
    db.create_scalar_function("looks", _looks, 1, deterministic=True)
    for number, step in enumerate(STEPS[version:], version + 1):
        for statement in step:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")
    return int(version)
