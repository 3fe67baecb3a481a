"""What a notice of the raw wire is about: there it has no code, and is in the server's language."""

import re
from typing import NamedTuple

# The code, then the notice in Chinese and in English, of those that the client acts upon; (…) is what it reads of it.
_NOTICES = (
    ("welcome-name", "你现在叫 (.+)", "you are now (.+)"),
    ("password-needed", "进入需要密码:.*", "this room has a password, .*"),
    ("password-right", "你进来了", "you are in"),
    ("password-wrong", "密码不对", "that is not the password"),
    ("password-wait", "猜错太多次,.*", "too many wrong passwords from your address, .*"),
    ("you-are-banned", "你被封禁了", "you are banned from this room"),
    (
        "too-long",
        "消息太长:最多 ([0-9]{1,7}) 字节,没有发送",
        "that message is over ([0-9]{1,7}) bytes and was not sent",
    ),
    ("secret", "没有发送:它看起来像 /op 或 /pass,.*", "that was not said: it looks like /op or /pass .*"),
    ("not-said", "没有发送:它看起来像管理员命令 .*", "that was not said: it looks like the operators' .*"),
    ("slow", "慢速模式:请过 .* 秒再发,这条没有发送", "slow mode: try again in .* s, that was not sent"),
    ("you-are-muted", "你被禁言了", "an operator has muted you"),
    ("store-failed", r"消息暂时无法保存\(.*", r"messages can't be stored right now \(.*"),
    ("store-back", "消息又可以保存了", "messages are stored again"),
)
_PATTERNS = [(code, re.compile(rf"\* (?:{chinese}|{english})")) for code, chinese, english in _NOTICES]

NOT_SAID = frozenset({"too-long", "secret", "not-said", "slow", "you-are-muted"})
"""Those that tell that something was not said."""


class Meaning(NamedTuple):
    """What a notice is about, empty for what the client does not act upon; and the name or number in it."""

    code: str
    detail: str


def meaning_of(notice: str) -> Meaning:
    """The meaning of a notice. Nobody but the server can say what begins like one (docs/protocol.md)."""
    for code, pattern in _PATTERNS:
        if found := pattern.fullmatch(notice):
            return Meaning(code, next(filter(None, found.groups()), ""))
    return Meaning("", "")
