// What the page says, in English and in Chinese.

const several = (count, one, many) => (count === 1 ? one : many);

const BOTH = {
  title: ["The room", "聊天室"], messages: ["Messages", "消息"], write: ["Say something…", "说点什么…"], send: ["Send", "发送"],
  name: ["Your name", "你的名字"], close: ["Close", "关闭"], older: ["Loading older messages…", "正在加载更早的消息…"],
  beginning: ["This is where the log begins", "记录从这里开始"], empty: ["Nobody has said anything yet", "还没有人说话"],
  first: ["Say the first thing, or join without a browser:", "说第一句，或不用浏览器加入："], copy: ["Copy", "复制"], copied: ["Copied", "已复制"],
  whole: ["Show all", "显示全部"], part: ["Show less", "收起"], fault: ["Something could not be shown here", "这里有内容无法显示"],
  reload: ["Reload", "重新加载"], forgetful: ["This browser keeps nothing more: a reload forgets what is not sent.", "浏览器不再保存内容：重新加载会丢失未发送的话。"],
  held: ["Not sent, it looks like a password: write /op PASSWORD", "未发送，这看起来是密码：请写 /op 密码"],
  offline: ["You are offline. What you write is kept.", "你已离线。写下的内容会保留。"],
  lost: [since => `Connection lost at ${since}, trying again. What you write is kept.`, since => `${since} 连接断开，正在重试。写下的内容会保留。`],
  unreached: ["The room can't be reached, trying again. What you write is kept.", "连不上聊天室，正在重试。写下的内容会保留。"],
  wrongHost: [host => `The server does not go by the name ${host}: it needs --public-host ${host}`, host => `服务器不叫 ${host}：需要 --public-host ${host}`],
  wrongOrigin: [origin => `The server takes no page of ${origin}: it needs --origin ${origin}, or Host and X-Forwarded-Proto from a --trust-proxy`, origin => `服务器不接受 ${origin} 的页面：需要 --origin ${origin}，或由 --trust-proxy 转发 Host 和 X-Forwarded-Proto`],
  proxy: [what => `No server at ${what}: is it running, and does a proxy pass that on?`, what => `${what} 处没有服务器应答：代理转过去了吗？服务器在运行吗？`],
  open: [what => `No WebSocket to ${what}: does a proxy pass on Upgrade and Connection?`, what => `WebSocket 连不到 ${what}：代理转发 Upgrade 和 Connection 吗？`],
  answered: [text => `The server says: ${text}`, text => `服务器说：${text}`], login: ["Log in again: reload the page", "需要重新登录：请重新加载"],
  replaced: ["You have this room open in another tab", "此聊天室已在另一个标签页打开"],
  refused: [reason => `The server refused the connection${reason ? `: ${reason}` : ""}`, reason => `服务器拒绝了连接${reason ? `：${reason}` : ""}`],
  locked: ["This room has a password", "进入这个聊天室需要密码"], password: ["Password", "密码"], enter: ["Come in", "进入"],
  key: ["Enter password", "输入密码"], "password-wrong": ["Wrong password", "密码不对"],
  "password-wait": ["Too many wrong ones. Try again in a minute.", "猜错太多次，请一分钟后再试。"], kicked: ["An operator has sent you away", "管理员请你离开"],
  banned: ["You are banned from this room", "你被这个聊天室封禁了"], left: ["You left the room", "你离开了聊天室"], now: ["Try now", "立即重试"],
  here: ["Use it here", "在这里使用"], back: ["Come back", "回来"],
  kick: ["Send away", "请出"], mute: ["Mute", "禁言"], ban: ["Ban", "封禁"],
  moderate: [(name = "") => `Moderate ${name}`, (name = "") => `管理 ${name}`], act: ["Action", "做什么"], lasting: ["For", "多久"],
  since: ["since", "自"], forever: ["for ever", "永久"],
  members: [count => `${count} here`, count => `${count} 人`], search: ["Search", "搜索"], more: ["… and more", "…还有更多"], me: ["(you)", "（你）"],
  came: [(...who) => `${list("en", ...who)} came`, (...who) => `${list("zh", ...who)}来了`],
  left_: [(...who) => `${list("en", ...who)} left`, (...who) => `${list("zh", ...who)}走了`],
  renamed: [(from, to) => `${from} is now ${to}`, (from, to) => `${from} 现在叫 ${to}`],
  gap: [(from, to) => `${to - from + 1} ${several(to - from + 1, "message is", "messages are")} gone from the log`, (from, to) => `有 ${to - from + 1} 条消息已不在记录中`],
  fresh: ["A new log begins here", "以下是新的记录"], unread: ["New", "新消息"],
  newer: [(count, since) => `${count} new since ${since}`, (count, since) => `${since} 起 ${count} 条新消息`], latest: ["To the end", "回到末尾"],
  mentioned: ["mentions you", "提到你"], toMention: ["To the mention", "到提及处"], completions: ["Completions", "补全"], skip: ["Not now", "以后再说"],
  link: ["Copy link", "复制链接"], mention: ["Mention", "提及"], notDone: ["Not done: no connection", "未执行：没有连接"],
  noFiles: ["This room takes no files, only text", "这里不能发文件，只能发文字"],
  sending: ["sending", "发送中"], waiting: ["waits for the connection", "等待连接"], failed: ["Not sent", "未发送"], retry: ["Send again", "重新发送"],
  discard: ["Discard", "丢弃"], old: ["it may have been stored long ago", "可能早已存下"], other: ["you are somebody else now", "你现在是另一个人"],
  unanswered: ["no answer yet", "还没有应答"], tcp: ["at a terminal", "在终端"],
  length: [(size, limit) => `${size > limit ? `${size - limit} bytes too many: ` : ""}${size} of ${limit}`, (size, limit) => `${size > limit ? `超出 ${size - limit} 字节：` : ""}${size} / ${limit}`],
  options: ["Options", "选项"], theme: ["Colours", "颜色"], clock: ["Clock", "时钟"], language: ["Language", "语言"], notify: ["Notify me", "通知我"],
  sound: ["Sound", "声音"], joins: ["Joins", "进出"], system: ["System", "随系统"], light: ["Light", "浅色"],
  dark: ["Dark", "深色"], h12: ["12 hours", "12 小时"], h23: ["24 hours", "24 小时"], off: ["Never", "从不"], on: ["When mentioned", "提到我时"],
  all: ["Every message", "每条消息"], shown: ["Shown", "显示"], hidden: ["Hidden", "不显示"],
  insecure: ["Notifications need https", "通知需要 https"], blocked: ["This browser does not allow notifications here", "浏览器不允许在此通知"],
  unable: ["This browser has no notifications of open pages", "此浏览器不让打开的页面通知"], terminal: ["Join from a terminal", "从终端加入"],
};

const inLanguage = place => Object.fromEntries(Object.entries(BOTH).map(([key, both]) => [key, both[place]]));
export const TEXTS = {en: inLanguage(0), zh: inLanguage(1)};

const OTHERS = {en: more => `${more} ${several(more, "other", "others")}`, zh: more => `另外 ${more} 人`};
const list = (language, names, more) => new Intl.ListFormat(language).format(more ? [...names, OTHERS[language](more)] : names);
