// What one takes back: it is asked once, and goes out until there is an answer, after a reload too. One that was not sent is just removed.

import * as composer from "./composer.js";
import {t} from "./i18n.js";
import {browser} from "./memory.js";
import {send, store} from "./room.js";

const SHOWN = 200;  // characters
const asked = new Set();  // seqs

// In another log a seq is another message's. Any tab that comes in asks: what is gone is not deleted twice.
const place = () => `deleting ${store.position?.epoch}`;
export const leaving = () => [browser.recall(place()) ?? []].flat();
const keep = seqs => browser.keep(place(), seqs);
const settle = seqs => keep(leaving().filter(seq => !seqs.includes(seq)));

// Whose is not known is the operators' alone.
export const isAllowed = ({id, seq, by, mine, sentAt}) => (seq ? store.position && (id || (mine && by) || store.isOperator) : !sentAt);

export function take({id, seq, text = ""} = {}) {
	const sent = store.outbox.waiting(id);
	if (sent && !sent.sentAt) store.outbox.forget(id);
	else if (confirm(`${t("sure")}\n\n${text.slice(0, SHOWN)}`)) {
		if (!seq) return send({type: "command", text: "/delete"});
		keep([...leaving(), seq]);
		ask(seq);
	}
	return true;
}

// What one said last; the server knows which that is of what has no number yet, or is not loaded.
export const takeLast = () => take([...store.entries, ...store.outbox.unsettled].filter(({id, mine, text}) => (id || mine) && text).at(-1));

const ask = seq => asked.add(seq) && send({type: "delete", seq});

export const again = () => leaving().forEach(ask);

// That it is gone already is what was wanted, even if that was told before.
export function read(event) {
	const {type, code, of} = event;
	const seq = Number(event.detail);
	if (code === "no-such-message" && asked.has(seq)) return read({type: "deleted", of: [seq]});
	if (code === "not-deleted") keep([]);
	if (code === "not-yours") settle([seq]);
	if (type === "deleted") {
		settle(of);
		composer.unsay(store.entries.filter(entry => entry.mine && of.includes(entry.seq)).map(({text}) => text));
	}
	return event;
}
