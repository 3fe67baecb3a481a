"""HTTP, as much of it as the doors need: a request's head, whether it may come in, a short answer. Sans-I/O.

1. Whatever the bytes are, each MUST be looked at a fixed number of times: a head is read before anybody knows whose it
   is. So lines are split, parted and stripped; no pattern tries one reading after another.
"""

from collections.abc import Collection
from functools import lru_cache

import msgspec

from ..addresses import address_of
from ..hosts import PORTS, Authority, authority_of, origin_at, origin_of

MAX_HEAD = 16 * 1024
MAX_FIELDS = 100
"""Each costs more than its bytes do; other servers take as many."""

MAX_ITEMS = 100
"""Of a list in a field, or of a query. Who takes lists apart behind us makes an object of each."""

MAX_TYPED = 1024
"""Bytes of a target that may have others than ASCII's: to encode them is dear."""

MAX_ENCODED = 3 * MAX_HEAD
"""Bytes of a head, or of a line of it, as it is handed on: for one that is no UTF-8 U+FFFD has three, or `%E5`."""

TLS_HELLO = b"\x16\x03"  # RFC 8446, section 5.1: handshake, and the version that never changes

_HEAD_END = b"\r\n\r\n"
_METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"})
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")
# RFC 9110, section 5.6.2
_TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TARGET = bytes(range(0x21, 0x7F))
_ENCODED = {byte: f"%{byte:02X}" for byte in range(0x80, 0x100)}
_CONTROLS = bytes(byte for byte in (*range(0x20), 0x7F) if byte != 0x09)

_FOREIGN = ("cross-site", "same-site")
"""W3C Fetch Metadata, section 2.3: of pages of another origin; the rest are our own page, and the person itself."""

HEALTH = ("/healthz", "/readyz")
"""Paths that may be asked for by any Host: probes come by an address or a service's name, HAProxy's without one. They
tell nothing to rebind a name for.
"""


def asks_how_we_are(head: "Head") -> bool:
    """Whether it is a probe's."""
    return head.path in HEALTH and head.method in ("GET", "HEAD", "OPTIONS")


class HttpError(Exception):
    """The peer's fault: a request that is not let in. `status` is HTTP's; `about` is what of it, for the log."""

    def __init__(self, status: str, text: str, about: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.about = about


class Head(msgspec.Struct, frozen=True):
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
        """The value of a field that stands there once at most. Raises HttpError."""
        found = None
        for each, value in self.fields:
            if each == name:
                if found is not None:
                    raise HttpError("400 Bad Request", f"A request has at most one {name.title()}.")
                found = value
        return found

    def encode(self) -> bytes:
        """The same head as bytes again, as they would be if the client had been strict: for who parses it anew."""
        lines = (f"{name}: {value}\r\n" for name, value in self.fields)
        return f"{self.method} {self.target} {self.version}\r\n{''.join(lines)}\r\n".encode()


def cut_head(data: bytes, seen: int = 0) -> tuple[bytes, bytes] | None:
    """A head, its empty line included, and what came behind it; None while it is not whole. Raises HttpError.

    In the first `seen` bytes there was no whole one.
    """
    if data.startswith(TLS_HELLO):
        raise HttpError("400 Bad Request", "This port does not speak TLS: use http:// and ws://.")
    # RFC 9112, section 2.2: SHOULD ignore at least one empty line (CRLF) received prior to the request-line.
    start = 2 if data.startswith(b"\r\n") else 0
    # An empty line of any kind: a head whose lines end otherwise than ours must not be waited for.
    since = max(start - 1, seen - 2, 0)
    ends = [at + len(blank) for blank in (b"\n\r\n", b"\n\n") if (at := data.find(blank, since)) >= 0]
    end = min(ends, default=len(data))
    if end - start > MAX_HEAD:
        raise HttpError("431 Request Header Fields Too Large", f"A request head has at most {MAX_HEAD} bytes.")
    if not ends:
        return None
    if not data.endswith(_HEAD_END, 0, end):
        raise HttpError("400 Bad Request", "The lines of a request head end with CR LF.")
    return data[start:end], data[end:]


def parse_head(data: bytes) -> Head:
    """A request head, its empty line included; its target is in origin-form. Raises HttpError."""
    if data.count(b"\n") > MAX_FIELDS + 2:
        raise HttpError("431 Request Header Fields Too Large", f"A request head has at most {MAX_FIELDS} fields.")
    first, *rest = data[: -len(_HEAD_END)].split(b"\r\n")
    method, _, more = first.partition(b" ")
    target, _, version = more.partition(b" ")
    if not target.isascii() and len(target) <= MAX_TYPED:
        # RFC 3987, section 3.1: what a person types into curl, as a URI has it.
        target = target.decode("latin-1").translate(_ENCODED).encode()
    if not (_holds_only(method, _TOKEN) and _holds_only(target, _TARGET)) or version not in _VERSIONS:
        raise HttpError("400 Bad Request", "That is no HTTP/1.1 request line.")
    # RFC 9110, section 9.1: a method that is not recognized SHOULD be answered with 501. The library answers 400.
    if method not in _METHODS:
        raise HttpError("501 Not Implemented", "There is no such method here.")
    if target.count(b"&") + target.count(b";") > MAX_ITEMS or (
        data.count(b",") > MAX_ITEMS and any(line.count(b",") > MAX_ITEMS for line in rest)
    ):
        text = f"A list in a request head, or its query, has at most {MAX_ITEMS} items."
        raise HttpError("431 Request Header Fields Too Large", text)
    head = Head(method.decode(), target.decode(), version.decode(), tuple(map(_field, rest)))
    # RFC 9110, section 10.1.1: who expects anything but 100-continue MAY be answered with 417.
    if head.first("expect").lower() not in ("", "100-continue"):
        raise HttpError("417 Expectation Failed", "Nothing but 100-continue can be expected here.")
    return head if target.startswith(b"/") else _in_origin_form(head)


def _in_origin_form(head: Head) -> Head:
    """The same request, of a head whose target is in absolute-form. Raises HttpError."""
    scheme, separator, rest = head.target.partition("://")
    if not separator or scheme.lower() not in PORTS:
        raise HttpError("400 Bad Request", "That is no HTTP/1.1 request line.")
    if head.only("host") is None:
        raise HttpError("400 Bad Request", "A request has a Host.")
    authority = rest.partition("/")[0].partition("?")[0]
    path = rest[len(authority) :]
    # RFC 9112, section 3.2.2: MUST ignore the received Host and use the host information of the request-target.
    fields = tuple((name, authority if name == "host" else value) for name, value in head.fields)
    return msgspec.structs.replace(head, target=path if path.startswith("/") else f"/{path}", fields=fields)


def body_size(head: Head) -> int:
    """Bytes of the body that follows a head. Raises HttpError."""
    # RFC 9112, section 6.3: a server MAY answer 411 where there is no Content-Length.
    if head.only("transfer-encoding") is not None:
        raise HttpError("411 Length Required", "A body has a Content-Length.")
    size = head.only("content-length") or "0"
    if not (size.isascii() and size.isdecimal() and len(size) <= 12):
        raise HttpError("400 Bad Request", "A Content-Length is a number.")
    return int(size)


def _field(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    # RFC 9112, section 5.1 and 5.2: no space before the colon, no line folding.
    # RFC 9110, section 5.5: CR, LF and NUL are dangerous, other controls are invalid.
    known = _known_name(name) if len(name) <= 64 else _field_name(name)
    if not (colon and known) or len(value.translate(None, _CONTROLS)) < len(value):
        raise HttpError("400 Bad Request", "There is a header line that is none.")
    # It is UTF-8, or it is not known what it is: so no text of a request holds what can't be encoded again.
    return known, value.strip(b" \t").decode(errors="replace")


def _field_name(name: bytes) -> str:
    """In lower case; empty if it is none."""
    return name.decode().lower() if _holds_only(name, _TOKEN) else ""


_known_name = lru_cache(256)(_field_name)


def _holds_only(data: bytes, allowed: bytes) -> bool:
    return bool(data) and not data.translate(None, allowed)


def check_host(head: Head, public_hosts: Collection[str]) -> Authority:
    """Who the request is for, if that is us. Raises HttpError."""
    # RFC 9112, section 3.2: a server MUST respond with 400 to a request without Host, or with more than one.
    host = head.only("host")
    authority = authority_of(host or "")
    if asks_how_we_are(head):
        return authority or Authority("localhost", None)
    if host is None:
        raise HttpError("400 Bad Request", "A request has a Host.")
    if authority is None or not (authority.name in public_hosts or _can_not_be_rebound(authority.name)):
        text = "This server does not go by that name; see --public-host."
        raise HttpError("421 Misdirected Request", text, about=f"Host {host[:60]!r}")
    return authority


def check_origin(head: Head, authority: Authority, scheme: str, origins: Collection[str]) -> None:
    """Whether Origin, if any, is Host's own by this scheme, or allowed. Raises HttpError.

    What a page embeds, and where it leads to, its browser asks for without one, but tells of which site the page is;
    over plain http, from other machines, not that either.

    Who asks for the page itself is let in: behind a proxy that does not pass on Host browsers send an Origin of another
    name for its modules, and then it is the page that says so.
    """
    origin = head.only("origin")
    if _is_page(head):
        return
    if origin is None:
        site = head.first("sec-fetch-site")
        is_foreign, about = site in _FOREIGN, f"Sec-Fetch-Site {site[:60]!r}"
    else:
        is_foreign = origin_of(origin) not in (*origins, origin_at(scheme, authority))
        about = f"Origin {origin[:60]!r}"
    if is_foreign:
        raise HttpError("403 Forbidden", "Pages of that origin may not come in; see --origin.", about)


def _is_page(head: Head) -> bool:
    """Whether it asks for the page, which is the same for everybody, by a path that nobody reads otherwise."""
    path = head.path
    is_plain = ".." not in path and "%" not in path
    return head.method in ("GET", "HEAD") and is_plain and (path == "/" or path.startswith("/static/"))


def _can_not_be_rebound(name: str) -> bool:
    """Whether DNS has no say in it: localhost, or a literal address. Other names must be known to be ours."""
    return name == "localhost" or address_of(name.strip("[]")) is not None


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
