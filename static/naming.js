// One's name: asked for on entering, and in the menu once that was opened. What was refused is told at the field.

import {wellFormed} from "./commands.js";
import {$, claim, on, submitted, write} from "./elements.js";
import {t, worded} from "./i18n.js";
import {browser} from "./memory.js";
import {properName} from "./mentions.js";
import {send, store} from "./room.js";

const field = $("name");
let wanted = "";
let offered;  // on entering

export function start() {
	submitted($("naming"), rename);
	on($("skip"), "click", () => (field.value.trim() ? rename() : skip()));
	on($("options-open"), "click", skip);
	on(field, "input", label);
	on(field, "change", rename);
	on(field, "keydown", event => {
		if (event.key !== "Escape" || field.value === own()) return;
		claim(event);
		show("", own());
	});
}

function skip() {
	browser.set("asked", "yes");
	show();
}

const own = () => properName(store.name);

export function show(told = "", value = field.value) {
	const isAsked = own() || browser.get("name") || browser.get("asked");
	const place = $(isAsked ? "options" : "above");
	if (!place.contains($("naming"))) place.firstElementChild.after($("naming"));
	$("skip").hidden = isAsked;
	write("misnamed", told);
	field.value = value;
	label();
}

function label() {
	const key = field.value.trim() ? "ok" : "skip";
	$("skip").dataset.text = key;
	write("skip", t(key));
}

function rename() {
	const name = wellFormed(field.value.trim());
	if (!name || name === store.name || name === wanted) return;
	ask(name);
}

function ask(name) {
	wanted = name;
	send({type: "name", name});
}

// The server knows what a session is called.
export function chosen() {
	offered = wanted || (store.session ? "" : browser.get("name"));
	return offered;
}

// Whoever has no name there has not got another one in another tab: the room has forgotten it.
export function entered() {
	const last = !offered && !own() && browser.get("name");
	if (last) ask(last);
	else granted();
}

// Not before: what is typed after a refusal is another name.
export function granted() {
	if (wanted && document.activeElement === field && !$("options").open) $("text").focus();
	wanted = "";
	browser.set("name", own());
	show("", own());
}

// Whether that refused what was written here.
export function refused(event) {
	if (!wanted || !/^(name-|rename-wait$|you-are-muted$)/.test(event.code)) return false;
	wanted = "";
	browser.set("name", own());
	show(worded(event));
	return true;
}
