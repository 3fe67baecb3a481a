"""Who is behind a trusted proxy, by one field of its requests: X-Forwarded-For, or Forwarded (RFC 7239).

1. Only what a trusted peer says MUST be believed, and of that only the part that trusted ones added: the list is read
   from the right, up to the first address that is not trusted.
2. Only the field that the operator's proxy is known to write MUST be read: whatever other field there is may come from
   the client itself.
3. What can't be read MUST be refused, not passed over: else a peer could choose who it is.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from ..addresses import Network, address_of, network_of
from ..config import ProxyHeader

Networks = tuple[Network, ...]
Fields = Sequence[tuple[str, str]]
_Lists = tuple[list[str], list[str]]
"""Hosts and schemes, as the proxies told them one after another."""

MAX_HOPS = 32
"""Proxies of ours that a request can have come by."""

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}  # Traefik tells a WebSocket's own
_OWS = " \t"
_DELIMITERS = frozenset(' \t;,"')


class ForwardedError(ValueError):
    """The proxy's fault: a field that can't be read."""


@lru_cache
def networks_of(texts: tuple[str, ...]) -> Networks:
    """The networks that these texts name. Raises ValueError."""
    return tuple(map(network_of, texts))


def is_trusted(host: str, trusted: Networks) -> bool:
    """Whether this peer is a proxy of ours."""
    address = address_of(host) if trusted else None
    return address is not None and any(address in network for network in trusted)


def client_of(fields: Fields, peer: str, trusted: Networks, header: ProxyHeader) -> tuple[str, str | None]:
    """The client's address, and the scheme by which it came where a proxy tells. Raises ForwardedError."""
    if not is_trusted(peer, trusted):
        return peer, None
    hosts, schemes = _LISTS[header](fields)
    host, hops = peer, 0
    for text in reversed(hosts):
        if hops == MAX_HOPS:
            raise ForwardedError(f"a request by more than {MAX_HOPS} trusted proxies")
        host, hops = _address(text), hops + 1
        if not is_trusted(host, trusted):
            break
    # A proxy that finds a scheme may leave it as it is: then there are fewer of them, and the first one is meant.
    scheme = next(filter(None, schemes[-max(hops, 1) :]), None)
    return host, None if scheme is None else _scheme(scheme)


def _x_forwarded(fields: Fields) -> _Lists:
    return _listed(fields, "x-forwarded-for"), _listed(fields, "x-forwarded-proto")


def _listed(fields: Fields, wanted: str) -> list[str]:
    """RFC 9110, section 5.6.1.2: a recipient MUST parse and ignore a reasonable number of empty list elements."""
    parts = (each for name, value in fields if name == wanted for each in value.split(","))
    return [part for each in parts if (part := each.strip(_OWS))]


def _address(text: str) -> str:
    """The address of a host, which may have a port: RFC 7239, section 6."""
    host, port = text, ""
    if text.startswith("[") and "]" in text:
        host, _, port = text[1:].partition("]")
    elif text.count(":") == 1:
        host, port = text[: text.index(":")], text[text.index(":") :]
    address = None if "%" in host else address_of(host)
    if address is None or (port and not _is_port(port)):
        raise ForwardedError(f"a forwarded address that is none: {text[:50]!r}")
    return str(address)


def _is_port(text: str) -> bool:
    return text[0] == ":" and text[1:].isascii() and text[1:].isdecimal() and len(text) <= 6


def _scheme(text: str) -> str:
    if (scheme := _SCHEMES.get(text.lower())) is None:
        raise ForwardedError(f"a forwarded scheme that is neither http nor https: {text[:20]!r}")
    return scheme


# --- RFC 7239, section 4: one look at each character ------------------------------------------------------------------


def _forwarded(fields: Fields) -> _Lists:
    elements = _elements(",".join(value for name, value in fields if name == "forwarded"))
    return [each.get("for", "") for each in elements], [each.get("proto", "") for each in elements]


def _elements(text: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    element: dict[str, str] = {}
    at = 0
    while (at := _skip_space(text, at)) < len(text):
        if text[at] not in ";,":
            name, value, at = _pair(text, at)
            # "Each parameter MUST NOT occur more than once per field-value."
            if name in element:
                raise ForwardedError(f"a Forwarded field with two {name!r} in an element")
            element[name] = value
            at = _skip_space(text, at)
        if at == len(text):
            break
        if text[at] == "," and element:
            found.append(element)
            element = {}
        elif text[at] not in ";,":
            raise ForwardedError("a Forwarded field with something behind a value")
        at += 1
    return [*found, element] if element else found


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in _OWS:
        at += 1
    return at


def _pair(text: str, at: int) -> tuple[str, str, int]:
    """A parameter, and where it ends."""
    end = text.find("=", at)
    name = text[at:end].lower()
    if end < 0 or not (name.isascii() and name.isalpha()):
        raise ForwardedError("a Forwarded field with something that is no parameter")
    value, end = _quoted(text, end + 2) if text.startswith('"', end + 1) else _token(text, end + 1)
    return name, value, end


def _token(text: str, at: int) -> tuple[str, int]:
    end = at
    while end < len(text) and text[end] not in _DELIMITERS:
        end += 1
    return text[at:end], end


def _quoted(text: str, at: int) -> tuple[str, int]:
    """RFC 9110, section 5.6.4: the value of a quoted-string whose first quote is before `at`."""
    value: list[str] = []
    while at < len(text) and text[at] != '"':
        at += text[at] == "\\"
        value.append(text[at : at + 1])
        at += 1
    if at >= len(text):
        raise ForwardedError("a Forwarded field with a quote that does not end")
    return "".join(value), at + 1


_LISTS: dict[ProxyHeader, Callable[[Fields], _Lists]] = {"x-forwarded-for": _x_forwarded, "forwarded": _forwarded}
