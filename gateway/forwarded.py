"""Who is behind a trusted proxy, by the fields of its request (RFC 7239, and X-Forwarded-For).

1. Only what a trusted peer says MUST be believed, and of that only the part that trusted ones added: the list is read
   from the right, up to the first address that is not trusted.
2. What can't be read MUST be refused, not passed over: else a peer could choose who it is.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Networks = tuple[IPv4Network | IPv6Network, ...]

_PAIR = re.compile(r'\s*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)\s*')
_FOR = re.compile(r"\[([0-9a-fA-F:.]+)\](?::\d+)?|([0-9.]+)(?::\d+)?|([0-9a-fA-F:]+)")


class ForwardedError(ValueError):
    """The proxy's fault: a field that can't be read."""


@lru_cache
def networks_of(texts: tuple[str, ...]) -> Networks:
    """The networks that these texts name. Raises ValueError."""
    return tuple(ip_network(text) for text in texts)


def is_trusted(host: str, trusted: Networks) -> bool:
    """Whether this peer is a proxy of ours."""
    if not trusted:
        return False
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in trusted)


def client_of(fields: Sequence[tuple[str, str]], peer: str, trusted: Networks) -> tuple[str, str | None]:
    """The client's address, and the scheme by which it came where a proxy tells. Raises ForwardedError."""
    if not is_trusted(peer, trusted):
        return peer, None
    forwarded = ",".join(value for name, value in fields if name == "forwarded")
    if forwarded:
        elements = [_pairs(element) for element in _split(forwarded, ",")]
        hosts = [element.get("for", "") for element in elements]
        schemes = [element.get("proto") for element in elements]
    else:
        hosts = _listed(fields, "x-forwarded-for")
        schemes = list(_listed(fields, "x-forwarded-proto")[-1:]) or [None]
    host = peer
    for text in reversed(hosts):
        host = _address(text)
        if not is_trusted(host, trusted):
            break
    scheme = schemes[-1].lower() if schemes[-1] else None
    if scheme not in (None, "http", "https"):
        raise ForwardedError("a forwarded scheme that is neither http nor https")
    return host, scheme


def _listed(fields: Sequence[tuple[str, str]], wanted: str) -> list[str]:
    text = ",".join(value for name, value in fields if name == wanted)
    return [each.strip() for each in text.split(",")] if text else []


def _split(text: str, mark: str) -> list[str]:
    """The parts between marks that stand outside of quotes. Raises ForwardedError if there is anything else."""
    parts: list[str] = re.findall(rf'(?:"(?:[^"\\]|\\.)*"|[^{mark}"])+', text)
    if len(mark.join(parts)) != len(text):
        raise ForwardedError("a Forwarded field that can't be read")
    return parts


def _pairs(element: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in _split(element, ";"):
        match = _PAIR.fullmatch(pair)
        # RFC 7239, section 4: each parameter MUST NOT occur more than once per element.
        if match is None or match[1].lower() in found:
            raise ForwardedError("a Forwarded field that can't be read")
        value = match[2]
        found[match[1].lower()] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
    return found


def _address(text: str) -> str:
    match = _FOR.fullmatch(text)
    try:
        return str(ip_address(match[1] or match[2] or match[3])) if match else _refuse(text)
    except ValueError:
        return _refuse(text)


def _refuse(text: str) -> str:
    raise ForwardedError(f"a forwarded address that is none: {text[:50]!r}")
