"""What a server says first: a room's greeting, or something by which it is known for what it is."""

GREETING = "你已连接到服务器"
_NOTICE = "* "
UNGREETED = "closed without a greeting: no room is there, or what stands before it reaches none"

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


def strangeness(text: str) -> str:
    """Why what a server says first is no room's; empty if it may be one's."""
    if text.startswith((GREETING, _NOTICE)):
        return ""
    return "no chat room answers there" + (f", but {name}; give a gateway's port" if (name := stranger(text)) else "")


def check_greeting(text: str) -> None:
    """Raises ConnectionError where nobody greets for now: it says why, or we know that it is a room."""
    if not text.startswith(GREETING):  # the room is full
        raise ConnectionError(text.removeprefix(_NOTICE) if text.startswith(_NOTICE) else "no room greets there")
