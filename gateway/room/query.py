"""What somebody looks for in the log: words, whose, from when to when; and whether a message may be it."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Self
from unicodedata import category

from ..messages import TEXTS, Message
from ..names import NAME_BYTES, name_key, shown_label
from ..refusals import RefusedError
from ..text.accents import plain
from ..text.words import words_in
from ..wires.events import MAX_COMMAND, Find

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Query(NamedTuple):
    """What is looked for: words of `words_in`, or a name by `_typed`; times in ms since 1970, before which seq."""

    words: tuple[str, ...]
    sender: str
    since: int
    until: int
    before: int
    limit: int

    @classmethod
    def of(cls, wanted: Find, head: int) -> Self:
        """Of clean text. Raises RefusedError: nothing to look for, or too much."""
        if max(len(wanted.text), len(wanted.sender)) > MAX_COMMAND:
            raise RefusedError("search-long")
        try:
            words = words_in(wanted.text)
        except ValueError as error:
            raise RefusedError("search-long") from error
        sender = _typed(wanted.sender[:NAME_BYTES])
        if not (words or sender):
            raise RefusedError("search-empty")
        since = 0 if wanted.since is None else _begin_of(wanted.since)
        until = _end_of(wanted.until or date.max)
        before = head + 1 if wanted.before is None else min(wanted.before, head + 1)
        return cls(words, sender, since, until, before, wanted.limit)

    def is_then(self, message: Message) -> bool:
        """Whether it is one of those, as far as its kind and time tell."""
        return message.kind in TEXTS and self.since <= message.at < self.until

    def is_theirs(self, message: Message) -> bool:
        """As far as it matters whose it is: by the name that people see, or words that it begins with.

        Nobody is to be found by an address.
        """
        if not self.sender:
            return True
        name = _typed(shown_label(message.label, message.by)[:NAME_BYTES])
        return name.startswith(self.sender) and not _is_of_word(name[len(self.sender) :])


def _begin_of(day: date) -> int:
    """When it begins, in UTC; a time is that."""
    if isinstance(day, datetime):
        return (day - _EPOCH) // timedelta(milliseconds=1)
    return (day.toordinal() - _EPOCH.toordinal()) * DAY_MS


def _end_of(day: date) -> int:
    return _begin_of(day) + (0 if isinstance(day, datetime) else DAY_MS)


@lru_cache(1024)  # of whoever speaks at once, asked for each of their messages
def _typed(name: str) -> str:
    """A name as it is compared: as mentions do."""
    return plain(name_key(name))


def _is_of_word(rest: str) -> bool:
    """Whether a word goes on with what stands behind its beginning."""
    return category(rest[0])[0] in "LMN" if rest else False
