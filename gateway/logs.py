"""Lines in the log that strangers can cause: so many a second, the rest is counted."""

import logging
from math import floor

LINES_A_SECOND = 10


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
