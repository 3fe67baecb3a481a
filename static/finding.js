// A search in all that was said: the newest that have all words, in context, until one goes to one of them.

import {$, $$, badge, button, claim, fill, isCovered, isTyped, make, nextOf, on, person, set, submitted, write} from "./elements.js";
import {moment, t, worded} from "./i18n.js";
import {send, store} from "./room.js";

const SHOWN = 170;  // characters of a text, from a word on
// As gateway/searches.py has it.
const PART = /(from|since|until|before)[:：](?:["“”＂]([^"“”＂]*)["“”＂]|(\S*))|\S+/giu;

const panel = $("finding");
let [hits, words, more] = [[], [], 0];  // before which seq there may be more
let wanted, query;  // what has no answer yet
let jump;

export function start(given) {
	({jump} = given);
	on($("find"), "click", open);
	on(panel, "keydown", pressed);
	on(document, "keydown", event => {
		if (event.key.toLowerCase() !== "f" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
		if (panel.open) panel.close();  // the second time it is for the browser
		else if (!isCovered()) {
			claim(event);
			open();
		}
	});
	submitted($("look"), look);
}

function look() {
	[hits, more, wanted] = [[], 0];
	query = sought($("query").value);
	words = query.text.split(" ").map(low);
	if (Object.values(query).includes(null)) list(t("days"));
	else find(query);
}

// As if it had been typed here.
export function take(command) {
	if (!/^.search(\s|$)/i.test(command)) return false;
	$("query").value = command.slice(8).replace(/\s/g, " ");
	open();
	look();
	return true;
}

// What makes no sense is null.
export function sought(typed) {
	const [said, given] = [[], {}];
	for (const [part, name, quoted, bare] of typed.matchAll(PART)) {
		if (name) given[name.toLowerCase()] = quoted ?? bare;
		else said.push(part);
	}
	const {from, since, until, before} = given;
	return {text: said.join(" "), from, since: boundOf(since, 0), until: boundOf(until, 24), before: before && (Number(before) || null)};
}

// That hour of a day here.
function boundOf(day, hour) {
	const at = new Date(`${day}T00:00`);
	at.setHours(at.toLocaleDateString("sv") === day ? hour : NaN);
	return day && at.toJSON();
}

function open() {
	panel.showModal();
	$("query").select();
}

function find(asked) {
	wanted = {type: "find", ...asked};
	const isSent = send(wanted);
	if (isSent) store.asked.push(wanted);
	list(isSent ? "…" : t("unreached"));
}

export const again = () => wanted && find(wanted);

const isNext = () => store.asked[0]?.type === "find";

// Of what was asked last.
export function found(event) {
	if (!isNext() || store.asked.shift() !== wanted) return;
	const {length} = hits;
	const isOn = $("hits").contains(document.activeElement);
	wanted = null;
	hits.push(...event.messages);
	more = event.more && event.before;
	list(t("found", hits.length + (more ? "+" : "")));
	if (isOn) ($("hits").children[length]?.firstChild ?? $("query")).focus();
}

export function refused(event) {
	const {code} = event;
	if (!isNext() || !/^(search-|bad-json|store-unreadable)/.test(code)) return false;
	if (store.asked.shift() === wanted) {
		wanted = null;
		list(code === "bad-json" ? t("days") : worded(event));
	}
	return true;
}

export function drop(seqs) {
	for (const each of hits) if (seqs.includes(each.seq)) Object.assign(each, {text: "", isDeleted: true});
	list();
}

function list(told) {
	if (told) write("found", told);
	const {lang} = document.documentElement;
	const rows = hits.map(each => ({each, key: each.seq, version: lang + each.isDeleted}));
	if (more) rows.push({key: lang});
	fill($("hits"), rows, rowOf);
}

function rowOf({each}) {
	if (!each) return make("li", button("more", () => !wanted && find({...query, before: more})));
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
	const next = nextOf([$("query"), ...$$("button", $("hits"))], event);
	if (isTyped(event)) $("query").focus();
	if (!next) return;
	claim(event);
	next.focus();
}

// As the server compares, nearly.
const low = text => text.normalize("NFKC").toUpperCase().toLowerCase();

// {said, isWord}: from a little before all words on, or a bit of each if they stand apart.
export function inContext(text, given) {
	const letters = [...text];
	const folded = letters.map(low);
	const places = folded.flatMap((each, place) => Array(each.length).fill(place));
	const whole = folded.join("");
	const met = given.filter(word => word && whole.includes(word));
	const marked = new Set();
	for (const word of met) {
		for (let at = 0; (at = whole.indexOf(word, at)) >= 0; at += word.length) for (const place of places.slice(at, at + word.length)) marked.add(place);
	}
	const last = Math.max(0, ...met.map(word => whole.indexOf(word)));  // then all have been met
	const near = met.map(word => places[whole.lastIndexOf(word, last)]);
	const first = Math.min(places[last], ...near);
	const begins = places[last] - first < SHOWN / 2 ? [first] : near;
	const size = SHOWN / begins.length;
	const isShown = place => begins.some(begin => place > begin - size / 6 && place < begin + size);
	const parts = [];
	letters.forEach((each, place) => {
		const isWord = isShown(place) && marked.has(place);
		const said = isShown(place) ? each : isShown(place + 1) ? "…" : "";
		if (parts.at(-1)?.isWord === isWord) parts.at(-1).said += said;
		else if (said) parts.push({said, isWord});
	});
	return parts;
}
