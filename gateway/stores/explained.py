"""What is wrong with the file of a SQLite store, as its operator is told."""

import apsw

from .database import DAMAGED


def explain(error: Exception) -> str:
    """What to say of an error of SQLite or the system."""
    known = (text for kind, text in _EXPLANATIONS.items() if isinstance(error, kind))
    cause = error.strerror if isinstance(error, OSError) else ""  # without the number, which tells people nothing
    return next(known, cause or str(error))


_EXPLANATIONS: dict[type[Exception], str] = {
    apsw.BusyError: "in use by another program; stop that one, or give --store another file",
    apsw.NotADBError: "not a SQLite file; give --store another file",
    apsw.CorruptError: DAMAGED,
    apsw.FullError: "the disk is full",
    apsw.ReadOnlyError: "the file can't be written",
    apsw.CantOpenError: "the file can't be opened",
    apsw.IOError: "the disk failed to read or write",
    FileExistsError: "its folder is a file",
    NotADirectoryError: "its folder is a file",
    IsADirectoryError: "that is a folder; give --store a file",
    PermissionError: "no permission",
}
