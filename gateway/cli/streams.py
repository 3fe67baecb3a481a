"""The standard streams, as the commands find them, and how a failure is told there."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import click

from ..config import reading
from ..config.files import first_line


def print_no_more() -> None:
    """Else Python tries again when it ends, and complains."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def open_what_is_closed() -> None:
    """Have descriptors 0 to 2, and streams on them: else the next socket gets such a number, and prints go there.

    To print on what was closed still fails, as it should: it would be lost. MUST come before any loop is made.
    """
    for number, access in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_RDWR)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, access)  # the lowest number that is free is this one
            os.set_inheritable(number, True)
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def fail(text: str, status: int) -> int:
    with suppress(OSError):  # the status tells it, too
        sys.stderr.write(f"gateway: {' '.join(text.split())}\n")
    return status


def check_passwords() -> None:
    """Raises UsageError if both are given, as `serve` does: one of a flag and one of the environment is the flag's."""
    sources = map(click.get_current_context().get_parameter_source, ("password", "password_file"))
    if all(source is click.core.ParameterSource.COMMANDLINE for source in sources):
        raise click.UsageError("--password and --password-file: give one of them")


def password_in(file: Path) -> str:
    """What a file says that has the password. Raises SettingError."""
    with reading(file):
        return first_line(file)
