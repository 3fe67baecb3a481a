"""HTTP, as much of it as the doors need: a request's head, whether it may come in, a short answer. Sans-I/O.

1. Whatever the bytes are, each MUST be looked at a fixed number of times: a head is read before anybody knows whose it
   is. So lines are split, parted and stripped; no pattern tries one reading after another.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ..addresses import address_of

MAX_HEAD = 16 * 1024
HEAD_END = b"\r\n\r\n"
TLS_HELLO = b"\x16\x03"  # RFC 8446, section 5.1: handshake, and the version that never changes

_PORTS = {"http": 80, "https": 443}
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")
# RFC 9110, section 5.6.2
_TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TARGET = bytes(range(0x21, 0x7F))
_CONTROLS = bytes(byte for byte in (*range(0x20), 0x7F) if byte != 0x09)
_NAME = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._")


HEALTH = ("/healthz", "/readyz")
"""Paths that may be asked for without a Host."""


class RefusedError(Exception):
    """The peer's fault: a request that is not let in. `status` is HTTP's; `about` is what of it, for the log."""

    def __init__(self, status: str, text: str, about: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.about = about


@dataclass(frozen=True, slots=True)
class Authority:
    """Who a request is for, by its Host: a name in lower case (a literal IPv6 address in brackets), and a port."""

    name: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Head:
    """A request head. Names of fields are in lower case."""

    method: str
    target: str
    version: str
    fields: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def first(self, name: str) -> str:
        """The value of a field, the first if there are more; empty if there is none."""
        return next((value for each, value in self.fields if each == name), "")

    def only(self, name: str) -> str | None:
        """The value of a field that stands there once at most. Raises RefusedError."""
        values = [value for each, value in self.fields if each == name]
        if len(values) > 1:
            raise RefusedError("400 Bad Request", f"A request has at most one {name.title()}.")
        return values[0] if values else None

    def encode(self) -> bytes:
        """The same head as bytes again, as they would be if the client had been strict: for who parses it anew."""
        lines = (f"{name}: {value}\r\n" for name, value in self.fields)
        return f"{self.method} {self.target} {self.version}\r\n{''.join(lines)}\r\n".encode()


def parse_head(data: bytes) -> Head:
    """A request head, its empty line included. Raises RefusedError."""
    first, *rest = data[: -len(HEAD_END)].split(b"\r\n")
    method, _, more = first.partition(b" ")
    target, _, version = more.partition(b" ")
    is_line = _holds_only(method, _TOKEN) and target[:1] == b"/" and _holds_only(target, _TARGET)
    if not is_line or version not in _VERSIONS:
        raise RefusedError("400 Bad Request", "That is no HTTP/1.1 request line.")
    return Head(method.decode(), target.decode(), version.decode(), tuple(map(_field, rest)))


def body_size(head: Head) -> int:
    """Bytes of the body that follows a head. Raises RefusedError."""
    # RFC 9112, section 6.3: a server MAY answer 411 where there is no Content-Length.
    if head.only("transfer-encoding") is not None:
        raise RefusedError("411 Length Required", "A body has a Content-Length.")
    size = head.only("content-length") or "0"
    if not (size.isascii() and size.isdecimal() and len(size) <= 12):
        raise RefusedError("400 Bad Request", "A Content-Length is a number.")
    return int(size)


def _field(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    # RFC 9112, section 5.1 and 5.2: no space before the colon, no line folding.
    # RFC 9110, section 5.5: CR, LF and NUL are dangerous, other controls are invalid.
    if not (colon and _holds_only(name, _TOKEN)) or len(value.translate(None, _CONTROLS)) < len(value):
        raise RefusedError("400 Bad Request", "There is a header line that is none.")
    # It is UTF-8, or it is not known what it is: so no text of a request holds what can't be encoded again.
    return name.decode().lower(), value.strip(b" \t").decode(errors="replace")


def _holds_only(data: bytes, allowed: bytes) -> bool:
    return bool(data) and not data.translate(None, allowed)


def check_host(head: Head, public_hosts: Collection[str]) -> Authority:
    """Who the request is for, if that is us. Raises RefusedError."""
    # RFC 9112, section 3.2: a server MUST respond with 400 to a request without Host, or with more than one.
    host = head.only("host")
    if host is None and head.path in HEALTH and head.method in ("GET", "HEAD"):
        # HAProxy's check, if nobody changes it, is HTTP/1.0 without one; and these tell nothing to rebind for.
        return Authority("localhost", None)
    if host is None:
        raise RefusedError("400 Bad Request", "A request has a Host.")
    authority = _authority_of(host)
    if authority is None or not (authority.name in public_hosts or _can_not_be_rebound(authority.name)):
        text = "This server does not go by that name; see --public-host."
        raise RefusedError("421 Misdirected Request", text, about=f"Host {host[:60]!r}")
    return authority


def check_origin(head: Head, authority: Authority, scheme: str, origins: Collection[str]) -> None:
    """Whether Origin, if any, is Host's own by this scheme, or allowed. Raises RefusedError."""
    origin = head.only("origin")
    if origin is None or origin.lower() in origins:
        return
    if _origin_of(origin) != (scheme, authority.name, authority.port or _PORTS[scheme]):
        raise RefusedError(
            "403 Forbidden", "Pages of that origin may not come in; see --origin.", about=f"Origin {origin[:60]!r}"
        )


def _authority_of(host: str) -> Authority | None:
    """RFC 9110, section 7.2: a name or a literal address, and maybe a port."""
    end = host.find("]") + 1 if host.startswith("[") else (host + ":").find(":")
    name, port = host[:end].lower(), host[end:]
    is_name = address_of(name[1:-1]) is not None if name.startswith("[") else _NAME.issuperset(name)
    if not name or not is_name or "%" in name or (port and not _is_port(port)):
        return None
    return Authority(name, int(port[1:]) if port[1:] else None)


def _is_port(text: str) -> bool:
    """RFC 3986, section 3.2.3: a colon, and digits or none."""
    digits = text[1:]
    return text[0] == ":" and (not digits or (digits.isascii() and digits.isdecimal() and len(digits) <= 5))


def _can_not_be_rebound(name: str) -> bool:
    """Whether DNS has no say in it: localhost, or a literal address. Other names must be known to be ours."""
    return name == "localhost" or address_of(name.strip("[]")) is not None


def _origin_of(origin: str) -> tuple[str, str, int] | None:
    """RFC 6454, section 7: a scheme, a host, and a port if it is not the scheme's own."""
    scheme, _, host = origin.partition("://")
    scheme = scheme.lower()
    authority = _authority_of(host) if scheme in _PORTS else None
    return None if authority is None else (scheme, authority.name, authority.port or _PORTS[scheme])


def refusal(status: str, text: str, *fields: str) -> bytes:
    """An answer of one line of plain text, after which the connection is closed. `status` as in `400 Bad Request`."""
    body = f"{text}\n".encode()
    head = (
        f"HTTP/1.1 {status}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n"
    )
    return (head + "".join(f"{field}\r\n" for field in fields) + "\r\n").encode() + body
