"""Where a room is, as people type it."""

import pytest

from gateway.client.address import USAGE, Address, ChatError, parse_address

from ..tables import each_of


@each_of(
    ("text", "expected"),
    [
        ("localhost:8001", Address("localhost", 8001)),
        ("tcp://10.0.0.1:8001", Address("10.0.0.1", 8001)),
        ("[::1]:8001", Address("::1", 8001)),
        ("ws://localhost:8080", Address("localhost", 8080, "ws://localhost:8080/ws")),
        ("ws://localhost:8080/ws", Address("localhost", 8080, "ws://localhost:8080/ws")),
        ("wss://chat.example.org", Address("chat.example.org", 443, "wss://chat.example.org/ws")),
        ("https://chat.example.org/", Address("chat.example.org", 443, "wss://chat.example.org/ws")),
        ("https://chat.example.org/chat/", Address("chat.example.org", 443, "wss://chat.example.org/chat/ws")),
        ("https://chat.example.org/chat", Address("chat.example.org", 443, "wss://chat.example.org/chat/ws")),
        ("https://chat.example.org/chat/ws", Address("chat.example.org", 443, "wss://chat.example.org/chat/ws")),
        ("ws://localhost/chat/", Address("localhost", 80, "ws://localhost/chat/ws")),
        ("ws://localhost/socket", Address("localhost", 80, "ws://localhost/socket")),
        ("HTTP://LocalHost:8080/", Address("localhost", 8080, "ws://localhost:8080/ws")),
        ("WSS://Chat.Example.ORG/Chat/", Address("chat.example.org", 443, "wss://chat.example.org/Chat/ws")),
        ("TCP://LocalHost:8001", Address("localhost", 8001)),
        ("tls://chat.example.org:8001", Address("chat.example.org", 8001, raw_tls=True)),
        ("TLS://[::1]:8001", Address("::1", 8001, raw_tls=True)),
        ("LOCALHOST:8001", Address("localhost", 8001)),
        ("unix:/run/Raw.sock", Address("localhost", 0, path="/run/Raw.sock")),
        ("[2001:DB8::1]:8001", Address("2001:db8::1", 8001)),
        ("localhost", Address("localhost", 8080, "ws://localhost:8080/ws")),
        ("10.0.0.5", Address("10.0.0.5", 8080, "ws://10.0.0.5:8080/ws")),
        ("[2001:DB8::1]", Address("2001:db8::1", 8080, "ws://[2001:db8::1]:8080/ws")),
        ("http://localhost:8080/room/ws", Address("localhost", 8080, "ws://localhost:8080/room/ws")),
    ],
)
def test_addresses(text: str, expected: Address) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    ("text", "is_secure"),
    [("localhost:1", False), ("tls://h:1", True), ("ws://h", False), ("wss://h", True), ("https://h/", True)],
)
def test_an_address_tells_whether_it_is_by_tls(text: str, is_secure: bool) -> None:
    address = parse_address(text)
    assert address.is_secure is is_secure
    assert parse_address(str(address)) == address


@each_of("text", ["", "8001", "a b:1", "h:0", "h:65536", "ws://", "ws://h:x", "ftp://h:1"])
def test_what_is_none_is_named(text: str) -> None:
    with pytest.raises(ChatError, match=r"give|Port") as caught:
        parse_address(text)
    assert caught.value.status == USAGE


def test_an_address_of_ipv6_is_told_to_stand_in_brackets() -> None:
    with pytest.raises(ChatError, match=r"^::1: an IPv6 address stands in brackets: \[::1\] or \[::1\]:8001$"):
        parse_address("::1")
