"""The ports: which there are, and where each is by the settings.

A new one is a row of PORTS and its setting, which `check_port` makes one of `Settings.ports`: all goes by these two.
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import SettingError, Settings, path_of
from ..config.checks import UNIX

if TYPE_CHECKING:
    from ..members.arrival import Entry
    from ..web.visit import Site

MAX_PORT = 65535
METRICS = "metrics"
"""What the listener of --metrics is called among the descriptors that a worker is handed."""


class ServerError(Exception):
    """The operator's to mend: the server can't start. Its text is one line."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port of the room. `setting` is the field of its number, `wires` are those that members speak who come by it.

    `entry` is what it does with who connects, once there is a site for visits. `hints` are what to type at which
    program, with {port}, {host}, {bracketed} for the host in a URL, and {browser} for that in a browser's. By a socket
    that is a file they are `unix_hints`, with {path}.
    """

    setting: str
    wires: tuple[str, ...]
    entry: "Callable[[Site], Entry]"
    hints: Mapping[str, str]
    tls_hints: Mapping[str, str]
    unix_hints: Mapping[str, str]

    @property
    def flag(self) -> str:
        """Of its setting."""
        return "--" + self.setting.replace("_", "-")


# What they are made of is loaded here, so that the parent of workers starts without it: it takes longer than all else.
def _web(site: "Site") -> "Entry":
    from ..web.entry import WebEntry

    return WebEntry(site)


def _raw(site: "Site") -> "Entry":
    from ..members.tcp import RAW

    return RAW


PORTS = (
    Port(
        "http_port",
        ("text", "json", "events"),
        _web,
        hints={"browser": "http://{browser}:{port}/"},
        tls_hints={"browser": "https://{browser}:{port}/"},
        unix_hints={"proxy": "unix:{path}", "curl": "curl --unix-socket {path} http://localhost/events"},
    ),
    Port(
        "tcp_port",
        ("raw",),
        _raw,
        hints={
            "netcat": "nc {host} {port}",
            "telnet": "telnet {host} {port}",
            "script": "printf 'hello\\n/quit\\n' | nc {host} {port}",
        },
        tls_hints={
            "ncat": "ncat --ssl {host} {port}",
            "openssl": "openssl s_client -quiet -connect {bracketed}:{port}",
        },
        unix_hints={"netcat": "nc -U {path}"},
    ),
)

WIRES = tuple(wire for port in PORTS for wire in port.wires)


def metrics_places(settings: Settings) -> list[tuple[str, int]]:
    """Host and port of each process that tells metrics: the ports count up from the first."""
    host, _, text = settings.metrics.rpartition(":")
    first = int(text or 0)
    return [(host.strip("[]"), first and first + number) for number in range(settings.workers if host else 0)]


def check_apart(settings: Settings) -> None:
    """Whether each port can have a place of its own. Raises SettingError.

    The machine does not say so where workers share theirs: who connects would get to one of both.
    """
    for (flag, host, place), (other, its_host, its_place) in combinations(_places(settings), 2):
        if place == its_place and place and (isinstance(place, Path) or _overlap(host, its_host)):
            shown = f"{UNIX}{place}" if isinstance(place, Path) else place
            raise SettingError(f"{other} {shown}: {flag} is there already; choose another with {other}")
    for _, port in metrics_places(settings):
        if port > MAX_PORT:
            raise SettingError(f"--metrics {settings.metrics}: the ports of {settings.workers} --workers end beyond it")


def _places(settings: Settings) -> Iterator[tuple[str, str, int | Path]]:
    for port in PORTS:
        where = getattr(settings, port.setting)
        yield port.flag, settings.host, path_in(where).resolve() if isinstance(where, str) else where
    for host, number in metrics_places(settings):
        yield "--metrics", host, number


def _overlap(*hosts: str) -> bool:
    """Whether one port of both is the same one. What can't be looked up is told when it is opened."""
    try:
        one, other = (socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0] for host in hosts)
    except OSError:
        return False
    addresses = {one[4][0], other[4][0]}
    return len(addresses) == 1 or "::" in addresses or ("0.0.0.0" in addresses and one[0] == other[0])


def path_in(where: str) -> Path:
    """The path of `unix:/path`. Raises SettingError."""
    return path_of("unix", where.removeprefix(UNIX))
