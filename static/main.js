// The connection tells the store, from which follows what is shown; the person speaks to both.

import * as answering from "./answering.js";
import * as attention from "./attention.js";
import {tell} from "./banner.js";
import {reading, wellFormed, writtenFor} from "./commands.js";
import * as composer from "./composer.js";
import {copy} from "./copying.js";
import * as deleting from "./deleting.js";
import {$, $$, claim, furnish, isCovered, isPlain, isTyped, on, onceAFrame, set, show, write} from "./elements.js";
import {format, t, translate, worded} from "./i18n.js";
import * as finding from "./finding.js";
import * as lock from "./lock.js";
import * as log from "./log.js";
import {browser, forgetful, tab} from "./memory.js";
import {menuOf} from "./menu.js";
import * as naming from "./naming.js";
import {chosen, offerOptions} from "./options.js";
import {reOf} from "./outbox.js";
import * as people from "./people.js";
import * as reader from "./reader.js";
import {connection, send, store} from "./room.js";
import {here, offerLink, seqOf, showWays, takeLink} from "./ways.js";

const LOOK_EVERY = 1000;

const {maxText, commands, operators} = document.body.dataset;

const {outbox} = store;
Object.assign(connection, {hello, hear, failed, changed});
const given = {
	...reader,  // for those that it imports itself
	act, attend, say, limit: Number(maxText), resized: log.settle, pick: composer.mention,
	commands: () => (store.isOperator ? `${commands} ${operators}` : commands).split(" "), names: () => store.company, opened: () => send({type: "who"}) && !store.here,
};
for (const part of [lock, log, composer, naming, people, answering, finding, reader]) part.start(given);
menuOf($("log"), actsOn);

// What is not known is undefined, and not sent.
function hello() {
	store.follow();
	setTimeout(format, 0, "time", 0);  // the first is dear, and the server has its own to do now
	return [{
		type: "hello", name: naming.chosen() || undefined, password: lock.key(),
		session: store.session || undefined, after: store.position || undefined,
	}, ...reader.beginning()];
}

function hear(heard) {
	const event = deleting.read(heard);
	if (event.code === "you-are-muted" && event.seconds) event.until = Date.now() + event.seconds * 1000;
	// A message that was refused has an id.
	if (event.type === "error" && !event.id && (naming.refused(event) || finding.refused(event))) return;
	// Another tab that came in without a session was quicker.
	if (event.type === "welcome" && !store.session && heed()) return;
	const [unheard, [asked = {}]] = [store.end, store.asked];
	store.apply(event);
	EFFECTS[event.type]?.(event, store.entries[unheard - store.offset], asked);
	draw();
}

const heed = () => store.follow() && connection.again();
const enterByLink = () => takeLink() && heed();

function failed(error) {
	store.fault(error);
	draw();
}

function changed(status) {
	tell(status);
	if (status.phase !== "in") store.lost();
	if (status.reason === "password") lock.refused();
}

let told;
let wasLive = false;  // at the last look: rows that come late are not read out
const EFFECTS = {
	__proto__: null,
	welcome({resumed}) {
		beat();
		lock.tell();
		readOut(false);
		attend();
		reader.entered(resumed);
		naming.entered();  // before what is said by that name
		outbox.toSend().forEach(transmit);
		deleting.again();
		finding.again();
		told ??= forgetful.then(() => {
			store.note({kind: "forgetful"});
			draw();
		});
		people.ask();
	},
	deleted({of}) {
		attention.forget(of);
		finding.drop(of);
	},
	found(event, entry, asked) {
		finding.found(event);
		reader.heard(event, asked);
	},
	message(event, entry) {
		if (entry && !entry.mine && !store.unread.isAttentive) attention.call(entry);
	},
	name: naming.granted,
	notice: answered,
	error: answered,
	page: (event, entry, asked) => reader.paged(asked),
	presence: people.heard,
	who() {
		people.list();
		composer.refresh();
	},
};

function answered(event) {
	people.tell(worded(event));
	if (!store.asking) reader.giveUp();
	if (!/^op\b/.test(event.code)) return;
	log.renew();
	people.ask();
}

function readOut(isLive) {
	set($("log"), {"aria-live": isLive && wasLive ? "polite" : "off"});
	wasLive = isLive;
}

function transmit(sent) {
	const {id, text, kind} = sent;
	if (send({type: "say", id, text, kind, re: reOf(sent, store.position?.epoch)})) outbox.sent(id);
}

function beat(isCalled = true) {
	if (tab.beat(isCalled)) return;
	outbox.disown("old");
	composer.changed();
}

const HEARD = {
	session: heed,
	read() {
		reader.readElsewhere();
		draw();
	},
	asked: () => naming.show(),
	call: beat,
};

function say(text) {
	const {isHeld, command, say: said, kind} = reading(text);
	if (isHeld) composer.tell(t("held"));
	if (/^.history\b/i.test(command)) {
		log.goUp();
		return true;
	}
	if (finding.take(command)) return true;
	if (command) {
		const isDone = /^.delete\s*$/i.test(command) ? deleting.takeLast() : send({type: "command", text: wellFormed(command)});
		if (isDone) log.goToEnd();  // there it is answered
		else composer.tell(t("notDone"));
		if (isDone && /^\/who\b/i.test(command)) people.open();
		return isDone;
	}
	if (!said) return false;
	transmit(outbox.say(said, kind, answering.taken()));
	if (["replaced", "left"].includes(connection.status.phase)) connection.open();  // who writes here wants to be here
	reader.goOn();
	return true;
}

function act(what, about) {
	if (what === "retry") transmit(outbox.retry(about));
	else {
		if (what === "edit") composer.add(writtenFor(outbox.waiting(about)));
		outbox.forget(about);
	}
	attend();
}

function actsOn(row) {
	const {id, from: name, by, seq, text, mine, isDeleted} = row.entry;
	const acts = {copy: () => copy(row.querySelector(".text"), text)};
	if (!id) acts.link = () => copy(row, `${here("")}#m${seq}`);
	if (!id && !isDeleted) acts.answer = () => answering.answer(row.entry);
	if (!mine) acts.mention = () => composer.mention(name);
	if (deleting.isAllowed(row.entry)) acts.delete = () => {
		deleting.take(row.entry);
		draw();
	};
	if (!mine && store.isOperator) acts.moderate = () => people.moderate({name, by, seq});
	return acts;
}

let looks = 0;
function attend() {
	if (!reader.isSeen()) looks = 0;
	reader.look();
	draw();
}

const draw = onceAFrame(() => {
	log.render();
	reader.show();
	const title = store.title || t("title");
	write("title", title);
	for (const id of ["count", "people-title"]) write(id, t("members", store.members || "…"));
	$("empty").hidden = store.isSaid || !store.position;
	attention.show(store.unread, title);
});

function speak() {
	translate(chosen("language"), chosen("clock"));
	showWays();
	log.renew();
	people.list();
	tell(connection.status);
	composer.changed();
	draw();
}

on($("banner-act"), "click", () => (connection.status.reason === "password" ? $("lock").showModal() : connection.open()));
on($("scroller"), "scroll", () => (reader.look() || log.unknown()[0]) && draw());
on($("log"), "click", event => {
	const {target} = event;
	const seq = isPlain(event) && !event.shiftKey && seqOf(target.closest("a") ?? {});
	if (seq) {
		claim(event);
		reader.jump(seq);
	}
	const {entry} = target.closest(".message:not(.mine) .who")?.closest(".message") ?? {};
	if (entry) composer.mention(entry.from);
});
on(document, "keydown", event => {
	const {key, target} = event;
	if (event.defaultPrevented || !isPlain(event) || isCovered()) return;
	if (key === "Escape" && !answering.letBe()) reader.goOn();
	if (key === "Escape" || (isTyped(event) && !target.closest("input, textarea, select"))) $("text").focus();
	const page = {PageUp: -0.9, PageDown: 0.9}[key];
	if (page && target === $("text") && target.scrollHeight <= target.clientHeight) $("scroller").scrollBy(0, page * $("scroller").clientHeight);
});
on($("options-open"), "click", () => show("options"));
$$("dialog").forEach(furnish);
offerLink(store);
on(window, "hashchange", enterByLink);
on(window, "storage", ({key}) => HEARD[key?.slice(browser.prefix.length)]?.());
on(window, "beforeunload", event => {
	if ((!store.isIn && outbox.unsettled[0]) || deleting.leaving()[0]) event.returnValue = "unsent";
});
on(window, "pagehide", () => {
	reader.keepRead();
	tab.leave();
});
on(window, "focus blur", attend);
on(window, "online offline pageshow", () => {
	connection.doubt();
	tell(connection.status);
});
on(document, "visibilitychange", () => {
	if (!document.hidden) connection.doubt();
	people.heard();
	attend();
});
setInterval(() => {
	reader.keepRead();
	readOut(!store.isBehind && !store.asking);
	beat(false);
	const isLooking = reader.isSeen() && looks++ % 10 < 2;  // twice: who does not answer is gone
	if (isLooking) outbox.offer(tab.left());
	if (outbox.judge() || isLooking) draw();
}, LOOK_EVERY);

enterByLink();
connection.open();  // while that is under way, the words are found
attend();
offerOptions(speak, attention.problem);
if (matchMedia("(pointer: fine)").matches) $("text").focus();
$("unable")?.remove();
