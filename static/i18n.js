// What the page says, in Chinese and in English.

const TEXTS = {
  zh: {
    title: "聊天室", write: "说点什么…", send: "发送", name: "名字", close: "关闭", older: "更早的消息",
    empty: "还没有人说话。说第一句吧!", terminal: "从终端加入:",
    connecting: "正在连接…", in: "已连接", lost: "连接断开,正在重连…",
    replaced: "此会话已在另一个标签页打开", refused: "服务器拒绝了连接",
    members: count => `${count} 人`, joined: name => `${name} 来了`, left: name => `${name} 走了`,
    gap: (from, to) => `第 ${from} 到 ${to} 条消息已不在记录中`, fresh: "以下是新的记录",
    more: "…还有更多", pending: "发送中", web: "浏览器", tcp: "终端",
  },
  en: {
    title: "The room", write: "Say something…", send: "Send", name: "Name", close: "Close", older: "Older messages",
    empty: "Nobody has said anything yet. Be the first!", terminal: "Join from a terminal:",
    connecting: "Connecting…", in: "Connected", lost: "Connection lost, reconnecting…",
    replaced: "This session is open in another tab", refused: "The server refused the connection",
    members: count => `${count} here`, joined: name => `${name} came`, left: name => `${name} left`,
    gap: (from, to) => `Messages ${from} to ${to} are gone from the log`, fresh: "A new log begins here",
    more: "… and more", pending: "sending", web: "browser", tcp: "terminal",
  },
};

export const language = navigator.language.startsWith("zh") ? "zh" : "en";
export const texts = TEXTS[language];
