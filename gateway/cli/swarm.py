"""`gateway swarm`."""

import signal
import sys
from pathlib import Path
from typing import Any

import click

from .options import PASSWORD_FILE, Number, Whole
from .streams import check_passwords, fail, password_in

_SWARM_EXAMPLES = """
\b
Examples:
  gateway swarm --tcp 500 --ws 500                    ten of them say something each second
  gateway swarm --ws 1000 --senders 1 --window 100    as fast as it goes, 100 messages under way
  gateway swarm --tcp 500 --senders 500 --rate 20     everybody talks (serve --rate 0)
  gateway swarm --ws 900 --churn 20 --stall 100       some come and go, some stop reading
  gateway swarm --ws 900 --gateway localhost:8001:8080 --gateway localhost:8002:8081    on two gateways of one room

Every delivery of every member is checked. Ctrl-C ends the talk, and the report is of what was said until then.

Exit status: 0 if nothing was lost, repeated, out of order or damaged, 1 if something was or the run could not be, 2 if
it makes no sense, 130 if it was stopped and all until then was well.
"""


@click.command(epilog=_SWARM_EXAMPLES)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the gateway is.")
@click.option("--tcp-port", type=Whole(1, 65535), default=8001, show_default=True, help="Its raw port.")
@click.option("--http-port", type=Whole(1, 65535), default=8080, show_default=True, help="Its web port.")
@click.option(
    "--gateway", "more", multiple=True, metavar="HOST:TCP-PORT:HTTP-PORT",
    help="A gateway, instead of these three; several of one room may be named.",
)  # fmt: skip
@click.option("--tcp", type=Whole(0), default=0, help="Members on the raw wire.")
@click.option("--ws", type=Whole(0), default=0, help="Members on WebSocket, like browsers.")
@click.option("--senders", type=Whole(0), help="Members that speak.  [default: 10, or all if fewer]")
@click.option("--rate", type=Number(0.001), default=1.0, show_default=True, help="Messages a second of each.")
@click.option("--window", type=Whole(0), default=0, help="Instead of --rate: so many of each under way.")
@click.option("--size", type=Whole(1, 65536), default=100, show_default=True, help="Bytes of a message.")
@click.option("--seconds", type=Number(0.1), default=10.0, show_default=True, help="How long they talk.")
@click.option("--messages", type=Whole(1), help="Instead of --seconds: so many messages in all.")
@click.option("--churn", type=Number(0), default=0.0, help="Listeners a second that leave and resume.")
@click.option("--stall", type=Whole(0), default=0, help="Members that stop reading until all is said.")
@click.option("--processes", type=Whole(1, 64), default=1, show_default=True, help="Of the swarm.")
@click.option(
    "--connect-rate", type=Number(0), default=2000.0, show_default=True,
    help="New connections a second; 0: as fast as they are taken.",
)  # fmt: skip
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write all figures here.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Write an SVG of latency and throughput.")
@click.option("--password", default="", envvar="GATEWAY_PASSWORD", show_envvar=True, help="The room's.")
@PASSWORD_FILE
@click.option("--i-own-this-server", is_flag=True, help="Allow a target that is not this machine.")
def swarm(
    host: str, tcp_port: int, http_port: int, more: tuple[str, ...], password_file: Path | None,
    json_file: Path | None, plot: Path | None, i_own_this_server: bool, **wanted: Any,
) -> None:  # fmt: skip
    """Load a gateway with members that check all that they hear, and measure it."""
    # Here, so that `serve` starts without them.
    from rich.console import Console

    from ..swarm.conductor import Conductor
    from ..swarm.display import Display
    from ..swarm.plan import Address, SwarmError, address_from, plan_from

    check_passwords()
    if password_file is not None:
        wanted["password"] = password_in(password_file)
    try:
        gateways = tuple(map(address_from, more)) or (Address(host, tcp_port, http_port),)
        plan = plan_from({**wanted, "gateways": gateways}, is_owner=i_own_this_server)
    except SwarmError as error:
        raise click.UsageError(str(error)) from error
    try:
        for file in (json_file, plot):
            _check_writable(file)
        with Display(plan, Console(stderr=True)) as display:
            conductor = Conductor(plan, display.show)
            signal.signal(signal.SIGINT, lambda *_: conductor.stop())
            report = conductor.run()
        Console().print(report.table())
        for file, data in ((json_file, report.as_json()), (plot, report.as_svg().encode())):
            if file is not None:
                file.write_bytes(data)
    except SwarmError as error:
        sys.exit(fail(str(error), 1))
    sys.exit(1 if not report.is_clean else 128 + signal.SIGINT if conductor.was_stopped else 0)


def _check_writable(file: Path | None) -> None:
    """Whether a report can be written there: known before the run, and not after it. Raises OSError."""
    if file is not None:
        was_there = file.exists()
        file.open("ab").close()
        if not was_there:
            file.unlink()
