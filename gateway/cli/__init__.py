"""The commands: `gateway serve`, `ready`, `chat`, `swarm`, and what operators do with a room."""

import sys
from io import TextIOWrapper

import click

from ..client.stdout import problem_of
from ..config import SettingError
from ..manual import SHELLS, completion_of, man_page
from ..serving.ports import ServerError
from ..stores import StoreError
from ..upkeep.asking import UpkeepError
from .chat import chat
from .options import mistake
from .ready import ready
from .serve import serve, worker
from .streams import fail, open_what_is_closed, print_no_more
from .swarm import swarm
from .upkeep import COMMANDS


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chat-gateway", prog_name="gateway")
@click.pass_context
def gateway(context: click.Context) -> None:
    """One chat room for terminals (raw TCP) and browsers (WebSocket)."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for _command in (serve, worker, ready, *COMMANDS, swarm, chat):
    gateway.add_command(_command)


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
    open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Whatever people say is shown as far as the locale has it: no character of theirs ends us.
            stream.reconfigure(errors="replace")
    try:
        gateway.main(standalone_mode=False)
    except (click.ClickException, SettingError) as error:
        text = mistake(error) if isinstance(error, click.ClickException) else str(error)
        sys.exit(fail(text, 2))
    except (StoreError, ServerError, UpkeepError) as error:
        sys.exit(fail(str(error), 1))
    except OSError as error:  # what the machine refuses to a command that prints: its disk is full
        print_no_more()
        sys.exit(fail(f"{error.filename or 'standard output'}: {problem_of(error)}", 1))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
