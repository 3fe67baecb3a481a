// Where one is in the log: what one has read, which the browser keeps for all its tabs, and the way to a message.

import * as answering from "./answering.js";
import * as composer from "./composer.js";
import {$, on, set, write} from "./elements.js";
import {moment, t} from "./i18n.js";
import * as log from "./log.js";
import {browser} from "./memory.js";
import {properName, wordsOf} from "./mentions.js";
import {edgesOf} from "./past.js";
import {send, store} from "./room.js";
import {leaveLink, seqOf} from "./ways.js";

const HISTORY = 100;  // messages that are asked for
const REST = 400;  // milliseconds, between questions for what is answered
const LONG_REST = 1_000;  // and for mentions
const HOUR = 3_600_000;  // that clocks may be set back

let sought = null;  // {kind, seq}, until it is there; without a seq it is what is new
let isLeaping = false;  // unless the reader went elsewhere meanwhile
let isResting, passing = [];
let attend;

export function start(given) {
	({attend} = given);
	on($("newer"), "click", () => (store.unread.isReached ? goToEnd() : jump()));
	on($("mentioned"), "click", () => jump(Math.min(...store.unread.mentions)));
	on(window, "hashchange", () => linked() && jump(linked()));
	on($("text"), "input", moved);
}

const linked = () => seqOf(location);

export const beginning = () => store.greet().map(() => ({type: "history", limit: HISTORY}));

const ask = (event, purpose = {}) => send({type: "history", limit: HISTORY, ...event}) && store.asked.push(purpose);

export function askOlder() {
	if (store.more) ask({before: store.firstSeq});
}

export function bridge(side) {
	const [after, before] = edgesOf(store);
	if (after && !store.asking) ask(side === "after" ? {after} : {before}, {kind: side});
}

export function paged(asked) {
	if (asked === sought) arrive();
	else if (sought && !store.asked.includes(sought)) reach();
	else if (asked.kind !== "quote") log.extend();
}

// To a message, wherever it stands in the log; else to the first that is new.
export function jump(seq) {
	seek(seq);
	reach();
}

function seek(seq) {
	[sought, isLeaping] = [{kind: "land", seq}, true];
	composer.changed();  // what was told of another place is over
}

function reach() {
	const {seq} = sought;
	const {divider, readSeq} = store.unread;
	if (store.entryAt(seq ?? divider)) arrive();
	else if (!ask({after: seq ? seq - 1 : readSeq}, sought)) {
		giveUp();
		composer.tell(t("notDone"));
	}
}

// What is gone only the log tells.
function arrive() {
	const {seq} = sought;
	sought = null;
	if (seq && !store.entryAt(seq)) {
		store.unread.see(seq);
		composer.tell(t("gone"));
	} else if (isLeaping) {
		log.goTo(seq ?? store.unread.divider ?? store.unread.readSeq + 1, seq);
	}
	attend();
}

export function moved() {
	isLeaping = false;
	attend();
}

// It can't be loaded.
export function giveUp() {
	sought = null;
}

// What is not asked for yet nobody knows of.
export function goOn() {
	if (!sought) store.unread.skip();
	composer.changed();
	goToEnd();
}

// There one is not at what a link led to.
function goToEnd() {
	if (linked()) leaveLink();
	log.goToEnd();
}

function lastRead() {
	const kept = browser.recall("read");
	return kept?.by === store.by && kept.epoch === store.position?.epoch ? kept : {};
}

function begin() {
	const {seq, mentions} = lastRead();
	const {unread, position, entries, missing} = store;
	unread.begin(seq < position.seq ? seq : Infinity, mentions);
	unread.found(entries);
	unread.measure(missing);
}

export function entered(resumed) {
	if (!resumed) {
		begin();
		if (linked() || store.unread.count) seek(linked());
		if (!store.asking) askOlder();
	} else if (sought) reach();
}

export function readElsewhere() {
	if (!store.unread.isAttentive && lastRead().seq) begin();
}

export function keepRead() {
	const {by, position, unread} = store;
	if (!position || store.asking || sought || isUnheard() || !isSeen()) return;
	const read = lastRead();
	if (unread.isAttentive && !unread.count) Object.assign(read, {by, epoch: position.epoch, seq: Math.max(position.seq, read.seq ?? 0)});
	browser.keep("read", {...read, mentions: [...unread.mentions]});
}

export const isSeen = () => document.hasFocus() && !document.hidden;

export function look() {
	const isReading = isSeen() && !store.isBehind;  // else it flashes by
	const isNews = isReading && !sought && log.see();
	store.unread.attend(isReading && log.atEnd());
	return isNews;
}

// The first at once; then what was there a moment ago, too: in a flood nothing stands still.
function quote() {
	const seqs = [...answering.unknown(), ...log.unknown()];
	if (isResting || store.asking) return;
	const seq = seqs.find(each => !passing[0] || passing.includes(each));
	passing = seqs;
	rest(REST, seqs[0] && (!seq || ask({after: seq - 1, limit: 1}, {kind: "quote", seq})));
}

function rest(pause, isAsked) {
	isResting = isAsked;
	if (isAsked) setTimeout(() => attend(isResting = false), pause);
}

const isUnheard = () => store.unread.unheard && properName(store.name);

// Who is spoken to in what is not loaded the server finds: more than an answer holds, and what it could not look for, later.
function listen() {
	if (isResting || sought || store.asking || !isUnheard()) return;
	const {name, unread: {unheard, divider, since}} = store;
	unheard.since ??= divider && new Date(since - HOUR);
	rest(LONG_REST, ask({type: "find", text: wordsOf(name), ...unheard}, {type: "find", name, unheard}));
}

// What is loaded was noted, and may have been seen.
export function heard({messages, before}, {name, unheard}) {
	if (!unheard || unheard !== store.unread.unheard || name !== store.name) return;
	const spoken = messages.filter(each => !store.entryAt(each.seq) && store.entryOf(each).mention);
	store.unread.hear(spoken.map(({seq}) => seq), before);
}

export function show() {
	look();
	listen();
	answering.show();
	quote();
	const {count, news, since, mentions} = store.unread;
	$("newer").hidden = (log.atEnd() && !news.size) || !store.isSaid;
	write("newer", news.size ? t("newer", count, moment(since)) + (log.atEnd() ? " ↑" : "") : t("latest"));
	$("mentioned").hidden = !mentions.size;
	write("mentioned", `@${mentions.size}`);
	set($("mentioned"), {title: t("toMention"), "aria-label": `@${mentions.size} ${t("toMention")}`});
	$("jumps").style.height = count || mentions.size ? "" : 0;  // the newest message is not behind them
}
