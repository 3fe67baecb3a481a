"""What the server says, in Chinese and in English; beyond the post's two lines, which have one form."""

from .vocabulary import Both

YOU_ARE_BANNED = ("你被封禁了", "you are banned from this room")
SERVER_STOPS = ("服务器要停止或重启了,请稍后再来", "the server stops or restarts: come again in a moment")

# The code, then the phrase in Chinese and in English.
REFUSALS: dict[str, Both] = {
    "no-switch": (
        "这里用不了 {detail},它是给 nc 和 telnet 用的",
        "{detail} is for nc and telnet, and does nothing here",
    ),
    "name-empty": ("名字不能为空", "a name needs at least one character: /name NAME"),
    "name-long": (
        "名字太长:最多 32 列宽、128 字节",
        "that name is too long: at most 32 columns, and 128 bytes",
    ),
    "name-characters": (
        "名字里不能有 {detail}(不可见、空白、控制、方向或未分配的字符)",
        "names can't have {detail}: a hidden, blank, control, direction or unassigned character",
    ),
    "name-marks": (
        "名字里的组合符号太多:每个字符最多 3 个,也不能以组合符号开头",
        "that name has too many combining marks: at most 3 on a character, and none at the start",
    ),
    "name-reserved": (
        "这个名字是保留的:不能是 you 或“你”,不能以 (、[ 或 guest- 开头,也不能包含“的消息:”"
        "或以“的消息”、(you)、(你) 结尾(看起来像的也不行)",
        "that name is reserved: it must not be you or 你, begin with (, [ or guest-, hold 的消息:, "
        "end with 的消息, (you) or (你), or look like one that does",
    ),
    "name-punctuation": (
        "名字里不能有 * 或“, ”,“:”后面不能是空格,也不能以“:”结尾(看起来像的也不行)",
        "a name can't have *, a comma before a space, a colon before a space or at its end, or look like one that has",
    ),
    "name-address": ("名字不能是 IP 地址或网段", "a name must not be an IP address or network"),
    "name-forgotten": (
        "你以前的名字 {detail} 现在不再允许,请用 /name 换一个",
        "the name that you had, {detail}, is not allowed any more: take another by /name NAME",
    ),
    "name-erased": (
        "管理员删除了你的名字 {detail},请用 /name 再取一个",
        "an operator has erased your name {detail}: take one by /name NAME",
    ),
    "name-taken": ("名字 {detail} 已有人使用", "the name {detail} is taken"),
    "too-long": (
        "消息太长:最多 {max_text} 字节,没有发送",
        "that message is over {max_text} bytes and was not sent",
    ),
    "not-utf8": (
        "你发来的不是 UTF-8,无法识别的字节已替换",
        "what you sent is not UTF-8; the bytes that could not be read were replaced",
    ),
    "empty": ("消息是空的,没有发送", "that message is empty and was not sent"),
    "unknown-command": ("没有 {detail} 这个命令,请用 /help 查看", "there is no command {detail}: see /help"),
    "secret": (
        "没有发送:它看起来像 /op 或 /pass,但前面或里面有别的字符;请在行首直接输入这个命令",
        "that was not said: it looks like /op or /pass with something before or inside it; "
        "type the command at the beginning of the line",
    ),
    "command-long": ("命令太长:最多 1000 个字符", "that command is too long: at most 1000 characters"),
    "bad-argument": ("{detail} 的参数不对,请用 /help 查看", "that is not how {detail} is used: see /help"),
    "search-empty": ("请给出至少一个词,或 from:名字", "give one word at least, or from:NAME"),
    "search-long": (
        "要找的太多:最多 16 个词,一共 200 个字符",
        "that is too much to look for: 16 words, and 200 characters together, at most",
    ),
    "bad-json": ("这一行不是有效的 JSON 事件:{detail}", "that line is no valid JSON event: {detail}"),
    "bad-event": ("没有这种事件:{detail}", "there is no such event: {detail}"),
    "bad-id": ("id 最多 64 字节", "an id has at most 64 bytes"),
    "hello-first": ("第一个事件必须是 hello", "the first event must be hello"),
    "hello-twice": ("hello 只能发一次", "hello was said already"),
    "bad-session": ("session 无效:它由服务器给出", "that is no session: the server makes them"),
    "internal": ("服务器出错了,已记入日志", "something went wrong in the server; its log has it"),
    "store-unreadable": ("记录暂时无法读取({detail})", "the log can't be read right now ({detail})"),
    "password-needed": (
        "进入需要密码:/pass 密码",
        "this room has a password, give it by: /pass PASSWORD",
    ),
    "password-wrong": ("密码不对", "that is not the password"),
    "password-wait": ("猜错太多次,请稍后再试", "too many wrong passwords from your address, try again later"),
    "op-none": ("这里没有管理员", "this room has no operators"),
    "op-needed": ("只有管理员可以这样做:/op 密码", "only operators can do that: /op PASSWORD"),
    "no-such-member": ("这里没有叫 {detail} 的人", "nobody here goes by {detail}"),
    "no-such-message": ("没有第 {detail} 条消息", "there is no message {detail}"),
    "unknown-speaker": ("第 {detail} 条消息没有记录是谁说的", "the log does not know who said message {detail}"),
    "not-deleted": (
        "没有删除:现在无法保存({detail}),请稍后再试",
        "nothing was deleted, since nothing can be stored right now ({detail}): try again later",
    ),
    "not-yours": ("第 {detail} 条消息不是你的", "message {detail} is not yours"),
    "nothing-yours": ("没有你的消息可以删除", "there is no message of yours to delete"),
    "nothing-said": ("记录里没有 {detail} 的消息", "the log has nothing that {detail} said"),
    "no-such-ban": ("没有对 {detail} 的封禁", "there is no ban of {detail}"),
    "no-such-mute": ("没有对 {detail} 的禁言", "there is no mute of {detail}"),
    "not-here": (
        "{detail} 没有连接可以断开:请用 /mute 或 /ban",
        "{detail} has no connection that could be ended: /mute or /ban instead",
    ),
    "yourself": ("那是你自己", "that is you"),
    "own-address": ("{detail} 也包括你自己的地址", "{detail} is your own address, too"),
    "own-machine": (
        "{detail} 是服务器本机,经代理来的人都在那里:请指明名字",
        "{detail} is the server's own machine, where all are who come by a proxy: name a person instead",
    ),
    "not-said": (
        "没有发送:它看起来像管理员命令 {detail};请在行首直接输入",
        "that was not said: it looks like the operators' {detail}; type the command at the beginning of the line",
    ),
    "slow": (
        "慢速模式:这条没有发送,请过 {detail} 秒再发",
        "slow mode: that was not sent, try again in {detail} s",
    ),
    "rename-wait": ("取新名字太快:请过 {detail} 秒再试", "too many new names: try again in {detail} s"),
    "you-are-muted": ("你被禁言了", "an operator has muted you"),
    "you-are-banned": YOU_ARE_BANNED,
}
"""What an error says of why something was not done, on any wire with errors: a page says them in its own language."""

PLAIN_NOTICES = ("bans-none", "mutes-none", "deleted-last", "slow-off", "store-back", "you-may-speak", "op-ended")
"""Those whose code says it all: a page says them in its own language, too."""

NOT_OF_PAGES = frozenset(
    {"not-utf8", "bad-json", "bad-event", "bad-id", "hello-first", "hello-twice", "password-needed"}
)
"""What no page does, or shows by words of its own: it carries the others."""

PHRASES: dict[str, Both] = {
    **REFUSALS,
    "welcome-name": ("你现在叫 {name}", "you are now {name}"),
    "who": ("现在有 {count} 人:{names}", "{count} here: {names}"),
    "who-more": ("…还有更多", "… and more"),
    "history": ("最近 {count} 条消息:", "the last {count} messages:"),
    "history-one": ("最近 1 条消息:", "the last message:"),
    "history-empty": ("还没有消息", "no messages yet"),
    "found": ("找到 {count} 条消息,从新到旧:", "{count} messages found, the newest first:"),
    "found-one": ("找到 1 条消息:", "1 message found:"),
    "found-none": ("没有找到", "nothing found"),
    "found-more": ("更早的还没有找:请加上 before:{first}", "older ones were not looked at: add before:{first}"),
    "gap": ("第 {first} 到 {last} 条消息已不在记录中", "messages {first} to {last} are gone from the log"),
    "gap-one": ("第 {first} 条消息已不在记录中", "message {first} is gone from the log"),
    "here": ("现在有 {count} 人;输入 /help 看看可以做什么", "{count} here; /help tells what you can type"),
    "here-telnet": (
        "现在有 {count} 人;输入 /help 看看可以做什么,/quit 离开",
        "{count} here; /help tells what you can type, /quit leaves",
    ),
    "here-now": ("现在有 {count} 人", "{count} here now"),
    "joined": ("{names} 来了", "{names} joined"),
    "left": ("{names} 走了", "{names} left"),
    "renamed": ("{old} 现在叫 {new}", "{old} is now {new}"),
    "joins-on": ("会提示有人来去和改名", "you are told who comes and goes, and is renamed"),
    "joins-off": ("不再提示有人来去和改名", "you are not told any more who comes and goes"),
    "times-on": (
        "消息带时间,按服务器时区(UTC{detail})",
        "messages have their time, in the server's zone (UTC{detail})",
    ),
    "times-off": ("消息不再带时间", "messages have no time any more"),
    "help": (
        "可以输入:\n{detail}\n其余的都会发送出去;要发送以 /词 开头的话,多打一个斜杠://词",
        "you can type:\n{detail}\nAnything else is said. To say what begins with /word, double the slash: //word",
    ),
    "usage": ("用法:{detail}", "usage: {detail}"),
    "name-still": (";你还是叫 {name}", "; you are still {name}"),
    "utf-16": (
        "你发来的是 UTF-16,这里只能用 UTF-8,没有发送任何内容;PowerShell 请先运行:"
        "$OutputEncoding = [Text.UTF8Encoding]::new()",
        "what you sent is UTF-16 and nothing of it was said: send UTF-8; in PowerShell, first: "
        "$OutputEncoding = [Text.UTF8Encoding]::new()",
    ),
    "not-text": (
        "你发来的不是文字,没有发送任何内容",
        "what you sent is no text, and nothing of it was said: send UTF-8",
    ),
    "store-failed": (
        "消息暂时无法保存({detail});你已发送的会保留,恢复后自动继续",
        "messages can't be stored right now ({detail}); yours are kept and go on when that is mended",
    ),
    "not-stored": (
        "这条消息没有收下:现在无法保存({detail}),请稍后再发",
        "that message was not taken, since nothing can be stored right now ({detail}): say it again later",
    ),
    "deleted-last": ("你的上一条消息已删除", "your last message is deleted"),
    "deleted": ("已删除 {detail} 的消息({count} 条)", "deleted what {detail} said (messages: {count})"),
    "purge-who": (
        "{detail} [{by}]:{count} 条消息,{first} 到 {last};要全部删除,连同它用过的名字:/purge [{by}] {count}",
        "{detail} [{by}]: messages: {count}, from {first} to {last}; "
        "to delete them all, and its names: /purge [{by}] {count}",
    ),
    "purge-nobody": (
        "{detail},不知道是谁:{count} 条消息,{first} 到 {last};要全部删除:/purge {detail} {count}",
        "{detail}, nobody known: messages: {count}, from {first} to {last}; "
        "to delete them all: /purge {detail} {count}",
    ),
    "purge-name": (
        "{detail} [{by}]:没有消息;要删除它的名字:/purge {detail} 0",
        "{detail} [{by}]: no messages; to delete its name: /purge {detail} 0",
    ),
    "purged": (
        "{detail} 说过的一切已删除({count} 条),连同它用过的名字",
        "deleted all that {detail} said (messages: {count}), and its names",
    ),
    "ban-by-id": (";要封禁其人:/ban [{by}]", "; to ban who that was: /ban [{by}]"),
    "answers-none": (
        "你回复的消息已不在:你的话照常发出了,但不是回复",
        "what you answered is gone: your message was sent, but not as an answer",
    ),
    "store-back": ("消息又可以保存了", "messages are stored again"),
    "http-password": (
        "请给出房间的密码:Authorization: Bearer 密码",
        "give the password of this room by: Authorization: Bearer PASSWORD",
    ),
    "http-operators": (
        "请给出管理员密码:Authorization: Bearer 密码",
        "give the operators' password by: Authorization: Bearer PASSWORD",
    ),
    "password-right": ("你进来了", "you are in"),
    "op": (
        "你是管理员,还可以输入:\n{detail}\n“谁”是名字、地址或网段;时长如 10m、2h、7d\n"
        "/delete 名字 删除某人的上一条消息,/delete 名字 all 删除全部",
        "you are an operator, and can type:\n{detail}\n"
        "WHOM is a name, an address or a network; a duration is like 10m, 2h or 7d\n"
        "/delete NAME deletes what somebody said last, /delete NAME all all of it",
    ),
    "op-ended": (
        "你不再是管理员:那个密码已失效",
        "you are no operator any more: that password is no longer good",
    ),
    "for-ever": ("永久", "for ever"),
    "until": ("到 {when}", "until {when}"),
    "kicked": ("已请 {detail} 离开({count} 个连接)", "kicked {detail} (connections: {count})"),
    "muted": ("已禁言 {detail},{lasting}({count} 个连接)", "muted {detail} {lasting} (connections: {count})"),
    "banned": ("已封禁 {detail},{lasting}({count} 个连接)", "banned {detail} {lasting} (connections: {count})"),
    "unmuted": ("已解除对 {detail} 的禁言", "lifted the mute of {detail}"),
    "unbanned": ("已解除对 {detail} 的封禁", "lifted the ban of {detail}"),
    "mutes": ("禁言:{detail},{lasting},由 {by}", "muted: {detail}, {lasting}, by {by}"),
    "mutes-none": ("没有人被禁言", "nobody is muted"),
    "bans": ("封禁:{detail},{lasting},由 {by}", "banned: {detail}, {lasting}, by {by}"),
    "bans-none": ("没有人被封禁", "nobody is banned"),
    "list-more": ("…还有 {count} 条", "… and {count} more"),
    "whois": ("{detail} [{by}]:{facts}", "{detail} [{by}]: {facts}"),
    "nobody-from": ("现在没有人来自 {detail}", "nobody is here from {detail}"),
    "fact-from": ("来自 {host}", "from {host}"),
    "fact-since": ("从 {when} 起", "since {when}"),
    "fact-operator": ("管理员", "operator"),
    "fact-muted": ("被禁言,{lasting}", "muted {lasting}"),
    "fact-elsewhere": ("在另一个节点", "on another node"),
    "fact-gone": ("现在不在", "not here now"),
    "slowed": ("慢速模式:每人每 {detail} 秒一条消息", "slow mode: one message per person every {detail} s"),
    "slow-off": ("慢速模式已关闭", "slow mode is off"),
    "not-said-muted": ("没有发送:你被禁言了", "that was not said: an operator has muted you"),
    "you-may-speak": ("你可以发言了", "an operator lets you speak again"),
    "too-fast": ("太快了,请稍后再试", "too fast: try again in a moment"),
    "bad-day": (
        "{detail} 必须是像 2026-11-24 这样的日期,或像 2026-11-24T12:00:00Z 这样的时间",
        "{detail} must be a day like 2026-11-24, or a time like 2026-11-24T12:00:00Z",
    ),
    "bad-number": ("{detail} 必须是一个不太大的整数", "{detail} must be a whole number that is not too large"),
    "bad-encoding": (
        "正文不能压缩:请去掉 Content-Encoding",
        "the body must be sent as it is: leave Content-Encoding away",
    ),
    "bad-form": (
        "正文不能是 multipart:请直接发送文字(curl -d,不是 curl -F)",
        "the body must be the text itself, not multipart: curl -d does that, curl -F does not",
    ),
    "bad-utf8": ("正文不是 UTF-8", "the body is not UTF-8"),
    "draining": SERVER_STOPS,
    "full": ("人满了,请稍后再试", "the room is full, try again later"),
    "full-address": ("来自你的地址的连接太多", "too many connections from your address"),
}
