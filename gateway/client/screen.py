"""How things look in a terminal: who said what and when, in colours that a light and a dark screen bear.

All words of a server pass through here, and are cleaned: whatever it is, it commands no terminal.
"""

import json
from datetime import datetime
from hashlib import blake2b

import msgspec

from ..text.controls import clean, escape_json, one_line
from ..text.rows import unwrapped
from . import told
from .code import Part, code_of

Fragments = list[tuple[str, str]]
"""Styles and texts, as prompt_toolkit has them."""

SHOWN_NAMES = 5
MAX_LABEL = 100
MOST_OF_A_NAME = 1000
"""Characters that are looked at."""

NOT_SAID = "that was not said: it looks like /op or /pass, which take a password"
GONE = "message deleted"
MAX_NAMES = 500
_BLOCK = "\n      "
"""What each line of code begins with: by that it is one where there are no colours."""

# Of middle lightness: 4.5 to 1 against neither black nor white can be had, 3 to 1 against both can.
_COLOURS = (
    "#0087af", "#008787", "#00875f", "#5f87d7", "#5f8700", "#8787af", "#875fd7", "#af5f00", "#af5f87", "#af5faf",
    "#d75f00", "#d75f5f", "#d7005f", "#d700af", "#af8700", "#808080",
)  # fmt: skip


def label_of(name: str) -> str:
    """A name as it is shown: on one line, and not longer than any name is."""
    return one_line(name[:MOST_OF_A_NAME])[:MAX_LABEL]


def colour_of(name: str) -> str:
    """The same for the same name, today and tomorrow."""
    return "fg:" + _COLOURS[blake2b(name.encode(), digest_size=1).digest()[0] % len(_COLOURS)]


def clock_of(at: str) -> str:
    """The wall clock's hours and minutes at an ISO time, or now."""
    try:
        moment = datetime.fromisoformat(at).astimezone()
    except (ValueError, OverflowError):  # no time, or one that has no hours here: the year 9999 ends
        moment = datetime.now().astimezone()
    return f"{moment:%H:%M}"


def show(event: told.Told) -> list[Fragments]:
    """What is shown of something that was told: lines, none if it is nothing to see."""
    if isinstance(event, told.Message):
        return [_message(event)]
    if isinstance(event, told.Page):
        return [note(heading(event)), *(_message(each) for each in event.messages)]
    return [note(text) for text in plain(event)]


def heading(page: told.Page) -> str:
    """What stands above a page of the log, as the raw wire has it."""
    if len(page.messages) < 2:
        return "the last message:" if page.messages else "no messages yet"
    return f"the last {len(page.messages)} messages:"


def found(answer: told.Found) -> str:
    """What stands above what was found, likewise."""
    count = len(answer.messages)
    if count > 1:
        return f"{count} messages found, the newest first:"
    return "1 message found:" if count else "nothing found"


def unseen(answer: told.Found) -> list[str]:
    """What stands below that."""
    return [f"older ones were not looked at: add before:{answer.before}"] if answer.more else []


def plain(event: told.Told) -> list[str]:
    """The same as text, for what is no message."""
    match event:
        case told.Notice():
            return [clean(event.text)]
        case told.Error():
            return [clean(event.message)]
        case told.Named():
            return [f"you are now {label_of(event.name)}"]
        case told.Gap() if event.first == event.last:
            return [f"message {event.first} is gone from the log"]
        case told.Gap():
            return [f"messages {event.first} to {event.last} are gone from the log"]
        case told.Who():
            names = ", ".join(label_of(person.name) for person in event.names[:MAX_NAMES])
            return [f"{event.members} here: {names}{', …' if event.more else ''}"]
        case told.Presence():
            return _presence(event)
        case told.State(state="lost"):
            return [f"the connection is lost ({one_line(event.detail)}); what you say is kept and sent when it is back"]
        case told.State(detail="back"):
            return ["connected again"]
        case _:
            return []


def line_of(message: told.Message) -> str:
    """A message as a plain line, further lines of it indented."""
    if message.kind == "action":
        return f"{label_of(message.label)} *{indented(message.text)}*"
    return f"{label_of(message.label)}: {indented(message.text)}"


def json_of(message: told.Message, encoding: str = "utf-8") -> str:
    """A message as a line of JSON, which commands no terminal either, and loses nothing in any encoding."""
    fields = msgspec.to_builtins(message)
    for name in ("kind", "re"):  # as the server has it
        if not fields[name]:
            del fields[name]
    if encoding.lower() not in ("utf-8", "utf8"):
        return escape_json(json.dumps(fields))
    return escape_json(msgspec.json.encode(fields).decode())


def indented(text: str) -> str:
    """Text whose further lines can't be taken for another message, nor what a terminal wraps."""
    return unwrapped(clean(text)).replace("\n", "\n  ")


def _message(message: told.Message) -> Fragments:
    name = label_of(message.label)
    return [
        ("class:time", clock_of(message.at) + " "),
        (f"{colour_of(name)} bold", name),
        *_said(message),
    ]


def _said(message: told.Message) -> Fragments:
    if message.kind == told.DELETED:
        return [("class:note", f"  {GONE}")]
    return [("italic", f" *{indented(message.text)}*")] if message.kind == "action" else _body(message.text)


def _body(text: str) -> Fragments:
    """A text whose code is set apart: in a line by its look, of lines by how far they are indented too."""
    parts = code_of(unwrapped(clean(text)))
    fragments = [fragment for part in parts for fragment in _part(part, is_last=part is parts[-1])]
    if parts[0].kind != "text":
        return [("", "  "), *fragments]
    return [("", f"  {fragments[0][1]}"), *fragments[1:]]


def _part(part: Part, *, is_last: bool) -> Fragments:
    if part.kind == "block":
        lines = [("class:block", _BLOCK + part.text.replace("\n", _BLOCK))]
        return lines if is_last else [*lines, ("", "\n  ")]
    return [("class:code" if part.kind == "code" else "", part.text.replace("\n", "\n  "))]


def note(text: str) -> Fragments:
    """A line that is nobody's message."""
    return [("class:note", f"      * {indented(text)}")]


def _presence(event: told.Presence) -> list[str]:
    """Who came and went, if they are few: a crowd is a number in the toolbar."""
    if event.more or len(event.joined) + len(event.left) > SHOWN_NAMES:
        return []
    told = [f"{label_of(each.old)} is now {label_of(each.new)}" for each in event.renamed]
    old, new = {each.old for each in event.renamed}, {each.new for each in event.renamed}
    told += [f"{label_of(person.name)} joined" for person in event.joined if person.name not in new]
    return [*told, *(f"{label_of(person.name)} left" for person in event.left if person.name not in old)]
