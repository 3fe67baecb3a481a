// Puts the page together: events of the connection change what is shown, the forms speak to the connection.

import {Connection} from "./connection.js";
import {texts} from "./i18n.js";
import * as view from "./view.js";

const PAGE = 100;

const $ = id => document.getElementById(id);

// The session is the tab's own, the name is the person's.
const memory = {
  read: () => ({session: sessionStorage.getItem("session") ?? "", name: localStorage.getItem("name") ?? ""}),
  write({session, name}) {
    if (session !== undefined) sessionStorage.setItem("session", session);
    if (name !== undefined) localStorage.setItem("name", name);
  },
};

const room = {epoch: "", first: 0, name: "", asked: ""};

const HANDLERS = {
  state: ({state}) => view.showState(state),
  welcome(event) {
    if (!event.resumed) {
      if (room.epoch && room.epoch !== event.epoch) view.showNotice(texts.fresh);
      view.clear();
      room.first = event.seq + 1;
      view.showOlder([], event.seq > 0);
    }
    room.epoch = event.epoch;
    room.name = event.name;
    view.showName(event.name);
    view.showMembers(event.members);
  },
  message: event => view.showMessages([event]),
  ack: ({id}) => view.dropPending(id),
  page({messages, more}) {
    if (messages.length) room.first = messages[0].seq;
    view.showOlder(messages, more);
  },
  name({name}) {
    room.name = name;
    room.asked = "";
    memory.write({name});
    view.showName(name);
  },
  presence({members, joined, left}) {
    view.showMembers(members);
    const others = joined.filter(({name}) => name !== room.name);
    const came = others.map(({name}) => texts.joined(name));
    const went = left.map(({name}) => texts.left(name));
    if (came.length + went.length) view.showNotice([...came, ...went].join(" · "));
  },
  who: view.showPeople,
  gap: ({from, to}) => view.showNotice(texts.gap(from, to)),
  notice: ({text}) => view.showNotice(text),
  error({code, message, id}) {
    if (id) view.dropPending(id);
    if (code.startsWith("name-")) {
      room.asked = "";
      view.showName(room.name);
    }
    view.showNotice(message);
  },
};

const scheme = location.protocol === "https:" ? "wss" : "ws";
const connection = new Connection(`${scheme}://${location.host}/ws`, memory, event => HANDLERS[event.type]?.(event));

function say(text) {
  if (/^\/[\p{L}]+(\s|$)/u.test(text)) {
    if (!connection.send({type: "command", text})) return false;
  } else {
    const said = text.replace(/^\/(\/[\p{L}]+(\s|$))/u, "$1");
    view.showPending(connection.say(said), room.name, said);
  }
  return true;
}

$("composer").addEventListener("submit", event => {
  event.preventDefault();
  const text = $("text").value;
  if (text.trim() && say(text)) {
    $("text").value = "";
    fit();
  }
});

$("text").addEventListener("keydown", event => {
  // An Enter that ends a composition (IME) sends nothing.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  $("composer").requestSubmit();
});

function fit() {
  $("text").rows = Math.min(8, $("text").value.split("\n").length);
}
$("text").addEventListener("input", fit);

function rename() {
  const name = $("name").value.trim();
  if (name && name !== room.name && name !== room.asked && connection.send({type: "name", name})) room.asked = name;
}

$("name").addEventListener("change", rename);
$("naming").addEventListener("submit", event => {
  event.preventDefault();
  rename();
  $("text").focus();
});

$("who").addEventListener("click", () => connection.send({type: "who"}));
$("older").addEventListener("click", () => connection.send({type: "history", before: room.first, limit: PAGE}));

for (const name of ["online", "pageshow"]) addEventListener(name, () => connection.open());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) connection.open();
});

const address = `${location.hostname} ${document.body.dataset.tcpPort}`;
view.prepare(`nc ${address}\ntelnet ${address}`);
connection.open();
$("text").focus();
