// Where one is in the log: what one has read, which the browser keeps for all its tabs, and the way to a message.

import * as answering from "./answering.js";
import * as composer from "./composer.js";
import {$, on, write} from "./elements.js";
import {moment, t} from "./i18n.js";
import * as log from "./log.js";
import {browser} from "./memory.js";
import {edgesOf, hasHole} from "./past.js";
import {send, store} from "./room.js";
import {seqOf} from "./ways.js";

const [HISTORY, FURTHER] = [100, 500];  // messages that are asked for: to read, to get to one
const MENTIONS = 100;
const REST = 400;  // milliseconds, between questions for what is answered

let sought = null;  // until it is loaded
let isLeaping = false;  // unless the reader went elsewhere meanwhile
let isResting, passing = [];
let attend;

export function start(given) {
	({attend} = given);
	on($("newer"), "click", () => (store.unread.isReached ? log.goToEnd() : seek(store.unread.divider)));
	on($("mentioned"), "click", () => seek(Math.min(...store.unread.mentions)));
	on(window, "hashchange", () => seek(linked()));
}

const linked = () => seqOf(location);

export const beginning = () => store.greet().map(() => ({type: "history", limit: HISTORY}));

const ask = (event, purpose = {}) => send({type: "history", ...event}) && store.asked.push(purpose);

export function askOlder() {
	if (store.more) ask({before: store.firstSeq, limit: sought === null ? HISTORY : FURTHER});
}

export function bridge(side) {
	const [after, before] = edgesOf(store);
	if (!store.asking) ask({...(side === "after" ? {after} : {before}), limit: HISTORY}, {kind: side});
}

export function paged({kind, seq}) {
	if (kind === "land") arrive(seq, true);
	else if (kind !== "quote") (sought === null ? log.extend : reach)();
}

function seek(seq, isComing) {
	if (seq && hasHole(store)) {
		jump(seq);
		return;
	}
	[sought, isLeaping] = [seq, seq !== null];
	if (!isComing) reach();
}

function reach() {
	const seq = sought;
	const isFar = !store.entries.length || (seq && seq < store.firstSeq && !store.isFull);
	if (isFar && store.more) askOlder();
	else arrive(seq);
}

// To a message, wherever it stands in the log.
export function jump(seq) {
	[sought, isLeaping] = [null, true];
	if (store.entryAt(seq)) arrive(seq, true);
	else if (!ask({before: seq + 1, limit: HISTORY}, {kind: "land", seq})) composer.tell(t("notDone"));
}

function arrive(seq, isJump) {
	const isMeant = isJump || seq === linked();
	const isGone = seq && !store.entryAt(seq);
	sought = null;
	if (isGone) store.unread.see(seq);
	if (isGone && isMeant) composer.tell(t("gone"));
	else if (seq && isLeaping) {
		log.goTo(seq, isMeant);
		if (isJump) document.querySelector(".linked").focus({preventScroll: true});
	}
	isLeaping = false;
	attend();
}

export function moved() {
	isLeaping = false;
}

// It can't be loaded.
export function giveUp() {
	[sought, isLeaping] = [null, false];
}

// What is not loaded yet nobody knows of.
export function goOn() {
	if (sought === null) store.unread.skip();
	log.goToEnd();
}

function lastRead() {
	const kept = browser.recall("read");
	return kept?.by === store.by && kept.epoch === store.position?.epoch ? kept : {};
}

function begin() {
	const {seq, mentions} = lastRead();
	store.unread.begin(seq, mentions);
	store.unread.found(store.entries);
	return seq;
}

export function entered(resumed) {
	if (!resumed) {
		const seq = begin();
		seek(linked() || (seq < store.position.seq ? seq + 1 : null), store.asking);
	} else if (sought !== null) reach();
}

export function readElsewhere() {
	if (!store.unread.isAttentive && lastRead().seq) begin();
}

export function keepRead() {
	const {by, position, unread} = store;
	if (!position || store.asking || sought !== null || !isSeen()) return;
	const read = lastRead();
	if (unread.isAttentive && !unread.count) Object.assign(read, {by, epoch: position.epoch, seq: Math.max(position.seq, read.seq ?? 0)});
	browser.keep("read", {...read, mentions: [...unread.mentions].slice(-MENTIONS)});
}

export const isSeen = () => document.hasFocus() && !document.hidden;

export function look() {
	const isReading = isSeen() && !store.isBehind;  // else it flashes by
	const isNews = isReading && !isLeaping && log.see();
	store.unread.attend(isReading && log.atEnd());
	return isNews;
}

// The first at once; then what was there a moment ago, too: in a flood nothing stands still.
function quote() {
	const seqs = [...answering.unknown(), ...log.unknown()];
	if (isResting || store.asking) return;
	const seq = seqs.find(each => !passing[0] || passing.includes(each));
	passing = seqs;
	isResting = seqs[0] && (!seq || ask({after: seq - 1, limit: 1}, {kind: "quote", seq}));
	if (isResting) setTimeout(() => attend(isResting = false), REST);
}

export function show() {
	look();
	answering.show();
	quote();
	const {count, since, mentions} = store.unread;
	$("newer").hidden = (log.atEnd() && !count) || !store.isSaid;
	write("newer", count ? t("newer", count, moment(since)) + (log.atEnd() ? " ↑" : "") : t("latest"));
	$("mentioned").hidden = !mentions.size;
	write("mentioned", `@${mentions.size}`);
	$("jumps").style.height = count || mentions.size ? "" : 0;  // the newest message is not behind them
}
