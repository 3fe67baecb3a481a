"""What a start says to type: it has to be true where it is typed."""

import socket
from io import StringIO
from typing import Any

import pytest

from gateway.config import Settings
from gateway.guard.gate import RESERVE
from gateway.serving import banner
from gateway.serving.ports import PORTS
from gateway.serving.sockets import SELECT_LIMIT

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


class Full(StringIO):
    def write(self, text: str) -> int:
        raise OSError("No space left on device")


class Ipv6Alone(socket.socket):
    def connect(self, address: object) -> None:
        if self.family == socket.AF_INET:
            raise OSError("Network is unreachable")

    def getsockname(self) -> object:
        return ("2001:db8::7", 50000, 0, 0)


@pytest.mark.parametrize(("host", "told"), [("::", "[2001:db8::7]"), ("0.0.0.0", "localhost")])
def test_others_reach_it_by_the_address_that_it_has(host: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serving.banner.socket.socket", Ipv6Alone)
    assert f"http://{told}:8080/" in banner.banner(Settings(host=host), USUAL)


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ({}, ""),
        ({"host": "0.0.0.0", "password": "secret"}, ""),
        ({"host": "0.0.0.0"}, "everybody who reaches 0.0.0.0"),
        ({"loop": "select"}, f"{SELECT_LIMIT - RESERVE} members at most"),
    ],
)
def test_what_an_operator_should_know_at_the_start(
    settings: dict[str, Any], warned: str, caplog: pytest.LogCaptureFixture
) -> None:
    banner.announce(Settings(**settings), USUAL, None)
    assert (warned in caplog.text) if warned else not caplog.text


def test_it_is_open_though_nobody_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk of the log is full: systemd waited for a room that was open, and ended it."""
    told: list[str] = []
    monkeypatch.setattr("gateway.serving.systemd.notify", told.append)
    monkeypatch.setattr("sys.stderr", Full())
    banner.announce(Settings(), USUAL, None)
    assert told == ["READY=1"]


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
