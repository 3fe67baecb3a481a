"""`gateway serve`, and its workers."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..config import SettingError, Settings
from ..config.sources import faults_in, passed_over, settings_from
from ..config.table import TABLE, Setting
from ..logs import lines_of, rationed
from ..serving.loops import alone, loop_factory
from ..serving.ports import ServerError
from ..serving.reload import Read
from ..serving.stderr import Stderr
from ..serving.worker import SHARED, first_settings, shared_in
from ..serving.workers import Workers
from ..signals import end_by
from ..stores import StoreError
from .streams import fail

if TYPE_CHECKING:
    from ..serving.server import Server

log = logging.getLogger("gateway.cli")

_EXAMPLES = """
\b
Examples:
  gateway serve                                   a room on this machine
  gateway serve --host ::                         for all who reach it
  gateway serve --store memory: --tcp-port 0      one that is forgotten, on any free port
  gateway serve --workers 4 --embedded-nats       four processes, one room

Every setting is also an environment variable (--tcp-port: GATEWAY_TCP_PORT) and a key in the TOML file of --config
(tcp-port = 8001). Flags win over the environment, that over the file.
"""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    defaults = Settings()
    for row in reversed(TABLE):
        command = _option(row, getattr(defaults, row.name))(command)
    return command


def _option(row: Setting, default: object) -> Callable[[Callable[..., None]], Callable[..., None]]:
    if row.switch:
        return click.option(row.flag, row.name, is_flag=True, flag_value="yes", default=None, help=row.help)
    shown = "" if row.many or default == "" else f"  [default: {default}]"
    metavar = row.name.upper().replace("_", "-")
    return click.option(row.flag, row.name, multiple=row.many, metavar=metavar, help=row.help + shown)


@click.command(epilog=_EXAMPLES)
@click.option("--config", type=click.Path(path_type=Path), envvar="GATEWAY_CONFIG", help="A TOML file of settings.")
@click.option(
    "--check", is_flag=True, help="Say what is wrong with settings, files, ports and store, and open nothing."
)
@_options
def serve(config: Path | None, *, check: bool, **flags: Any) -> None:
    """Open the room: raw TCP for nc and telnet, a page and WebSocket for browsers."""
    if check:
        sys.exit(_check(flags, config))

    end_by(signal.SIGINT, signal.SIGTERM)

    def read() -> Settings:
        return settings_from(flags, os.environ, config).with_passwords()

    settings = settings_from(flags, os.environ, config)
    _log(settings)
    for line in passed_over(os.environ):
        log.warning(line)
    many = settings.workers > 1 or settings.embedded_nats
    _run(settings, lambda: Workers(settings, read) if many else _server(settings, read))


def _check(flags: Mapping[str, Any], config: Path | None) -> int:
    """Say what is found, one line each; the status of the worst."""
    from ..serving.check import findings

    for line in passed_over(os.environ):
        print(line)
    if faults := [*faults_in(flags, os.environ, config)]:
        return max(fail(str(fault), 2) for fault in faults)

    async def told() -> int:
        worst = 0
        async for text, status in findings(settings_from(flags, os.environ, config)):
            if status:
                worst = max(worst, fail(text, status))
            else:
                print(text)
        return worst

    if not (worst := asyncio.run(told())):
        print("it could be opened; nothing was")
    return worst


@click.command(hidden=True)
@click.argument("name")
@click.argument("descriptors", nargs=-1)
@click.option("--restarts", type=int, default=0)
def worker(name: str, descriptors: tuple[str, ...], restarts: int) -> None:
    """One of `serve --workers`; its settings come on stdin. `descriptors` are those it is handed: tcp_port=7."""
    end_by(signal.SIGINT, signal.SIGTERM)
    settings = first_settings()
    _log(settings, name)
    inherited = {what: int(number) for what, _, number in (each.partition("=") for each in descriptors)}
    shared = shared_in(inherited.pop(SHARED), settings.workers, name)
    more: dict[str, Any] = {"worker": name, "restarts": restarts, "inherited": inherited, "shared": shared}
    _run(settings, lambda: _server(settings, **more))


def _server(settings: Settings, read: Read | None = None, **more: Any) -> "Server":
    # Here, so that all else starts without it: it takes longer to load than the rest.
    from ..serving.server import Server

    return Server(settings, read, **more)


def _run(settings: Settings, made: Callable[[], "Server | Workers"]) -> None:
    try:
        gateway = made()
        with asyncio.Runner(loop_factory=loop_factory(settings.loop)) as runner:
            runner.run(alone(gateway.run()))
    except (SettingError, ServerError, StoreError) as error:
        if settings.log_format == "text":
            raise  # and is told as any command's
        log.critical("%s", error)
        sys.exit(2 if isinstance(error, SettingError) else 1)


def _log(settings: Settings, worker: str = "") -> None:
    lines = lines_of(settings.log_format, worker)
    sys.stderr = Stderr(sys.stderr.fileno(), lines.encoding or sys.stderr.encoding, lines.aside)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(lines)
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
    rationed("asyncio")  # it has a line for what strangers do below TLS
