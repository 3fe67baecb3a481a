"""The PROXY protocol, versions 1 and 2: by its first bytes a proxy tells whose connection it is. Sans-I/O.

Sections are those of haproxy's proxy-protocol.txt.
"""

from ipaddress import ip_address
from typing import NamedTuple

from ..addresses import unmapped

MAX_V1 = 107
"""Bytes of a version 1 header at most, its CR LF included (section 2.1)."""

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_HEAD = 16
_VERSIONS = {b"TCP4": 4, b"TCP6": 6}
_LENGTHS = {0x11: 4, 0x21: 16}
"""Bytes of an address, by the family and protocol of version 2: TCP over IPv4 and over IPv6."""

Address = tuple[str, int]


class ProxyError(ValueError):
    """The proxy's fault: no PROXY header, or one that can't be."""


class Proxied(NamedTuple):
    """Whose connection it is, and by which of our addresses it came."""

    peer: Address
    own: Address


def begins_header(data: bytes) -> bool:
    """Whether this begins a header, good or bad, as nobody else's first words do."""
    return data.startswith((_SIGNATURE, b"PROXY "))


def parse_proxy(data: bytes) -> tuple[Proxied | None, int] | None:
    """What the header says, and how many bytes it has; None until it is whole. A proxy may speak for itself: None too.

    Raises ProxyError.
    """
    if data[: len(_SIGNATURE)] == _SIGNATURE[: len(data)]:
        return _parse_v2(data)
    if data[:6] != b"PROXY "[: len(data)]:
        raise ProxyError("a trusted proxy sent no PROXY header")
    end = data.find(b"\r\n") + 2
    if end < 2 and len(data) < MAX_V1:
        return None
    if not 2 <= end <= MAX_V1:
        raise ProxyError("a PROXY header without an end")
    return _parse_v1(data[:end]), end


def _parse_v1(line: bytes) -> Proxied | None:
    _, protocol, *parts = line.removesuffix(b"\r\n").split(b" ")
    # Section 2.1: for UNKNOWN, the receiver must ignore anything presented before the CRLF.
    if protocol == b"UNKNOWN":
        return None
    if protocol not in _VERSIONS or len(parts) != 4:
        raise ProxyError("a PROXY header that can't be read")
    peer, own = (_host(part, _VERSIONS[protocol]) for part in parts[:2])
    ports = [_port(part) for part in parts[2:]]
    return Proxied((peer, ports[0]), (own, ports[1]))


def _host(text: bytes, version: int) -> str:
    try:
        address = ip_address(text.decode())
    except ValueError as error:
        raise ProxyError("a PROXY header with no address") from error
    if address.version != version or b"%" in text:
        raise ProxyError("a PROXY header with the wrong kind of address")
    return str(unmapped(address))


def _port(text: bytes) -> int:
    if not text.isdigit() or len(text) > 5 or int(text) > 65535:
        raise ProxyError("a PROXY header with no port")
    return int(text)


def _parse_v2(data: bytes) -> tuple[Proxied | None, int] | None:
    if len(data) < _HEAD:
        return None
    command, family, size = data[12], data[13], int.from_bytes(data[14:16], "big")
    if command not in (0x20, 0x21):
        raise ProxyError("a PROXY header of an unknown version or command")
    if len(data) < _HEAD + size:
        return None
    # Section 2.2: for LOCAL, and for families that are not known, the connection's own addresses are to be used.
    if command == 0x20 or family not in _LENGTHS:
        return None, _HEAD + size
    return _addresses(family, data[_HEAD : _HEAD + size]), _HEAD + size


def _addresses(family: int, block: bytes) -> Proxied:
    length = _LENGTHS[family]
    if len(block) < 2 * length + 4:
        raise ProxyError("a PROXY header that is too short for its addresses")
    peer, own = (str(unmapped(ip_address(block[at : at + length]))) for at in (0, length))
    ports = [int.from_bytes(block[at : at + 2], "big") for at in (2 * length, 2 * length + 2)]
    return Proxied((peer, ports[0]), (own, ports[1]))
