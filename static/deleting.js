// What one takes back: it is asked once and goes out at once. One that was not sent is just removed.

import * as composer from "./composer.js";
import {t} from "./i18n.js";
import {send, store} from "./room.js";

const SHOWN = 200;  // characters
const asked = new Set();  // seqs, until there is an answer

// Whose is not known is the operators' alone.
export const isAllowed = ({id, seq, by, mine, sentAt}) => (id ? Boolean(seq) || !sentAt : (mine && Boolean(by)) || store.isOperator);

export function take({id, seq, text}) {
	const sent = store.outbox.waiting(id);
	if (sent && !sent.sentAt) store.outbox.forget(id);
	else if (seq && confirm(`${t("sure")}\n\n${text.slice(0, SHOWN)}`) && !ask(seq)) composer.tell(t("notDone"));
}

const ask = seq => send({type: "delete", seq}) && asked.add(seq);

// What had no answer when the connection was lost.
export const again = () => asked.forEach(ask);

// That it is gone already is what was wanted.
export function read(event) {
	const [seq, isAsked] = [Number(event.detail), asked.has(Number(event.detail))];
	if (event.code === "not-deleted") asked.clear();
	else if (isAsked && event.code === "no-such-message") return read({type: "deleted", of: [seq]});
	else if (isAsked) asked.delete(seq);
	if (event.type !== "deleted") return event;
	for (const each of event.of) asked.delete(each);
	composer.unsay(store.entries.filter(entry => entry.mine && event.of.includes(entry.seq)).map(({text}) => text));
	return event;
}
