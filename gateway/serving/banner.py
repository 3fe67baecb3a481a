"""What a start says: to systemd, and to the operator where to point a browser and what to type at a terminal."""

import logging
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress

from ..config import Settings
from ..guard.gate import RESERVE
from ..logs import fields
from . import systemd
from .ports import PORTS, Port, path_in
from .sockets import SELECT_LIMIT
from .tls import Certificate, renewals

log = logging.getLogger("gateway.banner")


def announce(settings: Settings, ports: Mapping[str, int], certificate: Certificate | None) -> None:
    """Say that the room is open: to the operator, and to systemd."""
    if settings.loop == "select":
        log.warning("select() knows %s descriptors: %s members at most", SELECT_LIMIT, SELECT_LIMIT - RESERVE)
    if settings.is_public and not settings.key:
        log.warning("everybody who reaches %s can read and write the room: see --password-file", settings.host)
    for renewal in renewals(certificate):
        log.warning("%s", renewal)
    if settings.log_format == "text":
        with suppress(OSError):  # the disk of the log is full, and the room is open all the same
            sys.stderr.write(banner(settings, ports))
            sys.stderr.flush()
    else:
        log.info("%s", line(settings, ports), extra=fields("open", **ports))
    systemd.notify("READY=1")


def banner(settings: Settings, ports: Mapping[str, int]) -> str:
    """What to open and what to type: here, and for others if they can reach it. `ports` are numbers, by setting."""
    lines = [f"  {program:<7}  {hint}" for hints in _hints(settings, ports) for program, hint in hints.items()]
    return "\n".join([f"{_title(settings)} is open:", *lines, "  stop     Ctrl-C", ""])


def line(settings: Settings, ports: Mapping[str, int]) -> str:
    """The same for a log that has no room for it: where each port is."""
    return f"{_title(settings)} is open: {', '.join(next(iter(hints.values())) for hints in _hints(settings, ports))}"


def _title(settings: Settings) -> str:
    return settings.title or "the room"


def _hints(settings: Settings, ports: Mapping[str, int]) -> list[dict[str, str]]:
    """What to type at which program, for each port."""
    host = settings.host
    if host in _PROBES:
        host = _own_address(host)
    bracketed = f"[{host}]" if ":" in host else host
    browser = "localhost" if host in ("127.0.0.1", "::1") else bracketed
    words = {"host": host, "bracketed": bracketed, "browser": browser}
    return [_hints_of(port, settings, {**words, "port": ports[port.setting]}) for port in PORTS]


def _hints_of(port: Port, settings: Settings, words: dict[str, object]) -> dict[str, str]:
    where = getattr(settings, port.setting)
    path = path_in(where) if isinstance(where, str) else None
    hints = port.unix_hints if path else port.tls_hints if settings.tls_cert else port.hints
    return {program: hint.format(**words, path=path) for program, hint in hints.items()}


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
