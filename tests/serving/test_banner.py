"""What a start says to type: it has to be true where it is typed."""

import socket

import pytest

from gateway.config import Settings
from gateway.serving import banner
from gateway.serving.ports import PORTS

USUAL = {port.setting: getattr(Settings(), port.setting) for port in PORTS}


class NoRoute(socket.socket):
    def connect(self, address: object) -> None:
        raise OSError("Network is unreachable")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_without_a_route_it_names_no_name(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serving.banner.socket.socket", NoRoute)
    text = banner.banner(Settings(host=host), USUAL)
    assert "http://localhost:8080/" in text
    assert "nc 127.0.0.1 8001" in text


def test_an_ipv6_address_stands_in_brackets_where_a_port_follows() -> None:
    text = banner.banner(Settings(host="2001:db8::1"), USUAL)
    assert "http://[2001:db8::1]:8080/" in text
    assert "nc 2001:db8::1 8001" in text


def test_it_calls_the_room_by_its_title() -> None:
    assert banner.banner(Settings(), USUAL).startswith("the room is open:\n")
    assert banner.banner(Settings(title="Ops"), USUAL).startswith("Ops is open:\n")


@pytest.mark.parametrize("certificate", ["", "cert.pem"])
def test_each_port_is_told(certificate: str) -> None:
    ports = {port.setting: 40_000 + number for number, port in enumerate(PORTS)}
    text = banner.banner(Settings(tls_cert=certificate), ports)
    assert all(str(number) in text for number in ports.values())
