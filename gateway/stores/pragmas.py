"""How SQLite is to go about the file of a room."""

from pathlib import Path

import apsw

from . import StoreError

FIRST = (("locking_mode", "EXCLUSIVE"), ("secure_delete", "ON"))
"""Before anything is read."""

THEN = (("journal_mode", "WAL"), ("synchronous", "FULL"))
"""Once the file is ours: before, the header of a new one would be written, without a word whose it is."""

LAST = (("temp_store", "MEMORY"),)
"""Once it was written anew, if it had to be: else a transaction may write what it erases to another file."""

_NUMBERS = {"ON": 1, "FULL": 2, "MEMORY": 2}  # how SQLite tells what it was told


def set_all(db: apsw.Connection, path: Path, pragmas: tuple[tuple[str, str], ...]) -> None:
    """Each by itself: APSW runs a text of several up to the first row of an answer. Read back, too."""
    for pragma, value in pragmas:
        db.execute(f"PRAGMA {pragma} = {value}").fetchall()
        told = db.execute(f"PRAGMA {pragma}").fetchall()
        if told != [(_NUMBERS.get(value, value.lower()),)]:
            raise StoreError(f"SQLite does not take {pragma} = {value} here: it has {told}", path)
