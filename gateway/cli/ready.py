"""`gateway ready`: whether a gateway that runs here can store what is said; for the health checks of containers."""

import http.client
import os
import socket
import ssl
import sys
from contextlib import closing
from pathlib import Path

import click

from ..causes import cause_of
from ..config import Settings
from ..config.sources import settings_from
from ..serving.ports import path_in
from .streams import fail

SECONDS = 5.0
_ALL = {"::": "127.0.0.1", "0.0.0.0": "127.0.0.1"}


@click.command()
@click.option("--config", type=click.Path(path_type=Path), envvar="GATEWAY_CONFIG", help="The TOML file of `serve`.")
def ready(config: Path | None) -> None:
    """Ask the gateway of this machine whether its store can be written: status 0, or a line that says why not and 1.

    Where it is say the same variables and file as to `gateway serve`; its flags can't be known.
    """
    settings = settings_from({}, os.environ, config)
    if problem := problem_of(settings):
        sys.exit(fail(f"not ready: {problem}", 1))
    click.echo("ready")


def problem_of(settings: Settings) -> str:
    """What the gateway says that has these settings, or why it says nothing; empty if it is ready."""
    try:
        with closing(_connection(settings)) as connection:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            words = answer.read(1000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        where = settings.http_port
        shown = where if isinstance(where, str) else f"port {where}"
        return f"{shown}: {cause_of(error)}"
    return "" if answer.status == 200 else words


def _connection(settings: Settings) -> http.client.HTTPConnection:
    if isinstance(settings.http_port, str):
        connection = http.client.HTTPConnection("localhost")
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(SECONDS)
        sock.connect(str(path_in(settings.http_port)))
    else:
        host = _ALL.get(settings.host, settings.host)
        connection = http.client.HTTPConnection(host, settings.http_port)
        sock = socket.create_connection((host, settings.http_port), SECONDS)
    connection.sock = _secure(sock) if settings.tls_cert else sock
    return connection


def _secure(sock: socket.socket) -> socket.socket:
    # The certificate has the name by which others come; who is asked is on this machine.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(sock)
