"""Every way in which a connection ends: its name for the log, its WebSocket code, and whether to come back."""

from enum import Enum


class Closing(Enum):
    """The one table of reasons. 4000 to 4499: reconnect; 4500 and above: do not; 4001 is the one exception.

    `reason` stands in logs and metrics; `code` in the WebSocket close frame (RFC 6455, section 7.4), 0 where only
    the raw wire ends so.
    """

    QUIT = ("quit", 1000)  # the member said so
    LEFT = ("left", 1000)  # its input ended
    GOING_AWAY = ("going-away", 1001)  # the server stops
    PROTOCOL = ("protocol", 1002)  # broke RFC 6455
    UNSUPPORTED = ("unsupported", 1003)  # a binary frame
    LOST = ("lost", 1006)  # the connection broke; never sent
    NOT_UTF8 = ("not-utf8", 1007)
    FRAGMENTS = ("fragments", 1008)  # too many in one message
    TOO_BIG = ("too-big", 1009)  # a frame past all bounds
    INTERNAL = ("internal", 1011)  # ours
    REPLACED = ("replaced", 4001)  # its person has as many newer connections as one may have
    TOO_SLOW = ("too-slow", 4008)  # took nothing for --stall-timeout
    SILENT = ("silent", 4009)  # answered no ping, or sent no hello or no whole message in time
    PASSWORD = ("password", 4503)  # gave none in time, or a wrong one
    BANNED = ("banned", 4504)
    KICKED = ("kicked", 4505)  # by an operator; may come again, unasked it should not
    BAD_HELLO = ("bad-hello", 4500)  # the first event was no hello, or one that nobody may send
    HTTP = ("http", 0)  # spoke HTTP on the raw port
    TLS = ("tls", 0)  # spoke TLS on the raw port
    BINARY = ("binary", 0)  # spoke STUN, as WebRTC and TURN do, or something else that is no text
    UTF16 = ("utf-16", 0)  # sent UTF-16, and was told so

    def __init__(self, reason: str, code: int) -> None:
        self.reason = reason
        self.code = code
