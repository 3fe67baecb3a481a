// The log on the screen: a window of rows that follows the end, or stays where the reader is.

import {format, t} from "./i18n.js";
import {nodes} from "./links.js";
import {rowsOf} from "./rows.js";

const STICK = 32;  // pixels from the end within which the log follows it
const NEAR = 800;  // pixels from an edge of the window at which it is moved
const STEP = 300;
const MOST = 1500;  // entries in the window
const HUES = 12;

export class Log {
  // `askOlder()` is called when the reader comes to the beginning of what is known.
  constructor({scroller, list, older, store, askOlder, act}) {
    Object.assign(this, {scroller, list, older, store, askOlder, act});
    this.elements = new Map();
    this.from = this.to = 0;
    this.isAtEnd = true;
    scroller.addEventListener("scroll", () => this.scrolled(), {passive: true});
  }

  // Show the store as it is now.
  render() {
    this.place();
    const anchor = this.isAtEnd ? null : this.anchor();
    const {store} = this;
    const entries = store.entries.slice(this.from - store.offset, this.to - store.offset);
    const pending = this.to === store.end ? store.pending : [];
    const dayOf = time => new Date(time).toDateString();
    this.reconcile(rowsOf(entries, pending, {divider: store.divider, now: Date.now(), dayOf}));
    this.older.hidden = store.isEmpty || (this.from === store.offset && !store.more && !store.entries.length);
    this.older.textContent = store.more || this.from > store.offset ? t("older") : t("beginning");
    this.height = this.scroller.clientHeight;
    if (this.isAtEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
    else if (anchor?.element.isConnected) this.scroller.scrollTop += anchor.element.offsetTop - anchor.top;
  }

  // Older entries have come.
  extend() {
    if (!this.isAtEnd && this.scroller.scrollTop < NEAR) this.move(-STEP);
  }

  // Everything anew: in another language.
  forget() {
    this.elements.clear();
    this.list.replaceChildren();
  }

  goToEnd() {
    this.isAtEnd = true;
    this.render();
  }

  // Where the window is: at the end, or where it was.
  place() {
    const {store} = this;
    if (this.isAtEnd) {
      this.to = store.end;
      this.from = Math.max(this.from, store.offset, this.to - MOST);
      if (this.to - this.from === MOST) this.from += STEP;
    }
    this.from = Math.max(store.offset, Math.min(this.from, store.end));
    this.to = Math.min(store.end, Math.max(this.to, this.from));
    if (!this.isAtEnd) this.to = Math.min(store.end, Math.max(this.to, this.from + MOST));
  }

  scrolled() {
    const {scrollTop, scrollHeight, clientHeight} = this.scroller;
    const below = scrollHeight - scrollTop - clientHeight;
    const wasAtEnd = this.isAtEnd;
    if (wasAtEnd && clientHeight !== this.height) {  // not the reader moved, the window's size did
      this.render();
      return;
    }
    // More may have come since the last frame: who was at the end still is.
    this.isAtEnd = below < STICK && (wasAtEnd || this.to === this.store.end);
    if (this.isAtEnd !== wasAtEnd) this.act("moved");
    if (scrollTop < NEAR) this.up();
    else if (below < NEAR && this.to < this.store.end) this.move(STEP);
  }

  up() {
    const {store} = this;
    if (this.from > store.offset) this.move(-STEP);
    else if (store.more && !store.asking && store.entries.length) this.askOlder();
  }

  move(by) {
    const {store} = this;
    if (this.isAtEnd) this.from = Math.max(store.offset, this.from + by);
    else {
      this.from = Math.max(store.offset, by < 0 ? this.from + by : Math.min(this.from + by, store.end - MOST));
      this.to = Math.min(store.end, this.from + MOST);
    }
    this.render();
  }

  // The first row that is in sight, so that what comes above does not move it.
  anchor() {
    const top = this.scroller.scrollTop;
    const rows = this.list.children;
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].offsetTop + rows[middle].offsetHeight > top) high = middle;
      else low = middle + 1;
    }
    while (rows[low]?.classList.contains("day")) low++;  // which goes when older rows of that day come
    return rows[low] && {element: rows[low], top: rows[low].offsetTop};
  }

  // Make the list's children these rows, keeping the elements of those that stay.
  reconcile(rows) {
    const wanted = new Set(rows.map(({key}) => key));
    for (const [key, element] of this.elements) {
      if (!wanted.has(key)) {
        element.remove();
        this.elements.delete(key);
      }
    }
    let next = this.list.firstElementChild;
    for (const row of rows) {
      let element = this.elements.get(row.key);
      if (element && element.version !== row.version) {
        const fresh = this.make(row);
        if (next === element) next = fresh;
        element.replaceWith(fresh);
        element = fresh;
      }
      element ??= this.make(row);
      element.classList.toggle("grouped", row.isGrouped);
      if (element === next) next = next.nextElementSibling;
      else this.list.insertBefore(element, next);
    }
  }

  make(row) {
    const element = MAKERS[row.kind](row.entry ?? row, this.act, row.version);
    element.version = row.version;
    this.elements.set(row.key, element);
    return element;
  }
}

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

// A sender's name, in its colour, with a mark for who is at a terminal.
export function person({name, via}) {
  const element = make("span", `who hue-${hueOf(name)}`, make("bdi", "", name));
  if (via === "tcp") {
    const mark = make("span", "via", ">_");
    mark.title = t("tcp");
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", t("tcp"));
    element.append(mark);
  }
  return element;
}

export function badge(name) {
  const letter = [...name.replace(/^[^\p{L}\p{N}]+/u, "")][0] ?? "?";
  const element = make("span", `badge hue-${hueOf(name)}`, letter.toUpperCase());
  element.setAttribute("aria-hidden", "true");
  return element;
}

function hueOf(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return hash % HUES;
}

function message({from, via, text, at, time, mine, mention}) {
  const when = make("time", "", format("time", time));
  when.dateTime = at;
  when.title = format("full", time);
  const said = make("p", "text", ...nodes(text));
  said.dir = "auto";
  const head = make("p", "head", person({name: from, via}));
  if (mine) head.append(make("span", "me", t("me")));
  return make("div", `message${mine ? " mine" : ""}${mention ? " mention" : ""}`, badge(from), head, when, said);
}

function pending({id, text, failed}, act, state) {
  const said = make("p", "text", text);
  said.dir = "auto";
  const element = make("div", `message mine pending ${state}`, said);
  element.dataset.id = id;
  if (state === "sending") element.append(make("p", "mark", t("sending")));
  if (state === "failed") {
    const reason = failed === "old" ? t("old") : failed;
    const buttons = ["retry", "discard"].map(what => button("small", t(what), () => act(what, id)));
    element.append(make("p", "mark", `${t("failed")}: ${reason}`, ...buttons));
  }
  return element;
}

function presence({came, left, cameMore, leftMore}) {
  const sentences = [];
  if (came.length) sentences.push(t("came", came, cameMore));
  if (left.length) sentences.push(t("left_", left, leftMore));
  return make("p", "notice", sentences.join(" · "));
}

const notice = text => make("p", "notice", text);

const MAKERS = {
  message,
  pending,
  presence,
  day: ({time}) => make("p", "day", make("span", "", format("day", time))),
  divider: () => make("p", "divider", make("span", "", t("unread"))),
  notice: ({text}) => notice(text),
  gap: ({from, to}) => notice(t("gap", from, to)),
  fresh: () => notice(t("fresh")),
};
