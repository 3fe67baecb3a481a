"""The tables of the SQLite store, as the steps that lead to them: what was made by an older gateway goes on.

A step that was released MUST NOT be changed: files are out there that have it behind them.
"""

from collections.abc import Callable

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
    ),
)
VERSION = len(STEPS)


def migrate(execute: Callable[[str], object], version: int) -> None:
    """Take a file from a version, 0 for a new one, to the newest. To be called within a transaction."""
    for number, step in enumerate(STEPS[version:], version + 1):
        for statement in step:
            execute(statement)
        execute(f"PRAGMA user_version = {number}")
