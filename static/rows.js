// The rows of the log. The same row has the same key.

import {keyOf, reOf} from "./outbox.js";
import {isNothing} from "./presence.js";

const GROUP = 5 * 60_000;
const SCREEN = 10;  // lines, about, after which a name is said again
const LINE = 50;  // characters

// `me` is {from, by, epoch} of what waits.
export function rowsOf(entries, pending, {divider, now, dayOf, me, isIn, hides, leaving = []}) {
	const rows = [];
	let [day, before, lines, last] = ["", null, 0, 0];
	const add = (key, kind, version, entry, today) => {
		const seq = entry.seq ?? last + 1;  // that it will have
		const goesOn = today === day && belongs(before, entry);
		lines = goesOn ? lines + linesOf(before) : 0;
		const isGrouped = goesOn && entry.seq !== divider && (lines < SCREEN || !isBetween(last, seq, linesOf(before)));
		rows.push({key, kind, version, entry, isGrouped});
		[before, last] = [entry, seq];
	};
	for (const entry of entries) {
		if (entry.kind === "presence" && (hides || isNothing(entry))) continue;
		const today = dayOf(entry.time);
		if (today !== day) rows.push({key: `d${nameOf(entry)}`, kind: "day", time: entry.time, version: dayOf(now)});
		if (entry.seq === divider) rows.push({key: "divider", kind: "divider"});
		add(nameOf(entry), entry.kind, leaving.includes(entry.seq) ? "waiting" : entry.version ?? 0, entry, today);
		day = today;
	}
	for (const sent of pending) {
		if (sent.heard) continue;
		const state = sent.failed ? "failed" : sent.seq ? "new" : isIn ? "sending" : "waiting";
		const entry = {...sent, ...me, key: keyOf(sent), via: "web", kind: "message", time: sent.at, mine: true, re: reOf(sent, me?.epoch), isAction: sent.kind === "action"};
		add(entry.key, "pending", state, entry, day);
	}
	return rows;
}

// Most are called by their number, which a key of their own would say again in each.
const nameOf = ({key, seq}) => key ?? `m${seq}`;

const linesOf = ({text = ""}) => 1 + text.length / LINE;

// Whether a name is said again there: always at the same places of the log, wherever the window begins, which are nearer together the longer texts are.
function isBetween(last, seq, lines) {
	const step = 2 ** Math.max(0, Math.round(Math.log2(SCREEN / lines)));
	return Math.floor(last / step) !== Math.floor(seq / step);
}

function belongs(before, entry) {
	return entry.kind === "message" && ["kind", "from", "by", "via"].every(each => before?.[each] === entry[each]) && entry.time - before.time < GROUP;
}
