"""`gateway chat`."""

import asyncio
import getpass
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..config import SettingError, state_folder
from .options import PASSWORD_FILE, Whole
from .streams import check_passwords, fail, password_in, print_no_more

if TYPE_CHECKING:
    from ..client.address import PasswordError
    from ..client.run import Chat

_CHAT_EXAMPLES = """
\b
Examples:
  gateway chat                                    the room on this machine
  gateway chat wss://chat.example.org --name Ann  one on the web
  gateway chat https://example.org/chat/          the room of a page, under a path too
  gateway chat 10.0.0.5                           one on another machine, by its web port
  gateway chat 10.0.0.5:8001                      by raw TCP; any server like the post's will do
  gateway chat tls://chat.example.org:8001        the same by TLS
  gateway chat unix:/run/gateway/raw.sock         the same by a socket of --tcp-port unix:/path
  make 2>&1 | gateway chat --name ci --tag build  each line is a message; ends when all of them are in the log
  gateway chat --whole < notes.txt                all of it is one message
  gateway chat --json --no-follow --history 100 | jq -r .text
  gateway chat --search 'deploy failed since:2026-11-24'

ADDRESS is GATEWAY_ADDRESS, if it is not given, or ws://localhost:8080.

What is piped in is text, /quit and /me too.

Exit status: 0 if all is stored, 1 if nobody answers or something was not said, 2 if it makes no sense, 3 if the room
does not let you in, 4 if what answers is no room: a web port by host:port, TLS, another program. With --search as grep:
0 if something was found, 1 if nothing was, 2 or more if that could not be found out.
"""

NOTHING_FOUND = 1
_NO_NAME = "a name needs at least one character; leave --name away to be a guest"


def _checked_name(context: click.Context, parameter: click.Parameter, name: str) -> str:
    """A name that somebody can have: no server gives any other. Raises BadParameter. An empty variable is none."""
    if name or context.get_parameter_source("name") is click.core.ParameterSource.COMMANDLINE:
        from ..names import BadNameError, clean_name
        from ..phrases import Phrases

        try:
            clean_name(name.encode(errors="replace").decode())  # as it is sent
        except BadNameError as error:
            text = _NO_NAME if error.phrase == "name-empty" else Phrases("en")(error.phrase, detail=error.detail)
            raise click.BadParameter(text) from error
    return name


def _checked_tag(context: click.Context, parameter: click.Parameter, tag: str) -> str:
    """A tag on one line: else it is a message by itself. Raises BadParameter."""
    if len(tag.splitlines()) > 1 or tag != tag.strip("\r\n"):
        raise click.BadParameter("it has to be one line")
    return tag


@click.command(epilog=_CHAT_EXAMPLES)
@click.argument("address", default="ws://localhost:8080", envvar="GATEWAY_ADDRESS")
@click.option(
    "--name", default="", envvar="GATEWAY_NAME", show_envvar=True, callback=_checked_name, help="What you are called."
)
@click.option(
    "--password", default="", envvar="GATEWAY_PASSWORD", show_envvar=True,
    help="The room's; --password-file keeps it from ps, and a person is asked for it.",
)  # fmt: skip
@PASSWORD_FILE
@click.option("--ca", type=click.Path(path_type=Path, dir_okay=False), help="Whose certificates to believe (PEM).")
@click.option(
    "--history",
    type=Whole(0),
    help="So many of the last messages first; without --follow, no more.  [default: 50 for people]",
)
@click.option("--from", "since", type=Whole(1), help="All messages from this seq on.")
@click.option(
    "--search",
    metavar="WORDS",
    help='Print the messages that hold all WORDS, the newest first; also, or alone, from:"NAME"; since:DAY.',
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON event a line.")
@click.option("--follow/--no-follow", default=None, help="Go on printing, or not.  [default: a terminal does]")
@click.option("--whole", is_flag=True, help="All of stdin is one message.")
@click.option("--tag", default="", callback=_checked_tag, help="Stands before each message: [TAG].")
@click.option("--progress", is_flag=True, help="Tell how much of what is piped in is stored; a terminal gets a bar.")
@click.option("--bell", is_flag=True, help="Ring when somebody mentions you.")
def chat(password_file: Path | None, **wanted: Any) -> None:
    """Join a room from this terminal, or pipe something into it or out of it."""
    # Here, so that `serve` starts without them.
    from ..client.address import LOST, USAGE, ChatError, NothingFoundError, OutputClosedError
    from ..client.run import Chat, Wanted

    check_passwords()
    try:
        if password_file is not None:
            wanted["password"] = password_in(password_file)
        _run(Chat(Wanted(**wanted), _chat_folder()))
    except OutputClosedError as closed:
        print_no_more()
        if str(closed):
            sys.exit(fail(str(closed), LOST))
    except NothingFoundError:
        sys.exit(NOTHING_FOUND)
    except OSError as error:
        sys.exit(fail(f"{error.filename or 'input'}: {error.strerror}", 2))
    except ChatError as error:
        # As with grep, 1 says that nothing was found, and that is no failure.
        is_found_out = wanted["search"] is None or error.status != LOST
        sys.exit(fail(str(error), error.status if is_found_out else USAGE))


def _run(chat: "Chat") -> None:
    """Chat; a person is asked for the room's password, which is not shown and kept nowhere. Raises ChatError.

    The loop is one: what was typed waits in it while the password is asked for, without it.
    """
    from ..client.address import PasswordError

    with closing(chat), asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(_heed)
        while True:
            try:
                return runner.run(chat.run())
            except PasswordError as error:
                if not sys.stdin.isatty():
                    raise
                sys.stderr.write(f"{error}\n" if error.is_wrong else "")
                chat.give(_asked_for(error))


def _heed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Of a proxy that closes websockets tells twice: by a callback that fails, too, besides what is raised."""
    if not isinstance(context.get("exception"), EOFError):
        loop.default_exception_handler(context)


def _asked_for(error: "PasswordError") -> str:
    """The password. Raises ChatError where nobody gives one: what was typed is lost."""
    from ..client.address import LOST, ChatError

    try:
        return getpass.getpass("this room has a password: ")
    except EOFError:
        raise ChatError(f"{error}{error.rest}", error.status) from None
    except KeyboardInterrupt:
        if not error.rest:
            raise
        raise ChatError(f"left{error.rest}", LOST) from None


def _chat_folder() -> Path | None:
    """Where what a person's client remembers is kept; nowhere without a home folder."""
    try:
        return state_folder("gateway chat")
    except SettingError:
        return None
