"""How things look in a terminal: who said what and when, in colours that a light and a dark screen bear."""

import re
from datetime import datetime
from hashlib import blake2b

from . import told

Fragments = list[tuple[str, str]]
"""Styles and texts, as prompt_toolkit has them."""

SHOWN_NAMES = 5

# Of middle lightness: 4.5 to 1 against neither black nor white can be had, 3 to 1 against both can.
_COLOURS = (
    "#0087af", "#008787", "#00875f", "#5f87d7", "#5f8700", "#8787af", "#875fd7", "#af5f00", "#af5f87", "#af5faf",
    "#d75f00", "#d75f5f", "#d7005f", "#d700af", "#af8700", "#808080",
)  # fmt: skip
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """Text without what a terminal obeys: whatever the server is, it commands no terminal."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n"))


def colour_of(name: str) -> str:
    """The same for the same name, today and tomorrow."""
    return "fg:" + _COLOURS[blake2b(name.encode(), digest_size=1).digest()[0] % len(_COLOURS)]


def clock_of(at: str) -> str:
    """The wall clock's hours and minutes at an ISO time, or now."""
    try:
        moment = datetime.fromisoformat(at).astimezone()
    except ValueError:
        moment = datetime.now().astimezone()
    return f"{moment:%H:%M}"


def show(event: told.Told) -> list[Fragments]:
    """What is shown of something that was told: lines, none if it is nothing to see."""
    if isinstance(event, told.Message):
        return [_message(event)]
    if isinstance(event, told.Page):
        return [_note("no messages yet")] if not event.messages else [_message(each) for each in event.messages]
    return [_note(text) for text in plain(event)]


def plain(event: told.Told) -> list[str]:
    """The same as text, for what is no message."""
    match event:
        case told.Notice():
            return [clean(event.text)]
        case told.Error():
            return [clean(event.message)]
        case told.Named():
            return [f"you are now {clean(event.name)}"]
        case told.Gap():
            return [f"messages {event.first} to {event.last} are gone from the log"]
        case told.Who():
            names = ", ".join(clean(person.name) for person in event.names)
            return [f"{event.members} here: {names}{', …' if event.more else ''}"]
        case told.Presence():
            return _presence(event)
        case told.State(state="lost"):
            return [f"the connection is lost ({clean(event.detail)}); what you say is kept and sent when it is back"]
        case told.State(detail="back"):
            return ["connected again"]
        case _:
            return []


def line_of(message: told.Message) -> str:
    """A message as a plain line, further lines of it indented."""
    return f"{clean(message.label)}: {indented(message.text)}"


def indented(text: str) -> str:
    """Text whose further lines can't be taken for another message."""
    return clean(text).replace("\n", "\n  ")


def _message(message: told.Message) -> Fragments:
    name = clean(message.label)
    return [
        ("class:time", clock_of(message.at) + " "),
        (f"{colour_of(name)} bold", name),
        ("", f"  {indented(message.text)}"),
    ]


def _note(text: str) -> Fragments:
    return [("class:note", f"      * {indented(text)}")]


def _presence(event: told.Presence) -> list[str]:
    """Who came and went, if they are few: a crowd is a number in the toolbar."""
    if event.more or len(event.joined) + len(event.left) > SHOWN_NAMES:
        return []
    joined = [f"{clean(person.name)} joined" for person in event.joined]
    return [*joined, *(f"{clean(person.name)} left" for person in event.left)]
