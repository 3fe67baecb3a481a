// The log on the screen: a window of rows that follows the end, or stays where the reader is.

import {copiesMessages} from "./copying.js";
import {MAKERS, fault} from "./elements.js";
import {t} from "./i18n.js";
import {rowsOf} from "./rows.js";

const STICK = 32;  // pixels from the end within which the log follows it
const NEAR = 800;  // from an edge of the window at which it is moved
const STEP = 300;
const MOST = 1500;  // entries in the window

// A day's heading stays in sight, and goes when older rows of that day come: its place is the next row's.
const placed = row => (row.classList.contains("day") && row.nextElementSibling) || row;

export class Log {
  // `askOlder()` is called at the beginning of what is known.
  constructor({$, store, askOlder, act}) {
    Object.assign(this, {scroller: $("scroller"), list: $("log"), older: $("older"), store, askOlder, act});
    this.elements = new Map();
    this.from = this.to = 0;
    this.isAtEnd = true;
    this.kept = null;  // the row that stays while the reader is not at the end
    this.scroller.addEventListener("scroll", () => this.scrolled(), {passive: true});
    // Rows change by the window's width, when a text is opened, and when their true height shows.
    const sizes = new ResizeObserver(() => this.settle());
    for (const each of [this.scroller, this.list]) sizes.observe(each);
    copiesMessages(this.list);
    this.isPressed = this.isSelected = this.resumes = false;
    this.scroller.addEventListener("pointerdown", () => { this.isPressed = true; });
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, () => this.hold({isPressed: false}));
    document.addEventListener("selectionchange", () => {
      const {isCollapsed, anchorNode} = getSelection();
      this.hold({isSelected: !isCollapsed && this.list.contains(anchorNode)});
    });
    for (const name of ["beforeprint", "afterprint"]) window.addEventListener(name, () => this.print(name === "beforeprint"));
  }

  // Nothing moves under a selection or a pressed pointer; whoever was at the end is there again behind it.
  hold(by) {
    Object.assign(this, by);
    if (!this.resumes || this.isPressed || this.isSelected) return;
    this.goToEnd();
    this.act("moved");
  }

  // All that is loaded is printed.
  print(isPrinted) {
    Object.assign(this, {isPrinted}, isPrinted && {from: this.store.offset, to: this.store.end});
    this.render();
  }

  render() {
    if (this.isAtEnd && (this.isPressed || this.isSelected) && this.store.end > this.to) {
      Object.assign(this, {isAtEnd: false, kept: this.anchor(), resumes: true});
      this.act("moved");
    }
    if (!this.isPrinted) this.place();
    this.look();
    const {store} = this;
    const entries = store.entries.slice(this.from - store.offset, this.to - store.offset);
    const pending = this.to === store.end ? store.pending : [];
    const dayOf = time => new Date(time).toDateString();
    this.reconcile(rowsOf(entries, pending, {
      divider: store.unread.divider, now: Date.now(), dayOf, me: {from: store.name, by: store.by}, isIn: store.isIn, hides: this.hidesJoins,
    }));
    this.older.hidden = store.isEmpty || (this.from === store.offset && !store.more && !store.entries.length);
    this.older.textContent = store.more || this.from > store.offset ? t("older") : t("beginning");
    const last = this.list.lastElementChild;
    if (last !== this.stop) {  // the keyboard's way in
      if (this.stop) this.stop.tabIndex = -1;
      this.stop = last;
      if (last) last.tabIndex = 0;
    }
    this.settle();
    if (this.scroller.scrollTop < NEAR && this.height && this.to - this.from < MOST - STEP) this.up();
  }

  // The reader may have scrolled since the last event told of it.
  look() {
    if (!this.isAtEnd && (this.scroller.scrollTop !== this.settled || !this.kept?.element.isConnected)) this.kept = this.anchor();
  }

  // Be at the end, or leave the reader's row where it was.
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

  // Shows the row of an entry, or what stands before it, below the top; the row, if there is one.
  goTo(key) {
    const {store, scroller} = this;
    const place = store.entries.findIndex(entry => entry.key === key);
    if (place < 0) return null;
    const from = Math.max(store.offset, store.offset + place - STEP);
    Object.assign(this, {isAtEnd: false, resumes: false, kept: null, from, to: from + MOST});
    this.render();
    const element = this.elements.get(key);
    scroller.scrollTop += this.topOf(element) - scroller.clientHeight / 4;
    this.stayAt(element);
    this.settled = scroller.scrollTop;
    this.scrolled();
    return element;
  }

  // The mentions that are on the screen were seen.
  see() {
    const {mentions} = this.store.unread;
    const bottom = this.scroller.clientHeight;
    let row = mentions.size && this.anchor()?.element;
    for (; row && this.topOf(row) < bottom; row = row.nextElementSibling) mentions.delete(row.entry?.seq);
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
    if (this.isAtEnd) this.from = Math.max(store.offset, this.from + by);
    else {
      this.from = Math.max(store.offset, by < 0 ? this.from + by : Math.min(this.from + by, store.end - MOST));
      this.to = Math.min(store.end, this.from + MOST);
    }
    this.render();
  }

  // The first row that is in sight.
  anchor() {
    const top = this.scroller.scrollTop;
    const rows = this.list.children;
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = placed(rows[middle]);
      if (row.offsetTop + row.offsetHeight > top) high = middle;
      else low = middle + 1;
    }
    const element = rows[low] && placed(rows[low]);
    return element && {element, top: this.topOf(element)};
  }

  // Make these rows the list's children; the elements of those that stay are kept.
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
    let element;
    try {
      element = MAKERS[row.kind](row.entry ?? row, this, row.version);
    } catch (error) {
      console.error(error);
      element = fault();
    }
    Object.assign(element, {version: row.version, entry: row.entry});
    this.elements.set(row.key, element);
    return element;
  }
}
