// What others wrote becomes text, never markup.

import {t} from "./i18n.js";

export const $ = id => document.getElementById(id);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const write = (id, text) => { if ($(id).textContent !== text) $(id).textContent = text; };
export const on = (target, events, react) => events.split(" ").forEach(each => target.addEventListener(each, react));

// Keys of a composition are the input method's; some browsers say so only by the code 229.
export const isPlain = ({isComposing, keyCode, ctrlKey, metaKey, altKey}) => !(isComposing || keyCode === 229 || ctrlKey || metaKey || altKey);

// It is ours, and the browser does nothing by it.
export const claim = event => event.preventDefault();

export const isTyped = event => isPlain(event) && event.key.trim().length === 1;

// Where the arrow keys go.
export const nextOf = (stops, {key, target}) => stops[stops.indexOf(target) + {ArrowUp: -1, ArrowDown: 1}[key]];

export function submitted(form, act) {
	on(form, "submit", event => {
		claim(event);
		act();
	});
}

export function onceAFrame(act) {
	let isDue = false;
	const actNow = () => {
		isDue = false;
		act();
	};
	return () => {
		if (isDue) return;
		isDue = true;
		// Without a frame, in the background, the title still has to tell.
		if (document.hidden) setTimeout(actNow, 100);
		else requestAnimationFrame(actNow);
	};
}

export function make(tag, ...content) {
	const [name, ...classes] = tag.split(".");
	const element = document.createElement(name);
	element.classList.add(...classes);
	element.append(...content);
	return element;
}

// What is there stays, and keeps the focus; of another version the maker may make the new one.
export function fill(list, rows, makeOf) {
	const before = new Map([...list.children].map(each => [each.row.key, each]));
	const elements = rows.map(row => {
		const there = before.get(row.key);
		return there && there.row.version === row.version ? there : Object.assign(makeOf(row, there), {row});
	});
	const wanted = new Set(elements);
	for (const each of [...list.children]) if (!wanted.has(each)) each.remove();
	elements.forEach((element, index) => {
		const there = list.children[index];
		if (element !== there) list.insertBefore(element, there ?? null);
	});
}

// What reads the same stays: what is new in a row a screen reader says.
export function become(there, made) {
	for (const {name, value} of made.attributes ?? []) if (name !== "tabindex") there.setAttribute(name, value);
	const [before, after] = [there, made].map(each => [...each.childNodes]);
	after.forEach((child, place) => {
		const old = before[place];
		if (!old) there.append(child);
		else if (old.nodeName === child.nodeName && old.textContent === child.textContent) become(old, child);
		else old.replaceWith(child);
	});
	for (const old of before.slice(after.length)) old.remove();
	return there;
}

// From its heading on: in a field a keyboard of glass would open.
export function show(id) {
	$(id).showModal();
	$(`${id}-title`).focus();
}

// The list of who is here beside the log covers nothing of it.
export const isCovered = () => document.querySelector("dialog[open]:not(.aside #people)");

// Who presses outside closes; the focus goes back.
export function furnish(dialog) {
	on(dialog, "mousedown", event => {
		const {offsetX, offsetY} = event;
		const inside = Math.min(offsetX, offsetY, dialog.offsetWidth - offsetX, dialog.offsetHeight - offsetY);
		if (event.target !== dialog || inside >= 0) return;
		claim(event);
		dialog.close();
	});
	set(dialog, {"aria-labelledby": `${dialog.id}-title`});
	(dialog.querySelector(".ends") ?? dialog.appendChild(make("p.ends"))).prepend(button("close", () => dialog.close(), "button"));
}

export function set(element, attributes) {
	for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
	return element;
}

export const labelled = (tag, key, attributes) => set(make(tag, t(key)), {"data-text": key, ...attributes});

// `act(element)` may give the key of what it says from then on.
export function button(key, act, tag = "button.small") {
	const element = labelled(tag, key, {type: "button"});
	on(element, "click", () => {
		const said = act(element);
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
