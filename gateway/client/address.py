"""Where a room is.

`host:port` for the raw wire, by TLS `tls://`, by a socket that is a file `unix:/path`; `ws://`, `wss://` or a host
alone for WebSocket.
"""

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..text.controls import one_line

# RFC 3986, section 6.2.2.1: the scheme and host are case-insensitive.
_RAW = re.compile(r"(?:(tcp|tls)://)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+):([0-9]{1,5})/?", re.IGNORECASE | re.ASCII)
_HOST = re.compile(r"\[[0-9a-f:.]+\]|[a-z0-9._-]+", re.IGNORECASE | re.ASCII)
WEB_PORT = 8080
"""Where a gateway's page is, if nobody has changed it."""

UNIX = "unix:"

_WEB = re.compile("(?:ws|http)s?://", re.IGNORECASE)


MAX_REASON = 500


class ChatError(Exception):
    """It can't go on, and whose fault that is: one line for people, whoever worded it, and the exit status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(one_line(text)[:MAX_REASON])
        self.status = status


class PasswordError(ChatError):
    """The room has a password: none was given, or another one."""

    def __init__(self, address: "Address", *, is_wrong: bool = False) -> None:
        what = "wrong password" if is_wrong else "the room has a password: give it by --password-file"
        super().__init__(f"{address}: {what}", REFUSED)
        self.is_wrong = is_wrong
        self.rest = ""
        """What of what was typed is lost, unless it is given."""


class NothingFoundError(Exception):
    """What was looked for is nowhere: as with grep, only the exit status tells it."""


class OutputClosedError(Exception):
    """What is heard can't be written, and why; without a text, who read it reads no more: `| head`."""


LOST = 1
"""Exit status: nobody answers there, or no longer; or something was not said."""

USAGE = 2
REFUSED = 3
"""Exit status: the room does not let us in."""

BANNED, KICKED = "you are banned from this room", "an operator has sent you away"
"""Why that is, by either wire. Who was sent away may come again, and does not unasked."""

STRANGER = 4
"""Exit status: what answers there is no gateway."""


@dataclass(frozen=True, slots=True)
class Address:
    """A room's. `url` is empty for the raw wire."""

    host: str
    port: int
    url: str = ""
    raw_tls: bool = False
    """Whether the raw wire is by TLS; the others' URL says so."""
    path: str = ""
    """Of a socket that is a file; the host is this one then."""

    @property
    def is_secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.raw_tls or self.url.startswith("wss:")

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine: no proxy leads there."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        """As people write it."""
        if self.path:
            return f"{UNIX}{self.path}"
        bracketed = f"[{self.host}]" if ":" in self.host else self.host
        return self.url or f"{'tls://' * self.raw_tls}{bracketed}:{self.port}"


def parse_address(text: str) -> Address:
    """The address that somebody typed. Raises ChatError."""
    if text.startswith(UNIX) and text != UNIX and "\0" not in text:
        return Address("localhost", 0, path=text.removeprefix(UNIX))
    if found := _RAW.fullmatch(text):
        scheme, host, port = found.groups()
        if 0 < int(port) < 65536:
            return Address(host.strip("[]").lower(), int(port), raw_tls=(scheme or "").lower() == "tls")
    elif _WEB.match(text):
        return _web(text)
    elif _HOST.fullmatch(text) and not text.isdecimal():  # a port alone
        return _web(f"ws://{text}:{WEB_PORT}")
    with suppress(ValueError):
        if ipaddress.ip_address(text).version == 6:
            raise ChatError(f"{text}: an IPv6 address stands in brackets: [{text}] or [{text}]:8001", USAGE)
    raise ChatError(
        f"{text}: give host, host:port, tls://host:port or unix:/path, or ws://host:port or wss://host", USAGE
    )


def _web(text: str) -> Address:
    """A WebSocket's; of a page's address, the WebSocket of that page, which may stand under a path of a proxy."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ChatError(f"{text}: {error}", USAGE) from error
    if parts.username is not None:
        raise ChatError(f"{parts.hostname}: no user or password is taken in an address", USAGE)
    if not parts.hostname:
        raise ChatError(f"{text}: give ws://host:port", USAGE)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    is_page = parts.scheme in ("http", "https") or parts.path.endswith("/") or not parts.path
    path = parts.path if not is_page or parts.path.endswith("/ws") else f"{parts.path.rstrip('/')}/ws"
    url = f"{scheme}://{parts.netloc.lower()}{path}"
    return Address(parts.hostname, port or (443 if scheme == "wss" else 80), url)
