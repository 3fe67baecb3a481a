"""What a server says first, and by what others are known."""

import pytest

from gateway.client.greeting import GREETING, stranger
from gateway.wires.raw import greeting


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("HTTP/1.1 400 Bad Request\r\n", "a web server"),
        ('INFO {"server_id":"x"}', "a NATS server"),
        ("SSH-2.0-OpenSSH", "an SSH server"),
        ("220 mail.example", "a mail or FTP server"),
        (GREETING, ""),
        ("hello", ""),
        ("", ""),
    ],
)
def test_what_says_so(heard: str, name: str) -> None:
    assert stranger(heard) == name


def test_a_gateway_greets_so() -> None:
    assert greeting("::1", 8001).decode().startswith(GREETING)
