"""What people can type: /name, /who and the others. A line in, a request out."""

import re
from collections.abc import Callable
from typing import Literal

from .wires.events import AskHelp, AskHistory, AskWho, Mistake, Moderate, Op, Pass, Quit, Rename, Request, Say
from .wires.json import MAX_HISTORY

DEFAULT_HISTORY = 20
MUTE_SECONDS = 600

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(.+)\s+([0-9]{1,6})([smhd])", re.DOTALL)

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


def _op(argument: str) -> Request:
    return Op(argument)


def _banned(argument: str) -> Request:
    return Moderate("banned")


def _moderating(act: Literal["kick", "ban", "unban", "mute"], default: int | None) -> Callable[[str], Request]:
    """A command with a name; and with a duration, if there is a default for it."""

    def parse_target(argument: str) -> Request:
        target, seconds = argument, default or 0
        if default is not None and (match := _DURATION.fullmatch(argument)):
            target, seconds = match[1], int(match[2]) * _UNITS[match[3]]
        return Moderate(act, target, seconds) if target else Mistake("bad-argument", detail=f"/{act}")

    return parse_target


def _quit(argument: str) -> Request:
    return Quit()


_COMMANDS: dict[str, Callable[[str], Request]] = {
    "name": _rename,
    "nick": _rename,
    "who": _who,
    "history": _history,
    "help": _help,
    "pass": _pass,
    "op": _op,
    "kick": _moderating("kick", None),
    "ban": _moderating("ban", 0),
    "unban": _moderating("unban", None),
    "banned": _banned,
    "mute": _moderating("mute", MUTE_SECONDS),
    "quit": _quit,
}
