"""What a start says: to systemd, and to the operator where to point a browser and what to type at a terminal."""

import logging
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress

from ..config import Settings
from ..guard.gate import RESERVE
from . import systemd
from .ports import PORTS, SELECT_LIMIT, path_in

log = logging.getLogger("gateway.banner")


def announce(settings: Settings, ports: Mapping[str, int]) -> None:
    """Say that the room is open: to the operator, and to systemd."""
    if settings.loop == "select":
        log.warning("select() knows %s descriptors: %s members at most", SELECT_LIMIT, SELECT_LIMIT - RESERVE)
    if settings.is_public and not settings.key:
        log.warning("everybody who reaches %s can read and write the room: see --password-file", settings.host)
    with suppress(OSError):  # the disk of the log is full, and the room is open all the same
        sys.stderr.write(banner(settings, ports))
        sys.stderr.flush()
    systemd.notify("READY=1")


def banner(settings: Settings, ports: Mapping[str, int]) -> str:
    """What to open and what to type: here, and for others if they can reach it. `ports` are numbers, by setting."""
    host = settings.host
    if host in _PROBES:
        host = _own_address(host)
    bracketed = f"[{host}]" if ":" in host else host
    browser = "localhost" if host in ("127.0.0.1", "::1") else bracketed
    lines = []
    for port in PORTS:
        where = getattr(settings, port.setting)
        path = path_in(where) if isinstance(where, str) else None
        hints = port.unix_hints if path else port.tls_hints if settings.tls_cert else port.hints
        words = {"host": host, "bracketed": bracketed, "browser": browser, "port": ports[port.setting], "path": path}
        lines += [f"  {program:<7}  {hint.format(**words)}" for program, hint in hints.items()]
    title = settings.title or "the room"
    return "\n".join([f"{title} is open:", *lines, "  stop     Ctrl-C", ""])


_IPV4 = (socket.AF_INET, "192.0.2.1")  # TEST-NET-1, RFC 5737
_PROBES = {"0.0.0.0": [_IPV4], "::": [_IPV4, (socket.AF_INET6, "2001:db8::1")]}  # RFC 3849


def _own_address(host: str) -> str:
    """The address by which others reach this machine, as far as the routes tell; nothing is sent.

    Never its name: what is printed here has to open, and Host must not be a name that nobody said is ours.
    """
    for family, far_away in _PROBES[host]:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far_away, 9))
            return str(probe.getsockname()[0])
    return "127.0.0.1"
