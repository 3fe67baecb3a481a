// The rows of the log. The same row has the same key.

import {isNothing} from "./presence.js";

const GROUP = 5 * 60_000;
const SCREEN = 10;  // lines after which a name is said again
const LINE = 50;  // characters

// `me` is {from, by, epoch} of what waits.
export function rowsOf(entries, pending, {divider, now, dayOf, me, isIn, hides}) {
	const rows = [];
	let [day, before, lines] = ["", null, 0];
	const add = (key, kind, version, entry, today) => {
		const isGrouped = today === day && entry.seq !== divider && lines < SCREEN && belongs(before, entry);
		lines = (isGrouped ? lines : 0) + 1 + (entry.text ?? "").length / LINE;
		rows.push({key, kind, version, entry, isGrouped});
		before = entry;
	};
	for (const entry of entries) {
		if (entry.kind === "presence" && (hides || isNothing(entry))) continue;
		const today = dayOf(entry.time);
		if (today !== day) rows.push({key: `d${entry.key}`, kind: "day", time: entry.time, version: dayOf(now)});
		if (entry.seq === divider) rows.push({key: "divider", kind: "divider"});
		add(entry.key, entry.kind, entry.version ?? 0, entry, today);
		day = today;
	}
	for (const sent of pending) {
		if (sent.heard) continue;
		const state = sent.failed ? "failed" : sent.seq ? "new" : isIn ? "sending" : "waiting";
		const entry = {...sent, ...me, via: "web", kind: "message", time: sent.at, mine: true, re: sent.to?.epoch === me?.epoch ? sent.to?.seq : undefined, isAction: sent.kind === "action"};
		add(`p${sent.id}${sent.version ?? ""}`, "pending", state, entry, day);
	}
	return rows;
}

function belongs(before, entry) {
	return before?.kind === "message" && entry.kind === "message" && before.from === entry.from
		&& before.by === entry.by && before.via === entry.via && entry.time - before.time < GROUP;
}
