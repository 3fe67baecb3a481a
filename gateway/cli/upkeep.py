"""What operators do with a room: `gateway status`, `gateway backup` and the like."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click
import msgspec

from ..config import Settings
from ..config.sources import settings_from
from ..config.table import TABLE
from ..upkeep.asking import asked
from ..upkeep.places import control_path, identity
from ..upkeep.words import AnAnswer, Ask, Silent, Status, Told, What
from .progress import shown_bar
from .table import table_of

F = TypeVar("F", bound=Callable[..., None])

_BACKUP_EXAMPLES = """
\b
Examples:
  gateway backup /var/backups/room.copy           the room on this machine
  gateway backup --config /etc/gateway.toml FILE  the one that these settings are of
"""

_MOVE_EXAMPLES = """
\b
Examples:
  gateway move --from sqlite:/srv/room.db --to nats://localhost:4222/room
"""

_ROOM = ("store", "embedded_nats")
"""The settings that say which gateway is asked."""
_WHO = ("nats_creds",)
"""And which of its rooms on a server, which may have some for each of us."""
_NATS = (*_WHO, "nats_password_file", "nats_ca")
_KEEP = ("keep", "keep_mib")
_REPLACE = click.option("--replace", is_flag=True, help="Put a room aside that is there and has messages.")


def _settings(*names: str, **helps: str) -> Callable[[F], F]:
    """The options of these settings, and --config; some have a help of their own here."""

    def decorate(command: F) -> F:
        for row in reversed([row for row in TABLE if row.name in names]):
            given: dict[str, Any] = {"is_flag": True, "flag_value": "yes", "default": None} if row.switch else {}
            metavar = None if row.switch else row.name.upper().replace("_", "-")
            command = click.option(row.flag, row.name, metavar=metavar, help=helps.get(row.name, row.help), **given)(
                command
            )
        config = click.option(
            "--config", type=click.Path(path_type=Path), envvar="GATEWAY_CONFIG", help="The TOML file of its settings."
        )
        return config(command)

    return decorate


def _read(config: Path | None, flags: Mapping[str, Any]) -> Settings:
    return settings_from(flags, os.environ, config)


@click.command()
@_settings(*_ROOM, *_WHO)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each process.")
def status(config: Path | None, as_json: bool, **flags: Any) -> None:
    """Tell how a running gateway is: who is in by which wire, how far its log is, since when."""
    found = [each for each in _asked(config, flags, "status") if isinstance(each, Status | Silent)]
    if as_json:
        for each in found:
            sys.stdout.write(msgspec.json.encode(each).decode() + "\n")
    else:
        sys.stdout.write(table_of([dict(_rows(each)) for each in found if isinstance(each, Status)]))
        silent = [each.worker for each in found if isinstance(each, Silent)]
        sys.stdout.write("".join(f"worker {worker} does not answer\n" for worker in silent))


@click.command()
@_settings(*_ROOM, *_WHO)
def reload(config: Path | None, **flags: Any) -> None:
    """Have a running gateway read its settings again, as SIGHUP does, and tell what is another one now."""
    lines = [each.line for each in _asked(config, flags, "reload") if isinstance(each, Told)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


@click.command(epilog=_BACKUP_EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_settings(*_ROOM, *_NATS)
def backup(file: Path, config: Path | None, **flags: Any) -> None:
    """Copy a room to FILE, whether or not people are in it; FILE is whole, or not there."""
    from ..upkeep.keeping import back_up

    with shown_bar() as show:
        line = back_up(file, _read(config, flags), show)
    sys.stdout.write(f"{line}\n")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_settings("store", store="Where the room is to be, sqlite:PATH; gateway move carries it on to NATS.")
@_REPLACE
@click.option("--incomplete", is_flag=True, help="Take a copy that was made by hand without its -wal, as it is.")
def restore(file: Path, config: Path | None, *, replace: bool, incomplete: bool, **flags: Any) -> None:
    """Put a copy in the place of a room that is not running; it is a new log, so all clients begin anew."""
    from ..upkeep.keeping import put_back

    with shown_bar() as show:
        lines = put_back(file, _read(config, flags), show, replace=replace, incomplete=incomplete)
    sys.stdout.write("".join(f"{line}\n" for line in lines))


@click.command()
@_settings(*_ROOM, *_NATS)
@click.option("--secrets", is_flag=True, help="With what makes people who they are: owners, names, bans, the secret.")
def export(config: Path | None, *, secrets: bool, **flags: Any) -> None:
    """Print a room as lines of JSON, whether or not people are in it."""
    from ..upkeep.keeping import write_out

    write_out(sys.stdout.buffer, _read(config, flags), secrets=secrets)
    sys.stdout.buffer.flush()


@click.command("import")
@click.argument("file", type=click.File("rb"), default="-")
@_settings("store", *_NATS, *_KEEP)
@_REPLACE
def import_(file: BinaryIO, config: Path | None, *, replace: bool, **flags: Any) -> None:
    """Make a room of what gateway export printed; one that was killed goes on if it is run again."""
    from ..upkeep.keeping import read_back

    with shown_bar() as show:
        lines = read_back(file, _read(config, flags), show, replace=replace)
    sys.stdout.write("".join(f"{line}\n" for line in lines))


@click.command(epilog=_MOVE_EXAMPLES)
@click.option("--from", "source", required=True, metavar="STORE", help="Where the room is, as --store says it.")
@click.option("--to", "target", required=True, metavar="STORE", help="Where it is to be.")
@_settings(*_NATS, *_KEEP)
@_REPLACE
def move(source: str, target: str, config: Path | None, *, replace: bool, **flags: Any) -> None:
    """Carry a room that is not running to another store; one that was killed goes on if it is run again."""
    from ..upkeep.keeping import carry_over

    old, new = (_read(config, {**flags, "store": store}) for store in (source, target))
    with shown_bar() as show:
        lines = carry_over(old, new, show, replace=replace)
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _asked(config: Path | None, flags: Mapping[str, Any], what: What) -> Iterator[AnAnswer]:
    settings = _read(config, flags)
    return asked(control_path(settings), Ask(what, identity(settings)))


def _rows(told: Status) -> Iterator[tuple[str, str]]:
    """What stands in the table."""
    yield "room", told.title or "-"
    failing = " (FAILING: nothing can be said)" if told.store_failing else ""
    yield "store", f"{told.store}, {told.store_bytes:,} bytes{failing}"
    yield "version", told.version
    worker = f" (worker {told.worker}, started again {told.restarts} times)" if told.worker else ""
    yield "process", f"{told.pid}{worker}"
    yield "since", datetime.fromtimestamp(told.since // 1000, UTC).isoformat(" ").replace("+00:00", " UTC")
    yield "log", f"{told.epoch}, seq {told.first} to {told.head}" if told.head else f"{told.epoch}, empty"
    yield "people", f"{told.people}"
    wires = ", ".join(f"{count} {wire}" for wire, count in sorted(told.members.items()))
    yield "connections", f"{sum(told.members.values())}" + (f" ({wires})" if wires else "")
    yield "lag", f"{told.lag}, stalled {told.stalled}, inbox {told.inbox_bytes} bytes"
    yield "other nodes", ", ".join(told.nodes) or "-"


COMMANDS = (status, reload, backup, restore, export, import_, move)
