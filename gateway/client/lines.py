"""The line form (docs/protocol.md) as a client reads it: who said what, and when. The post's form is read here, too."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Literal, NamedTuple

from msgspec.structs import replace

from . import told


class Line(NamedTuple):
    """What a text of the server is. `time` is as it stands in brackets before a message, empty if nothing does."""

    kind: Literal["message", "action", "notice"]
    time: str
    name: str
    text: str


MAX_NAME = 128
_HEAD, _HEAD_END = "来自", "的消息:"
_TIME = re.compile(r"\[([^]\n]{5,40})\] ")
_POSTS = re.compile(rf"{_HEAD}(.*?){_HEAD_END}(.*)", re.DOTALL)


def message_in(text: str, now: datetime | None) -> told.Message | None:
    """Somebody's message: in the line form with its time, where the server tells times, or as the post has them.

    `now` is by that server's clock.
    """
    if now is not None and (line := line_in(text)).time:
        at = moment_of(line.time, now)
        return told.Message(line.name, line.text, at=at, kind="action" if line.kind == "action" else "")
    found = _POSTS.fullmatch(text)
    return told.Message(found[1], found[2]) if found else None


class Lines:
    """The messages of a connection, one behind the other."""

    def __init__(self) -> None:
        self._last: told.Message | None = None  # what came last, if it is a message

    def message_in(self, text: str, now: datetime | None) -> told.Message | None:
        """See `message_in`."""
        self._last = message_in(text, now)
        return self._last

    def rest_of(self, text: str) -> told.Message | None:
        """More of a message, by its author; or the next one, if that is of the post's server's people."""
        posts = message_in(text, None)
        if posts is not None and posts.label.startswith("("):  # an address, which is nobody's name
            self._last = posts
        elif self._last is not None:
            self._last = replace(self._last, text=text)
        return self._last


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


def zone_of(offset: str) -> tzinfo:
    """The zone with this offset from UTC, `+08:00`; UTC if it is none."""
    found = re.fullmatch(r"([+-])(\d\d):(\d\d)", offset)
    if not found or int(found[2]) > 23 or int(found[3]) > 59:
        return UTC
    return timezone((-1 if found[1] == "-" else 1) * timedelta(hours=int(found[2]), minutes=int(found[3])))
