// The list above the box: names behind an @ (by Tab without one too), commands behind a slash that begins the text.

import {make, on, set} from "./elements.js";
import {kindOf} from "./mentions.js";

const MOST = 8;
const LONGEST = 100;  // characters that are looked at

// What may take the place of the last word: {start, options}. What is written in full needs none.
export function completionsOf(text, {commands, names, isAsked}) {
  const word = text.slice(-LONGEST).split(/\s/u).pop();
  const place = word.lastIndexOf("@");
  // As in mentions.js: behind what is no letter, or one of a script without spaces.
  const begun = place > 0 && kindOf(word[place - 1]) !== "spaced" ? word.slice(place) : word;
  const start = text.length - begun.length;
  const at = begun[0] === "@" ? "@" : "";
  const words = !start && begun[0] === "/" ? commands : at || (isAsked && begun) ? names.map(name => at + name) : [];
  const options = words.filter(each => each.toLowerCase().startsWith(begun.toLowerCase()));
  return {start, options: options.includes(begun) ? [] : options.slice(0, MOST)};
}

export class Completion {
  constructor({box, list, commands, names, opened, put}) {
    Object.assign(this, {box, list, commands, names, opened, put, options: []});
    on(list, "pointerdown", event => event.preventDefault());  // the box keeps the focus
    on(list, "click", ({target}) => this.pick([...list.children].indexOf(target)));
    on(box, "blur", () => this.show([]));
  }

  update(isAsked) {
    const {box: {value, selectionStart}, commands} = this;
    const {start, options} = completionsOf(value.slice(0, selectionStart), {commands, names: this.names(), isAsked});
    this.start = start;
    this.show(options);
    const isOpen = options.length > 0 || (start < selectionStart && value[start] === "@");
    if (isOpen && !this.isOpen) this.opened();
    this.isOpen = isOpen;
  }

  show(options, chosen = 0) {
    Object.assign(this, {options, chosen});
    this.list.hidden = !options.length;
    const item = (option, index) => set(make("li", "", option), {id: `option-${index}`, role: "option", "aria-selected": index === chosen});
    this.list.replaceChildren(...options.map(item));
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
