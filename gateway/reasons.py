"""Why something is not done, and why somebody is turned away: the one table of these, by their codes.

By it goes what people are told of them (phrases), also in the page's own language, the status of a plain request
(web/api), and what the metrics count (refusals).
"""

from dataclasses import dataclass

from .vocabulary import Both

YOU_ARE_BANNED = ("你被封禁了", "you are banned from this room")
SERVER_STOPS = ("服务器要停止或重启了,请稍后再来", "the server stops or restarts: come again in a moment")


@dataclass(frozen=True, slots=True)
class Reason:
    """What is to be known of one."""

    status: int | None
    """Of HTTP, for a request that is refused so; then it is counted. None: no request meets it."""
    words: Both
    """In Chinese and in English."""
    is_of_pages: bool = True
    """A page says it in its own language. Others no page meets, or it has more to say of them."""


REASONS: dict[str, Reason] = {
    "no-switch": Reason(
        None,
        (
            "只对 nc 和 telnet 有用:{detail}",
            "{detail} is for nc and telnet, and does nothing here",
        ),
    ),
    "name-empty": Reason(400, ("名字不能为空", "a name needs at least one character: /name NAME")),
    "name-long": Reason(
        400,
        (
            "名字太长:最多 32 列宽、128 字节",
            "that name is too long: at most 32 columns, and 128 bytes",
        ),
    ),
    "name-characters": Reason(
        400,
        (
            "名字里不能有 {detail}(不可见、空白、控制、方向或未分配的字符)",
            "names can't have {detail}: a hidden, blank, control, direction or unassigned character",
        ),
    ),
    "name-marks": Reason(
        400,
        (
            "名字里的组合符号太多:每个字符最多 3 个,开头不能有",
            "that name has too many combining marks: at most 3 on a character, and none at the start",
        ),
    ),
    "name-reserved": Reason(
        400,
        (
            "这个名字是保留的:不能是 you 或“你”,不能以 (、[ 或 guest- 开头,也不能包含“的消息:”、括号里的 ID"
            "或以“的消息”、(you)、(你) 结尾(看起来像的也不行)",
            "that name is reserved: it must not be you or 你, begin with (, [ or guest-, hold 的消息: "
            "or an ID in brackets, end with 的消息, (you) or (你), or look like one that does",
        ),
    ),
    "name-punctuation": Reason(
        400,
        (
            "名字里不能有 * 或“, ”,“:”后面不能是空格,也不能以“:”结尾(看起来像的也不行)",
            "a name can't have *, a comma before a space, a colon before a space or at its end, "
            "or look like one that has",
        ),
    ),
    "name-address": Reason(
        400, ("名字不能以 IP 地址或网段开头", "a name must not begin with an IP address or network")
    ),
    "name-forgotten": Reason(
        None,
        (
            "你的名字 {detail} 不再允许,请用 /name 换一个",
            "the name that you had, {detail}, is not allowed any more: take another by /name NAME",
        ),
    ),
    "name-erased": Reason(
        None,
        (
            "管理员删除了你的名字 {detail},请用 /name 再取一个",
            "an operator has erased your name {detail}: take one by /name NAME",
        ),
    ),
    "name-taken": Reason(409, ("名字 {detail} 已有人使用", "the name {detail} is taken")),
    "too-long": Reason(
        413,
        (
            "消息太长:最多 {max_text} 字节,没有发送",
            "that message is over {max_text} bytes and was not sent",
        ),
    ),
    "not-utf8": Reason(
        None,
        (
            "你发来的不是 UTF-8,无法识别的字节已替换",
            "what you sent is not UTF-8; the bytes that could not be read were replaced",
        ),
        is_of_pages=False,
    ),
    "empty": Reason(400, ("消息是空的,没有发送", "that message is empty and was not sent")),
    "unknown-command": Reason(
        None, ("没有 {detail} 这个命令,请用 /help 查看", "there is no command {detail}: see /help")
    ),
    "secret": Reason(
        None,
        (
            "没有发送:它看起来像 /op 或 /pass,后面是密码;请在行首单独输入这个命令",
            "that was not said: it looks like /op or /pass, which take a password; "
            "type the command alone, at the beginning of the line",
        ),
    ),
    "command-long": Reason(None, ("命令太长:最多 1000 个字符", "that command is too long: at most 1000 characters")),
    "bad-argument": Reason(
        None, ("{detail} 的参数不对,请用 /help 查看", "that is not how {detail} is used: see /help")
    ),
    "search-empty": Reason(400, ("请给出至少一个词,或 from:名字", "give one word at least, or from:NAME")),
    "search-long": Reason(
        400,
        (
            "要找的太多:最多 16 个词、200 个字符",
            "that is too much to look for: 16 words, and 200 characters together, at most",
        ),
    ),
    "bad-json": Reason(
        400, ("这一行不是有效的 JSON 事件:{detail}", "that line is no valid JSON event: {detail}"), is_of_pages=False
    ),
    "bad-event": Reason(None, ("没有这种事件:{detail}", "there is no such event: {detail}"), is_of_pages=False),
    "bad-id": Reason(400, ("id 最多 64 字节", "an id has at most 64 bytes"), is_of_pages=False),
    "hello-first": Reason(None, ("第一个事件必须是 hello", "the first event must be hello"), is_of_pages=False),
    "hello-twice": Reason(None, ("hello 只能发一次", "hello was said already"), is_of_pages=False),
    "bad-session": Reason(None, ("session 无效:它由服务器给出", "that is no session: the server makes them")),
    "internal": Reason(500, ("服务器出错了,已记入日志", "something went wrong in the server; its log has it")),
    "store-unreadable": Reason(503, ("记录暂时无法读取({detail})", "the log can't be read right now ({detail})")),
    "password-needed": Reason(
        401,
        (
            "进入需要密码:/pass 密码",
            "this room has a password, give it by: /pass PASSWORD",
        ),
        is_of_pages=False,
    ),
    "password-wrong": Reason(401, ("密码不对", "that is not the password")),
    "password-wait": Reason(
        429, ("猜错太多次,请稍后再试", "too many wrong passwords from your address, try again later")
    ),
    "op-none": Reason(403, ("这里没有管理员", "this room has no operators")),
    "op-needed": Reason(None, ("只有管理员可以这样做:/op 密码", "only operators can do that: /op PASSWORD")),
    "no-such-member": Reason(None, ("这里没有叫 {detail} 的人", "nobody here goes by {detail}")),
    "which-one": Reason(None, ("谁:{detail}?用 [ID]", "who: {detail}? Give the [ID]")),
    "no-such-message": Reason(404, ("没有第 {detail} 条消息", "there is no message {detail}")),
    "unknown-speaker": Reason(
        None, ("第 {detail} 条消息没有记录是谁说的", "the log does not know who said message {detail}")
    ),
    "not-deleted": Reason(
        503,
        (
            "没有删除:无法保存({detail}),请稍后再试",
            "nothing was deleted, since nothing can be stored right now ({detail}): try again later",
        ),
    ),
    "not-yours": Reason(None, ("第 {detail} 条消息不是你的", "message {detail} is not yours")),
    "nothing-yours": Reason(None, ("没有你的消息可以删除", "there is no message of yours to delete")),
    "nothing-said": Reason(None, ("记录里没有 {detail} 的消息", "the log has nothing that {detail} said")),
    "no-such-ban": Reason(None, ("没有对 {detail} 的封禁", "there is no ban of {detail}")),
    "no-such-mute": Reason(None, ("没有对 {detail} 的禁言", "there is no mute of {detail}")),
    "not-here": Reason(
        None,
        (
            "没有 {detail} 的连接可断开:请用 /mute 或 /ban",
            "there is no connection of {detail} to end: /mute or /ban instead",
        ),
    ),
    "yourself": Reason(None, ("那是你自己", "that is you")),
    "own-address": Reason(None, ("你自己的地址也在其中:{detail}", "your own address is among these: {detail}")),
    "own-machine": Reason(
        None,
        (
            "服务器本机和经代理的人都在其中:{detail};请指明名字",
            "the server's own machine is among these, and all who come by a proxy: {detail}; name a person",
        ),
    ),
    "not-said": Reason(
        None,
        (
            "没有发送:它看起来像管理员命令 {detail};请在行首输入",
            "that was not said: it looks like the operators' {detail}; type the command at the beginning of the line",
        ),
    ),
    "slow": Reason(
        429,
        (
            "慢速模式:这条没有发送,请过 {detail} 秒再发",
            "slow mode: that was not sent, try again in {detail} s",
        ),
    ),
    "rename-wait": Reason(429, ("取新名字太快:请过 {detail} 秒再试", "too many new names: try again in {detail} s")),
    "you-are-muted": Reason(403, ("你被禁言了", "an operator has muted you")),
    "you-are-banned": Reason(403, YOU_ARE_BANNED),
    "store-failed": Reason(
        503,
        (
            "消息暂时无法保存({detail});你已发送的会保留,恢复后自动继续",
            "messages can't be stored right now ({detail}); yours are kept and go on when that is mended",
        ),
        is_of_pages=False,
    ),
    "not-stored": Reason(
        503,
        (
            "这条消息没有收下:现在无法保存({detail}),请稍后再发",
            "that message was not taken, since nothing can be stored right now ({detail}): say it again later",
        ),
        is_of_pages=False,
    ),
    "too-fast": Reason(429, ("太快了,请稍后再试", "too fast: try again in a moment"), is_of_pages=False),
    "bad-day": Reason(
        400,
        (
            "{detail} 必须是像 2026-11-24 这样的日期,或像 2026-11-24T12:00:00Z 这样的时间",
            "{detail} must be a day like 2026-11-24, or a time like 2026-11-24T12:00:00Z",
        ),
        is_of_pages=False,
    ),
    "bad-number": Reason(
        400,
        ("{detail} 必须是一个不太大的整数", "{detail} must be a whole number that is not too large"),
        is_of_pages=False,
    ),
    "bad-encoding": Reason(
        415,
        (
            "正文不能压缩:请去掉 Content-Encoding",
            "the body must be sent as it is: leave Content-Encoding away",
        ),
        is_of_pages=False,
    ),
    "bad-form": Reason(
        415,
        (
            "正文不能是 multipart:请直接发送文字(curl -d,不是 curl -F)",
            "the body must be the text itself, not multipart: curl -d does that, curl -F does not",
        ),
        is_of_pages=False,
    ),
    "bad-utf8": Reason(400, ("正文不是 UTF-8", "the body is not UTF-8"), is_of_pages=False),
    "draining": Reason(503, SERVER_STOPS, is_of_pages=False),
    "full": Reason(503, ("人满了,请稍后再试", "the room is full, try again later"), is_of_pages=False),
    "full-address": Reason(
        503, ("来自你的地址的连接太多", "too many connections from your address"), is_of_pages=False
    ),
}
"""What somebody is told, on any wire."""

UNSPOKEN = (
    *("no-address", "tls-handshake", "proxy-header", "handshake"),
    *("http-400", "http-403", "http-404", "http-408", "http-411", "http-417", "http-421", "http-431", "http-501"),
)
"""Why somebody is turned away before there is anything to tell by its code: for the log and the metrics alone."""
