// The box in which one writes: its keys, its height, its limit, its draft.

import {isSecret} from "./commands.js";
import {Completion} from "./completion.js";
import {$, isPlain, on, submitted} from "./elements.js";
import {t} from "./i18n.js";
import {tab, visit} from "./memory.js";

const WARN_AT = 0.8;
const REMEMBERED = 100;
const TOUCH = matchMedia("(hover: none) and (pointer: coarse)");
const KEYS = /^(Arrow|Tab|Escape)/;  // which a keyboard of glass has not
const SHORT = 2_000;  // characters; what is longer is not remembered, and not measured

export class Composer {
  // `say(text)` tells whether it took it; `limit` is in bytes. `resized()`: to be measured, the box had no height for a moment.
  constructor({limit, say, completed, resized}) {
    const box = $("text");
    Object.assign(this, {box, limit, say, resized});
    this.completion = new Completion({box, list: $("options-list"), put: (text, caret) => this.put(text, caret), ...completed});
    const said = visit.recall("said");
    this.said = Array.isArray(said) ? said.filter(each => typeof each === "string" && !isSecret(each)) : [];
    this.recalled = this.said.length;
    box.value = tab.recall("draft") || "";
    submitted($("composer"), () => this.submit());
    on(box, "keydown", event => this.pressed(event));
    on(box, "input", () => {
      this.changed();
      this.completion.update();
    });
    this.changed();
    box.enterKeyHint = TOUCH.matches ? "enter" : "send";
    on(document, "paste dragover drop", event => {
      const {files, types} = event.clipboardData ?? event.dataTransfer;
      if (types.includes("text/plain") || !(files.length || types.includes("Files"))) return;
      event.preventDefault();
      if (event.type !== "dragover") this.tell(t("noFiles"));
    });
  }

  submit() {
    const text = this.box.value;
    if (!text.trim() || this.isTooLong || !this.say(text)) return;
    if (!isSecret(text) && text.length < SHORT) {
      this.said = [...this.said.filter(each => each !== text), text].slice(-REMEMBERED);
      this.recalled = this.said.length;
      visit.keep("said", this.said);
    }
    this.put("");
    this.box.focus();
  }

  pressed(event) {
    if (!isPlain(event)) return;
    this.hasKeys ||= KEYS.test(event.key);
    const act = {Enter: () => this.enter(event), ArrowUp: () => this.recall(-1), ArrowDown: () => this.recall(1)};
    if (this.completion.pressed(event) || act[event.key]?.() === true) event.preventDefault();
  }

  enter(event) {
    if (event.shiftKey || (TOUCH.matches && !this.hasKeys)) return false;
    this.submit();
    return true;
  }

  // Up in an empty box, or in what was recalled, goes back in what one said.
  recall(step) {
    const isUntouched = !this.box.value || this.box.value === this.said[this.recalled];
    const index = this.recalled + step;
    if (!isUntouched || index < 0 || index > this.said.length) return false;
    this.recalled = index;
    this.put(this.said[index] ?? "");
    return true;
  }

  put(text, caret = text.length) {
    this.box.value = text;
    this.box.setSelectionRange(caret, caret);
    this.completion.show([]);
    this.changed();
  }

  // Puts what was not sent below what is there.
  add(text) {
    this.put(this.box.value ? `${this.box.value}\n${text}` : text);
    this.box.focus();
  }

  mention(name) {
    this.box.setRangeText(`@${name} `, this.box.selectionStart, this.box.selectionEnd, "end");
    this.changed();
    this.box.focus();
  }

  tell(text, isAlarm = true) {
    $("status").textContent = text;
    $("status").classList.toggle("alarm", isAlarm);
  }

  changed() {
    const {value} = this.box;
    this.box.style.height = "auto";
    this.box.style.height = value.length > SHORT ? "100vh" : `${this.box.scrollHeight + 2}px`;
    this.resized();
    tab.keep("draft", isSecret(value) ? "" : value);
    const bytes = value.length * 3 < this.limit * WARN_AT ? 0 : new TextEncoder().encode(value).length;
    this.isTooLong = bytes > this.limit;
    const excess = this.isTooLong ? t("excess", bytes - this.limit) : "";
    this.tell(bytes < this.limit * WARN_AT ? "" : excess + t("length", bytes, this.limit), this.isTooLong);
    this.box.setAttribute("aria-invalid", this.isTooLong);
  }
}
