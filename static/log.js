// The log on the screen: a window of rows that follows the end, or stays where the reader is.

import {copiesMessages} from "./copying.js";
import {$, MAKERS, fill, on} from "./elements.js";
import {t} from "./i18n.js";
import {chosen} from "./options.js";
import {rowsOf} from "./rows.js";

const STICK = 32;  // pixels from the end within which the log follows it
const NEAR = 800;  // from an edge of the window at which it is moved
const STEP = 300;
const MOST = 1500;  // entries in the window

// A day's heading stays in sight, and goes when older rows of that day come: its place is the next row's.
const placed = row => (row.classList.contains("day") && row.nextElementSibling) || row;

export class Log {
  constructor({store, askOlder, act}) {
    Object.assign(this, {scroller: $("scroller"), list: $("log"), store, askOlder, act});
    Object.assign(this, {elements: new Map(), from: 0, to: 0, isAtEnd: true});
    this.kept = null;  // the row that stays while the reader is not at the end
    on(this.scroller, "scroll", () => this.scrolled());
    // Rows change with the window, when a text is opened, and when their true height shows.
    const sizes = new ResizeObserver(() => this.settle());
    for (const each of [this.scroller, this.list]) sizes.observe(each);
    copiesMessages(this.list);
    on(this.scroller, "pointerdown", () => { this.isPressed = true; });
    on(window, "pointerup pointercancel", () => this.hold({isPressed: false}));
    on(document, "selectionchange", () => {
      const {isCollapsed, anchorNode} = getSelection();
      this.hold({isSelected: !isCollapsed && this.list.contains(anchorNode)});
    });
    // All that is loaded is printed.
    on(window, "beforeprint afterprint", ({type}) => {
      this.isPrinted = type === "beforeprint";
      if (this.isPrinted) Object.assign(this, {from: store.offset, to: store.end});
      this.render();
    });
  }

  // Nothing moves under a selection or a pressed pointer; who was at the end is there again afterwards.
  hold(by) {
    Object.assign(this, by);
    if (!this.resumes || this.isPressed || this.isSelected) return;
    this.goToEnd();
    this.act("moved");
  }

  render() {
    if (this.isAtEnd && (this.isPressed || this.isSelected) && this.store.end > this.to) {
      Object.assign(this, {isAtEnd: false, kept: this.anchor(), resumes: true});
      this.act("moved");
    }
    if (!this.isPrinted) this.place();
    this.look();
    const {store, from, to} = this;
    const {offset, end, more, isIn, unread: {divider}} = store;
    this.reconcile(rowsOf(store.entries.slice(from - offset, to - offset), to === end ? store.pending : [], {
      divider, now: Date.now(), dayOf: time => new Date(time).toDateString(), me: {from: store.name, by: store.by}, isIn, hides: chosen("joins") === "hidden",
    }));
    $("older").hidden = !store.entries.length && !more;
    $("older").textContent = t(more || from > offset ? "older" : "beginning");
    this.list.querySelector(":scope > [tabindex='0']")?.setAttribute("tabindex", -1);
    let last = this.list.lastElementChild;
    while (last?.previousElementSibling && !last.matches(".message")) last = last.previousElementSibling;
    last?.setAttribute("tabindex", 0);  // the keyboard's way in
    this.settle();
    // A new row has its true height only when it was on the screen.
    requestAnimationFrame(() => requestAnimationFrame(() => this.settle()));
    if (this.scroller.scrollTop < NEAR && this.height && this.to - this.from < MOST - STEP) this.up();
  }

  // The reader may have scrolled since the last event told of it.
  look() {
    if (!this.isAtEnd && (this.scroller.scrollTop !== this.settled || !this.kept?.element.isConnected)) this.kept = this.anchor();
  }

  settle() {
    const {scroller, kept} = this;
    this.height = scroller.clientHeight;
    if (this.isAtEnd) scroller.scrollTop = scroller.scrollHeight;
    else if (kept?.element.isConnected) scroller.scrollTop += Math.round(this.topOf(kept.element) - kept.top);
    this.settled = scroller.scrollTop;
  }

  topOf(element) {
    return element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
  }

  stayAt(element) {
    this.isAtEnd = false;
    this.kept = {element, top: this.topOf(element)};
    this.act("moved");
  }

  extend() {
    if (this.scroller.scrollTop < NEAR) this.move(-STEP);
  }

  forget() {
    this.elements.clear();
    this.list.replaceChildren();
  }

  goToEnd() {
    this.isAtEnd = true;
    this.resumes = false;
    this.render();
  }

  // Shows a message, or the next one if it is gone, below the top; its entry, if there is one.
  goTo(seq) {
    const {store, scroller} = this;
    const place = store.entries.findIndex(entry => entry.seq >= seq);
    const entry = store.entries[place];
    if (!entry) return undefined;
    const from = Math.max(store.offset, store.offset + place - STEP);
    Object.assign(this, {isAtEnd: false, resumes: false, kept: null, from, to: from + MOST});
    this.render();
    const element = this.elements.get(entry.key);
    scroller.scrollTop += this.topOf(element) - scroller.clientHeight / 4;
    this.stayAt(element);
    this.settled = scroller.scrollTop;
    this.scrolled();
    return entry;
  }

  see() {
    const {mentions} = this.store.unread;
    const bottom = this.scroller.clientHeight;
    let row = mentions.size && this.anchor()?.element;
    for (; row && this.topOf(row) < bottom; row = row.nextElementSibling) mentions.delete(row.entry?.seq);
  }

  place() {
    const {store} = this;
    if (this.isAtEnd) {
      this.to = store.end;
      this.from = Math.max(this.from, store.offset, this.to - MOST);
      if (this.to - this.from === MOST) this.from += STEP;
    } else {
      this.from = Math.max(store.offset, Math.min(this.from, store.end));
      this.to = Math.min(store.end, Math.max(this.to, this.from + MOST));
    }
  }

  scrolled() {
    const {scrollTop, scrollHeight, clientHeight} = this.scroller;
    const below = scrollHeight - scrollTop - clientHeight;
    const wasAtEnd = this.isAtEnd;
    // Not the reader moved: the window's size did, or a row's, of which the true height shows.
    if (wasAtEnd && (clientHeight !== this.height || (below >= STICK && scrollTop === this.settled))) {
      this.render();
      return;
    }
    // More may have come since the last frame.
    this.isAtEnd = below < STICK && (wasAtEnd || this.to === this.store.end);
    if (this.isAtEnd) this.kept = null;
    else if (scrollTop !== this.settled) Object.assign(this, {kept: this.anchor(), resumes: false});
    if (this.isAtEnd !== wasAtEnd) this.act("moved");
    if (scrollTop < NEAR) this.up();
    else if (below < NEAR && this.to < this.store.end) this.move(STEP);
  }

  up() {
    const {store} = this;
    if (this.from > store.offset) this.move(-STEP);
    else if (store.more && !store.asking && store.position) this.askOlder();
  }

  move(by) {
    const {store} = this;
    this.from = Math.max(store.offset, Math.min(this.from + by, by < 0 ? Infinity : store.end - MOST));
    if (!this.isAtEnd) this.to = Math.min(store.end, this.from + MOST);
    this.render();
  }

  anchor() {
    const {scroller: {scrollTop}, list} = this;
    const element = [...list.children].map(placed).find(row => row.offsetTop + row.offsetHeight > scrollTop) ?? list.lastElementChild;
    return element && {element, top: this.topOf(element)};
  }

  reconcile(rows) {
    const before = this.elements;
    this.elements = new Map(rows.map(row => {
      const element = before.get(row.key);
      return [row.key, element && element.version === row.version ? element : this.make(row)];
    }));
    fill(this.list, [...this.elements.values()]);
    for (const {key, isGrouped} of rows) this.elements.get(key).classList.toggle("grouped", isGrouped);
  }

  make(row) {
    let element;
    try {
      element = MAKERS[row.kind](row.entry ?? row, this, row.version);
    } catch (error) {
      console.error(error);
      element = MAKERS.fault();
    }
    return Object.assign(element, {version: row.version, entry: row.entry});
  }
}
