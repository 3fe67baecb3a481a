"""The line form: how messages read to who types lines, at nc or telnet. In the server's language, by the names that
people see; docs/protocol.md has it byte for byte.

A name holds no `*`, no `: ` and no `的消息:`, ends with no `的消息` and begins with no `[` (see names): so each line
reads in one way alone.
"""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from ..messages import Message
from ..names import shown_label
from ..phrases import Language
from .plain import Voice, public_line_of, text_of

Said = Callable[[Message], str]
"""How a message reads, without its end."""

_WEEKDAYS = ("一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def saying(language: Language) -> Said:
    """How what is said now reads."""
    return _in_chinese if language == "zh" else _in_english


def timed(language: Language, zone: tzinfo | None) -> Said:
    """The same, with its time."""
    say = saying(language)
    return lambda message: f"[{_moment(message.at, zone):%H:%M}] {say(message)}"


class LineVoice(Voice):
    """How answers read at `now` (milliseconds since 1970) in a zone; without one, in the server's own."""

    __slots__ = ("_language", "_now", "_zone")

    def __init__(self, language: Language, now: int, zone: tzinfo | None) -> None:
        self._language = language
        self._now = now
        self._zone = zone

    def recall(self, message: Message) -> str:
        """See Voice: with its time, and its day if that is not today's."""
        moment, today = _moment(message.at, self._zone), _moment(self._now, self._zone)
        day = "" if moment.date() == today.date() else f"{self._day(moment, today.year)} "
        return f"[{day}{moment:%H:%M}] {saying(self._language)(message)}"

    @property
    def offset(self) -> str:
        """How far its clocks are from UTC: `+08:00`."""
        offset = f"{_moment(self._now, self._zone):%z}"
        return f"{offset[:3]}:{offset[3:5]}"

    def _day(self, moment: datetime, this_year: int) -> str:
        weekday = _WEEKDAYS[self._language == "en"][moment.weekday()]
        if self._language == "zh":
            year = "" if moment.year == this_year else f"{moment.year}年"
            return f"{year}{moment.month}月{moment.day}日周{weekday}"
        year = "" if moment.year == this_year else f" {moment.year}"
        return f"{weekday} {moment.day} {_MONTHS[moment.month - 1]}{year}"


def _in_english(message: Message) -> str:
    name = shown_label(message.label, message.by)
    return f"{name} {text_of(message)}" if message.kind == "action" else f"{name}: {message.text}"


def _in_chinese(message: Message) -> str:
    if message.kind == "action":
        return _in_english(message)
    return public_line_of(message)


def _moment(milliseconds: int, zone: tzinfo | None) -> datetime:
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    # The year 9999 ends, and has no more hours in the east.
    return moment.astimezone(zone) if moment.year < 9999 else moment
