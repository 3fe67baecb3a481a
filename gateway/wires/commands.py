"""What a typed line asks for. A line in, a request out; what is a command, and which there are, is `vocabulary`'s.

A command has MAX_COMMAND characters at most, and is split at its blanks, never searched: so whatever is typed costs
what its length does.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal, get_args
from unicodedata import normalize

from msgspec.structs import astuple

from ..searches import sought
from ..text.lookalikes import SLASH, WINDOW, begins_plainly, has_slash, holds_secret, reading
from ..vocabulary import COMMAND_BY_WORD, command_word, unescaped
from .events import (
    MAX_COMMAND,
    MAX_HISTORY,
    Act,
    Ask,
    AskHistory,
    AskWho,
    Delete,
    Find,
    Mistake,
    Moderate,
    Op,
    Pass,
    Purge,
    Quit,
    Rename,
    Request,
    Say,
    Switch,
    Switched,
)

DEFAULT_HISTORY = 20
MUTE_SECONDS = 600

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"[0-9]{1,6}[smhd]")
_COUNT = re.compile(r"[0-9]{1,9}")
_ALL = "all"


def parse(text: str) -> Request:
    """What a typed text asks for.

    What looks like /op or /pass and is no command is not said: see lookalikes. Nor is what begins like an operator's
    command behind blanks: whom that is about is nobody else's business.
    """
    if begins_plainly(text) or not has_slash(text):
        return Say(text)  # nearly always so, and found out fast
    if command_word(text) or holds_secret(text):
        return parse_command(text)
    if word := _hidden_act(text):
        return Mistake("not-said", detail=f"/{word}")
    return Say(unescaped(text))


def parse_command(text: str) -> Request:
    """What a command asks for; a Mistake if it is none."""
    word = command_word(text)
    if not word:
        return Mistake("secret") if holds_secret(text) else Mistake("unknown-command", detail=text[:32])
    shown = word[:32]
    command = _COMMANDS.get(normalize("NFKC", shown).casefold())  # as it is typed, by whatever input method
    if command is None:
        return Mistake("unknown-command", detail=f"/{shown}")
    if len(text) > MAX_COMMAND:
        return Mistake("command-long")
    return command(text[1 + len(word) :].strip())


def readings(request: Moderate) -> Iterator[tuple[str, int]]:
    """Whom an act may be meant for, and for how many seconds. Where each is somebody, it is asked who: see room/whom.

    `/ban Al 7d` is for ever, and for `Al 7d`; or it is for seven days, and for Al.
    """
    if request.whole:
        yield request.whole, _DEFAULT_SECONDS[request.act]
    yield request.target, request.seconds


def _hidden_act(text: str) -> str:
    """The operator's command that a text reads like without being one: behind blanks, in other letters."""
    if SLASH.search(text, 0, 2 * WINDOW) is None:
        return ""
    found = _ACT.match(reading(text)[0].lstrip())
    return found[1].lower() if found else ""


def _rename(argument: str) -> Request:
    return Rename(argument)


def _who(argument: str) -> Request:
    return AskWho()


def _history(argument: str) -> Request:
    if not argument:
        return AskHistory(DEFAULT_HISTORY)
    if _COUNT.fullmatch(argument) is None or int(argument) == 0:
        return Mistake("bad-argument", detail="/history")
    return AskHistory(min(int(argument), MAX_HISTORY))


def _search(argument: str) -> Request:
    try:
        for_what = sought(argument)
    except ValueError:
        return Mistake("bad-argument", detail="/search")
    if not for_what.is_something:
        return Mistake("bad-argument", detail="/search")
    return Find(for_what.words, DEFAULT_HISTORY, *astuple(for_what)[1:])


def _me(argument: str) -> Request:
    if not argument:
        return Mistake("bad-argument", detail="/me")
    return Mistake("secret") if holds_secret(argument) else Say(argument, kind="action")


def _switch(what: Switch) -> Callable[[str], Request]:
    def parse_switch(argument: str) -> Request:
        word = argument.casefold()
        return Switched(what, word == "on") if word in ("on", "off") else Mistake("bad-argument", detail=f"/{what}")

    return parse_switch


def _pass(argument: str) -> Request:
    return Pass(argument) if argument else Mistake("bad-argument", detail="/pass")


def _op(argument: str) -> Request:
    return Op(argument) if argument else Mistake("bad-argument", detail="/op")


def _listing(act: Literal["muted", "banned"]) -> Callable[[str], Request]:
    return lambda argument: Moderate(act)


def _slow(argument: str) -> Request:
    seconds = _seconds_of(argument)
    if seconds is None and _COUNT.fullmatch(argument):
        seconds = int(argument)
    return Mistake("bad-argument", detail="/slow") if seconds is None else Moderate("slow", seconds=seconds)


def _seconds_of(text: str) -> int | None:
    return int(text[:-1]) * _UNITS[text[-1]] if _DURATION.fullmatch(text) else None


def _delete(argument: str) -> Request:
    target, *last = argument.rsplit(None, 1) or ("",)
    if last and last[0].casefold() == _ALL:
        return Delete(target=target, is_all=True, whole=argument)
    return Delete(target=argument)


def _purge(argument: str) -> Request:
    if not argument:
        return Mistake("bad-argument", detail="/purge")
    target, *last = argument.rsplit(None, 1)
    if last and _COUNT.fullmatch(last[0]):
        return Purge(target, int(last[0]), argument)
    return Purge(argument)


_DEFAULT_SECONDS: dict[str, int] = {"ban": 0, "mute": MUTE_SECONDS}


def _moderating(act: Act) -> Callable[[str], Request]:
    """A command with a target; and with a duration, if there is a default for it."""

    def parse_target(argument: str) -> Request:
        if not argument:
            return Mistake("bad-argument", detail=f"/{act}")
        target, *last = argument.rsplit(None, 1)
        if act in _DEFAULT_SECONDS and last and (seconds := _seconds_of(last[0])) is not None:
            return Moderate(act, target, seconds, argument)
        return Moderate(act, argument, _DEFAULT_SECONDS.get(act, 0))

    return parse_target


def _quit(argument: str) -> Request:
    return Quit()


_PARSERS: dict[str, Callable[[str], Request]] = {
    "name": _rename,
    "who": _who,
    "history": _history,
    "search": _search,
    "me": _me,
    "times": _switch("times"),
    "joins": _switch("joins"),
    "delete": _delete,
    "quit": _quit,
    "pass": _pass,
    "op": _op,
    "slow": _slow,
    "muted": _listing("muted"),
    "banned": _listing("banned"),
    "kick": _moderating("kick"),
    "mute": _moderating("mute"),
    "unmute": _moderating("unmute"),
    "ban": _moderating("ban"),
    "unban": _moderating("unban"),
    "whois": _moderating("whois"),
    "purge": _purge,
}
"""Of those that ask for more than an answer. The rest are an Ask."""

_COMMANDS = {word: _PARSERS.get(each.name, partial(Ask, each.name)) for word, each in COMMAND_BY_WORD.items()}
_ACT = re.compile(rf"/({'|'.join((*get_args(Act), 'delete', 'purge'))})(?![\w/.-])", re.IGNORECASE)
