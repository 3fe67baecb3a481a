// Puts the page together: the connection tells the store, what is shown follows from the store, the person speaks to both.

import {Attention} from "./attention.js";
import {Banner} from "./banner.js";
import {Composer} from "./composer.js";
import {Connection} from "./connection.js";
import {LANGUAGES, choose, current, t, translate} from "./i18n.js";
import {Log, badge, button, make, person} from "./log.js";
import {Store} from "./store.js";

const HISTORY = 100;
const MARK_AFTER = 320;
const LIVE_AFTER = 1000;
const ACTS = ["mute", "kick", "ban"];
const COMMAND = /^\/\p{L}+(\s|$)/u;

const $ = id => document.getElementById(id);
const {tcpPort, tls, maxText} = document.body.dataset;

// The session, the draft and what waits are the tab's own; the name is the person's.
const keep = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));
const recall = name => JSON.parse(sessionStorage.getItem(name) ?? "null");

const store = new Store({keep, recall});
const attention = new Attention($("icon"));
const scheme = location.protocol === "https:" ? "wss" : "ws";
const connection = new Connection(`${scheme}://${location.host}/ws`, {hello, hear, changed});
const banner = new Banner({line: $("banner"), text: $("banner-text"), button: $("banner-act"), dot: $("who"), open: () => connection.open()});
const log = new Log({scroller: $("scroller"), list: $("log"), older: $("older"), store, askOlder, act});
const composer = new Composer({
  form: $("composer"), box: $("text"), size: $("size"), limit: Number(maxText), say, keep, recall,
  names: () => [...store.names].reverse().filter(name => name !== store.name),
});

// --- the connection ---

function hello() {
  const event = {type: "hello", history: HISTORY};
  const name = localStorage.getItem("name");
  const password = recall("password");
  if (password) event.password = password;
  if (store.session) event.session = store.session;
  if (name) event.name = name;
  if (store.position) event.after = store.position;
  return event;
}

function hear(event) {
  store.apply(event);
  EFFECTS[event.type]?.(event);
  draw();
}

function changed(status) {
  banner.show(status);
  if (status.phase === "refused" && status.reason === "password") askPassword();
}

const EFFECTS = {
  welcome() {
    for (const sent of store.toSend()) transmit(sent);
    showName();
    setTimeout(() => $("log").setAttribute("aria-live", "polite"), LIVE_AFTER);
  },
  message() {
    const last = store.entries.at(-1);
    if (last?.mention && !store.attentive && last.time > store.loadedAt) attention.call(last);
  },
  name({name}) {
    localStorage.setItem("name", name);
    showName();
  },
  error({code}) {
    if (code.startsWith("name-")) showName();
  },
  page: () => log.extend(),
  who: showPeople,
};

function transmit({id, text}) {
  if (connection.send({type: "say", id, text})) store.sent(id);
}

function askOlder() {
  store.asking = connection.send({type: "history", before: store.firstSeq, limit: HISTORY});
}

// --- the person ---

function say(text) {
  if (COMMAND.test(text)) return connection.send({type: "command", text});
  transmit(store.say(text.replace(/^\/(?=\/\p{L}+(\s|$))/u, "")));
  log.isAtEnd = true;
  setTimeout(draw, MARK_AFTER);
  draw();
  return true;
}

function act(what, id) {
  if (what === "retry") transmit(store.retry(id));
  if (what === "discard") store.forget(id);
  if (what === "moved") attend();
  draw();
}

function attend() {
  store.attend(document.hasFocus() && !document.hidden && log.isAtEnd);
  draw();
}

function rename() {
  const name = $("name").value.trim();
  if (name && name !== store.name && !connection.send({type: "name", name})) localStorage.setItem("name", name);
}

// --- what is shown ---

let isDue = false;
function draw() {
  if (isDue) return;
  isDue = true;
  // A page in the background gets no frames; its title still has to tell.
  if (document.hidden) setTimeout(drawNow, 100);
  else requestAnimationFrame(drawNow);
}

function drawNow() {
  isDue = false;
  log.render();
  $("count").textContent = t("members", store.members);
  $("empty").hidden = !store.isEmpty || !store.position;
  $("newer").hidden = log.isAtEnd || store.isEmpty;
  $("newer").textContent = store.unread ? t("newer", store.unread) : t("latest");
  attention.show(store);
}

function showName() {
  $("name").placeholder = store.name;
  if (document.activeElement !== $("name")) $("name").value = store.name.startsWith("guest-") ? "" : store.name;
}

function showPeople({members, names, more}) {
  $("people-title").textContent = t("members", members);
  const rows = names.map(each => {
    const pick = button("plain", badge(each.name), () => {
      $("people").close();
      composer.mention(each.name);
    });
    const isMe = each.name === store.name;
    pick.append(person(each), isMe ? make("span", "me", t("me")) : "");
    return make("li", "", pick, ...(store.isOperator && !isMe ? ACTS.map(what => moderating(what, each.name)) : []));
  });
  if (more) rows.push(make("li", "notice", t("more")));
  $("names").replaceChildren(...rows);
  if (!$("people").open) $("people").showModal();
}

function moderating(what, name) {
  return button("small", t(what), () => {
    connection.send({type: "command", text: `/${what} ${name}`});
    connection.send({type: "who"});
  });
}

function askPassword() {
  const isWrong = store.lockedBy && store.lockedBy !== "password-needed";
  $("wrong").hidden = !isWrong;
  $("wrong").textContent = isWrong ? t(store.lockedBy) : "";
  $("password").value = "";
  if (!$("lock").open) $("lock").showModal();
}

function showCommands() {
  const address = `${location.hostname} ${tcpPort}`;
  const plain = [`nc ${address}`, `telnet ${address}`, `echo hello | nc -N ${address}`];
  const secure = [`ncat --ssl ${address}`, `openssl s_client -quiet -connect ${address.replace(" ", ":")}`];
  const commands = tls ? secure : plain;
  $("commands").replaceChildren(...commands.map(command => {
    const copy = button("small", t("copy"), async () => {
      if (!navigator.clipboard) return getSelection().selectAllChildren(code);
      await navigator.clipboard.writeText(command);
      copy.textContent = t("copied");
      return undefined;
    });
    const code = make("code", "", command);
    return make("li", "", code, copy);
  }));
}

function speak(language) {
  if (language) choose(language);
  else translate();
  showCommands();
  log.forget();
  banner.show(connection.status);
  composer.changed();
  draw();
}

$("naming").addEventListener("submit", event => {
  event.preventDefault();
  rename();
  $("text").focus();
});
$("name").addEventListener("change", rename);
$("who").addEventListener("click", () => connection.send({type: "who"}));
$("newer").addEventListener("click", () => {
  log.goToEnd();
  attend();
});
$("key").addEventListener("submit", event => {
  event.preventDefault();
  keep("password", $("password").value);
  $("lock").close();
  connection.open();
});
$("options-open").addEventListener("click", () => $("options").showModal());
$("language").replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => new Option(name, code)));
$("language").value = current();
$("language").addEventListener("change", () => speak($("language").value));
const refused = () => { $("blocked").hidden = false; };
attention.bind($("notify"), "notify", refused);
attention.bind($("sound"), "sound", refused);

for (const name of ["focus", "blur"]) addEventListener(name, attend);
for (const name of ["online", "offline", "pageshow"]) addEventListener(name, () => connection.doubt());
for (const name of ["online", "offline"]) addEventListener(name, () => banner.show(connection.status));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) connection.doubt();
  attend();
});
// The on-screen keyboard makes the window smaller: what was last in sight stays so.
new ResizeObserver(() => log.isAtEnd && log.render()).observe($("scroller"));

speak();
connection.open();
if (matchMedia("(pointer: fine)").matches) $("text").focus();
