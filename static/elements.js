// The elements of the log. What others wrote becomes text, never markup.

import {body} from "./body.js";
import {dayName, format, t} from "./i18n.js";

const HUES = 12;
const NAMED = 5;  // of who came and left; the others are counted
const GUEST = /^guest-/;

export function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

export function button(className, text, act) {
  const element = make("button", className, text);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

// A name, in the person's colour, with a mark for who is at a terminal.
export function person({name, by, via}) {
  const element = make("span", "who", make("bdi", "", name));
  colour(element, by ?? name);
  if (via === "tcp") {
    const mark = make("span", "via", ">_");
    mark.title = t("tcp");
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", t("tcp"));
    element.append(mark);
  }
  return element;
}

export function badge({name, by, via}) {
  const letter = [...name.replace(GUEST, "").replace(/^[^\p{L}\p{N}]+/u, "")][0] ?? "?";
  const element = make("span", "badge", GUEST.test(name) && via === "tcp" ? ">_" : letter.toUpperCase());
  colour(element, by ?? name);
  element.setAttribute("aria-hidden", "true");
  return element;
}

function colour(element, id) {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  element.style.setProperty("--hue", hash % HUES * 360 / HUES);
}

function message({id, from, by, via, text, time, mine, mention, isAction, failed}, log, state) {
  const who = {name: from, by, via};
  const head = make("p", "head", person(who));
  if (mine) head.append(make("span", "me", t("me")));
  const when = make("time", "", format("time", time));
  when.dateTime = new Date(time).toISOString();
  when.title = format("full", time);
  const said = body(text, log);
  const classes = {mine, mention, pending: id, action: isAction, long: said[1], [state]: id};
  const element = make("div", `message ${Object.keys(classes).filter(each => classes[each]).join(" ")}`, badge(who), head, when, ...said);
  element.tabIndex = -1;
  element.setAttribute("role", "article");
  element.setAttribute("aria-label", `${from}, ${when.textContent}${mention ? `, ${t("mentioned")}` : ""}`);
  if (state === "sending" || state === "waiting") element.append(make("p", "mark", t(state)));
  if (state === "failed") {
    const buttons = ["retry", "discard"].map(what => button("small", t(what), () => log.act(what, id)));
    element.append(make("p", "mark", `${t("failed")}: ${t(failed) ?? failed}`, ...buttons));
  }
  return element;
}

function presence({came, left, renamed, excess}) {
  const sentences = renamed.slice(0, NAMED).map(({from, to}) => t("renamed", from, to));
  const add = (what, names, more) => names.length + more && sentences.push(t(what, names.slice(0, NAMED), Math.max(0, names.length - NAMED) + more));
  add("came", came, Math.max(0, excess));
  add("left_", left, Math.max(0, -excess));
  return notice(sentences.join(" · "));
}

const notice = text => make("p", "notice", text);

export function fault() {
  return make("p", "notice fault", t("fault"), " ", button("small", t("reload"), () => location.reload()));
}

export const MAKERS = {
  message,
  pending: message,
  presence,
  fault,
  day: ({time}) => make("h2", "day", make("span", "", dayName(time))),
  divider: () => make("p", "divider", make("span", "", t("unread"))),
  notice: ({text}) => notice(text),
  gap: ({from, to}) => notice(t("gap", from, to)),
  fresh: () => notice(t("fresh")),
  forgetful: () => notice(t("forgetful")),
};
