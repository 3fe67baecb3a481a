"""Lines on standard output: each is there as a whole or not at all."""

import errno
import fcntl
import os
import stat
import sys

from ..causes import cause_of


def print_line(text: str) -> None:
    """Print it. Raises OSError; what a full disk took of it is taken back, so that who reads on finds no half."""
    file = sys.stdout.fileno()
    data = f"{text}\n".encode(sys.stdout.encoding, sys.stdout.errors or "strict")
    written = 0
    try:
        while written < len(data):
            written += os.write(file, data[written:])
    except OSError:
        _take_back(file, written)
        raise


def check_open() -> None:
    """Whether something can be printed at all. Raises OSError: what comes later, or never, need not be waited for."""
    if fcntl.fcntl(sys.stdout.fileno(), fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def problem_of(error: OSError) -> str:
    """Why nothing can be printed."""
    return "it is closed" if error.errno == errno.EBADF else cause_of(error)


def _take_back(file: int, written: int) -> None:
    """Unless somebody else has written behind it."""
    status = os.fstat(file)
    if written and stat.S_ISREG(status.st_mode) and os.lseek(file, 0, os.SEEK_CUR) == status.st_size:
        end = status.st_size - written
        os.ftruncate(file, end)
        os.lseek(file, end, os.SEEK_SET)  # or whoever writes next into it would leave a hole before that
