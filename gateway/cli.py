"""The commands: `gateway serve`, `gateway chat`, `gateway swarm`."""

import asyncio
import getpass
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .config import TABLE, Setting, SettingError, Settings, passed_over, settings_from, state_folder
from .config.files import NotTextError, first_line
from .decoding import Decoder
from .manual import SHELLS, completion_of, man_page
from .serving.loops import loop_factory
from .serving.ports import ServerError
from .serving.stderr import Stderr
from .serving.workers import Workers
from .stores import StoreError

if TYPE_CHECKING:
    from .serving.server import Server

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
    if row.switch:
        return click.option(row.flag, row.name, is_flag=True, flag_value="yes", default=None, help=row.help)
    shown = "" if row.many or default == "" else f"  [default: {default}]"
    metavar = row.name.upper().replace("_", "-")
    return click.option(row.flag, row.name, multiple=row.many, metavar=metavar, help=row.help + shown)


@gateway.command(epilog=_EXAMPLES)
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


@gateway.command(hidden=True)
@click.argument("name")
def worker(name: str) -> None:
    """One of `serve --workers`; its settings come on stdin."""
    settings = Decoder[Settings](Settings)(sys.stdin.buffer.readline())
    _log(settings, f"[worker {name}] ")
    _run(settings, _server(settings, is_worker=True))


def _server(settings: Settings, *, is_worker: bool = False) -> "Server":
    # Here, so that all else starts without it: it takes longer to load than the rest.
    from .serving.server import Server

    return Server(settings, is_worker=is_worker)


def _run(settings: Settings, gateway: "Server | Workers") -> None:
    with asyncio.Runner(loop_factory=loop_factory(settings.loop)) as runner:
        runner.run(gateway.run())


def _log(settings: Settings, prefix: str) -> None:
    sys.stderr = Stderr(sys.stderr.fileno(), sys.stderr.encoding)
    text = f"%(asctime)s %(levelname)s {prefix}%(message)s"
    logging.basicConfig(level=settings.log_level.upper(), format=text, stream=sys.stderr)


_SWARM_EXAMPLES = """
\b
Examples:
  gateway swarm --tcp 500 --ws 500                    ten of them say something each second
  gateway swarm --ws 1000 --senders 1 --window 100    as fast as it goes, 100 messages under way
  gateway swarm --tcp 500 --senders 500 --rate 20     everybody talks (serve --rate 0)
  gateway swarm --ws 900 --churn 20 --stall 100       some come and go, some stop reading
  gateway swarm --ws 900 --gateway localhost:8001:8080 --gateway localhost:8002:8081    on two gateways of one room

Every delivery of every member is checked. Exit status: 0 if none was lost, repeated, out of order or damaged, 1 if one
was or the run could not be, 2 if it makes no sense.
"""


@gateway.command(epilog=_SWARM_EXAMPLES)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the gateway is.")
@click.option("--tcp-port", type=click.IntRange(1, 65535), default=8001, show_default=True, help="Its raw port.")
@click.option("--http-port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Its web port.")
@click.option(
    "--gateway", "more", multiple=True, metavar="HOST:TCP-PORT:HTTP-PORT",
    help="A gateway, instead of these three; several of one room may be named.",
)  # fmt: skip
@click.option("--tcp", type=click.IntRange(0), default=0, help="Members on the raw wire.")
@click.option("--ws", type=click.IntRange(0), default=0, help="Members on WebSocket, like browsers.")
@click.option("--senders", type=click.IntRange(0), help="Members that speak.  [default: 10, or all if fewer]")
@click.option("--rate", type=click.FloatRange(0.001), default=1.0, show_default=True, help="Messages a second of each.")
@click.option("--window", type=click.IntRange(0), default=0, help="Instead of --rate: so many of each under way.")
@click.option("--size", type=click.IntRange(1, 65536), default=100, show_default=True, help="Bytes of a message.")
@click.option("--seconds", type=click.FloatRange(0.1), default=10.0, show_default=True, help="How long they talk.")
@click.option("--messages", type=click.IntRange(1), help="Instead of --seconds: so many messages in all.")
@click.option("--churn", type=click.FloatRange(0), default=0.0, help="Listeners a second that leave and resume.")
@click.option("--stall", type=click.IntRange(0), default=0, help="Members that stop reading until all is said.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Of the swarm.")
@click.option(
    "--connect-rate", type=click.FloatRange(0), default=2000.0, show_default=True,
    help="New connections a second; 0: as fast as they are taken.",
)  # fmt: skip
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write all figures here.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Write an SVG of latency and throughput.")
@click.option("--i-own-this-server", is_flag=True, help="Allow a target that is not this machine.")
def swarm(
    host: str, tcp_port: int, http_port: int, more: tuple[str, ...],
    json_file: Path | None, plot: Path | None, i_own_this_server: bool, **wanted: Any,
) -> None:  # fmt: skip
    """Load a gateway with members that check all that they hear, and measure it."""
    # Here, so that `serve` starts without them.
    from rich.console import Console

    from .swarm.conductor import Conductor
    from .swarm.display import Display
    from .swarm.plan import Address, SwarmError, address_from, plan_from

    try:
        gateways = tuple(map(address_from, more)) or (Address(host, tcp_port, http_port),)
        plan = plan_from({**wanted, "gateways": gateways}, is_owner=i_own_this_server)
    except SwarmError as error:
        raise click.UsageError(str(error)) from error
    try:
        with Display(plan, Console(stderr=True)) as display:
            report = Conductor(plan, display.show).run()
        Console().print(report.table())
        for file, data in ((json_file, report.as_json()), (plot, report.as_svg().encode())):
            if file is not None:
                file.write_bytes(data)
    except (SwarmError, OSError) as error:
        sys.exit(_fail(str(error), 1))
    sys.exit(0 if report.is_clean else 1)


_CHAT_EXAMPLES = """
\b
Examples:
  gateway chat                                    the room on this machine
  gateway chat wss://chat.example.org --name Ann  one on the web
  gateway chat https://example.org/chat/          the room of a page, under a path too
  gateway chat 10.0.0.5                           one on another machine, by its web port
  gateway chat 10.0.0.5:8001                      by raw TCP; any server like the post's will do
  gateway chat tls://chat.example.org:8001        the same by TLS
  make 2>&1 | gateway chat --name ci --tag build  each line is a message; ends when all of them are in the log
  gateway chat --whole < notes.txt                all of it is one message
  gateway chat --json --no-follow --history 100 | jq -r .text

ADDRESS is GATEWAY_ADDRESS, if it is not given, or ws://localhost:8080.

Exit status: 0 if all is stored, 1 if nobody answers or something was not said, 2 if it makes no sense, 3 if the room
does not let you in, 4 if what answers is no room: a web port by host:port, TLS, another program.
"""


@gateway.command(epilog=_CHAT_EXAMPLES)
@click.argument("address", default="ws://localhost:8080", envvar="GATEWAY_ADDRESS")
@click.option("--name", default="", envvar="GATEWAY_NAME", show_envvar=True, help="What you are called.")
@click.option(
    "--password", default="", envvar="GATEWAY_PASSWORD", show_envvar=True,
    help="The room's; --password-file keeps it from ps, and a person is asked for it.",
)  # fmt: skip
@click.option(
    "--password-file", type=click.Path(path_type=Path, dir_okay=False), envvar="GATEWAY_PASSWORD_FILE",
    show_envvar=True, help="Its first line is the password.",
)  # fmt: skip
@click.option("--ca", type=click.Path(path_type=Path, dir_okay=False), help="Whose certificates to believe (PEM).")
@click.option("--history", type=click.IntRange(0), help="So many of the last messages first.  [default: 50 for people]")
@click.option("--from", "since", type=click.IntRange(1), help="All messages from this seq on.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON event a line.")
@click.option("--follow/--no-follow", default=None, help="Go on printing, or not.  [default: a terminal does]")
@click.option("--whole", is_flag=True, help="All of stdin is one message.")
@click.option("--tag", default="", help="Stands before each message: [TAG].")
@click.option("--progress", is_flag=True, help="Tell how much of what is piped in is stored; a terminal gets a bar.")
@click.option("--bell", is_flag=True, help="Ring when somebody mentions you.")
def chat(password_file: Path | None, **wanted: Any) -> None:
    """Join a room from this terminal, or pipe something into it or out of it."""
    # Here, so that `serve` starts without them.
    from .client.address import LOST, ChatError, OutputClosedError
    from .client.run import Wanted, run

    try:
        if password_file is not None:
            wanted["password"] = first_line(password_file)
        _ask_and_run(lambda password: run(Wanted(**wanted | password), _chat_folder()))
    except OutputClosedError as closed:
        _print_no_more()
        if str(closed):
            sys.exit(_fail(str(closed), LOST))
    except OSError as error:
        sys.exit(_fail(f"{error.filename or 'input'}: {error.strerror}", 2))
    except NotTextError as error:
        sys.exit(_fail(f"{password_file}: {error}", 2))
    except ChatError as error:
        sys.exit(_fail(str(error), error.status))


def _ask_and_run(chats: "Callable[[dict[str, str]], Coroutine[Any, Any, None]]") -> None:
    """Chat; a person is asked for the room's password, which is not shown and kept nowhere. Raises ChatError."""
    from .client.address import PasswordError

    password: dict[str, str] = {}
    while True:
        try:
            return asyncio.run(chats(password))
        except PasswordError as error:
            if not sys.stdin.isatty():
                raise
            sys.stderr.write(f"{error}\n" if error.is_wrong else "")
            password = {"password": _asked_for(error)}


def _asked_for(error: Exception) -> str:
    """The password. Raises the error where nobody gives one."""
    try:
        return getpass.getpass("this room has a password: ")
    except EOFError:
        raise error from None


def _chat_folder() -> Path | None:
    """Where what a person's client remembers is kept; nowhere without a home folder."""
    try:
        return state_folder("gateway chat")
    except SettingError:
        return None


@gateway.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what a shell needs to complete this command: eval "$(gateway completion bash)"."""
    click.echo(completion_of(gateway, shell))


@gateway.command()
def man() -> None:
    """Print the man page: gateway man | man -l -."""
    click.echo(man_page(gateway), nl=False)


def main() -> None:
    """Run a command. A bad setting or use is a line and exit status 2, what can't be opened or written a line and 1."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Whatever people say is shown as far as the locale has it: no character of theirs ends us.
            stream.reconfigure(errors="replace")
    try:
        gateway.main(standalone_mode=False)
    except (click.ClickException, SettingError) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        sys.exit(_fail(text, 2))
    except (StoreError, ServerError) as error:
        sys.exit(_fail(str(error), 1))
    except OSError as error:  # what the machine refuses to a command that prints: its disk is full
        _print_no_more()
        sys.exit(_fail(f"{error.filename or 'standard output'}: {error.strerror}", 1))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)


def _print_no_more() -> None:
    """Else Python tries again when it ends, and complains."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_what_is_closed() -> None:
    """Have descriptors 0 to 2, and streams on them: else the next socket gets such a number, and prints go there.

    MUST come before any loop is made.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free is this one
            os.set_inheritable(number, True)
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _fail(text: str, status: int) -> int:
    with suppress(OSError):  # the status tells it, too
        sys.stderr.write(f"gateway: {' '.join(text.split())}\n")
    return status
