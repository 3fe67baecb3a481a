// The language: the browser's, or the one that was chosen. Elements say by data-text, data-placeholder and data-label
// which text is theirs.

import {browser} from "./memory.js";
import {TEXTS} from "./texts.js";

export const LANGUAGES = {en: "English", zh: "中文"};

let language = browser.get("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
if (!(language in TEXTS)) language = "en";
let formats = {};

export const current = () => language;
export const t = (key, ...values) => {
  const text = TEXTS[language][key];
  return typeof text === "function" ? text(...values) : text;
};
export const format = (kind, time) => formats[kind].format(time);

const DAY = 86_400_000;
const midnight = time => new Date(time).setHours(0, 0, 0, 0);

export function dayName(time, now = Date.now()) {
  const days = Math.round((midnight(time) - midnight(now)) / DAY);
  if (days < -1 || days > 0) return format(new Date(time).getFullYear() === new Date(now).getFullYear() ? "day" : "date", time);
  const name = new Intl.RelativeTimeFormat(language, {numeric: "auto"}).format(days, "day");
  return name[0].toUpperCase() + name.slice(1);
}

// A time of today, or one of another day.
export const moment = time => format(midnight(time) === midnight(Date.now()) ? "time" : "short", time);
export const quantity = (count, unit) => new Intl.NumberFormat(language, {style: "unit", unit, unitDisplay: "long"}).format(count);

export function choose(chosen) {
  language = chosen;
  browser.set("language", chosen);
  translate();
}

export function translate() {
  const make = options => new Intl.DateTimeFormat(language, options);
  formats = {
    time: make({hour: "numeric", minute: "2-digit"}),
    clock: make({hour: "2-digit", minute: "2-digit", hourCycle: "h23"}),
    day: make({weekday: "long", day: "numeric", month: "long"}),
    date: make({dateStyle: "full"}),
    full: make({dateStyle: "full", timeStyle: "medium"}),
    short: make({dateStyle: "short", timeStyle: "short"}),
  };
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = t(each.dataset.text);
  for (const each of document.querySelectorAll("[data-placeholder]")) each.placeholder = t(each.dataset.placeholder);
  for (const each of document.querySelectorAll("[data-label]")) {
    each.setAttribute("aria-label", t(each.dataset.label));
    if (each.tagName === "BUTTON") each.title = t(each.dataset.label);
  }
}
