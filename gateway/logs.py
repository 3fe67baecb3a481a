"""The log: what a line of it looks like; and lines that strangers can cause, so many a second, the rest is counted.

1. What stands in a line MUST be one line, and nothing that a terminal obeys: whoever sent it writes no line of his own.
2. Of what goes on over several lines, as a traceback does, each further one MUST begin with what begins no other line.
"""

import logging
from abc import abstractmethod
from datetime import UTC, datetime
from math import floor

import msgspec

from .config import LogFormat
from .text.controls import clean, escape_json, one_line

LINES_A_SECOND = 10

MAX_CHARACTERS = 2000
"""Of a message."""

FURTHER = "  | "
_FIELDS = "fields_of_ours"


def quoted(name: str) -> str:
    """A name in a line: where it is several words, they might read as more of the line."""
    return "".join(('"', name.replace('"', "'"), '"')) if " " in name else name


def signature(name: str, by: str, host: str) -> str:
    """Who does something, in a line: its name, its public id, its address."""
    return f"{quoted(name)} ({by}) from {host}"


def fields(event: str, **values: object) -> dict[str, object]:
    """The `extra` of a line: what it says, for programs that read it in JSON. Values are addresses, codes, names."""
    return {_FIELDS: {"event": event, **values}}


# --- what a line looks like -------------------------------------------------------------------------------------------


class Lines(logging.Formatter):
    """A form of the log. `worker` is the name of the process, if there are several."""

    encoding: str | None = "utf-8"
    """None: the locale's."""

    def __init__(self, worker: str = "") -> None:
        super().__init__()
        self._worker = worker
        self._prefix = f"[worker {worker}] " if worker else ""

    @abstractmethod
    def format(self, record: logging.LogRecord) -> str:
        """It."""

    def aside(self, text: str) -> str:
        """What is told of the log itself."""
        return self.format(logging.LogRecord("gateway.log", logging.WARNING, "", 0, text, (), None))

    def _message(self, record: logging.LogRecord) -> str:
        return one_line(record.getMessage()[:MAX_CHARACTERS])

    def _story(self, record: logging.LogRecord) -> list[str]:
        """Where a fault came from, line by line."""
        if not record.exc_info:
            return []
        return [FURTHER + line for line in clean(self.formatException(record.exc_info)).split("\n")]


class _Text(Lines):
    """For people."""

    encoding = None

    def format(self, record: logging.LogRecord) -> str:
        """With its time and level."""
        line = f"{self.formatTime(record)} {record.levelname} {self._prefix}{self._message(record)}"
        return "\n".join([line, *self._story(record)])

    def aside(self, text: str) -> str:
        """In brackets."""
        return f"({text})"


class _Journal(Lines):
    """For journald, which has a time of its own, and takes the level off (sd-daemon(3))."""

    def format(self, record: logging.LogRecord) -> str:
        """With its priority on each line: each is a record of the journal."""
        priority = next(each for level, each in _PRIORITIES if record.levelno >= level)
        lines = [f"{self._prefix}{self._message(record)}", *self._story(record)]
        return "\n".join(f"<{priority}>{line}" for line in lines)


_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.NOTSET, 7))


class _Json(Lines):
    """For programs: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """What every line has comes first, then what this one says besides."""
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if self._worker:
            told["worker"] = self._worker
        told["message"] = self._message(record)
        told |= {name: _clean(value) for name, value in getattr(record, _FIELDS, {}).items()}
        if story := self._story(record):
            told["traceback"] = "\n".join(line.removeprefix(FURTHER) for line in story)
        return escape_json(msgspec.json.encode(told).decode())


def _clean(value: object) -> object:
    return one_line(value) if isinstance(value, str) else value


_FORMS: dict[LogFormat, type[Lines]] = {"text": _Text, "json": _Json, "journal": _Journal}


def lines_of(form: LogFormat, worker: str = "") -> Lines:
    """The form of that name."""
    return _FORMS[form](worker)


# --- what strangers can cause -----------------------------------------------------------------------------------------


class Ration(logging.Filter):
    """Lets `most` records a second pass; the next one after a flood tells how many did not."""

    def __init__(self, most: int = LINES_A_SECOND) -> None:
        super().__init__()
        self._most = most
        self._second = 0
        self._passed = 0
        self._kept_back = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record passes."""
        second = floor(record.created)
        if second != self._second:
            self._second, self._passed = second, 0
        if self._passed >= self._most:
            self._kept_back += 1
            return False
        self._passed += 1
        if self._kept_back:
            record.msg = f"{record.getMessage()} (and {self._kept_back} lines like it were not written)"
            record.args = ()
            self._kept_back = 0
        return True


def rationed(name: str, most: int = LINES_A_SECOND) -> logging.Logger:
    """The logger of this name, for lines that strangers can cause."""
    logger = logging.getLogger(name)
    if not any(isinstance(each, Ration) for each in logger.filters):
        logger.addFilter(Ration(most))
    return logger
