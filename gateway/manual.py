"""The man page and the shells' completion, both made from the commands themselves."""

from collections.abc import Iterator
from importlib.metadata import version

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


def completion_of(command: click.Command, shell: str) -> str:
    """What a shell reads to complete `gateway`."""
    found = get_completion_class(shell)
    assert found is not None
    return found(command, {}, "gateway", "_GATEWAY_COMPLETE").source()


def man_page(group: click.Group) -> str:
    """gateway(1), as roff (man 7 man-pages)."""
    return "\n".join(_lines(group)) + "\n"


def _lines(group: click.Group) -> Iterator[str]:
    yield f'.TH GATEWAY 1 "" "chat-gateway {version("chat-gateway")}"'
    yield from (".SH NAME", "gateway \\- " + _plain(group.help))
    yield from (".SH SYNOPSIS", ".B gateway", "COMMAND [OPTIONS]")
    for name, command in group.commands.items():
        if not command.hidden:
            yield from _command(name, command)
    yield from (
        ".SH ENVIRONMENT",
        "Every setting of",
        ".B gateway serve",
        "is a variable too: \\-\\-tcp\\-port is GATEWAY_TCP_PORT.",
    )


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f'.SH "GATEWAY {name.upper()}"'
    yield from (".B gateway " + name, _escaped(usage), ".PP", _plain(command.help))
    for parameter in command.get_params(context):
        if record := parameter.get_help_record(context):
            yield from (".TP", f"\\fB{_escaped(record[0])}\\fR", _escaped(record[1]))
    if command.epilog:
        yield from (".PP", ".nf", _escaped(command.epilog.replace("\b", "").strip("\n")), ".fi")


def _plain(text: str | None) -> str:
    return _escaped(" ".join((text or "").split()))


def _escaped(text: str) -> str:
    """A backslash, a hyphen, and a dot or quote at the start of a line mean something in roff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in escaped.split("\n"))
