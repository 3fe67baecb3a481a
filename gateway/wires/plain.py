"""How messages and answers read as plain text; and how text is kept from forging what is special there.

The raw wire and the text wire share it. Two rules, by what ends a message on the wire:

- `fold_paragraph` where an empty line does: no text holds one, and no further line reads like a message's head or a
  notice;
- `indent_lines` where a line end does: every further line is indented, so it begins like nothing else.
"""

import re
from collections.abc import Callable

from ..messages import Message
from ..phrases import Phrases
from . import events

_INDENT = "  "
_BLANK_LINES = re.compile("\n\n+")
# Format characters are invisible: a head behind them would read like one.
_HIDDEN = "[\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f\ufe00-\ufe0f\ufeff]*"
_LOOKS_SPECIAL = re.compile(rf"\n(?={_HIDDEN}(?:\* |来{_HIDDEN}自.*的{_HIDDEN}消{_HIDDEN}息{_HIDDEN}[:：]))")


def fold_paragraph(text: str) -> str:
    """Text for a wire on which an empty line ends a message."""
    if "\n" not in text:
        return text
    return _LOOKS_SPECIAL.sub("\n" + _INDENT, _BLANK_LINES.sub("\n", text))


def indent_lines(text: str) -> str:
    """Text for a wire on which a line end ends a message."""
    return text.replace("\n", "\n" + _INDENT)


def line_of(message: Message) -> str:
    """A message as the post has it, without its end."""
    return f"来自{message.label}的消息:{message.text}"


def paragraphs(answer: events.Answer, phrases: Phrases) -> list[str]:
    """An answer as notices, in the order to show them; none where plain text has no word for it."""
    render = _RENDERERS.get(type(answer))
    return render(answer, phrases) if render else []


def _who(answer: events.Who, phrases: Phrases) -> list[str]:
    names = ", ".join(f"{person.name} ({person.via})" for person in answer.names)
    more = [f"* {phrases('who-more')}"] if answer.more else []
    return [f"* {phrases('who', count=answer.members, names=names)}", *more]


def _page(answer: events.Page, phrases: Phrases) -> list[str]:
    if not answer.messages:
        return [f"* {phrases('history-empty')}"]
    head = f"* {phrases('history', count=len(answer.messages))}"
    return [head, *map(line_of, answer.messages)]


def _gap(answer: events.Gap, phrases: Phrases) -> list[str]:
    return [f"* {phrases('gap', first=answer.first, last=answer.last)}"]


def _name(answer: events.NameTaken, phrases: Phrases) -> list[str]:
    return [f"* {phrases('welcome-name', name=answer.name)}"]


def _notice(answer: events.Notice, phrases: Phrases) -> list[str]:
    return [f"* {answer.text}"]


def _error(answer: events.Error, phrases: Phrases) -> list[str]:
    return [f"* {answer.message}"]


_RENDERERS: dict[type[events.Answer], Callable[..., list[str]]] = {
    events.Who: _who,
    events.Page: _page,
    events.Gap: _gap,
    events.NameTaken: _name,
    events.Notice: _notice,
    events.Error: _error,
}
