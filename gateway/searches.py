"""What somebody looks for, as it is typed: `deploy failed from:"Ann Lee" since:2026-11-24 until:2026-11-25 before:41`.

Words that begin so are no words to look for; a colon or quotation mark may be one of those that input methods for
Chinese make.
"""

import re
from datetime import date, datetime
from typing import Annotated

import msgspec

_PART = re.compile(r"(from|since|until|before)[:：](?:[\"“”＂]([^\"“”＂]*)[\"“”＂]|(\S*))|\S+", re.IGNORECASE)
_SEQ = re.compile("[0-9]{1,15}")
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_DAY_LENGTH = len("2026-11-24")


class Sought(msgspec.Struct, frozen=True):
    """Words, and of which messages: of whom, from and to which day (UTC), before which seq."""

    words: str
    sender: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None

    @property
    def is_something(self) -> bool:
        """Whether it is enough to look for: all that was said on a day is history."""
        return bool(self.words.strip() or self.sender.strip())


def sought(typed: str) -> Sought:
    """What a text asks for. Raises ValueError."""
    words: list[str] = []
    given: dict[str, str] = {}
    for part in _PART.finditer(typed):
        if part[1] is None:
            words.append(part[0])
        else:
            given[part[1].lower()] = part[2] if part[2] is not None else part[3]
    return Sought(
        " ".join(words), given.get("from", ""), _day(given.get("since")), _day(given.get("until")),
        _seq(given.get("before")),
    )  # fmt: skip


def day_or_time(text: str) -> date:
    """What an event or a request tells: a day, or a time with its zone. Raises ValueError."""
    kind = date if len(text) <= _DAY_LENGTH else _Time
    return msgspec.convert(text, kind)


def _day(text: str | None) -> date | None:
    return None if text is None else msgspec.convert(text, date)


def _seq(text: str | None) -> int | None:
    if text is not None and _SEQ.fullmatch(text) is None:
        raise ValueError(f"no seq: {text}")
    return None if text is None else int(text)
