"""The listening sockets of the ports, and how many descriptors there are for what they accept."""

import errno
import logging
import os
import resource
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import MappingProxyType

from ..config import LoopName, Settings
from ..config.checks import UNIX
from .ports import PORTS, ServerError, check_apart, metrics_places, path_in

BACKLOG = 4096
NOTSENT_LOWAT = 128 * 1024
KEEPALIVE_SECONDS = 60
SELECT_LIMIT = 1024

log = logging.getLogger("gateway.ports")


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


def numbers_of(listeners: Mapping[str, socket.socket]) -> dict[str, int]:
    """The number that each port has got; 0 for a socket that is a file."""
    return {
        setting: 0 if listener.family == socket.AF_UNIX else listener.getsockname()[1]
        for setting, listener in listeners.items()
    }


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


# --- those that are files ---


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


# --- descriptors ---


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
