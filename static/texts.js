// Key, English, Chinese.

export const TEXTS = Object.fromEntries(`
title|The room|聊天室
messages|Messages|消息
write|Say something…|说点什么…
send|Send|发送
name|Your name|你的名字
close|Close|关闭
older|Loading older messages…|正在加载更早的消息…
beginning|The log begins here|记录从这里开始
empty|Nobody has said anything yet|还没有人说话
first|Say something, or join without a browser:|说第一句，或不用浏览器加入：
copy|Copy|复制
copyCode|Copy code|复制代码
copied|Copied|已复制
whole|Show all|显示全部
part|Show less|收起
fault|This could not be shown|这里有内容无法显示
reload|Reload|重新加载
forgetful|This browser keeps no more: a reload forgets what is not sent.|浏览器不再保存：重新加载会丢失未发送的话。
held|Not sent, it looks like a password: write /op PASSWORD|未发送，看起来是密码：请写 /op 密码
kept| What you write is kept.|写下的内容会保留。
offline|You are offline.|你已离线。
lost|Connection lost at {0}, trying again.|{0} 连接断开，正在重试。
unreached|The room can't be reached, trying again.|连不上聊天室，正在重试。
wrongHost|The server is not called {0}: it needs --public-host {0}|服务器不叫 {0}：需要 --public-host {0}
wrongOrigin|The server takes no page of {0}: it needs --origin {0}, or Host and X-Forwarded-Proto from a --trust-proxy|服务器不接受 {0} 的页面：需要 --origin {0}，或由 --trust-proxy 转发 Host 和 X-Forwarded-Proto
proxy|No server at {0}: is it running, and does a proxy pass that on?|{0} 处没有服务器：在运行吗？代理转过去了吗？
open|No WebSocket to {0}: does a proxy pass on Upgrade and Connection?|WebSocket 连不到 {0}：代理转发 Upgrade 和 Connection 吗？
answered|The server says: {0}|服务器说：{0}
login|Log in again: reload the page|需要重新登录：请重新加载
replaced|16 newer tabs or devices are here|已有 16 个更新的标签页或设备
refused|The server refused the connection. {0}|服务器拒绝了连接。{0}
locked|This room has a password|进入这个聊天室需要密码
password|Password|密码
changed|The password has changed|密码已更改
enter|Come in|进入
key|Enter password|输入密码
kicked|An operator has sent you away|管理员请你离开
banned|You are banned from this room|你被这个聊天室封禁了
left|You left the room|你离开了聊天室
now|Try now|立即重试
here|Use it here|在这里使用
back|Come back|回来
kick|Send away|请出
mute|Mute|禁言
unmute|Unmute|解除禁言
ban|Ban|封禁
unban|Unban|解除封禁
moderate|Moderate {0}|管理 {0}
act|Action|做什么
duration|How long|多久
since|since|自
until|, until {0}|，到 {0} 为止
forever|for ever|永久
members|{0} here|{0} 人
search|Search|搜索
words|Words or from:"Ann Lee" since:2026-11-24|词语或 from:"Ann Lee" since:2026-11-24
found|{0} found|找到 {0} 条
days|Write since:2026-11-24, before:41|如 since:2026-11-24、before:41
nobody|Nobody is called so|没有这样的人
more|… and more|…还有更多
me|(you)|（你）
came|{0} came|{0}来了
left_|{0} left|{0}走了
others|{0} more|另外 {0} 人
renamed|{0} is now {1}|{0} 现在叫 {1}
gap|Messages gone from the log: {0}|有 {0} 条消息已不在记录中
fresh|A new log begins here|以下是新的记录
unread|New|新消息
newer|{0} new since {1}|{1} 起 {0} 条新消息
latest|To the end|回到末尾
mentioned|mentions you|提到你
toMention|To the mention|到提及处
completions|Completions|补全
ok|OK|确定
skip|Not now|以后再说
link|Copy link|复制链接
gone|That is not in the log|记录中没有这条消息
mention|Mention|提及
answer|Answer|回答
answering|Answer to|回答
lone|That is gone: this will be no answer|原话已不在：这不算回答
letBe|Let it be|不回答了
delete|Delete|删除
deleting|being deleted|删除中
deleted|message deleted|消息已删除
sure|Delete this for everybody?|为所有人删除这条消息？
notDone|Not done: no connection|未执行：没有连接
noFiles|Text only, no files|只能发文字，不能发文件
sending|sending|发送中
waiting|waits to be sent|等待发送
failed|Not sent|未发送
retry|Send again|重新发送
discard|Discard|丢弃
old|it may have been stored|可能已存下
other|you are somebody else now|你现在是另一个人
closed|from a closed tab|来自已关闭的标签页
edit|Edit|编辑
sessionLink|Copy session link|复制会话链接
phone|For your phone. Whoever opens it is you.|用于你的手机。谁打开它，谁就是你。
takeOver|Become whoever made this link? It should be you.|成为制作此链接的人？应当是你自己。
unanswered|no answer yet|还没有应答
tcp|at a terminal|在终端
length|{0} of {1}|{0} / {1}
excess|{0} bytes too many: |超出 {0} 字节：
en|English|English
zh|中文|中文
options|Options|选项
theme|Colours|颜色
clock|Clock|时钟
language|Language|语言
notify|Notify me|通知我
sound|Sound|声音
joins|Joins|进出
system|System|随系统
light|Light|浅色
dark|Dark|深色
h12|12 hours|12 小时
h23|24 hours|24 小时
off|Never|从不
on|When mentioned|提到我时
all|Every message|每条消息
shown|Shown|显示
hidden|Hidden|不显示
insecure|Only by https|需要 https
blocked|Not allowed by this browser|浏览器不允许
unable|Not possible here|此浏览器做不到
terminal|Join from a terminal|从终端加入
`.trim().split("\n").map(row => row.split("|")).map(([key, ...texts]) => [key, texts]));
