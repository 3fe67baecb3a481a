"""Who holds which name, and who held it last, in the file of the SQLite store. Names are taken within a change."""

from ..names import name_key
from ..text.skeletons import looks
from . import MAX_REMEMBERED
from .database import Database
from .reading import rows_of

BETWEEN_COUNTS = 128
"""Names that are taken before those that nobody holds are counted again: that takes longer than to take one."""


def claim(database: Database, name: str, owner: str) -> bool:
    """Take a name for an owner, if nobody else holds one like it."""
    key, shown = name_key(name), looks(name)
    marks = ", ".join("?" * len(shown))
    alike = f"(key = ? OR key IN (SELECT key FROM looks WHERE look IN ({marks})))"
    if database.execute(f"SELECT 1 FROM names WHERE {alike} AND held AND owner <> ?", key, *shown, owner):
        return False
    # Who takes its own again writes nothing anew, unless it is old itself: who takes a name is a newest one.
    young = "rowid > (SELECT max(rowid) FROM names) - ?"
    own = f"UPDATE names SET held = 1 WHERE owner = ? AND name = ? AND {young}"
    database.execute(own, owner, name, MAX_REMEMBERED // 2)
    if database.db.changes():
        return True
    database.execute(f"DELETE FROM names WHERE {alike} OR owner = ?", key, *shown, owner)
    database.execute("INSERT INTO names(key, name, owner, held) VALUES (?, ?, ?, 1)", key, name, owner)
    database.db.executemany("INSERT OR REPLACE INTO looks VALUES (?, ?)", [(look, key) for look in shown])
    if database.db.last_insert_rowid() % BETWEEN_COUNTS == 0:
        _forget_oldest(database)
    return True


def _forget_oldest(database: Database) -> None:
    """Remember MAX_REMEMBERED that nobody holds. By count: rowids grow as often as two take names in turns."""
    ((count,),) = database.execute("SELECT count(*) FROM names WHERE NOT held")
    oldest = "SELECT rowid FROM names WHERE NOT held ORDER BY rowid LIMIT max(0, ? - ?)"
    database.execute(f"DELETE FROM names WHERE rowid IN ({oldest})", count, MAX_REMEMBERED)


def release(database: Database, owner: str) -> None:
    """Its name is free, and remembered."""
    database.execute("UPDATE names SET held = 0 WHERE owner = ?", owner)


def recall(database: Database, owner: str) -> str | None:
    """The name that an owner holds or held last."""
    for row in rows_of(database.db, "SELECT name FROM names WHERE owner = ?", owner):
        if row and isinstance(row[0], str):
            return row[0]
        database.skip("a name", "no text")
    return None


def forget(database: Database, owner: str) -> None:
    """Remember none of an owner's; a trigger deletes its looks.

    All others are written anew: of a row that SQLite has moved to another page there may be a copy, see retention.
    """
    database.execute("DELETE FROM names WHERE owner = ?", owner)
    if not database.db.changes():
        return
    for kept, rows in (("kept_names", "SELECT rowid AS at, * FROM names"), ("kept_looks", "SELECT * FROM looks")):
        database.execute(f"CREATE TEMP TABLE {kept} AS {rows}")
    for table in ("looks", "names"):
        database.execute(f"DELETE FROM {table}")
    database.execute(
        "INSERT INTO names(rowid, key, name, owner, held) SELECT at, key, name, owner, held FROM kept_names ORDER BY at"
    )
    database.execute("INSERT INTO looks SELECT look, key FROM kept_looks")
    for kept in ("kept_names", "kept_looks"):
        database.execute(f"DROP TABLE temp.{kept}")
