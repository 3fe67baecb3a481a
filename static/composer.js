// The box in which one writes.

import {isSecret, reading} from "./commands.js";
import * as completion from "./completion.js";
import {$, claim, isPlain, on, submitted, write} from "./elements.js";
import {t} from "./i18n.js";
import {tab, visit} from "./memory.js";

const WARN_AT = 0.8;
const REMEMBERED = 100;
const TOUCH = matchMedia("(hover: none) and (pointer: coarse)");
const KEYS = /^(Arrow|Tab|Escape)/;  // glass has none
const SHORT = 2_000;  // characters; longer ones are not remembered, and not measured

const box = $("text");
let said, recalled;
let hasKeys, isTooLong;
let width;  // that it was measured for
let limit, say, resized;

// `say(text)` tells whether it took it; `limit` is in bytes.
export function start(given) {
	({limit, say, resized} = given);
	completion.start({...given, box, list: $("options-list"), type});
	know([visit.recall("said") ?? []].flat().filter(each => each?.trim && !isSecret(each)));
	box.value = tab.recall("draft") || "";
	box.enterKeyHint = TOUCH.matches ? "enter" : "send";
	submitted($("composer"), submit);
	on(box, "keydown", pressed);
	// To find the direction of so long a text takes seconds, at each key.
	on(box, "beforeinput", ({data}) => {
		if (data?.length > limit) box.dir = "ltr";
	});
	on(box, "input", () => {
		changed();
		completion.update();
	});
	on(document, "paste dragover drop", event => {
		const {files, types} = event.clipboardData ?? event.dataTransfer;
		if (types.includes("text/plain") || !(files.length || types.includes("Files"))) return;
		claim(event);
		if (event.type !== "dragover") tell(t("noFiles"));
	});
	// In a frame of its own: within one that measures, what was measured would change.
	new ResizeObserver(() => requestAnimationFrame(() => box.offsetWidth === width || fit())).observe(box);
}

function submit() {
	const text = box.value;
	if (!text.trim() || isTooLong || !say(text)) return;
	if (text.length < SHORT && !isSecret(text) && !/^.(delete|purge)\b/i.test(text)) {
		know([...said.filter(each => each !== text), text].slice(-REMEMBERED));
	}
	box.value = "";  // a secret is not brought back by Ctrl-Z
	completion.close();
	changed();
	box.focus();
}

function pressed(event) {
	if (!isPlain(event)) return;
	hasKeys ||= KEYS.test(event.key);
	const act = {Enter: () => enter(event), ArrowUp: () => recall(-1), ArrowDown: () => recall(1)};
	if (completion.pressed(event) || act[event.key]?.()) claim(event);
}

function enter({shiftKey}) {
	if (shiftKey || (TOUCH.matches && !hasKeys)) return false;
	submit();
	return true;
}

function know(texts) {
	said = texts;
	recalled = said.length;
	visit.keep("said", said);
}

function recall(step) {
	const isUntouched = !box.value || box.value === said[recalled];
	const index = recalled + step;
	if (!isUntouched || index < 0 || index > said.length) return false;
	recalled = index;
	type(said[index] ?? "", 0);
	return true;
}

// By the browser, from which Ctrl-Z brings back what was there; but many lines take it minutes.
function type(text, from, to = box.value.length) {
	box.focus();
	box.setSelectionRange(from, to);
	if (text.length + to - from > 200) {
		box.setRangeText(text, from, to, "end");
		changed();
	} else if (text || from < to) document.execCommand(text ? "insertText" : "delete", false, text);
	completion.close();
}

export function add(text) {
	const {length} = box.value;
	type(length ? `\n${text}` : text, length);
}

// The text begins with that, instead of what it began with.
export function begin(greeting, before = "") {
	const length = box.value.startsWith(before) ? before.length : 0;
	type(box.value.startsWith(greeting, length) ? "" : greeting, 0, length);
	box.setSelectionRange(box.value.length, box.value.length);
}

// Behind a word an @ speaks to nobody.
export function mention(name) {
	const {value, selectionStart, selectionEnd} = box;
	const blank = /[^\s\p{Ps}\p{Pi}]$/u.test(value.slice(0, selectionStart)) ? " " : "";
	type(`${blank}@${name} `, selectionStart, selectionEnd);
}

// What was deleted is not recalled.
export function unsay(texts) {
	know(said.filter(each => !texts.includes(reading(each).say?.trim())));
}

export {refresh} from "./completion.js";

export function tell(text, isAlarm = true) {
	write("status", text);
	$("status").classList.toggle("alarm", isAlarm);
}

export function changed() {
	const {value} = box;
	tab.keep("draft", isSecret(value) ? "" : value);
	const warned = limit * WARN_AT;
	const bytes = value.length * 3 < warned ? 0 : new Blob([value]).size;
	isTooLong = bytes > limit;
	const excess = isTooLong ? t("excess", bytes - limit) : "";
	tell(bytes < warned ? "" : excess + t("length", bytes, limit), isTooLong);
	box.setAttribute("aria-invalid", isTooLong);
	box.dir = isTooLong ? "ltr" : "auto";
	if (width) fit();  // the first time it is told its width, by a frame that has it anyway
}

function fit() {
	box.style.height = "auto";
	box.style.height = box.value.length > SHORT ? "100vh" : `${box.scrollHeight + 2}px`;
	width = box.offsetWidth;
	resized();  // to be measured, it had no height for a moment
}
