// What the page says. Functions are for what depends on something.

const several = (count, one, many) => (count === 1 ? one : many);

export const TEXTS = {
  en: {
    title: "The room", messages: "Messages", write: "Say something…", send: "Send", name: "Your name", close: "Close",
    older: "Loading older messages…", beginning: "This is where the log begins", hint: "Enter sends, Shift+Enter starts a new line",
    empty: "Nobody has said anything yet", first: "Say the first thing, or have somebody join without a browser:",
    anywhere: "On Windows and macOS too:", powershell: "In PowerShell:",
    copy: "Copy", copied: "Copied", whole: "Show all", part: "Show less",
    fault: "Something could not be shown here", reload: "Reload",
    forgetful: "This browser keeps nothing more: a reload forgets your name and what is not sent.",
    held: "Not sent, it looks like a password: write /op PASSWORD",
    offline: "You are offline. What you write is sent when you are back.",
    lost: since => `Connection lost at ${since}, trying again. What you write is kept.`,
    unreached: "The room can't be reached, trying again. What you write is kept.",
    wrongHost: host => `The server does not go by the name ${host}: it needs --public-host ${host}`,
    wrongOrigin: origin => `The server takes no page of ${origin}: it needs --origin ${origin}, or Host and X-Forwarded-Proto from a --trust-proxy`,
    proxy: what => `No server at ${what}: is it running, and does a proxy pass that on?`,
    open: what => `No WebSocket to ${what}: does a proxy pass on Upgrade and Connection?`,
    answered: text => `The server says: ${text}`, login: () => "You have to log in again: reload the page",
    replaced: "You have this room open in another tab", refused: reason => `The server refused the connection${reason ? `: ${reason}` : ""}`,
    locked: "This room has a password", password: "Password", enter: "Come in",
    "password-wrong": "That is not it", "password-wait": "Too many wrong ones from your address. Try again in a minute.",
    kicked: "An operator has sent you away", banned: "You are banned from this room",
    kick: "Send away", mute: "Mute", ban: "Ban", moderate: name => `Moderate ${name}`, act: "What is done", lasting: "For how long", since: "since", forever: "for ever",
    left: "You left the room", now: "Try now", here: "Use it here", back: "Come back",
    members: count => `${count} here`, more: "… and more", me: "(you)",
    came: (names, more) => `${list(names, more, "en")} came`, left_: (names, more) => `${list(names, more, "en")} left`,
    gap: (from, to) => `${to - from + 1} ${several(to - from + 1, "message is", "messages are")} gone from the log`,
    fresh: "A new log begins here", unread: "New", newer: count => `${count} new`, latest: "To the end",
    sending: "sending", failed: "Not sent", retry: "Send again", discard: "Discard",
    old: "it may have been stored long ago", other: "you are somebody else now", unanswered: "no answer yet",
    tcp: "at a terminal", length: (size, limit) => `${size.toLocaleString("en")} of ${limit.toLocaleString("en")} bytes`,
    options: "Options", language: "Language", notify: "Notify me when I am mentioned", sound: "Sound when I am mentioned",
    blocked: "The browser does not allow notifications here",
  },
  zh: {
    title: "聊天室", messages: "消息", write: "说点什么…", send: "发送", name: "你的名字", close: "关闭",
    older: "正在加载更早的消息…", beginning: "记录从这里开始", hint: "Enter 发送，Shift+Enter 换行",
    empty: "还没有人说话", first: "说第一句，或者请人不用浏览器加入：",
    anywhere: "Windows 和 macOS 也行：", powershell: "在 PowerShell：",
    copy: "复制", copied: "已复制", whole: "显示全部", part: "收起",
    fault: "这里有内容无法显示", reload: "重新加载",
    forgetful: "浏览器不再保存内容：重新加载会丢失你的名字和未发送的话。",
    held: "未发送，这看起来是密码：请写 /op 密码",
    offline: "你已离线。写下的内容会在恢复后发送。",
    lost: since => `${since} 连接断开，正在重试。写下的内容会保留。`,
    unreached: "连不上聊天室，正在重试。写下的内容会保留。",
    wrongHost: host => `服务器不叫 ${host}：需要 --public-host ${host}`,
    wrongOrigin: origin => `服务器不接受 ${origin} 的页面：需要 --origin ${origin}，或由 --trust-proxy 转发 Host 和 X-Forwarded-Proto`,
    proxy: what => `${what} 处没有服务器应答：代理转过去了吗？服务器在运行吗？`,
    open: what => `WebSocket 连不到 ${what}：代理转发 Upgrade 和 Connection 吗？`,
    answered: text => `服务器说：${text}`, login: () => "需要重新登录：请重新加载",
    replaced: "此聊天室已在另一个标签页打开", refused: reason => `服务器拒绝了连接${reason ? `：${reason}` : ""}`,
    locked: "进入这个聊天室需要密码", password: "密码", enter: "进入",
    "password-wrong": "密码不对", "password-wait": "你的地址猜错太多次，请一分钟后再试。",
    kicked: "管理员请你离开", banned: "你被这个聊天室封禁了",
    kick: "请出", mute: "禁言", ban: "封禁", moderate: name => `管理 ${name}`, act: "做什么", lasting: "多久", since: "自", forever: "永久",
    left: "你离开了聊天室", now: "立即重试", here: "在这里使用", back: "回来",
    members: count => `${count} 人`, more: "…还有更多", me: "（你）",
    came: (names, more) => `${list(names, more, "zh")}来了`, left_: (names, more) => `${list(names, more, "zh")}走了`,
    gap: (from, to) => `有 ${to - from + 1} 条消息已不在记录中`,
    fresh: "以下是新的记录", unread: "新消息", newer: count => `${count} 条新消息`, latest: "回到末尾",
    sending: "发送中", failed: "未发送", retry: "重新发送", discard: "丢弃",
    old: "可能早已存下", other: "你现在是另一个人", unanswered: "还没有应答",
    tcp: "在终端", length: (size, limit) => `${size} / ${limit} 字节`,
    options: "选项", language: "语言", notify: "有人提到我时通知我", sound: "有人提到我时响一声",
    blocked: "浏览器不允许在此通知",
  },
};

const OTHERS = {en: more => `${more} ${several(more, "other", "others")}`, zh: more => `另外 ${more} 人`};

function list(names, more, language) {
  const all = more ? [...names, OTHERS[language](more)] : names;
  return new Intl.ListFormat(language, {type: "conjunction"}).format(all);
}
