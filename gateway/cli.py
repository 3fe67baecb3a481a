"""The commands: `gateway serve`."""

import asyncio
import logging
import os
import selectors
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from .config import TABLE, LoopName, Setting, SettingError, Settings, settings_from
from .server import Server, ServerError
from .stores import StoreError

_EXAMPLES = """
\b
Examples:
  gateway serve                                   a room on this machine
  gateway serve --host 0.0.0.0                    for all who reach it
  gateway serve --store memory: --tcp-port 0      one that is forgotten, on any free port

Every setting is also an environment variable (--tcp-port: GATEWAY_TCP_PORT) and a key in the TOML file of --config
(tcp-port = 8001). Flags win over the environment, that over the file.
"""


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("chat-gateway"), prog_name="gateway")
@click.pass_context
def gateway(context: click.Context) -> None:
    """One chat room for terminals (raw TCP) and browsers (WebSocket)."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def _options(command: Callable[..., None]) -> Callable[..., None]:
    defaults = Settings()
    for row in reversed(TABLE):
        command = _option(row, getattr(defaults, row.name))(command)
    return command


def _option(row: Setting, default: object) -> Callable[[Callable[..., None]], Callable[..., None]]:
    shown = "" if row.many else f"  [default: {default}]"
    metavar = row.name.upper().replace("_", "-")
    return click.option(row.flag, row.name, multiple=row.many, metavar=metavar, help=row.help + shown)


@gateway.command(epilog=_EXAMPLES)
@click.option("--config", type=click.Path(path_type=Path), envvar="GATEWAY_CONFIG", help="A TOML file of settings.")
@_options
def serve(config: Path | None, **flags: Any) -> None:
    """Open the room: raw TCP for nc and telnet, a page and WebSocket for browsers."""
    settings = settings_from(flags, os.environ, config)
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    with asyncio.Runner(loop_factory=_loop_factory(settings.loop)) as runner:
        runner.run(Server(settings).run())


def _loop_factory(name: LoopName) -> Callable[[], asyncio.AbstractEventLoop]:
    if name == "select":
        return lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    if name == "epoll":
        return lambda: asyncio.SelectorEventLoop(selectors.EpollSelector())
    try:
        import uvloop
    except ImportError as error:
        raise SettingError("--loop uvloop: it is not installed; use --loop epoll") from error
    return uvloop.new_event_loop


def main() -> None:
    """Run a command. A bad setting or use is one line and exit status 2, what can't be opened one line and 1."""
    try:
        gateway.main(standalone_mode=False)
    except (click.ClickException, SettingError) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        sys.exit(_fail(text, 2))
    except (StoreError, ServerError) as error:
        sys.exit(_fail(str(error), 1))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)


def _fail(text: str, status: int) -> int:
    sys.stderr.write(f"gateway: {' '.join(text.split())}\n")
    return status
