"""Every setting: its default, its bounds, what it means. Flags, environment and file are read by it (`sources`)."""

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

import platformdirs

from ..hosts import host_name
from ..phrases import Language, language_of_environment
from .checks import (
    STORE_FORMS,
    STORES,
    check_choice,
    check_host,
    check_listener,
    check_mode,
    check_network,
    check_number,
    check_origin,
    check_password,
    check_path,
    check_port,
    check_store,
    check_switch,
    check_title,
    check_whole,
    is_address,
)
from .files import NotTextError, first_line

LoopName = Literal["uvloop", "epoll", "select"]
ProxyHeader = Literal["x-forwarded-for", "forwarded"]
LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["text", "json", "journal"]


class SettingError(ValueError):
    """The operator's fault: a setting that can't be. Its text is one line that names it."""


@contextmanager
def reading(file: Path | str) -> Iterator[None]:
    """What is wrong with this file is told as what is wrong with a setting. Raises SettingError."""
    try:
        yield
    except OSError as error:
        raise SettingError(f"{file}: {error.strerror}") from error
    except NotTextError as error:
        raise SettingError(f"{file}: {error}") from error


def _setting(
    help_text: str, check: Callable[[str], object], default: object = ..., *, live: bool = False, **more: Any
) -> Any:
    metadata = {"help": help_text, "check": check, "live": live}
    return field(metadata=metadata, **(more or {"default": default}))


def _either(flag: str, password: str, file: str) -> str:
    if password and file:
        raise SettingError(f"{flag} and {flag}-file: give one of them")
    return password_in(f"{flag}-file", file) if file else password


def password_in(flag: str, file: str) -> str:
    """The password that a file's first line is. Raises SettingError."""
    path = path_of(flag, file)
    with reading(file):
        line = first_line(path)
    try:
        return check_password(line)
    except ValueError as error:
        raise SettingError(f"{file}: its first line {error}") from error


def path_of(flag: str, text: str) -> Path:
    """The path that an operator wrote, who may call the home folder `~`. Raises SettingError."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise SettingError(f"{flag} {text}: there is no such home folder: write the whole path") from error


def state_folder(flag: str) -> Path:
    """Where the gateway keeps what `flag` does not say. Raises SettingError where that is nowhere."""
    try:
        folder = platformdirs.user_state_path("chat-gateway")
    except RuntimeError:
        folder = Path()
    if not folder.is_absolute():  # as some releases of platformdirs say it
        raise SettingError(
            f"{flag}: there is no home folder to keep it in, since HOME is not set and this user has no passwd entry: "
            "say where by --store, or set XDG_STATE_HOME"
        )
    return folder


def in_state_folder(path: Path) -> bool:
    """Whether it lies there, and so is ours to make."""
    try:
        return path.parent == state_folder("--store")
    except SettingError:
        return False


def _default_store() -> str:
    """Empty where there is no home folder: help and `--store memory:` need none."""
    try:
        return f"sqlite:{state_folder('--store') / 'room.db'}"
    except SettingError:
        return ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of `gateway serve`."""

    host: str = _setting(
        "Address or name of both listeners: 0.0.0.0 is all of IPv4, :: all of IPv6 and IPv4.", check_host, "127.0.0.1"
    )
    tcp_port: int | str = _setting(
        "Port for nc, telnet and scripts; 0 picks a free one, unix:/path is a socket for a proxy.", check_port, 8001
    )
    http_port: int | str = _setting(
        "Port for browsers; 0 picks a free one, unix:/path is a socket for a proxy.", check_port, 8080
    )
    socket_mode: str = _setting("Who may use the sockets of unix:/path, as chmod takes it.", check_mode, "660")
    store: str = _setting(
        f"Where the room is kept: one of {STORE_FORMS}.",
        check_store,
        default_factory=_default_store,
    )
    nats_creds: str = _setting("A .creds file for NATS, unless the URL has USER:PASSWORD@.", check_path, "")
    nats_password_file: str = _setting(
        "A file whose first line is the password for NATS of the USER@ in the URL.", check_path, ""
    )
    nats_ca: str = _setting("The CA (PEM) of a tls:// NATS, if it is not one of the system's.", check_path, "")
    keep: int = _setting("Messages that the log retains.", check_whole(1, 10**9), 100_000)
    keep_mib: int = _setting("MiB of text that the log retains.", check_whole(1, 2**20), 256)
    keep_days: int = _setting(
        "Days for which the log retains messages; 0 is no limit.", check_whole(0, 36_500), 0, live=True
    )
    rate: float = _setting(
        "Messages and commands a second of a member before its reading pauses; 0 is no limit.",
        check_number(0, 10**6),
        50.0,
        live=True,
    )
    burst: int = _setting("Messages and commands of a member at once.", check_whole(1, 10**6), 200, live=True)
    rate_kib: float = _setting(
        "KiB a second that a member may send, 16 times as many at once, before its reading pauses; 0 is no limit.",
        check_number(0, 10**6),
        64.0,
        live=True,
    )
    per_ip: int = _setting(
        "Connections from one address (IPv6: a /64, four times that from a /48), loopback not counted; 0 is no limit.",
        check_whole(0, 10**6),
        64,
        live=True,
    )
    max_text: int = _setting("Bytes of one message.", check_whole(16, 2**20), 65536)
    stall_timeout: float = _setting(
        "Seconds after which a member that takes nothing, and sends nothing, is closed; 0 is never.",
        check_number(0, 10**6),
        60.0,
        live=True,
    )
    drain_seconds: float = _setting(
        "Seconds over which those who are in are sent away when it stops, while who comes is sent elsewhere.",
        check_number(0, 3600),
        0.0,
        live=True,
    )
    line_grace: float = _setting(
        "Seconds after a line end in which the post's second one may come; 0: only the post's framing.",
        check_number(0, 60),
        0.3,
        live=True,
    )
    origin: tuple[str, ...] = _setting(
        "One more origin whose pages may come in; may be repeated.", check_origin, (), live=True
    )
    public_host: tuple[str, ...] = _setting(
        "One more name by which browsers reach the server, beside --host; may be repeated.", host_name, (), live=True
    )
    tls_cert: str = _setting(
        "A certificate chain (PEM): both listeners speak TLS; SIGHUP reads it again.", check_path, "", live=True
    )
    tls_key: str = _setting("Its private key (PEM), if that is not in the same file.", check_path, "", live=True)
    password: str = _setting(
        "What one has to give to come in; --password-file keeps it from ps.", check_password, "", live=True
    )
    password_file: str = _setting("A file whose first line is the password.", check_path, "")
    metrics: str = _setting("HOST:PORT of a listener for Prometheus; none unless given.", check_listener, "")
    trust_proxy: tuple[str, ...] = _setting(
        "A proxy's address or network, whose word on who is behind it is taken; may be repeated.",
        check_network,
        (),
        live=True,
    )
    proxy_header: ProxyHeader = _setting(
        "The one field by which such a proxy tells who is behind it on the web port: x-forwarded-for or forwarded.",
        check_choice(ProxyHeader),
        "x-forwarded-for",
        live=True,
    )
    admin_password: str = _setting(
        "What makes an operator, by /op; there are none unless given.", check_password, "", live=True
    )
    admin_password_file: str = _setting("A file whose first line is the admin password.", check_path, "")
    workers: int = _setting(
        "Processes that share the ports and the room, which has to be in NATS.", check_whole(1, 256), 1
    )
    embedded_nats: bool = _setting(
        "Start a nats-server for the room, with its files in the state folder.", check_switch, False
    )
    title: str = _setting("What the room is called, on the page and in gateway chat.", check_title, "", live=True)
    loop: LoopName = _setting("The event loop: uvloop, epoll or select.", check_choice(LoopName), "uvloop")
    language: Language = _setting(
        "What the server says: zh or en.", check_choice(Language), default_factory=language_of_environment
    )
    log_level: LogLevel = _setting(
        "What is logged: debug, info, warning or error.", check_choice(LogLevel), "info", live=True
    )
    log_format: LogFormat = _setting(
        "How a line of the log is written: text, json (an object) or journal (for systemd: a priority, no time).",
        check_choice(LogFormat),
        "text",
    )

    @property
    def key(self) -> str:
        """The room's password, empty if there is none. Raises SettingError."""
        return _either("--password", self.password, self.password_file)

    @property
    def admin_key(self) -> str:
        """The operators' password, empty if there is none. Raises SettingError."""
        return _either("--admin-password", self.admin_password, self.admin_password_file)

    def with_passwords(self) -> "Settings":
        """The same with what the password files say, which are read once, here. Raises SettingError."""
        return replace(self, password=self.key, password_file="", admin_password=self.admin_key, admin_password_file="")

    @property
    def is_shared(self) -> bool:
        """Whether several processes can serve the room."""
        kind = STORES.get(self.store.partition(":")[0])
        return self.embedded_nats or (kind is not None and kind.is_shared)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in lower case, by which the server goes; addresses are not among them, they are its own anyway."""
        return self.public_host if is_address(self.host) else (*self.public_host, self.host.lower())

    @property
    def ports(self) -> dict[str, int | str]:
        """Each port of the room, by its setting: all that is checked as one."""
        return {row.name: getattr(self, row.name) for row in fields(self) if row.metadata["check"] is check_port}

    @property
    def is_public(self) -> bool:
        """Whether others than this machine can reach the listeners."""
        if all(isinstance(port, str) for port in self.ports.values()):
            return False
        if is_address(self.host):
            return not ipaddress.ip_address(self.host).is_loopback
        return self.host.lower() != "localhost"
