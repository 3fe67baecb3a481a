"""Every way in which a connection ends: its name for the log, its WebSocket code, whether to come back, a last word."""

from enum import Enum

from ..reasons import SERVER_STOPS, YOU_ARE_BANNED
from ..vocabulary import Both


class Closing(Enum):
    """The one table of reasons. 4000 to 4499: reconnect; 4500 and above: do not; 4001 is the one exception.

    `reason` stands in logs and metrics; `code` in the WebSocket close frame (RFC 6455, section 7.4), 0 where only
    the raw wire ends so. `farewell` is for who types lines, at the ends that are ours and at /quit: nc shows
    nothing else.
    """

    QUIT = (  # the member said so. At a keyboard OpenBSD's nc notices no end until it sends something
        *("quit", 1000),
        ("你已离开(nc 要再按一次回车才结束)", "you have left (nc ends at the next Enter)"),
    )
    LEFT = ("left", 1000)  # its input ended
    GOING_AWAY = ("going-away", 1001, SERVER_STOPS)  # the server stops
    PROTOCOL = ("protocol", 1002)  # broke RFC 6455
    UNSUPPORTED = ("unsupported", 1003)  # a binary frame
    LOST = ("lost", 1006)  # the connection broke; never sent
    NOT_UTF8 = ("not-utf8", 1007)
    FRAGMENTS = ("fragments", 1008)  # too many in one message
    TOO_BIG = ("too-big", 1009)  # a frame past all bounds
    INTERNAL = (  # ours
        *("internal", 1011),
        ("服务器出错了,连接已断开,请稍后再来", "a fault of the server's has ended this: come again in a moment"),
    )
    REPLACED = ("replaced", 4001)  # its person has as many newer connections as one may have
    TOO_SLOW = (  # took nothing for --stall-timeout
        *("too-slow", 4008),
        ("你太久没有接收消息,连接已断开", "you took nothing for too long, and are disconnected"),
    )
    SILENT = (  # answered no ping, or sent no hello or no whole message in time
        *("silent", 4009),
        ("你太久没有回应,连接已断开", "you were silent for too long, and are disconnected"),
    )
    PASSWORD = (  # gave none in time, or a wrong one
        *("password", 4503),
        ("没有及时输入密码,连接已断开", "no password was given in time, and you are disconnected"),
    )
    BANNED = ("banned", 4504, YOU_ARE_BANNED)
    KICKED = ("kicked", 4505, ("管理员请你离开", "an operator has sent you away"))  # unasked it should not come again
    BAD_HELLO = ("bad-hello", 4500)  # the first event was no hello, or one that nobody may send
    HTTP = ("http", 0)  # spoke HTTP on the raw port
    TLS = ("tls", 0)  # spoke TLS on the raw port
    BINARY = ("binary", 0)  # spoke STUN, as WebRTC and TURN do, or something else that is no text
    UTF16 = ("utf-16", 0)  # sent UTF-16, and was told so

    def __init__(self, reason: str, code: int, farewell: Both | None = None) -> None:
        self.reason = reason
        self.code = code
        self.farewell = farewell
