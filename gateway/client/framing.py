"""The bytes of a raw server as texts, and the marks between them; and what a text is in the line form, or the post's.

The post's own server does not end its messages: what stays without an end for a while (`paused`) is taken as it is.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Literal, NamedTuple

MAX_UNENDED = 2**22
"""Bytes that are kept for the end of a message; it is taken in pieces, if it is longer."""

MARK, MARK_ANSWER = b"\xff\xfd\x06", b"\xff\xfc\x06"
"""RFC 860: IAC DO TIMING-MARK, and IAC WONT TIMING-MARK."""

_END = re.compile(rb"\n\n|" + MARK_ANSWER)
_HALF_MARKS = (MARK_ANSWER[:1], MARK_ANSWER[:2])


class Marked(Enum):
    """That a mark was answered."""

    HERE = auto()


class Unframer:
    """One connection's."""

    def __init__(self) -> None:
        self._data = bytearray()

    @property
    def has_unended(self) -> bool:
        """Whether something waits for its end."""
        return bool(self._data)

    def feed(self, data: bytes) -> Iterator[str | Marked]:
        """What is whole by now."""
        start = max(0, len(self._data) - 2)
        self._data += data
        while found := _END.search(self._data, start):
            yield from _text(self._data[: found.start()])
            if found[0] == MARK_ANSWER:
                yield Marked.HERE
            del self._data[: found.end()]
            start = 0
        if len(self._data) > MAX_UNENDED:
            yield from self.ended()

    def paused(self) -> Iterator[str]:
        """Nothing came for a while: what there is has to be whole, unless it is half of a mark."""
        if not self._data.endswith(_HALF_MARKS):
            yield from self.ended()

    def ended(self) -> Iterator[str]:
        """The rest: nothing more comes."""
        text = _text(self._data)
        self._data.clear()
        yield from text


class Line(NamedTuple):
    """What a text of the server is. `time` is as it stands in brackets before a message, empty if nothing does."""

    kind: Literal["message", "action", "notice"]
    time: str
    name: str
    text: str


MAX_NAME = 128
_HEAD, _HEAD_END = "来自", "的消息:"
_TIME = re.compile(r"\[([^]\n]{5,40})\] ")


def line_in(text: str) -> Line:
    """What a text is in the line form, further lines of it indented by two; what is no message is a notice."""
    time = "" if text.startswith("* ") or not (found := _TIME.match(text)) else found[1]
    said = text[len(time) + 3 :] if time else text
    name, end, rest = said.removeprefix(_HEAD).partition(_HEAD_END)
    if not (said.startswith(_HEAD) and end and _is_name(name)):
        name, end, rest = said.partition(": ")
    if not _is_name(name):
        name, end, rest = said.partition(":\n")  # blanks became a line's end (docs/protocol.md)
    if end and _is_name(name):
        return Line("message", time, name, _whole(rest))
    name, end, rest = said.partition(" *")
    if end and _is_name(name) and rest.endswith("*"):
        return Line("action", time, name, _whole(rest[:-1]))
    return Line("notice", "", "", _whole(text.removeprefix("* ")))


def _is_name(text: str) -> bool:
    """Whether it can be a name: none holds what ends a head (docs/protocol.md), so each line reads in one way alone."""
    return 0 < len(text) <= MAX_NAME and not any(each in f"{text}:" for each in ("*", ": ", _HEAD_END, "\n"))


def _whole(text: str) -> str:
    return text.replace("\n  ", "\n")


_CLOCK = r"(?P<clock>\d\d:\d\d)"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIMES = tuple(
    map(
        re.compile,
        (
            _CLOCK,
            rf"\w{{3}} (?P<day>\d\d?) (?P<month>{'|'.join(_MONTHS)})(?: (?P<year>\d{{4}}))? {_CLOCK}",
            rf"(?:(?P<year>\d{{4}})年)?(?P<month>\d\d?)月(?P<day>\d\d?)日周\w {_CLOCK}",
        ),
    )
)


def moment_of(time: str, now: datetime) -> str:
    """The ISO time that a line's time is, as it is read at `now` in the server's zone; empty if it is none."""
    found = next((found for shape in _TIMES if (found := shape.fullmatch(time))), None)
    if found is None:
        return ""
    parts = found.groupdict()
    hour, minute = map(int, parts["clock"].split(":"))
    month = parts.get("month") or f"{now.month}"
    try:
        moment = now.replace(
            year=int(parts.get("year") or now.year), month=_MONTHS.index(month) + 1 if month in _MONTHS else int(month),
            day=int(parts.get("day") or now.day), hour=hour, minute=minute, second=0, microsecond=0,
        )  # fmt: skip
    except ValueError:
        return ""
    # What came just now may be of a minute that we have not yet, and of a day that is over.
    is_yesterdays = "day" not in parts and moment > now + timedelta(hours=12)
    return (moment - timedelta(days=is_yesterdays)).isoformat()


def _text(data: bytearray) -> list[str]:
    text = data.decode(errors="replace").strip("\n")
    return [text] if text else []
