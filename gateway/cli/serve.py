"""`gateway serve`, and its workers."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..config import TABLE, Setting, Settings
from ..config.sources import passed_over, settings_from
from ..decoding import Decoder
from ..logs import rationed
from ..serving.loops import loop_factory
from ..serving.stderr import Stderr
from ..serving.workers import Workers

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
@_options
def serve(config: Path | None, **flags: Any) -> None:
    """Open the room: raw TCP for nc and telnet, a page and WebSocket for browsers."""
    settings = settings_from(flags, os.environ, config)
    _log(settings, "")
    for line in passed_over(os.environ):
        log.warning(line)
    many = settings.workers > 1 or settings.embedded_nats
    _run(settings, Workers(settings) if many else _server(settings))


@click.command(hidden=True)
@click.argument("name")
def worker(name: str) -> None:
    """One of `serve --workers`; its settings come on stdin."""
    settings = Decoder[Settings](Settings)(sys.stdin.buffer.readline())
    _log(settings, f"[worker {name}] ")
    _run(settings, _server(settings, name))


def _server(settings: Settings, name: str = "") -> "Server":
    # Here, so that all else starts without it: it takes longer to load than the rest.
    from ..serving.server import Server

    return Server(settings, worker=name)


def _run(settings: Settings, gateway: "Server | Workers") -> None:
    with asyncio.Runner(loop_factory=loop_factory(settings.loop)) as runner:
        runner.run(gateway.run())


def _log(settings: Settings, prefix: str) -> None:
    sys.stderr = Stderr(sys.stderr.fileno(), sys.stderr.encoding)
    text = f"%(asctime)s %(levelname)s {prefix}%(message)s"
    logging.basicConfig(level=settings.log_level.upper(), format=text, stream=sys.stderr)
    rationed("asyncio")  # it has a line for what strangers do below TLS
