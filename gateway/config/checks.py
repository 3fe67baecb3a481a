"""What a setting may be. A check takes a text and returns the value, or says by ValueError what it must be."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, get_args
from urllib.parse import unquote

from wcwidth import wcswidth

from ..addresses import address_of, network_of
from ..hosts import host_name, written_origin
from ..text.controls import one_line


def check_whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number from `low` to `high`."""

    def check(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return check


UNIX = "unix:"
"""Before the path of a socket that is a file."""

MAX_SOCKET_PATH = 107
"""Bytes: what `sun_path` has room for (unix(7))."""


def check_port(text: str) -> int | str:
    """A port's number, or the path of a socket that is a file."""
    path = text.removeprefix(UNIX)
    if path != text:
        if not path or "\0" in path or len(path.encode()) > MAX_SOCKET_PATH:
            raise ValueError(f"must be {UNIX} and a path of at most {MAX_SOCKET_PATH} bytes")
        return text
    try:
        return check_whole(0, 65535)(text)
    except ValueError as error:
        raise ValueError(f"{error}, or {UNIX}/path") from error


def check_mode(text: str) -> str:
    """Who may use a file, as chmod takes it.

    TOML's 0o660 comes as 432, and no mode from 0o600 to 0o777 comes as one by which its owner may read and write.
    """
    if not re.fullmatch("0?[67][0-7][0145]", text):
        raise ValueError('must be written as "660": three octal digits; its owner may read and write, others not write')
    return text


def check_number(low: float, high: float) -> Callable[[str], float]:
    """A number from `low` to `high`; ASCII, without an exponent."""

    def check(text: str) -> float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9}", text) or not low <= float(text) <= high:
            raise ValueError(f"must be a number from {low:g} to {high:g}")
        return float(text)

    return check


def check_choice(kind: Any) -> Callable[[str], str]:
    """One of a Literal's."""

    def check(text: str) -> str:
        if text not in get_args(kind):
            raise ValueError(f"must be one of {', '.join(get_args(kind))}")
        return text

    return check


def check_host(text: str) -> str:
    """A host name, or an address without a zone."""
    if is_address(text) and "%" not in text:
        return text
    try:
        return host_name(text)
    except ValueError as error:
        raise ValueError("must be a host name or an address") from error


_NATS_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?"
_NATS = re.compile(rf"//(?:[^@/\s]+@)?{_NATS_HOST}(?:,{_NATS_HOST})*/[A-Za-z0-9_-]{{1,32}}")


class StoreKind(NamedTuple):
    """How one of it is written, and what comes behind the colon; its module of `stores`, a StoreModule.

    `socket`: what the control socket of its gateway is called in the state folder, where {room} is what stands last in
    its place; None: the place is a file, and has it beside it. `is_shared`: several processes can serve a room from it.
    `extra`: what else is to be installed for it.
    """

    form: str
    place: re.Pattern[str]
    module: str
    socket: str | None
    is_shared: bool = False
    extra: str = ""


def _in_nats(scheme: str) -> StoreKind:
    form = f"{scheme}://HOST:PORT[,HOST…]/ROOM"
    return StoreKind(form, _NATS, "jetstream.rooms", "nats-{room}", is_shared=True, extra="nats")


STORES = {
    "memory": StoreKind("memory:", re.compile(""), "memory", "memory"),
    "sqlite": StoreKind("sqlite:PATH", re.compile(".+", re.DOTALL), "files", None),
    "nats": _in_nats("nats"),
    "tls": _in_nats("tls"),
}
STORE_FORMS = ", ".join(kind.form for kind in STORES.values())


def check_store(text: str) -> str:
    """What --store takes: the kind of a store, and where it is."""
    kind, colon, place = text.partition(":")
    if not (colon and kind in STORES and STORES[kind].place.fullmatch(place)):
        raise ValueError(f"must be one of {STORE_FORMS}")
    try:
        userinfo(text)
    except UnicodeDecodeError as error:
        raise ValueError("must be UTF-8 before its @, where %XX stands for a byte") from error
    return text


def userinfo(store: str) -> tuple[str, str | None]:
    """Who we are on the server of a store, and by which password, decoded; None if there is no colon.

    RFC 3986, sections 2.1 and 3.2.1: what can't stand there as it is, is percent-encoded. Raises UnicodeDecodeError.
    """
    user, colon, password = store.partition("://")[2].rpartition("@")[0].partition(":")
    decoded = unquote(user, errors="strict")
    return decoded, unquote(password, errors="strict") if colon else None


_SHOWN_SCHEMES = {*STORES, "http", "https", "ws", "wss"}
_NO_PORT = re.compile(r":(?![0-9]{0,5}(?:[/,]|$)).*", re.DOTALL)


def blotted(text: str) -> str:
    """A URL as it may be shown, also one with a mistake in it: nothing that may be a password, or who has it."""
    if (kind := STORES.get(text.partition(":")[0])) and kind.socket is None:  # a path
        return text
    scheme, slashes, place = text.partition("://")
    if scheme not in _SHOWN_SCHEMES:
        scheme, slashes, place = "", "", text
    _, at, where = place.rpartition("@")
    if at:
        return f"{scheme}{slashes}…@{where}"
    # The @ may be what was forgotten, with the host.
    return scheme + slashes + _NO_PORT.sub(":…", where) if slashes else text


def check_switch(text: str) -> bool:
    """Yes or no."""
    if text.lower() not in _SWITCH:
        raise ValueError("must be yes or no")
    return _SWITCH[text.lower()]


_SWITCH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def check_password(text: str) -> str:
    """A password that can be typed."""
    if not text.isprintable() or text != text.strip() or not text:
        raise ValueError("must be some printable characters, without spaces around them")
    return text


TITLE_BYTES, TITLE_COLUMNS = 128, 32
"""As many as a name may have."""


def check_title(text: str) -> str:
    """What a room is called: one line, cleaned like all that people read, and no longer than a name."""
    title = one_line(text)
    if not 0 < wcswidth(title) <= TITLE_COLUMNS or len(title.encode()) > TITLE_BYTES:
        raise ValueError(f"must be a line of 1 to {TITLE_COLUMNS} columns, {TITLE_BYTES} bytes at most")
    return title


def check_path(text: str) -> str:
    """A file's path."""
    if not text or "\0" in text:
        raise ValueError("must be a file's path")
    return text


def check_origin(text: str) -> str:
    """A web origin, as browsers write it."""
    if (origin := written_origin(text)) is None:
        raise ValueError("must be an origin like https://chat.example.org, without a path")
    return origin


def check_listener(text: str) -> str:
    """HOST:PORT."""
    name, _, port = text.rpartition(":")
    try:
        check_host(name.strip("[]"))
        check_whole(0, 65535)(port)
    except ValueError as error:
        raise ValueError("must be HOST:PORT, like 127.0.0.1:9090 or [::1]:9090") from error
    return text


def check_network(text: str) -> str:
    """An address, or a network in CIDR notation."""
    try:
        return str(network_of(text))
    except ValueError as error:
        raise ValueError("must be an address or a network like 10.0.0.0/8") from error


def is_address(host: str) -> bool:
    """Whether this is a literal address, in which DNS has no say."""
    return address_of(host) is not None
