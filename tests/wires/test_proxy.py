"""The PROXY protocol's headers: whole, byte by byte, and those that can't be."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wires.proxy import Proxied, ProxyError, parse_proxy

from ..tables import each_of

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
V4 = Proxied(("192.0.2.1", 50000), ("198.51.100.7", 8001))
MAPPED = Proxied(("::ffff:192.0.2.1", 50000), ("::ffff:198.51.100.7", 8001))
V6 = Proxied(("2001:db8::1", 50000), ("2001:db8::7", 8001))


def v2(command: int, family: int, block: bytes) -> bytes:
    return SIGNATURE + bytes([command, family]) + struct.pack("!H", len(block)) + block


def block(kind: int, addresses: Proxied, more: bytes = b"") -> bytes:
    (peer, peer_port), (own, own_port) = addresses
    packed = socket.inet_pton(kind, peer) + socket.inet_pton(kind, own)
    return packed + struct.pack("!HH", peer_port, own_port) + more


HEADERS: list[tuple[bytes, Proxied | None]] = [
    (b"PROXY TCP4 192.0.2.1 198.51.100.7 50000 8001\r\n", V4),
    (b"PROXY TCP6 2001:db8::1 2001:db8::7 50000 8001\r\n", V6),
    (b"PROXY TCP6 2001:DB8:0:0::1 2001:db8::7 50000 8001\r\n", V6),
    # An IPv4 address is one, however it is written.
    (b"PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.7 50000 8001\r\n", V4),
    (v2(0x21, 0x21, block(socket.AF_INET6, MAPPED)), V4),
    (b"PROXY UNKNOWN\r\n", None),
    (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", None),
    (v2(0x21, 0x11, block(socket.AF_INET, V4)), V4),
    (v2(0x21, 0x21, block(socket.AF_INET6, V6)), V6),
    (v2(0x21, 0x11, block(socket.AF_INET, V4, b"\x04\x00\x02ab")), V4),
    (v2(0x20, 0x00, b""), None),
    (v2(0x20, 0x11, block(socket.AF_INET, V4)), None),
    (v2(0x21, 0x31, b"x" * 216), None),
]


@each_of(("header", "wanted"), HEADERS)
@each_of("rest", [b"", b"hello\n", b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n"])
def test_a_header_is_read_and_what_follows_is_not(header: bytes, wanted: Proxied | None, rest: bytes) -> None:
    assert parse_proxy(header + rest) == (wanted, len(header))


@each_of(("header", "wanted"), HEADERS)
def test_it_waits_until_the_header_is_whole(header: bytes, wanted: Proxied | None) -> None:
    for end in range(len(header)):
        assert parse_proxy(header[:end]) is None
    assert parse_proxy(header) == (wanted, len(header))


@each_of(
    "data",
    [
        b"hello\n",
        b"GET / HTTP/1.1\r\n",
        b"PROXY TCP4 192.0.2.1\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.7 50000 99999\r\n",
        b"PROXY TCP4 2001:db8::1 2001:db8::7 50000 8001\r\n",
        b"PROXY TCP6 192.0.2.1 198.51.100.7 50000 8001\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.7 50000  8001\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.7 50000 +80\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.7 50000 8001 \r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.7 50000 123456\r\n",
        b"PROXY TCP6 fe80::1%eth0 fe80::2 50000 8001\r\n",
        b"PROXY TCP4 \xff 198.51.100.7 50000 8001\r\n",
        b"PROXY  TCP4 192.0.2.1 198.51.100.7 50000 8001\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.7 50000 8001\n\r\n",
        b"PROXY \r\n",
        b"PROXY TCP4 192.0.2.999 198.51.100.7 50000 8001\r\n",
        b"PROXY SCTP4 192.0.2.1 198.51.100.7 50000 8001\r\n",
        b"PROXY TCP4 " + b"1" * 100,
        v2(0x11, 0x11, block(socket.AF_INET, V4)),
        v2(0x22, 0x11, block(socket.AF_INET, V4)),
        v2(0x21, 0x11, b"short"),
        v2(0x21, 0x21, block(socket.AF_INET, V4)),
    ],
)
def test_what_is_no_header_is_an_error(data: bytes) -> None:
    with pytest.raises(ProxyError):
        parse_proxy(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_header_or_not_yet_one_or_an_error(data: bytes) -> None:
    for start in (b"", SIGNATURE, b"PROXY "):
        try:
            found = parse_proxy(start + data)
        except ProxyError:
            continue
        assert found is None or found[1] <= len(start + data)
