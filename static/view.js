// The DOM: what is shown of the room. Text is only ever set as textContent.

import {language, texts} from "./i18n.js";

const STICK = 32;
const MAX_SHOWN = 1500;
const time = new Intl.DateTimeFormat(language, {hour: "2-digit", minute: "2-digit"});
const full = new Intl.DateTimeFormat(language, {dateStyle: "full", timeStyle: "medium"});

const $ = id => document.getElementById(id);
const scroller = document.querySelector("main");

export function prepare(commands) {
  document.documentElement.lang = language;
  document.title = texts.title;
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = texts[each.dataset.text];
  for (const each of document.querySelectorAll("[data-placeholder]")) each.placeholder = texts[each.dataset.placeholder];
  $("commands").textContent = commands;
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function hue(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return hash % 12;
}

function line(message) {
  const item = document.createElement("li");
  const who = make("b", `who hue-${hue(message.from)}`, message.from);
  who.dir = "auto";
  const at = new Date(message.at);
  const when = make("time", "when", time.format(at));
  when.dateTime = message.at;
  when.title = full.format(at);
  const text = make("p", "text", message.text);
  text.dir = "auto";
  item.append(who, make("span", "via", texts[message.via]), when, text);
  return item;
}

// Keeps the end in sight if it was, and the reader's place if not.
function adding(change) {
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < STICK;
  change();
  while ($("log").children.length > MAX_SHOWN) $("log").firstElementChild.remove();
  $("empty").hidden = $("log").children.length > 0;
  if (atEnd) scroller.scrollTop = scroller.scrollHeight;
}

export function showMessages(messages) {
  adding(() => {
    const first = $("log").querySelector(".pending");
    for (const message of messages) $("log").insertBefore(line(message), first);
  });
}

export function showOlder(messages, more) {
  const before = scroller.scrollHeight;
  $("log").prepend(...messages.map(line));
  $("older").hidden = !more;
  $("empty").hidden = $("log").children.length > 0;
  scroller.scrollTop += scroller.scrollHeight - before;
}

export function showPending(id, name, text) {
  adding(() => {
    const item = document.createElement("li");
    item.className = "pending";
    item.dataset.id = id;
    item.append(make("b", "who", name), make("span", "via", texts.pending), make("p", "text", text));
    $("log").append(item);
  });
}

export function dropPending(id) {
  $("log").querySelector(`.pending[data-id="${id}"]`)?.remove();
}

export function showNotice(text) {
  adding(() => $("log").insertBefore(make("li", "notice", text), $("log").querySelector(".pending")));
}

export function clear() {
  for (const item of $("log").querySelectorAll("li:not(.pending)")) item.remove();
}

export function showState(state) {
  $("state").textContent = texts[state];
  $("state").dataset.state = state;
}

export function showMembers(count) {
  $("who").textContent = texts.members(count);
}

export function showName(name) {
  $("name").placeholder = name;
  if (document.activeElement !== $("name")) $("name").value = name.startsWith("guest-") ? "" : name;
}

export function showPeople({members, names, more}) {
  $("people-title").textContent = texts.members(members);
  const rows = names.map(({name, via}) => {
    const row = document.createElement("li");
    row.append(make("b", `who hue-${hue(name)}`, name), make("span", "via", texts[via]));
    return row;
  });
  if (more) rows.push(make("li", "notice", texts.more));
  $("names").replaceChildren(...rows);
  if (!$("people").open) $("people").showModal();
}
