"""The man page and the shells' completion, both made from the commands themselves."""

import re
from collections.abc import Iterable, Iterator, Sequence

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")

Pairs = Sequence[tuple[str, str]]

KEYS: Pairs = (
    ("Enter", "say the line, or do it, if it is a command"),
    ("Alt+Enter", "break the line"),
    ("Tab", "complete a command, or the name of somebody who is here"),
    ("Up, Down", "what you typed before"),
    ("Ctrl-R", "search in that"),
    ("PageUp", "older messages"),
    ("Alt+Up, Alt+Down", "choose a message, by WebSocket: what you type then answers it"),
    ("Delete, twice; /delete", "delete the message that is chosen, for everybody"),
    ("Escape", "choose none"),
    ("Ctrl-C", "take the line back; twice on an empty line: leave"),
    ("Ctrl-D, /quit", "leave; where something is not sent yet you are told so first"),
    ("Ctrl-Z", "suspend"),
)
"""At the line of `gateway chat`."""

FILES: Pairs = (
    ("$XDG_STATE_HOME/chat-gateway/room.db", "the room of gateway serve, unless --store says otherwise"),
    ("room.db.sock", "beside the room: where gateway status asks its gateway; else nats-ROOM.sock, memory.sock there"),
    ("$XDG_STATE_HOME/chat-gateway/chat-history", "what was typed at gateway chat, neither /op nor /pass"),
    ("$XDG_STATE_HOME/chat-gateway/rooms/", "who you are in each room; whoever reads them can be you there"),
)

ENVIRONMENT: Pairs = (
    ("GATEWAY_...", "every setting of gateway serve: --tcp-port is GATEWAY_TCP_PORT; --config is GATEWAY_CONFIG"),
    ("GATEWAY_ADDRESS, GATEWAY_NAME", "of gateway chat: where, and what you are called"),
    ("GATEWAY_PASSWORD, GATEWAY_PASSWORD_FILE", "the room's, of gateway chat and gateway swarm too"),
    ("XDG_STATE_HOME", "the folder of what is kept; ~/.local/state if it is not set"),
    ("LC_ALL, LC_MESSAGES, LANG", "the language of gateway serve, unless --language says otherwise"),
    ("TERM, NO_COLOR", "what the terminal of gateway chat can; dumb: nothing but print"),
    ("SSL_CERT_FILE", "whose certificates gateway chat believes, unless --ca says otherwise"),
    ("http_proxy, https_proxy, no_proxy", "by which proxy gateway chat goes to the web port of another machine"),
)

EXITS: Pairs = (
    ("0", "all is well: of gateway chat, all is stored; of gateway swarm, nothing was wrong"),
    ("1", "it could not be, or nobody answers there; something was not said, or was wrong"),
    ("2", "a flag, a setting or a file makes no sense"),
    ("3", "the room does not let you in"),
    ("4", "what answers there is no room"),
    ("130, 143", "it was stopped, by Ctrl-C or SIGTERM"),
)


def completion_of(command: click.Command, shell: str) -> str:
    """What a shell reads to complete `gateway`."""
    found = get_completion_class(shell)
    assert found is not None
    return found(command, {}, "gateway", "_GATEWAY_COMPLETE").source()


def man_page(group: click.Group) -> str:
    """gateway(1), as roff (man 7 man-pages)."""
    return "\n".join(_lines(group)) + "\n"


def _lines(group: click.Group) -> Iterator[str]:
    from importlib.metadata import version  # dear, and asked by this command alone

    yield f'.TH GATEWAY 1 "" "chat-gateway {version("chat-gateway")}"'
    yield from (".nh", ".ad l")  # a line that is not stretched fits
    yield from (".SH NAME", "gateway \\- " + _plain(group.help))
    yield from (".SH SYNOPSIS", ".B gateway", "COMMAND [OPTIONS]")
    for name, command in group.commands.items():
        if not command.hidden:
            yield from _command(name, command)
    for title, pairs in (("KEYS", KEYS), ("FILES", FILES), ("ENVIRONMENT", ENVIRONMENT), ("EXIT STATUS", EXITS)):
        yield f'.SH "{title}"'
        yield from _pairs(pairs)


def _pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for what, meaning in pairs:
        yield from (".TP", f"\\fB{_escaped(what)}\\fR", _escaped(meaning))


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f'.SH "GATEWAY {name.upper()}"'
    yield from (".B gateway " + name, _escaped(usage), ".PP", _plain(command.help))
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    yield from _pairs(record for record in records if record)
    if command.epilog:
        for block in command.epilog.replace("\b", "").strip("\n").split("\n\n"):
            yield from _examples(block) if block.startswith("Examples:") else (".PP", _plain(block))


def _examples(block: str) -> Iterator[str]:
    """Each line is a command, and what it is for behind two blanks or more: in a man page below it."""
    yield '.SS "Examples"'
    for line in block.split("\n")[1:]:
        typed, _, meaning = re.sub(" {2,}", "\0", line.strip()).partition("\0")
        yield from (".PP", f"\\fB{_escaped(typed)}\\fR", *((".RS", _escaped(meaning), ".RE") if meaning else ()))


def _plain(text: str | None) -> str:
    return _escaped(" ".join((text or "").split()))


def _escaped(text: str) -> str:
    """A backslash, a hyphen, and a dot or quote at the start of a line mean something in roff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in escaped.split("\n"))
