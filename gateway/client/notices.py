"""What a notice of the raw wire is about: there it has no code, and is in the server's language.

By either wire the words alone tell how much the room takes.
"""

from typing import NamedTuple

# The code, then how the notice reads in Chinese and in English, of those that the client acts upon. A … stands for
# what it reads of it or passes over.
_NOTICES = (
    ("welcome-name", "你现在叫 …", "you are now …"),
    ("password-needed", "进入需要密码:…", "this room has a password, …"),
    ("password-right", "你进来了", "you are in"),
    ("password-wrong", "密码不对", "that is not the password"),
    ("password-wait", "猜错太多次,…", "too many wrong passwords from your address, …"),
    ("you-are-banned", "你被封禁了", "you are banned from this room"),
    ("bye-kicked", "管理员请你离开", "an operator has sent you away"),
    ("too-long", "消息太长:最多 … 字节,没有发送", "that message is over … bytes and was not sent"),
    ("command-long", "命令太长:…", "that command is too long: …"),
    ("secret", "没有发送:它看起来像 /op 或 /pass,…", "that was not said: it looks like /op or /pass, …"),
    ("not-said", "没有发送:它看起来像管理员命令 …", "that was not said: it looks like the operators' …"),
    ("slow", "慢速模式:这条没有发送,请过 … 秒再发", "slow mode: that was not sent, try again in … s"),
    ("not-said-muted", "没有发送:你被禁言了", "that was not said: an operator has muted you"),
    (
        "not-said-muted-until",
        "没有发送:你被禁言了,到 … 为止",
        "that was not said: an operator has muted you until …",
    ),
    ("not-stored", "这条消息没有收下:…", "that message was not taken, since nothing can be stored …"),
    ("store-failed", "消息暂时无法保存(…", "messages can't be stored right now (…"),
    ("times-on", "消息带时间,按服务器时区(UTC…)", "messages have their time, in the server's zone (UTC…)"),
    ("store-back", "消息又可以保存了", "messages are stored again"),
    ("name-still", "你还是叫 …", "you are still …"),
)
_READ = frozenset({"welcome-name", "too-long", "times-on"})

NOT_SAID = frozenset(
    {"too-long", "command-long", "secret", "not-said", "slow", "not-said-muted", "not-said-muted-until", "not-stored"}
)
"""Those that tell that something was not said."""


class Meaning(NamedTuple):
    """What a notice is about, empty for what the client does not act upon; and the name or number in it."""

    code: str
    detail: str


def meaning_of(notice: str) -> Meaning:
    """The meaning of a notice. Nobody but the server can say what begins like one (docs/protocol.md)."""
    if notice.startswith("* ") and "\n" not in notice:
        for code, *phrases in _NOTICES:
            for phrase in phrases:
                detail = _detail(notice[2:], phrase)
                if detail is not None and (code != "too-long" or _is_number(detail)):
                    return Meaning(code, detail if code in _READ else "")
    return Meaning("", "")


def _detail(text: str, phrase: str) -> str | None:
    """What stands for the … of a phrase; None if it is another."""
    if "…" not in phrase:
        return "" if text == phrase else None
    before, *between, after = phrase.split("…")
    is_it = len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)
    detail = text[len(before) : len(text) - len(after)]
    return detail if is_it and all(part in detail for part in between) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 8
