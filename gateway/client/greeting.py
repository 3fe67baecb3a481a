"""What a server says first: a room's greeting, or something by which it is known for what it is."""

GREETING = "你已连接到服务器"

_OTHERS = {
    "HTTP/": "a web server",
    "INFO {": "a NATS server",
    "SSH-": "an SSH server",
    "220": "a mail or FTP server",
}
"""By how they begin."""


def stranger(heard: str) -> str:
    """What says so; empty if nobody knows."""
    return next((name for begins, name in _OTHERS.items() if heard.startswith(begins)), "")
