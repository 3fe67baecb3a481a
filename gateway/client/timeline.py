"""What is shown of a conversation, in its order: messages, and between them where a day begins and what is new."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from . import told
from .choosing import excerpt
from .mentions import mentions
from .recent import Recent
from .screen import Fragments, clock_of, found, heading, label_of, note, show, unseen

SOON_SECONDS = 2.0
"""After a connection was made: what comes then was said before. What is not here by then passes for said just now."""


QUOTED_COLUMNS = 60
"""Of what is answered."""


class Timeline:
    """One screen's."""

    def __init__(self, today: date | None = None) -> None:
        self._day = today or datetime.now().astimezone().date()
        self._back_at: float | None = None
        self._is_marked = True
        self._is_fresh = False  # and that is not told yet
        self.recent = Recent()
        self.epoch = ""
        self.seen = 0
        """The seq of the last message."""
        self.oldest = 0
        """The seq of the first, 0 if there is none: what is older can be asked for."""

    def remember(self, epoch: str, seq: int) -> None:
        """So much of the log was seen in an earlier run."""
        self.epoch, self.seen = epoch, seq

    def came_in(self, epoch: str, now: float, *, resumed: bool = True) -> None:
        """A connection was made; what comes soon was said while we were away, if we were here before."""
        is_set_back = self._back_at is not None and not resumed
        if epoch != self.epoch or is_set_back:
            self._is_fresh = bool(self.epoch)
            self.seen = self.oldest = 0
            self.recent.forget()
        self.epoch = epoch
        self._back_at, self._is_marked = now, not self.seen

    def lines(self, event: told.Told, now: float, me: str, people: Iterable[str]) -> Iterator[Fragments]:
        """What is shown of it. `me` is what we are called; `people` are known names."""
        if self._is_fresh and isinstance(event, told.Welcome):
            self._is_fresh = False
            yield _rule("a new log begins here · 以下是新的记录")
        if isinstance(event, told.Message):
            yield from self._message(event, now, me, people)
        elif isinstance(event, told.Page) and event.messages:
            yield note(heading(event))
            for message in event.messages:
                yield from self._with_day(message, me, people)
            self._passed(event.messages)
        elif isinstance(event, told.Found):
            yield note(found(event))
            for message in event.messages:
                yield from self._with_day(message, me, people)
            yield from map(note, unseen(event))
        elif isinstance(event, told.Deleted):
            self.seen = max(self.seen, event.seq)
            yield note(self._deleted(event))
        else:
            yield from show(event)

    def older(self, page: told.Page, me: str, people: Iterable[str]) -> Iterator[Fragments]:
        """Older messages, which were asked for: they stand below newer ones, and so between lines of their own."""
        if not page.messages:
            yield _rule("there is nothing older")
            return
        yield _rule("older messages" if page.more else "older messages, from the first one on")
        for message in page.messages:
            yield from self._with_day(message, me, people)
        self._passed(page.messages)
        yield _rule("that was older")

    def _message(self, message: told.Message, now: float, me: str, people: Iterable[str]) -> Iterator[Fragments]:
        if not self._is_marked and message.seq > self.seen and message.label != me:
            self._is_marked = True
            if self._back_at is not None and now < self._back_at + SOON_SECONDS:
                yield _rule("new since you were away")
        self.seen = max(self.seen, message.seq)
        self._passed([message])
        yield from self._with_day(message, me, people)

    def _passed(self, messages: Iterable[told.Message]) -> None:
        seqs = [each.seq for each in messages if each.seq]
        self.oldest = min([*seqs, self.oldest or max(seqs, default=0)])

    def _with_day(self, message: told.Message, me: str, people: Iterable[str]) -> Iterator[Fragments]:
        day = _day_of(message.at)
        if day != self._day:
            self._day = day
            yield _rule(f"{day:%a} {day.day} {day:%b %Y}")
        self.recent.add(message)
        if message.re:
            answered = self.recent.get(message.re)
            yield [("class:quote", f"      > {excerpt(answered, QUOTED_COLUMNS) if answered else 'an older message'}")]
        is_mention = message.label != me and mentions(message.text, me, people)
        for line in show(message):
            yield [("class:mention" if is_mention and not style else style, text) for style, text in line]

    def _deleted(self, event: told.Deleted) -> str:
        """What stands above stays there: a terminal takes nothing back that it has shown."""
        by = label_of(event.label)
        if len(event.of) != 1:
            return f"{len(event.of)} messages are deleted, by {by}"
        message = self.recent.get(event.of[0])
        if message is None:
            return f"an older message is deleted, by {by}"
        whose, day = label_of(message.label), _day_of(message.at)
        when = clock_of(message.at) if day == self._day else f"{day:%a} {day.day} {day:%b}, {clock_of(message.at)}"
        return f"{whose}'s message of {when} is deleted" + (f", by {by}" if by != whose else "")


def _rule(text: str) -> Fragments:
    return [("class:rule", f"—— {text} ——")]


def _day_of(at: str) -> date:
    """The day of an ISO time where we are, or today."""
    try:
        return datetime.fromisoformat(at).astimezone().date()
    except (ValueError, OverflowError):
        return datetime.now().astimezone().date()
