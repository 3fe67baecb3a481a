"""The tables of the SQLite store, as the steps that lead to them: what was made by an older gateway goes on.

A step that was released MUST NOT be changed: files are out there that have it behind them.
"""

import apsw

from ..skeletons import skeleton

APPLICATION_ID = 0x43484154  # "CHAT"

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
        "ALTER TABLE names ADD COLUMN skeleton TEXT NOT NULL DEFAULT ''",
        "UPDATE names SET skeleton = skeleton(CAST(name AS BLOB))",
        "CREATE INDEX names_by_skeleton ON names(skeleton)",
    ),
)
VERSION = len(STEPS)


def _skeleton(*names: object) -> str:
    (name,) = names
    return skeleton(name.decode(errors="replace")) if isinstance(name, bytes) else ""


def migrate(db: apsw.Connection) -> int:
    """Take a file to the newest version; returns the one that it had, 0 for a new one. Within a transaction."""
    # Not from the header: a transaction that was killed is rolled back only now, maybe to an empty file.
    ((version,),) = db.execute("PRAGMA user_version")
    db.create_scalar_function("skeleton", _skeleton, 1, deterministic=True)
    for number, step in enumerate(STEPS[version:], version + 1):
        for statement in step:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")
    return int(version)
