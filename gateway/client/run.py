"""What somebody wants of the client, and who does that: a person's terminal, or a pipe."""

import io
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..searches import sought
from ..text.controls import clean
from . import told
from .address import USAGE, Address, ChatError, OutputClosedError, parse_address
from .json_session import JsonSession
from .link import Link
from .memory import Memory
from .pipe import Pipe, Wishes
from .raw import RawLink
from .raw_session import RawSession
from .session import Hear
from .stdout import problem_of
from .tls import context_for
from .websocket import WebSocketLink

if TYPE_CHECKING:
    from .conversation import Conversation

PIPE_PATIENCE, PEOPLES_PATIENCE = 60.0, inf
"""Seconds without a connection after which a pipe gives up. A person decides alone."""

PEOPLES_HISTORY = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that can be asked for."""

    address: str
    name: str = ""
    password: str = ""
    history: int | None = None
    since: int | None = None
    as_json: bool = False
    follow: bool | None = None
    whole: bool = False
    tag: str = ""
    bell: bool = False
    ca: Path | None = None
    progress: bool = False
    search: str | None = None


class Chat:
    """What is wanted, ready to be run; again after a PasswordError, with the password: what was typed is kept.

    `folder` is where a person's client keeps what it remembers. Raises ChatError, if it makes no sense.
    """

    def __init__(self, wanted: Wanted, folder: Path | None) -> None:
        address, wanted = _understood(wanted)
        self._memory = Memory(None, "")
        self._talk: Conversation | Pipe
        if _is_for_a_person(wanted):
            self._memory = Memory(folder, str(address))
            self._talk, self._link = _conversation(address, wanted, folder, self._memory)
        else:
            self._talk, self._link = _pipe(address, wanted)

    async def run(self) -> None:
        """Chat, until that is over. Raises ChatError, OutputClosedError."""
        await self._talk.run(self._link)

    def give(self, password: str) -> None:
        """That is the room's."""
        self._link.session.give(_sound(password))

    def close(self) -> None:
        """It is over: another client may remember."""
        self._memory.close()


def _understood(wanted: Wanted) -> tuple[Address, Wanted]:
    address = parse_address(wanted.address)
    wanted = replace(wanted, name=_sound(wanted.name), password=_sound(wanted.password), tag=_sound(wanted.tag))
    if not address.url and (wanted.history or wanted.since):
        raise ChatError("--history and --from: the raw wire has none; give a ws:// address", USAGE)
    if wanted.search is not None:
        others = (wanted.history, wanted.since, wanted.follow, wanted.whole or None)
        if not address.url or any(each is not None for each in others):
            raise ChatError("--search: give a ws:// address, and none of --history, --from, --follow, --whole", USAGE)
    return address, wanted


def _pipe(address: Address, wanted: Wanted) -> tuple[Pipe, Link]:
    if isinstance(sys.stdout, io.TextIOWrapper):  # what a server says is no reason to end, whatever the locale has
        sys.stdout.reconfigure(errors="replace")
    if sys.stdin.isatty() and wanted.follow is False and not wanted.whole:  # somebody has a look
        wanted = _with_history(wanted)
    pipe = Pipe(wishes := _wishes(wanted) if wanted.search is None else _search(wanted.search, as_json=wanted.as_json))
    if sys.stdin.isatty() and wishes.follow and not wishes.sends:
        with suppress(OSError):
            sys.stderr.write("gateway chat: what is typed here is not sent, since this only prints; Ctrl-C ends it\n")
    return pipe, _link(address, wanted, pipe.hear, PIPE_PATIENCE)


def _search(typed: str, *, as_json: bool) -> Wishes:
    try:
        what = sought(clean(_sound(typed)))
    except ValueError as error:
        raise ChatError("--search: a day is like since:2026-11-24, and before: is a number", USAGE) from error
    if not what.is_something:
        raise ChatError("--search: give one word at least, or from:NAME", USAGE)
    return Wishes(sends=False, as_json=as_json, sought=what)


def _is_for_a_person(wanted: Wanted) -> bool:
    if wanted.search is not None:
        return False
    is_at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return is_at_terminal and wanted.follow is not False and not (wanted.as_json or wanted.whole)


def _with_history(wanted: Wanted) -> Wanted:
    """The same; who says nothing of old messages gets as many as a person does."""
    return replace(wanted, history=PEOPLES_HISTORY) if wanted.history is wanted.since is None else wanted


def _wishes(wanted: Wanted) -> Wishes:
    asks = wanted.as_json or wanted.follow or wanted.history is not None or wanted.since is not None
    is_typed = sys.stdin.isatty()
    # A pipe that has ended ends it: `grep` that found nothing would hang a CI job, and hold its name.
    follows = is_typed and not wanted.whole if wanted.follow is None else wanted.follow
    return Wishes(
        sends=not is_typed or wanted.whole, whole=wanted.whole, tag=wanted.tag, as_json=wanted.as_json,
        prints=bool(asks) or (is_typed and not wanted.whole), progress=wanted.progress,
        follow=follows, most=None if follows or wanted.since is not None else wanted.history,
    )  # fmt: skip


def _conversation(address: Address, wanted: Wanted, folder: Path | None, memory: Memory) -> tuple["Conversation", Link]:
    # Only a person needs these, and they take longer to load than all the rest.
    from .dumb import DumbTerminal, is_dumb
    from .terminal import Terminal

    known = memory.recall()
    wanted = _with_history(replace(wanted, name=wanted.name or known.name))
    wishes: dict[str, Any] = {"tag": wanted.tag, "bell": wanted.bell}
    file = folder / "chat-history" if folder else None
    talk = DumbTerminal(memory, **wishes) if is_dumb() else Terminal(file, memory, **wishes)
    return talk, _link(address, wanted, talk.hear, PEOPLES_PATIENCE, known.session)


def _sound(text: str) -> str:
    """Text that can be sent. An argument that is not UTF-8 has surrogates in it (PEP 383)."""
    return text.encode(errors="replace").decode()


def _apart(hear: Hear) -> Hear:
    """The same; an OSError of its own output is none of the connection's, for which a link would take it."""

    def heard(event: told.Told) -> None:
        try:
            hear(event)
        except BrokenPipeError as error:
            raise OutputClosedError from error
        except OSError as error:
            raise OutputClosedError(f"standard output: {problem_of(error)}") from error

    return heard


def _link(address: Address, wanted: Wanted, hear: Hear, patience: float, token: str = "") -> Link:
    name, password, hear = wanted.name, wanted.password, _apart(hear)
    context = context_for(address, wanted.ca)
    if not address.url:
        is_a_persons = patience == PEOPLES_PATIENCE
        raw = RawSession(address, hear, name=name, password=password, patience=patience, is_a_persons=is_a_persons)
        return RawLink(raw, context)
    session = JsonSession(
        address, hear, name=name, password=password, patience=patience,
        history=wanted.history or 0, since=None if wanted.since is None else wanted.since - 1, token=token,
    )  # fmt: skip
    return WebSocketLink(session, context)
