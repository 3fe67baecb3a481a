// The box in which one writes: what Enter, Up and Tab do, its height, its limit, its draft.

import {t} from "./i18n.js";

const COMMANDS = ["/name", "/who", "/history", "/help", "/quit"];
const SECRET = /^\/(op|pass)\s/i;  // what follows is a password
const WARN_AT = 0.8;
const REMEMBERED = 100;

export class Composer {
  // `say(text)` takes what is to be said; `names()` are those that can be completed; `limit` in bytes.
  constructor({form, box, size, limit, say, names, keep, recall}) {
    Object.assign(this, {form, box, size, limit, say, names, keep});
    this.said = recall("said") ?? [];
    this.recalled = this.said.length;
    box.value = recall("draft") ?? "";
    form.addEventListener("submit", event => {
      event.preventDefault();
      this.submit();
    });
    box.addEventListener("keydown", event => this.pressed(event));
    box.addEventListener("input", () => this.changed());
    this.changed();
  }

  submit() {
    const text = this.box.value;
    if (!text.trim() || this.isTooLong || !this.say(text)) return;
    if (!SECRET.test(text)) this.remember(text);
    this.put("");
    this.box.focus();
  }

  remember(text) {
    this.said = [...this.said.filter(each => each !== text), text].slice(-REMEMBERED);
    this.recalled = this.said.length;
    this.keep("said", this.said);
  }

  pressed(event) {
    // Keys of a composition (IME) are the input method's; some browsers say so only by the code 229.
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {Enter: () => this.enter(event), ArrowUp: () => this.recall(-1), ArrowDown: () => this.recall(1), Tab: () => this.complete(event)};
    if (act[event.key]?.() === true) event.preventDefault();
  }

  enter(event) {
    if (event.shiftKey) return false;
    this.submit();
    return true;
  }

  // Up in an empty box, or in what was recalled unchanged, goes back in what one said.
  recall(step) {
    const isUntouched = !this.box.value || this.box.value === this.said[this.recalled];
    const index = this.recalled + step;
    if (!isUntouched || index < 0 || index > this.said.length) return false;
    this.recalled = index;
    this.put(this.said[index] ?? "");
    return true;
  }

  // Tab completes a command or a name that was begun, and another Tab gives the next one. Else it moves on, as ever.
  complete(event) {
    if (event.shiftKey || this.box.selectionStart !== this.box.selectionEnd) return false;
    const end = this.box.selectionStart;
    const isNext = this.completion?.end === end && this.completion.value === this.box.value;
    if (!isNext) this.completion = this.begin(end);
    const {options, start} = this.completion;
    if (!options.length) return false;
    const option = options[this.completion.index++ % options.length];
    const value = this.box.value;
    this.put(value.slice(0, start) + option + value.slice(end), start + option.length);
    Object.assign(this.completion, {end: start + option.length, value: this.box.value});
    return true;
  }

  begin(end) {
    const [begun] = this.box.value.slice(0, end).match(/\S*$/u);
    const start = end - begun.length;
    const word = begun.replace(/^@/u, "").toLowerCase();
    const at = begun.startsWith("@") ? "@" : "";
    const names = word || at ? this.names().filter(name => name.toLowerCase().startsWith(word)) : [];
    const commands = start === 0 && begun.startsWith("/") ? COMMANDS.filter(each => each.startsWith(begun)) : [];
    const options = [...commands.map(each => `${each} `), ...names.map(name => `${at}${name} `)];
    return {start, options, index: 0};
  }

  put(text, caret = text.length) {
    this.box.value = text;
    this.box.setSelectionRange(caret, caret);
    this.changed();
  }

  mention(name) {
    this.box.setRangeText(`@${name} `, this.box.selectionStart, this.box.selectionEnd, "end");
    this.changed();
    this.box.focus();
  }

  changed() {
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight + 2}px`;
    this.keep("draft", this.box.value);
    const bytes = this.box.value.length * 3 < this.limit * WARN_AT ? 0 : new TextEncoder().encode(this.box.value).length;
    this.isTooLong = bytes > this.limit;
    this.size.hidden = bytes < this.limit * WARN_AT;
    this.size.textContent = this.size.hidden ? "" : t("length", bytes, this.limit);
    this.box.setAttribute("aria-invalid", this.isTooLong);
    this.form.classList.toggle("too-long", this.isTooLong);
  }
}
