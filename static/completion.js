// The list above the box: names behind an @, commands behind a slash that begins the text; by Tab, names without an @ too.

import {make} from "./elements.js";

const MOST = 8;
const LONGEST = 100;  // characters that are looked at

// What may take the place of a text's last word: {start, options}. What is written in full needs none.
export function completionsOf(text, {commands, names, isAsked}) {
  const begun = text.slice(-LONGEST).split(/\s/u).pop();
  const start = text.length - begun.length;
  const at = begun[0] === "@" ? "@" : "";
  const words = !start && begun[0] === "/" ? commands : at || (isAsked && begun) ? names.map(name => at + name) : [];
  const options = words.filter(each => each.toLowerCase().startsWith(begun.toLowerCase()));
  return {start, options: options.includes(begun) ? [] : options.slice(0, MOST)};
}

export class Completion {
  // `put(text, caret)` changes the box; `opened()` is called when something is shown.
  constructor({box, list, commands, names, opened, put}) {
    Object.assign(this, {box, list, commands, names, opened, put, options: []});
    list.addEventListener("pointerdown", event => event.preventDefault());  // the box keeps the focus
    list.addEventListener("click", ({target}) => this.pick([...list.children].indexOf(target)));
    box.addEventListener("blur", () => this.show([]));
  }

  update(isAsked) {
    const {box: {value, selectionStart}, options: before} = this;
    const {start, options} = completionsOf(value.slice(0, selectionStart), {commands: this.commands, names: this.names(), isAsked});
    this.start = start;
    this.show(options);
    if (options.length && !before.length) this.opened();
  }

  show(options, chosen = 0) {
    Object.assign(this, {options, chosen});
    this.list.hidden = !options.length;
    this.list.replaceChildren(...options.map((option, index) => {
      const item = make("li", "", option);
      item.id = `option-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", index === chosen);
      return item;
    }));
    this.box.setAttribute("aria-activedescendant", options.length ? `option-${chosen}` : "");
  }

  pick(index) {
    const {value, selectionStart} = this.box;
    const text = `${value.slice(0, this.start)}${this.options[index]} `;
    this.put(text + value.slice(selectionStart), text.length);
  }

  // Whether the key was meant for the list.
  pressed({key, shiftKey}) {
    const {options, chosen} = this;
    if (shiftKey) return false;
    if (key === "Tab" && !options.length) {
      this.update(true);
      return this.options.length > 0;
    }
    const acts = {
      ArrowUp: () => this.show(options, (chosen || options.length) - 1), ArrowDown: () => this.show(options, (chosen + 1) % options.length),
      Enter: () => this.pick(chosen), Tab: () => this.pick(chosen), Escape: () => this.show([]),
    };
    if (options.length) acts[key]?.();
    return options.length > 0 && key in acts;
  }
}
