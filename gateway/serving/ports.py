"""The ports: which there are, their listening sockets, and how many descriptors there are for what they accept.

A new one is a row of PORTS and its setting, which `check_port` makes one of `Settings.ports`: all goes by these two.
"""

import errno
import logging
import os
import resource
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..config import LoopName, SettingError, Settings, path_of
from ..config.checks import UNIX

if TYPE_CHECKING:
    from ..members.arrival import Entry
    from ..web.visit import Site

BACKLOG = 4096
NOTSENT_LOWAT = 128 * 1024
KEEPALIVE_SECONDS = 60
SELECT_LIMIT = 1024
MAX_PORT = 65535
METRICS = "metrics"
"""What the listener of --metrics is called among the descriptors that a worker is handed."""

log = logging.getLogger("gateway.ports")


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
    from ..web.door import WebEntry

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


def open_ports(
    settings: Settings,
    held: ExitStack,
    *,
    share: bool = False,
    listen: bool = True,
    inherited: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, socket.socket]:
    """The listening socket of each port, by its setting, which `held` closes. Raises SettingError, ServerError.

    Those that are files can't be shared by name: who opened them hands them on, `inherited`.
    """
    check_apart(settings)
    opened: dict[str, socket.socket] = {}
    for port in PORTS:
        where = getattr(settings, port.setting)
        if port.setting in inherited:
            listener = socket.socket(fileno=inherited[port.setting])
            listener.setblocking(False)
        elif isinstance(where, int):
            listener = open_port(settings.host, where, port.flag, share=share, listen=listen)
        else:
            listener = open_file(path_in(where), int(settings.socket_mode, 8), port.flag)
            held.callback(remove_file, path_in(where))
        opened[port.setting] = held.enter_context(listener)
    return opened


def open_metrics(settings: Settings, held: ExitStack) -> list[socket.socket]:
    """The listening sockets of --metrics, which `held` closes. Raises ServerError."""
    return [held.enter_context(open_port(host, port, "--metrics")) for host, port in metrics_places(settings)]


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


def numbers_of(listeners: Mapping[str, socket.socket]) -> dict[str, int]:
    """The number that each port has got; 0 for a socket that is a file."""
    return {
        setting: 0 if listener.family == socket.AF_UNIX else listener.getsockname()[1]
        for setting, listener in listeners.items()
    }


# --- sockets that are files ---


def path_in(where: str) -> Path:
    """The path of `unix:/path`. Raises SettingError."""
    return path_of("unix", where.removeprefix(UNIX))


def open_file(path: Path, mode: int, flag: str) -> socket.socket:
    """A listening socket there. What a server that is dead has left is replaced. Raises ServerError."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        check_file(path, flag)
        remove_file(path)
        listener.bind(str(path))
        path.chmod(mode)  # nobody can connect before it listens
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ServerError(f"{flag} {UNIX}{path}: {error.strerror}; choose another with {flag}") from error
    except ServerError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def check_file(path: Path, flag: str) -> None:
    """Whether a socket can be made there, as far as what is there tells. Raises ServerError."""
    if not path.parent.is_dir():
        raise ServerError(f"{flag} {UNIX}{path}: its folder is not there; make it, or choose another with {flag}")
    if not os.access(path.parent, os.W_OK | os.X_OK, effective_ids=True):
        raise ServerError(f"{flag} {UNIX}{path}: no file can be made in its folder; choose another with {flag}")
    if not os.path.lexists(path):
        return
    if not path.is_socket():
        raise ServerError(f"{flag} {UNIX}{path}: that is a file, and no socket; choose another with {flag}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        if (fault := probe.connect_ex(str(path))) != errno.ECONNREFUSED:
            why = "another server listens there" if fault in (0, errno.EAGAIN) else os.strerror(fault)
            raise ServerError(f"{flag} {UNIX}{path}: {why}; stop that one, or choose another with {flag}")


def remove_file(path: Path) -> None:
    """Take away a socket of ours, or of the dead."""
    with suppress(OSError):
        if path.is_socket():
            path.unlink()


def descriptors(loop: LoopName) -> int:
    """How many descriptors the process may have: the soft limit, raised to the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    limit = 2**20 if soft == resource.RLIM_INFINITY else soft
    # select() knows no descriptor from FD_SETSIZE on.
    return min(limit, SELECT_LIMIT) if loop == "select" else limit


def open_port(host: str, port: int, flag: str, *, share: bool = False, listen: bool = True) -> socket.socket:
    """A listening socket; what is set on it, accepted ones inherit. Those that `share` a port are dealt connections.

    `::` is all addresses, of IPv6 and of IPv4. Raises ServerError.
    """
    if host == "::" and not _has_ipv6():
        log.warning("there is no IPv6 here: %s port %s is open on IPv4 alone", host, port)
        host = "0.0.0.0"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServerError(f"--host {host}: {error.strerror}") from error
    try:
        if family == socket.AF_INET6:
            # Else the machine decides, by net.ipv6.bindv6only, whether :: takes IPv4 too.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        for level, option, value in _OPTIONS:
            listener.setsockopt(level, option, value)
        if share:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
        if listen:
            listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        what_to_do = _ADVICE.get(error.errno or 0, "choose another with {flag}").format(flag=flag)
        raise ServerError(f"{flag} {port}: {host} port {port}: {error.strerror}; {what_to_do}") from error
    listener.setblocking(False)
    return listener


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True


_ADVICE = {errno.EADDRNOTAVAIL: "that is no address of this machine: see --host"}
_OPTIONS = [
    (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    # Telnet sends its data mark as urgent data; in line, or a byte of the stream is lost.
    (socket.SOL_SOCKET, socket.SO_OOBINLINE, 1),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
]
if sys.platform == "linux":
    _OPTIONS += [
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_SECONDS),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 6),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 120_000),
        (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOTSENT_LOWAT),
    ]
