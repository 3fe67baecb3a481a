"""What the server says, in Chinese and in English; beyond the post's two lines, which have one form.

A phrase MUST NOT begin with what somebody chose: at a line's beginning a name like "you are in" reads as the room's own
words, to a person and to `gateway chat`.
"""

from .reasons import REASONS
from .vocabulary import DELETE_OTHERS, WHOM_IS_AND_HOW_LONG, Both

PLAIN_NOTICES = ("bans-none", "mutes-none", "deleted-last", "slow-off", "store-back", "you-may-speak", "op-ended")
"""Those whose code says it all: a page says them in its own language, too."""

PHRASES: dict[str, Both] = {
    **{code: why.words for code, why in REASONS.items()},
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
    "joined": ("来了:{names}", "joined: {names}"),
    "left": ("走了:{names}", "left: {names}"),
    "renamed": ("改名:{old} 现在叫 {new}", "renamed: {old} is now {new}"),
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
    "name-still": ("你还是叫 {name}:{why}", "you are still {name}: {why}"),
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
    "deleted-last": ("你的上一条消息已删除", "your last message is deleted"),
    "deleted": ("已删除 {detail} 的消息({count} 条)", "deleted what {detail} said (messages: {count})"),
    "purge-who": (
        "将清除 {detail} [{by}]:{count} 条消息,{first} 到 {last};要全部删除,连同它用过的名字:/purge [{by}] {count}",
        "to purge: {detail} [{by}]: messages: {count}, from {first} to {last}; "
        "to delete them all, and its names: /purge [{by}] {count}",
    ),
    "purge-nobody": (
        "将清除 {detail},不知道是谁:{count} 条消息,{first} 到 {last};要全部删除:/purge {detail} {count}",
        "to purge: {detail}, nobody known: messages: {count}, from {first} to {last}; "
        "to delete them all: /purge {detail} {count}",
    ),
    "purge-name": (
        "将清除 {detail} [{by}]:没有消息;要删除它的名字:/purge {detail} 0",
        "to purge: {detail} [{by}]: no messages; to delete its name: /purge {detail} 0",
    ),
    "purged": (
        "已删除 {detail} 说过的一切({count} 条),连同它用过的名字",
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
        f"你是管理员,还可以输入:\n{{detail}}\n{WHOM_IS_AND_HOW_LONG[0]}\n{DELETE_OTHERS[0]}",
        f"you are an operator, and can type:\n{{detail}}\n{WHOM_IS_AND_HOW_LONG[1]}\n{DELETE_OTHERS[1]}",
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
    "whois": ("这是 {detail} [{by}]:{facts}", "that is {detail} [{by}]: {facts}"),
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
    "you-are-muted-until": ("你被禁言了,到 {detail} 为止", "an operator has muted you until {detail}"),
    "not-said-muted-until": (
        "没有发送:你被禁言了,到 {detail} 为止",
        "that was not said: an operator has muted you until {detail}",
    ),
    "you-may-speak": ("你可以发言了", "an operator lets you speak again"),
}
