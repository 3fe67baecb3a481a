"""How messages and answers read as plain text; and how text is kept from forging what is special there.

The raw wire, the text wire and /events share it. By what ends a message on the wire:

- `fold_paragraph` where an empty line does: no text holds one, and no further line begins like a message's head or a
  notice;
- `indent_lines` where a line end does: every further line is indented, so it begins like nothing else.

In what they are given, a line is broken before a head that stands behind a run of blanks: see rows. What a line begins
like is told by lookalikes; a line whose beginning is mostly unseen is taken for a head.

1. What a text costs to be broken MUST be paid once, in its speaker's turn (`prepare`), and not for each form that it
   takes on a wire: all wait for those.
"""

import re
from collections.abc import Callable, Iterable
from itertools import islice

from msgspec.structs import replace

from ..messages import Entry, Kind, Message
from ..names import shown_label
from ..people import Person, Seen
from ..phrases import Phrases
from ..text.lookalikes import IGNORABLE, MAX_LOOKS, STARS, reading
from ..text.rows import INDENT, Unwrapped, is_narrow, unwrapped
from . import answers

_SPECIAL = re.compile("来自|\\*(?:[\\s\u2800]|$)")

_UNSEEN = f"[^\\w\\x00-\\x7f]|[{IGNORABLE}]"  # or it may be: marks, format characters, blanks; signs and stars, too
_STARS = "".join(each for each in STARS if each.isascii() or each.isalnum())  # of those the rest are signs
_MAYBE = rf"(?={_UNSEEN}|[{_STARS}](?:[^\w\x21-\x7f]|[{IGNORABLE}]|$)|来(?:[自\u2f83]|{_UNSEEN}))"
# Most lines begin with a letter, and that is told by one set.
_MAYBE_SPECIAL = re.compile(f"\n(?![\0-)+-\x7f]){_MAYBE}")


def fold_paragraph(text: str) -> str:
    """Text for a wire on which an empty line ends a message."""
    while "\n\n" in text:  # half as many each time
        text = text.replace("\n\n", "\n")
    return _indent_special(text) if "\n" in text else text


def indent_lines(text: str) -> str:
    """Text for a wire on which a line end ends a message."""
    return text.replace("\n", "\n" + INDENT)


def is_harmless(text: str) -> bool:
    """Whether no form changes a text, as far as that is told at a glance: of most."""
    return "\n" not in text and ("  " not in text and "\t" not in text if text.isascii() else is_narrow(text))


def is_special(text: str, at: int = 0) -> bool:
    """Whether a line that goes on at `at` reads there like a message's head or a notice, as far as that can be told."""
    seen, is_cut = reading(text, at)
    return _SPECIAL.match(seen) is not None or (is_cut and seen in ("", "来", "*"))


def _indent_special(text: str) -> str:
    """Lines that are special are indented. Of more than MAX_LOOKS it is believed to be."""
    parts: list[str] = []
    done = end = 0
    for found in islice(_MAYBE_SPECIAL.finditer(text), MAX_LOOKS):
        end = found.end()
        if is_special(text, end):
            parts += (text[done : found.start()], "\n" + INDENT)
            done = end
    return "".join((*parts, text[done:end], _MAYBE_SPECIAL.sub("\n" + INDENT, text[end:])))


_SHARED = Unwrapped()
SHORT = 1000
"""Characters that take a tenth of a millisecond to break, at most: to look at each message takes longer."""


def prepare(text: str, kind: Kind) -> None:
    """What is said now: all its forms need this, and have it from here. A SHORT text may be broken with the first."""
    if len(text) > SHORT and not is_harmless(text):
        _in_rows(text, kind)


def in_rows(message: Message) -> Message:
    """The message with a text in which no head begins a row. As it stands behind its own head, whichever that is."""
    text = message.text
    return message if is_harmless(text) else replace(message, text=_in_rows(text, message.kind))


def _in_rows(text: str, kind: Entry) -> str:
    end = _END.get(kind, "")
    return _SHARED.behind_a_head(text + end).removesuffix(end)


def forget() -> None:
    """Something was taken back: what is kept of texts is not to have it."""
    _SHARED.forget()


def line_of(message: Message) -> str:
    """A message as the post has it, without its end: an address where there is no name. For what is said now alone:

    the post tells who is here of who is here, and not the addresses of a whole log.
    """
    return f"来自{message.label}的消息:{text_of(message) if message.kind else message.text}"


def public_line_of(message: Message) -> str:
    """The same by the names that people see."""
    return f"来自{shown_label(message.label, message.by)}的消息:{text_of(message)}"


def text_of(message: Message) -> str:
    """What was said; what is done, in asterisks."""
    return f"*{message.text}*" if message.kind == "action" else message.text


_END: dict[Entry, str] = {"action": "*"}


class Voice:
    """How what people said before reads in answers: by the names that people see. In the line form: see lines.

    The post has no such answers: so nothing of its form has an address there for a name.
    """

    __slots__ = ()

    def recall(self, message: Message) -> str:
        """A message that is read back."""
        return public_line_of(message)


POSTS = Voice()


def paragraphs(answer: answers.Answer, phrases: Phrases, voice: Voice = POSTS) -> list[str]:
    """An answer as notices, in the order to show them; none where plain text has no word for it. In rows."""
    if isinstance(answer, answers.Page):
        return _page(answer, phrases, voice)
    if isinstance(answer, answers.Found):
        return _found(answer, phrases, voice)
    render = _RENDERERS.get(type(answer))
    return [unwrapped(told) for told in render(answer, phrases)] if render else []


def _who(answer: answers.Who, phrases: Phrases) -> list[str]:
    names = ", ".join(f"{person.shown} ({', '.join(_facts(person))})" for person in answer.names)
    more = [f"* {phrases('who-more')}"] if answer.more else []
    return [f"* {phrases('who', count=answer.members, names=names)}", *more]


def _facts(person: Person) -> list[str]:
    facts: list[str] = [person.via]
    if isinstance(person, Seen):
        facts += [person.host] if person.host else []
        facts += [person.since.strftime("%Y-%m-%d %H:%M UTC")] if person.since else []
    return facts


def _presence(answer: answers.Presence, phrases: Phrases) -> list[str]:
    """Who was renamed, came and went, a line each; of a crowd how many are here now."""

    def of(people: Iterable[Person], others: Iterable[Person]) -> str:
        return ", ".join(person.shown for person in people if person not in others)

    told = [phrases("renamed", old=each.old.shown, new=each.new.shown) for each in answer.renamed]
    if joined := of(answer.joined, [each.new for each in answer.renamed]):
        told.append(phrases("joined", names=joined))
    if left := of(answer.left, [each.old for each in answer.renamed]):
        told.append(phrases("left", names=left))
    if answer.more:
        told.append(phrases("here-now", count=answer.members))
    return [f"* {each}" for each in told]


def _page(answer: answers.Page, phrases: Phrases, voice: Voice) -> list[str]:
    if not answer.messages:
        return [f"* {phrases('history-empty')}"]
    count = len(answer.messages)
    head = phrases("history-one") if count == 1 else phrases("history", count=count)
    return [f"* {head}", *(voice.recall(in_rows(message)) for message in answer.messages)]


def _found(answer: answers.Found, phrases: Phrases, voice: Voice) -> list[str]:
    count = len(answer.messages)
    head = phrases("found", count=count) if count > 1 else phrases("found-one" if count else "found-none")
    more = [f"* {phrases('found-more', first=answer.before)}"] if answer.more else []
    return [f"* {head}", *(voice.recall(in_rows(message)) for message in answer.messages), *more]


def _gap(answer: answers.Gap, phrases: Phrases) -> list[str]:
    is_one = answer.first == answer.last
    text = phrases("gap-one", first=answer.first) if is_one else phrases("gap", first=answer.first, last=answer.last)
    return [f"* {text}"]


def _name(answer: answers.NameTaken, phrases: Phrases) -> list[str]:
    return [f"* {phrases('welcome-name', name=answer.name)}"]


def _notice(answer: answers.Notice, phrases: Phrases) -> list[str]:
    return [f"* {answer.text}"]


def _error(answer: answers.Error, phrases: Phrases) -> list[str]:
    return [f"* {answer.message}"]


_RENDERERS: dict[type[answers.Answer], Callable[..., list[str]]] = {
    answers.Who: _who,
    answers.Presence: _presence,
    answers.Gap: _gap,
    answers.NameTaken: _name,
    answers.Notice: _notice,
    answers.Error: _error,
}
