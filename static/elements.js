// What others wrote becomes text, never markup.

import {body} from "./body.js";
import {dayName, format, listed, t, worded} from "./i18n.js";

const NAMED = 5;  // the others are counted

export const $ = id => document.getElementById(id);
export const on = (target, events, react) => events.split(" ").forEach(each => target.addEventListener(each, react));

// Keys of a composition are the input method's; some browsers say so only by the code 229.
export const isPlain = ({isComposing, keyCode, ctrlKey, metaKey, altKey}) => !(isComposing || keyCode === 229 || ctrlKey || metaKey || altKey);

export function submitted(form, act) {
	on(form, "submit", event => {
		event.preventDefault();
		act();
	});
}

export function make(tag, ...content) {
	const [name, ...classes] = tag.split(".");
	const element = document.createElement(name);
	element.classList.add(...classes);
	element.append(...content);
	return element;
}

// What is there stays, and keeps the focus.
export function fill(list, rows, makeOf) {
	const before = new Map([...list.children].map(each => [each.key, each]));
	const elements = rows.map(row => {
		const key = `${row.key} ${row.version}`;
		return before.get(key) ?? Object.assign(makeOf(row), {key});
	});
	const wanted = new Set(elements);
	for (const [, each] of before) if (!wanted.has(each)) each.remove();
	elements.forEach((element, index) => {
		const there = list.children[index];
		if (element !== there) list.insertBefore(element, there ?? null);
	});
}

// From its heading on: in a field a keyboard of glass would open.
export function show(id) {
	$(id).showModal();
	$(`${id}-title`).focus();
}

export function set(element, attributes) {
	for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
	return element;
}

export const labelled = (tag, key, attributes) => set(make(tag, t(key)), {"data-text": key, ...attributes});

// `act()` may give the key of what it says from then on.
export function button(key, act, tag = "button.small") {
	const element = labelled(tag, key, {type: "button"});
	on(element, "click", () => {
		const said = act();
		if (said) element.textContent = t(said);
	});
	return element;
}

export function person({name, by, via}) {
	const terminal = via === "tcp" ? set(make("span.via", ">_"), {role: "img", title: t("tcp")}) : "";
	return coloured(make("span.who", make("bdi", name), terminal), by ?? name);
}

export function badge({name, by, via}) {
	const [, guest, letter = "?"] = /^(guest-)?.*?([\p{L}\p{N}])/u.exec(name) ?? [];
	const element = make("span.badge", guest && via === "tcp" ? ">_" : letter.toUpperCase());
	return coloured(set(element, {"aria-hidden": true}), by ?? name);
}

function coloured(element, id) {
	const hash = [...id].reduce((sum, each) => (sum * 31 + each.codePointAt(0)) >>> 0, 0);
	element.style.setProperty("--hue", hash % 12 * 30);
	return element;
}

function message({id, from, by, via, text, time, mine, mention, isAction, failed}, log, state) {
	const who = {name: from, by, via};
	const head = make("p.head", person(who), mine ? make("span.me", t("me")) : "");
	const when = set(make("time", format("time", time)), {datetime: new Date(time).toISOString(), title: format("full", time)});
	const said = body(text, log);
	const classes = {mine, mention, pending: id, action: isAction, wide: said[0].querySelector("pre"), [state]: id};
	const element = make(["div.message", ...Object.keys(classes).filter(each => classes[each])].join("."), badge(who), head, when, ...said);
	if (id && state !== "new") element.append(make("p.mark", t(state)));
	if (state === "failed") {
		const acts = [failed === "closed" ? "edit" : "retry", "discard"].map(what => button(what, () => log.act(what, id)));
		element.lastChild.append(`: ${t(failed) ?? worded(failed)}`, ...acts);
	}
	return set(element, {tabindex: -1, role: "article", "aria-label": `${from}, ${when.textContent}${mention ? `, ${t("mentioned")}` : ""}`});
}

function presence({came, left, renamed, excess}) {
	const sentences = renamed.slice(0, NAMED).map(({from, to}) => t("renamed", from, to));
	for (const [what, names, more] of [["came", came, excess], ["left_", left, -excess]]) {
		const others = Math.max(0, names.length - NAMED) + Math.max(0, more);
		if (names.length || others) sentences.push(t(what, listed(names.slice(0, NAMED), others)));
	}
	return notice(sentences.join(" · "));
}

const notice = text => make(text.includes("\n") ? "pre.notice" : "p.notice", text);

export const MAKERS = {
	message,
	pending: message,
	presence,
	fault: () => make("p.notice.fault", t("fault"), " ", button("reload", () => location.reload())),
	day: ({time}) => make("h2.line.day", dayName(time)),
	divider: () => make("p.line.divider", t("unread")),
	notice: entry => notice(worded(entry)),
	gap: ({from, to}) => notice(t("gap", to - from + 1)),
	fresh: () => notice(t("fresh")),
	forgetful: () => notice(t("forgetful")),
};
