"""A process that takes a message back in a file and is killed at a change of the file.

It says "acked" when the append has returned. For the tests of what SQLite erases.
"""

import os
import signal
from pathlib import Path
from typing import Any

import apsw

from gateway.messages import deletion_of
from gateway.stores.sqlite import SqliteStore

from ..samples import a_draft
from .deaths import die_again


class Countdown:
    """Kills the process at a change of a file, once it is told to."""

    left: int | None = None

    def change(self) -> None:
        """One is about to be made."""
        if self.left is not None:
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)


COUNTDOWN = Countdown()
BASE = apsw.vfs_names()[0]
"""SQLite's own, which would be this one later."""


class File(apsw.VFSFile):
    """One whose changes count."""

    def xWrite(self, data: Any, offset: int) -> None:
        COUNTDOWN.change()
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        COUNTDOWN.change()
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        COUNTDOWN.change()
        super().xSync(flags)


class Files(apsw.VFS):
    """SQLite's way to them."""

    def __init__(self) -> None:
        super().__init__("doomed", BASE, makedefault=True)

    def xOpen(self, name: Any, flags: Any) -> apsw.VFSFile:
        return File(BASE, name, flags)


async def take_back(path: str, changes: int) -> None:
    """Take back message 2, beside something new, and die."""
    files = Files()
    store = await SqliteStore.open(Path(path), 1000, 10**6)
    COUNTDOWN.left = changes
    await store.append([a_draft("beside"), a_draft(deletion_of([2]), kind="deleted")])
    COUNTDOWN.left = None
    print("acked", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    files.unregister()


if __name__ == "__main__":
    die_again(take_back)
