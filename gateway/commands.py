"""What people can type: /name, /who and the others. A line in, a request out."""

import re
from collections.abc import Callable

from .wires.events import AskHelp, AskHistory, AskWho, Mistake, Pass, Quit, Rename, Request, Say
from .wires.json import MAX_HISTORY

DEFAULT_HISTORY = 20

_WORD = r"[^\W\d_]+"
_COMMAND = re.compile(rf"/({_WORD})(?:\s+(.*))?", re.DOTALL)
_ESCAPED = re.compile(rf"//{_WORD}(?:\s|$)")


def parse(text: str) -> Request:
    """What a typed line asks for. `//word` says a line that begins with `/word`; `/etc/hosts` is no command."""
    if _ESCAPED.match(text):
        return Say(text[1:])
    return parse_command(text) if _COMMAND.fullmatch(text) else Say(text)


def parse_command(text: str) -> Request:
    """What a command asks for; a Mistake if it is none."""
    match = _COMMAND.fullmatch(text)
    if match is None:
        return Mistake("unknown-command", detail=text[:32])
    word, argument = match[1], (match[2] or "").strip()
    command = _COMMANDS.get(word.casefold())
    return command(argument) if command else Mistake("unknown-command", detail=f"/{word[:32]}")


def _rename(argument: str) -> Request:
    return Rename(argument)


def _who(argument: str) -> Request:
    return AskWho()


def _history(argument: str) -> Request:
    if not argument:
        return AskHistory(DEFAULT_HISTORY)
    if re.fullmatch(r"[0-9]{1,9}", argument) is None or int(argument) == 0:
        return Mistake("bad-argument", detail="/history")
    return AskHistory(min(int(argument), MAX_HISTORY))


def _help(argument: str) -> Request:
    return AskHelp()


def _pass(argument: str) -> Request:
    return Pass(argument)


def _quit(argument: str) -> Request:
    return Quit()


_COMMANDS: dict[str, Callable[[str], Request]] = {
    "name": _rename,
    "nick": _rename,
    "who": _who,
    "history": _history,
    "help": _help,
    "pass": _pass,
    "quit": _quit,
}
