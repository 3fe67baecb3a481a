// The connection tells the store, what is shown follows from the store, the person speaks to both.

import {Attention} from "./attention.js";
import {Banner} from "./banner.js";
import {actionIn, reading} from "./commands.js";
import {Composer} from "./composer.js";
import {Connection} from "./connection.js";
import {copy} from "./copying.js";
import {button, make} from "./elements.js";
import {LANGUAGES, choose, current, moment, t, translate} from "./i18n.js";
import {Log} from "./log.js";
import {browser, tab, whenForgetful} from "./memory.js";
import {menuOf} from "./menu.js";
import {Naming} from "./naming.js";
import {People} from "./people.js";
import {Store, wellFormed} from "./store.js";

const HISTORY = 100;
const MARK_AFTER = 320;
const LIVE_AFTER = 1000;
const JUDGE_EVERY = 5000;
const FARTHEST = 10_000;  // messages that are fetched to get to one
const READ = `read ${location.pathname}`;

const $ = id => document.getElementById(id);
const {tcpPort, tls, maxText, commands} = document.body.dataset;
const here = name => new URL(name, location);  // wherever a proxy puts the page

const {keep, recall} = tab;
const store = new Store({keep, recall});
const attention = new Attention($("icon"));
const connection = new Connection(here("ws").href.replace(/^http/u, "ws"), {hello, hear, failed, changed});
const send = event => connection.send(event);
const banner = new Banner({$, open: () => connection.open()});
const log = new Log({$, store, askOlder, act});
const completed = {commands: commands.split(" "), names: () => store.company, opened: () => send({type: "who"})};
const composer = new Composer({$, limit: Number(maxText), say, keep, recall, completed, resized: () => log.settle()});
const naming = new Naming({$, store, send});
menuOf($("log"), actsOn);
const people = new People({$, store, send, pick: name => composer.mention(name)});

// What is not known is not sent.
function hello() {
  const [name, password] = [browser.get("name"), recall("password")].map(each => each || undefined);
  return {type: "hello", name, password, session: store.session || undefined, after: store.position ?? undefined};
}

function hear(event) {
  if (naming.refused(event)) return;
  const unheard = store.end;
  store.apply(event);
  try {
    EFFECTS[event.type]?.(event, store.entries[unheard - store.offset]);
  } catch (error) {
    failed(error);
  }
  draw();
}

function failed(error) {
  store.fault(error);
  draw();
}

function changed(status) {
  banner.show(status);
  if (status.phase !== "in") store.lost();
  if (status.phase === "refused" && status.reason === "password") askPassword();
}

const EFFECTS = {
  __proto__: null,
  welcome({resumed, id, epoch}) {
    if (!resumed) {
      const read = browser.recall(READ);
      store.unread.begin(read?.by === id && read.epoch === epoch ? read.seq : undefined);
      seek();
    }
    for (const sent of store.toSend()) transmit(sent);
    whenForgetful(() => store.note({kind: "forgetful"}));
    naming.show("", naming.own);
    setTimeout(() => $("log").setAttribute("aria-live", "polite"), LIVE_AFTER);
  },
  message(event, entry) {
    if (entry?.mention && !store.unread.isAttentive) attention.call(entry);
  },
  name: ({name}) => naming.granted(name),
  notice({code, text}) {
    people.tell(text);
    if (code === "op") log.forget();
  },
  error({code, message}) {
    people.tell(message);
    if (code === "op-needed") log.forget();
  },
  page() {
    if (sought === null) log.extend();
    else seek();
  },
  who(event) {
    people.show(event);
    composer.completion.update();
  },
};

function transmit({id, text, kind}) {
  setTimeout(draw, MARK_AFTER);
  if (send({type: "say", id, text, kind})) store.sent(id);
}

// Where the page opens: at the message of its address, or where the last visit ended; else at the end.
let sought = null;
function seek() {
  const linked = Number(/^#m(\d+)$/.exec(location.hash)?.[1]);
  const {readSeq} = store.unread;
  sought = linked || (readSeq < store.position.seq ? readSeq + 1 : null);
  const isFar = !store.entries.length || (sought !== null && sought < store.firstSeq && store.entries.length < FARTHEST);
  if (isFar && store.more) {
    askOlder();
    return;
  }
  const key = linked ? `m${linked}` : store.unread.divider;
  if (sought !== null && key) log.goTo(key);
  sought = null;
}

// What was read is known on the next visit.
function keepRead() {
  const {by, position, unread} = store;
  if (unread.isAttentive && position && !store.asking && sought === null) browser.keep(READ, {by, epoch: position.epoch, seq: position.seq});
}

function askOlder() {
  store.asking = store.more && send({type: "history", before: store.firstSeq, limit: HISTORY});
}

// Whether it was taken.
function say(text) {
  const read = reading(text);
  if (read.isHeld) composer.tell(t("held"));
  const action = read.command && actionIn(read.command);
  if (read.command && !action) {
    const isDone = send({type: "command", text: wellFormed(read.command)});
    if (!isDone) composer.tell(t("notDone"));
    return isDone;
  }
  if (!read.say && !action) return false;
  transmit(action ? store.say(action, "action") : store.say(read.say));
  if (["replaced", "left"].includes(connection.status.phase)) connection.open();  // who writes here wants to be here
  log.isAtEnd = true;
  draw();
  return true;
}

function act(what, about) {
  if (what === "retry") transmit(store.retry(about));
  if (what === "discard") store.forget(about);
  if (what === "moved") attend();
  draw();
}

const isSeen = () => document.hasFocus() && !document.hidden;

function actsOn(row) {
  const {from: name, by, seq, text, mine} = row.entry;
  return [
    ["copy", () => copy(row.querySelector(".text"), text)],
    ["link", () => copy(row, `${here("").href.split("#")[0]}#m${seq}`)],
    ...(mine ? [] : [["mention", () => composer.mention(name)]]),
    ...(mine || !store.isOperator ? [] : [["sanction", () => people.moderate({name, by, seq})]]),
  ];
}

function toEnd() {
  log.goToEnd();
  attend();
}

function attend() {
  store.unread.attend(isSeen() && log.isAtEnd);
  draw();
}

let isDue = false;
let readTimer;
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
  $("empty").hidden = !store.isEmpty || store.more || !store.position;
  $("newer").hidden = log.isAtEnd || store.isEmpty;
  const {count, since, mentions, isAttentive} = store.unread;
  if (isSeen()) log.see();
  $("mentioned").hidden = !mentions.size;
  $("mentioned").textContent = `@${mentions.size}`;
  if (isAttentive) readTimer ||= setTimeout(() => { readTimer = keepRead(); }, 500);
  $("newer").textContent = count ? t("newer", count, moment(since)) : t("latest");
  attention.show(store.unread);
}

function askPassword() {
  const isWrong = store.lockedBy && store.lockedBy !== "password-needed";
  $("wrong").hidden = !isWrong;
  $("wrong").textContent = isWrong ? t(store.lockedBy) : "";
  $("password").value = "";
  if (!$("lock").open) $("lock").showModal();
}

function showCommands() {
  const host = location.hostname.replace("[", "").replace("]", "");
  const nc = tls ? `ncat --ssl ${host} ${tcpPort}` : `nc ${host} ${tcpPort}`;
  const ways = [
    [nc, ""],
    [`printf 'hello\\n/quit\\n' | ${nc}`, ""],
    [`curl -d hello ${here("say")}`, t("anywhere")],
    [`irm ${here("say")} -Method Post -Body hello`, t("powershell")],
  ];
  $("commands").replaceChildren(...ways.map(([command, where]) => {
    const code = make("code", "", command);
    const press = button("small", t("copy"), () => { if (copy(code)) press.textContent = t("copied"); });
    return make("li", "", make("p", "", where), code, press);
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

const on = (element, names, react) => names.split(" ").forEach(name => element.addEventListener(name, react));

on($("who"), "click", () => people.open());
on($("newer"), "click", toEnd);
on($("log"), "click", ({target}) => {
  const {entry} = target.closest(".who")?.closest(".message") ?? {};
  if (entry && !entry.mine) composer.mention(entry.from);
});
// Whoever types, types into the box; Escape leads to the end.
on(document, "keydown", event => {
  const {key, target} = event;
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (key === "Escape") toEnd();
  if (key === "Escape" || (key.trim().length === 1 && !target.closest("input, textarea, select"))) $("text").focus();
});
on($("mentioned"), "click", () => log.goTo(`m${Math.min(...store.unread.mentions)}`));
on(window, "pagehide", keepRead);
on(window, "hashchange", seek);
on($("key"), "submit", event => {
  event.preventDefault();
  keep("password", $("password").value);
  $("lock").close();
  connection.open();
});
on($("options-open"), "click", () => $("options").showModal());
$("language").replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => new Option(name, code)));
$("language").value = current();
on($("language"), "change", () => speak($("language").value));
$("joins").checked = log.hidesJoins = browser.get("joins") === "off";
on($("joins"), "change", () => {
  log.hidesJoins = $("joins").checked;
  browser.set("joins", log.hidesJoins ? "off" : "on");
  draw();
});
for (const what of ["notify", "sound"]) attention.bind($(what), what, () => { $("blocked").hidden = false; });
on(window, "focus blur", attend);
on(window, "online offline pageshow", () => {
  connection.doubt();
  banner.show(connection.status);
});
on(document, "visibilitychange", () => {
  if (!document.hidden) connection.doubt();
  attend();
});
setInterval(() => store.judge() && draw(), JUDGE_EVERY);

attend();
speak();
connection.open();
if (matchMedia("(pointer: fine)").matches) $("text").focus();
$("unable")?.remove();
