// A search in all that was said: the newest that have all words, in context, until one goes to one of them.

import {$, badge, button, fill, isCovered, isTyped, make, on, person, set, submitted} from "./elements.js";
import {moment, t, worded} from "./i18n.js";
import {send, store} from "./room.js";

const [LIMIT, LEAD, SHOWN] = [50, 30, 200];  // hits; characters before the first word, and of a text
// As gateway/searches.py has it.
const PART = /(from|since|until|before)[:\uff1a](?:["\u201c\u201d\uff02]([^"\u201c\u201d\uff02]*)["\u201c\u201d\uff02]|(\S*))|\S+/giu;

const panel = $("finding");
let hits = [];
let [wanted, query] = [null, {}];  // what has no answer yet
let words = [];
let jump;

export function start(given) {
	({jump} = given);
	on($("find"), "click", open);
	on(panel, "keydown", pressed);
	on(document, "keydown", event => {
		if (event.key.toLowerCase() !== "f" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
		if (panel.open) panel.close();  // the second time it is for the browser
		else if (!isCovered()) {
			event.preventDefault();
			open();
		}
	});
	submitted($("look"), () => {
		hits = [];
		query = sought($("query").value);
		words = query.text.split(" ").map(low);
		find(query);
	});
}

export function sought(typed) {
	const [said, given] = [[], {}];
	for (const [part, name, quoted, bare] of typed.matchAll(PART)) {
		if (name) given[name.toLowerCase()] = quoted ?? bare;
		else said.push(part);
	}
	return {text: said.join(" "), ...given, before: Number(given.before) || undefined};
}

function open() {
	panel.showModal();
	$("query").select();
}

function find(asked) {
	const isSent = send({type: "find", limit: LIMIT, ...asked});
	if (isSent) store.asked.push({kind: "find"});
	wanted = asked;
	list(isSent ? "…" : t("unreached"));
}

export const again = () => wanted && find(wanted);

// Of what was asked last.
export function found({messages, more, before}) {
	if (store.asked.some(({kind}) => kind === "find")) return;
	wanted = null;
	hits.push(...messages);
	query.before = more ? before : 0;
	list(hits.length ? t("found", hits.length) : t("none"));
}

export function refused(event) {
	const {type, code, id} = event;
	if (type !== "error" || id || store.asked[0]?.kind !== "find" || !/^(search-|bad-json|store-unreadable)/.test(code)) return false;
	store.asked.shift();
	wanted = null;
	list(code === "bad-json" ? t("days") : worded(event));
	return true;
}

export function drop(seqs) {
	for (const each of hits) if (seqs.includes(each.seq)) Object.assign(each, {text: "", isDeleted: true});
	list();
}

function list(told = $("found").textContent) {
	$("found").textContent = told;
	const {lang} = document.documentElement;
	const rows = hits.map(each => ({each, key: `${each.seq} ${lang}`, version: each.isDeleted}));
	if (query.before && !wanted) rows.push({key: `more ${lang}`});
	fill($("hits"), rows, rowOf);
}

function rowOf({each}) {
	if (!each) return make("li", button("more", () => find(query)));
	const {seq, at, from: name, by, via, text} = each;
	const parts = each.isDeleted ? [t("deleted")] : inContext(text, words).map(({said, isWord}) => (isWord ? make("mark", said) : said));
	const about = make("span", person({name, by, via}), " ", make("time", moment(Date.parse(at))), set(make("span.detail", ...parts), {dir: "auto"}));
	const row = make("button.plain", badge({name, by, via}), about);
	on(row, "click", () => {
		panel.close();
		jump(seq);
	});
	return make("li", row);
}

function pressed(event) {
	const stops = [$("query"), ...$("hits").querySelectorAll("button")];
	const next = stops[stops.indexOf(document.activeElement) + {ArrowUp: -1, ArrowDown: 1}[event.key]];
	if (isTyped(event)) $("query").focus();
	if (!next) return;
	event.preventDefault();
	next.focus();
}

// As the server compares, nearly.
const low = text => text.normalize("NFKC").toUpperCase().toLowerCase();

// {said, isWord}, from a little before the first word on.
export function inContext(text, given) {
	const letters = [...text];
	const folded = letters.map(low);
	const places = folded.flatMap((each, place) => Array(each.length).fill(place));
	const whole = folded.join("");
	const marked = new Set();
	for (const word of given.filter(Boolean)) {
		for (let at = -1; (at = whole.indexOf(word, at + 1)) >= 0;) for (const place of places.slice(at, at + word.length)) marked.add(place);
	}
	const begin = Math.max(0, ([...marked].sort((one, other) => one - other)[0] ?? 0) - LEAD);
	const parts = [{said: begin ? "…" : "", isWord: false}];
	letters.slice(begin, begin + SHOWN).forEach((each, index) => {
		const isWord = marked.has(begin + index);
		if (parts.at(-1).isWord === isWord) parts.at(-1).said += each;
		else parts.push({said: each, isWord});
	});
	return parts.filter(({said}) => said);
}
