"""What of what was piped in was not said: each is told, until that is too much of one kind; all are counted."""

from collections import Counter

from msgspec import structs

from . import told

MOST_TOLD = 10
"""Of one kind. A file that is no text would make a line of each of its own."""

COUNTED = "more of these are only counted, at the end"


class Refused:
    """How many there are, and why the first one was not said."""

    def __init__(self) -> None:
        self.count = 0
        self.reason = ""
        self._of_kind: Counter[str] = Counter()

    def add(self, event: told.Error) -> list[told.Error]:
        """One more; what is to be told of it."""
        self.count += 1
        self.reason = self.reason or event.message
        self._of_kind[event.code] += 1
        beyond = self._of_kind[event.code] - MOST_TOLD
        if beyond > 1:
            return []
        return [structs.replace(event, message=f"{event.message}; {COUNTED}")] if beyond == 1 else [event]
