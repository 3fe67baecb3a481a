"""The PROXY protocol, versions 1 and 2: by its first bytes a proxy tells whose connection it is. Sans-I/O.

Sections are those of haproxy's proxy-protocol.txt.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

MAX_V1 = 107
"""Bytes of a version 1 header at most, its CR LF included (section 2.1)."""

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_V1 = re.compile(rb"PROXY TCP([46]) ([0-9a-fA-F.:]+) ([0-9a-fA-F.:]+) ([0-9]{1,5}) ([0-9]{1,5})\r\n")
_V1_UNKNOWN = re.compile(rb"PROXY UNKNOWN[^\r\n]*\r\n")
_HEAD = 16
_LENGTHS: dict[int, tuple[int, Callable[[bytes], IPv4Address | IPv6Address]]] = {
    0x11: (4, lambda data: IPv4Address(data)),
    0x21: (16, lambda data: IPv6Address(data)),
}

Address = tuple[str, int]


class ProxyError(ValueError):
    """The proxy's fault: no PROXY header, or one that can't be."""


class Proxied(NamedTuple):
    """Whose connection it is, and by which of our addresses it came."""

    peer: Address
    own: Address


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
    if _V1_UNKNOWN.fullmatch(line):
        return None
    match = _V1.fullmatch(line)
    if match is None:
        raise ProxyError("a PROXY header that can't be read")
    try:
        peer, own = (ip_address(match[index].decode()) for index in (2, 3))
    except ValueError as error:
        raise ProxyError("a PROXY header with no address") from error
    ports = int(match[4]), int(match[5])
    if {peer.version, own.version} != {int(match[1])} or max(ports) > 65535:
        raise ProxyError("a PROXY header with the wrong kind of address")
    return Proxied((str(peer), ports[0]), (str(own), ports[1]))


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
    length, address_of = _LENGTHS[family]
    if len(block) < 2 * length + 4:
        raise ProxyError("a PROXY header that is too short for its addresses")
    peer, own = address_of(block[:length]), address_of(block[length : 2 * length])
    ports = [int.from_bytes(block[at : at + 2], "big") for at in (2 * length, 2 * length + 2)]
    return Proxied((str(peer), ports[0]), (str(own), ports[1]))
