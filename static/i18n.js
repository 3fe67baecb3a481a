// What is said in the language that was chosen.

import {attempt} from "./memory.js";
import {TEXTS} from "./texts.js";

export const LANGUAGES = ["en", "zh"];

let language = "en";
let locale, hourCycle, formats = {};  // each is dear, the first one most, and made when it is first used
const FORMATS = {
	time: {timeStyle: "short"},
	day: {weekday: "long", day: "numeric", month: "long"},
	date: {dateStyle: "full"},
	full: {dateStyle: "full", timeStyle: "medium"},
	short: {dateStyle: "short", timeStyle: "short"},
};

export function t(key, ...values) {
	return TEXTS[key]?.[LANGUAGES.indexOf(language)].replace(/\{(\d)\}/g, (_, place) => values[place] ?? "");
}

export const format = (kind, time) => (formats[kind] ??= new Intl.DateTimeFormat(habits(), {hourCycle, ...FORMATS[kind]})).format(time);

const DAY = 86_400_000;
export const midnight = time => new Date(time).setHours(0, 0, 0, 0);

export function dayName(time) {
	const days = Math.round((midnight(time) - midnight(Date.now())) / DAY);
	if (days < -1 || days > 0) return format(days > -300 ? "day" : "date", time);
	const name = new Intl.RelativeTimeFormat(habits(), {numeric: "auto"}).format(days, "day");
	return name[0].toUpperCase() + name.slice(1);
}

export const moment = time => format(midnight(time) === midnight(Date.now()) ? "time" : "short", time);
export const listed = (names, more) => new Intl.ListFormat(habits()).format(more ? [...names, t("others", more)] : names);
export const quantity = (count, unit) => new Intl.NumberFormat(habits(), {style: "unit", unit, unitDisplay: "long"}).format(count);

// The words are the page's, the habits the reader's region's: in en-DE it is 14:05. Where English has none: Europe's.
function habits() {
	if (locale) return locale;
	const region = /-([A-Z]{2})$/.exec(navigator.language)?.[1] ?? attempt(() => new Intl.Locale(navigator.language).maximize())?.region ?? "US";  // en-US@posix is none
	({locale} = new Intl.DateTimeFormat(`${language}-${region}`).resolvedOptions());
	if (locale === "en") locale = "en-150";
	return locale;
}

// `clock` is an hour cycle, or else the region's.
export function translate(chosen, clock) {
	language = chosen;
	hourCycle = clock === "system" ? undefined : clock;
	[locale, formats] = ["", {}];
	document.documentElement.lang = language;
	for (const each of document.querySelectorAll("[data-text], [for]")) each.textContent = t(each.dataset.text ?? each.htmlFor);
	for (const each of document.querySelectorAll("[data-label]")) {
		const label = t(each.dataset.label);
		each.setAttribute("aria-label", label);
		if (each.tagName === "BUTTON") each.title = label;
		if ("placeholder" in each) each.placeholder = label;
	}
}

// By its code, where the server speaks the other language.
const other = JSON.parse(document.getElementById("refusals").textContent);

export function worded({code, text: said, message = said, detail = "…", until}) {
	const text = language === other.language && other.texts[code];
	return text ? text.replace("{detail}", () => detail) + (until ? t("until", moment(until)) : "") : local(message);
}

// The server's clock as one's own.
const local = text => text.replace(/(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/g, (told, day, time) => {
	const at = Date.parse(`${day}T${time}Z`);
	return at ? moment(at) : told;
});
