"""What somebody wants of the client, and who does that: a person's terminal, or a pipe."""

import io
import sys
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

from . import told
from .address import USAGE, Address, ChatError, OutputClosedError, parse_address
from .json_session import JsonSession
from .link import Link
from .pipe import Pipe, Wishes
from .raw import RawLink
from .raw_session import RawSession
from .session import Hear
from .websocket import WebSocketLink

PIPE_PATIENCE = 60.0
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


async def run(wanted: Wanted, history_file: Path | None) -> None:
    """Chat. Raises ChatError, OutputClosedError."""
    address = parse_address(wanted.address)
    wanted = replace(wanted, name=_sound(wanted.name), password=_sound(wanted.password), tag=_sound(wanted.tag))
    if not address.url and (wanted.history or wanted.since):
        raise ChatError("--history and --from: the raw wire has none; give a ws:// address", USAGE)
    if sys.stdin.isatty() and sys.stdout.isatty() and not wanted.as_json:
        # Only a person needs it, and it takes longer to load than all the rest.
        from .terminal import Terminal

        terminal = Terminal(history_file, bell=wanted.bell)
        await terminal.run(_link(address, wanted, terminal.hear, inf, PEOPLES_HISTORY))
        return
    asks = wanted.as_json or wanted.follow or wanted.history is not None or wanted.since is not None
    wishes = Wishes(
        sends=not sys.stdin.isatty(), whole=wanted.whole, tag=wanted.tag, as_json=wanted.as_json,
        prints=bool(asks) or sys.stdin.isatty(),
        # A pipe that has ended ends it: `grep` that found nothing would hang a CI job, and hold its name.
        follow=sys.stdin.isatty() if wanted.follow is None else wanted.follow,
    )  # fmt: skip
    if isinstance(sys.stdout, io.TextIOWrapper):  # what a server says is no reason to end, whatever the locale has
        sys.stdout.reconfigure(errors="replace")
    pipe = Pipe(wishes)
    await pipe.run(_link(address, wanted, pipe.hear, PIPE_PATIENCE, 0))


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
            raise OutputClosedError(f"what is heard can't be written: {error.strerror}") from error

    return heard


def _link(address: Address, wanted: Wanted, hear: Hear, patience: float, history: int) -> Link:
    name, password, hear = wanted.name, wanted.password, _apart(hear)
    if not address.url:
        return RawLink(RawSession(address, hear, name=name, password=password, patience=patience))
    session = JsonSession(
        address, hear, name=name, password=password, patience=patience,
        history=history if wanted.history is None else wanted.history,
        since=None if wanted.since is None else wanted.since - 1,
    )  # fmt: skip
    return WebSocketLink(session)
