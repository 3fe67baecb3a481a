"""Asks a running gateway, by its control socket."""

import io
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..decoding import BadJsonError
from .places import reachable
from .words import AnAnswer, Ask, Done, Failed, Other, Piece, read_answer, written

PIECE = 64 * 1024
PATIENCE = 10.0
"""Seconds in which a gateway that lives says something."""


class UpkeepError(Exception):
    """The operator's to mend. Its text is one line, which says what to do."""


class NobodyError(UpkeepError):
    """No gateway of this store runs there."""


_START_IT = "start it, or give the --store or --config that it was started with"


def asked(path: Path, ask: Ask, into: BinaryIO | None = None) -> Iterator[AnAnswer]:
    """What a gateway answers, but for the end; raw bytes go `into` something. Raises UpkeepError, OSError of `into`."""
    with socket.socket(socket.AF_UNIX) as connection:
        _connect(connection, path)
        if into is None:  # nothing that takes long is asked
            connection.settimeout(PATIENCE)
        connection.sendall(written(ask))
        with connection.makefile("rb") as stream:
            yield from _answers(stream, path, into)


def _connect(connection: socket.socket, path: Path) -> None:
    try:
        with reachable(path) as address:
            connection.connect(address)
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError) as error:
        raise NobodyError(f"no gateway runs there ({path}): {_START_IT}") from error
    except PermissionError as error:
        raise UpkeepError(f"{path}: no permission; be root, or the user that the gateway runs as") from error
    except OSError as error:
        raise UpkeepError(f"{path}: {error.strerror}") from error


def _answers(stream: io.BufferedReader, path: Path, into: BinaryIO | None) -> Iterator[AnAnswer]:
    while True:
        try:
            answer = read_answer(stream.readline())
        except TimeoutError as error:
            raise UpkeepError(f"{path}: the gateway there does not answer: look at its log") from error
        except (BadJsonError, ConnectionError) as error:
            raise UpkeepError(f"{path}: the gateway ended before it was done: ask again") from error
        if isinstance(answer, Done):
            return
        if isinstance(answer, Failed):
            raise UpkeepError(answer.why)
        if isinstance(answer, Other):
            user = ", where … is who it was started as" if "…@" in answer.store else ""
            raise NobodyError(
                f"no gateway of this room runs there ({path} is that of {answer.store}{user}): {_START_IT}"
            )
        yield answer
        if isinstance(answer, Piece):
            _copy(stream, path, answer.size, into)


def _copy(stream: io.BufferedReader, path: Path, size: int, into: BinaryIO | None) -> None:
    while size:
        data = stream.read(min(size, PIECE))
        if not data:
            raise UpkeepError(f"{path}: the gateway ended before it was done: ask again")
        size -= len(data)
        if into is not None:
            into.write(data)
