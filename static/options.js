// What one has chosen: kept by the browser; taken at once, in other tabs too.

import {$, make, on, set} from "./elements.js";
import {LANGUAGES, language, t} from "./i18n.js";
import {browser} from "./memory.js";

const CALLS = ["off", "on", "all"];
// The first is the default. A value is its text's key, too.
const CHOICES = {
  theme: ["system", "light", "dark"],
  clock: ["system", "h12", "h23"],
  language: LANGUAGES,
  notify: CALLS,
  sound: CALLS,
  joins: ["shown", "hidden"],
};

export function chosen(name) {
  const kept = browser.get(name);
  if (CHOICES[name].includes(kept)) return kept;
  return name === "language" ? language : CHOICES[name][0];
}

// `taken()`: something is another now. `problem()` gives the key of why nobody can be notified here.
export function offerOptions(taken, problem) {
  let before = "";
  const take = () => {
    const values = Object.keys(CHOICES).map(name => ($(name).value = chosen(name))).join();
    if (values === before) return;
    before = values;
    window.paint(chosen("theme"));
    taken();
  };
  for (const [name, values] of Object.entries(CHOICES)) {
    const options = values.map(each => set(new Option("", each), {"data-text": each}));
    const select = set(make("select", "", ...options), {id: name});
    $("choices").append(make("p", "", set(make("label"), {for: name, "data-text": name}), select));
    on(select, "change", async () => {
      const {value} = select;
      const why = name === "notify" && value !== "off" && await problem();
      $("blocked").textContent = why ? t(why) : "";
      if (!why) browser.set(name, value);
      take();
    });
  }
  on(window, "storage", take);
  take();
}
