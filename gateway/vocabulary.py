"""What can be typed: which text is a command, and every command that there is. The clients know no more of them.

A text that begins with `/word`, of letters alone, and then a blank or nothing, is a command. With two slashes or more
before such a word it is said with one slash less. Any other text is said as it is: `// TODO`, `/etc/hosts`. A slash is
a fullwidth one, too: input methods for Chinese make that of the key.
tests/corpus/commands.json has the cases; static/commands.js is the same rule for the page.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Whom = Literal["everybody", "lines", "operators", "password"]
"""Whom a command is for: `lines` is who types them, by the raw port; `password`, who knows one."""

Both = tuple[str, str]
"""Something in Chinese and in English."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name and other names, without the slash; `arguments` and `help` as `/help` shows them.

    `more` is what `/help` about this one alone tells besides, in a line of its own.
    `in_page`: the page's box completes it, and what is for operators for these. There, a password has a dialog.
    """

    name: str
    help: Both
    arguments: Both = ("", "")
    more: Both = ("", "")
    aliases: tuple[str, ...] = ()
    whom: Whom = "everybody"
    in_page: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """All that it goes by."""
        return (self.name, *self.aliases)

    @property
    def is_aimed(self) -> bool:
        """Whether it is done to somebody."""
        return self.arguments in (_WHOM, _WHOM_LONG)


_WHOM = ("谁", "WHOM")
_WHOM_LONG = ("谁 [时长]", "WHOM [DURATION]")
_PASSWORD = ("密码", "PASSWORD")

WHOM_IS = ("“谁”是名字、地址或网段", "WHOM is a name, an address or a network")
WHOM_IS_AND_HOW_LONG = (f"{WHOM_IS[0]};时长如 10m、2h、7d", f"{WHOM_IS[1]}; a duration is like 10m, 2h or 7d")
DELETE_OTHERS = (
    "管理员还可以:/delete 名字 删除某人的上一条消息,/delete 名字 all 删除全部",
    "as an operator: /delete NAME deletes what somebody said last, /delete NAME all all of it",
)
_SEARCH_IN = (
    '还可以加(或只写)from:名字,再加 since:日期、until:日期、before:序号:/search 部署 from:"小安" since:2026-11-24',
    "also from:NAME, which may stand alone, since:DAY, until:DAY and before:SEQ: "
    '/search deploy from:"Ann Lee" since:2026-11-24',
)

COMMANDS = (
    Command("name", ("改名", "be called so"), ("名字", "NAME"), aliases=("nick",), in_page=True),
    Command("who", ("谁在这里", "who is here"), in_page=True),
    Command("me", ("说你在做什么", "say what you do: /me waves"), ("动作", "ACTION"), in_page=True),
    Command("history", ("最近的消息", "the last messages"), ("[条数]", "[N]"), in_page=True),
    Command("delete", ("删除你的上一条消息", "delete your last message"), more=DELETE_OTHERS, in_page=True),
    Command(
        "search",
        ("查找消息", "find messages that hold all of these words"),
        ("词 …", "WORDS"),
        _SEARCH_IN,
        in_page=True,
    ),
    Command("times", ("消息是否带时间", "whether messages have their time"), ("on|off", "on|off"), whom="lines"),
    Command(
        "joins",
        ("是否提示有人来去和改名", "whether you are told who comes, goes, is renamed"),
        ("on|off", "on|off"),
        whom="lines",
    ),
    Command(
        "help", ("帮助,或某个命令的用法", "this text, or what one command does"), ("[命令]", "[COMMAND]"), in_page=True
    ),
    Command("quit", ("离开", "leave"), in_page=True),
    Command("pass", ("进入", "come in"), _PASSWORD, whom="password"),
    Command("op", ("成为管理员", "become an operator"), _PASSWORD, whom="password"),
    Command("kick", ("断开", "send away"), _WHOM, WHOM_IS, whom="operators"),
    Command(
        "mute",
        ("禁言,默认 10 分钟", "silence, for 10m unless told otherwise"),
        _WHOM_LONG,
        WHOM_IS_AND_HOW_LONG,
        whom="operators",
    ),
    Command("unmute", ("解除禁言", "let speak again"), _WHOM, WHOM_IS, whom="operators"),
    Command("muted", ("谁被禁言", "who is muted"), whom="operators"),
    Command(
        "ban",
        ("封禁,默认永久", "keep out, for ever unless told otherwise"),
        _WHOM_LONG,
        WHOM_IS_AND_HOW_LONG,
        whom="operators",
    ),
    Command("unban", ("解除封禁", "let in again"), _WHOM, WHOM_IS, whom="operators"),
    Command("banned", ("谁被封禁", "who is banned"), whom="operators"),
    Command("whois", ("是谁:名字、地址或网段", "who that is: a name, address or network"), _WHOM, whom="operators"),
    Command(
        "purge",
        ("删除某人说过的一切:先列出条数", "delete all that somebody ever said: first tells how much"),
        ("名字 [条数]", "NAME [COUNT]"),
        whom="operators",
    ),
    Command("slow", ("慢速模式,0 为关闭", "slow mode, 0 ends it"), ("秒数", "SECONDS"), whom="operators"),
)
"""Every command, in the order in which `/help` and a completion show them."""

COMMAND_BY_WORD = {word: each for each in COMMANDS for word in each.words}
"""By what they go by, without the slash, in small letters."""

COMMANDS_OF = {whom: tuple(each for each in COMMANDS if each.whom == whom) for whom in get_args(Whom)}
"""By whom they are for."""


_SLASHES = "/\uff0f"


def command_word(text: str, at: int = 0) -> str:
    """The word of a command whose slash stands at `at`; empty if that is none. Costs what `text` is long."""
    if not text.startswith(tuple(_SLASHES), at):
        return ""
    word, *_ = text[at + 1 :].split(None, 1) or ("",)
    return word if word.isalpha() and text.startswith(word, at + 1) else ""


def unescaped(text: str) -> str:
    """What is said by a text that is no command."""
    last = _last_slash(text)
    return text[1:] if last > 0 and command_word(text, last) else text


def escaped(text: str) -> str:
    """By which text this one is said, where a command could be typed: `unescaped` gives it back."""
    return f"/{text}" if command_word(text, _last_slash(text)) else text


def _last_slash(text: str) -> int:
    return max(0, len(text) - len(text.lstrip(_SLASHES)) - 1)
