// What one answers: above the box, until that is said or let be. The text begins with the name by itself.

import {codeOf} from "./code.js";
import * as composer from "./composer.js";
import {$, button, make} from "./elements.js";
import {t} from "./i18n.js";
import {tab} from "./memory.js";
import {store} from "./room.js";

const SHOWN = 200;  // characters
const shown = make("span.plain");
let to = tab.recall("to");  // {seq, epoch, greeting}

export function start() {
	const strip = make("p", shown, button("letBe", letBe));
	strip.id = "answering";
	$("above").prepend(strip);
	show();
}

function keep(next) {
	to = next;
	tab.keep("to", to);
	show();
}

export function answer({from: name, seq, mine}) {
	const greeting = mine ? "" : `@${name} `;
	composer.begin(greeting, to?.greeting);
	keep({seq, epoch: store.position?.epoch, greeting});
}

export function letBe() {
	if (!to) return false;
	composer.begin("", to.greeting);
	keep(null);
	return true;
}

// What is answered by what is said now.
export function taken() {
	const answered = to;
	if (to) keep(null);
	return answered ?? undefined;
}

export const unknown = () => (to && store.quoteOf(to.seq) === undefined ? [to.seq] : []);

export function show() {
	const {position} = store;
	// In another log it is another message.
	if (to && position && to.epoch !== position.epoch) keep(null);
	$("answering").hidden = !to;
	const entry = to && store.quoteOf(to.seq);
	shown.replaceChildren(...(entry === null ? [to ? t("lone") : ""] : [`${t("answering")} `, ...quoted(entry)]));
}

// Each of them by itself, whatever its direction.
export const quoted = entry => (entry ? [make("bdi", entry.from), ": ", make("bdi", plainOf(entry.text.slice(0, SHOWN)))] : [entry === null ? t("deleted") : "…"]);

const plainOf = text => codeOf(text, true).map(({text: plain, code, block}) => plain ?? code ?? ` ${block} `).join("");
