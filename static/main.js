// The connection tells the store, from which follows what is shown; the person speaks to both.

import * as attention from "./attention.js";
import {tell} from "./banner.js";
import {reading, wellFormed, writtenFor} from "./commands.js";
import * as composer from "./composer.js";
import {Connection} from "./connection.js";
import {copy} from "./copying.js";
import {$, button, isPlain, isTyped, labelled, make, on, onceAFrame, set, show, submitted} from "./elements.js";
import {moment, t, translate, worded} from "./i18n.js";
import * as log from "./log.js";
import {browser, forgetful, tab, visit} from "./memory.js";
import {menuOf} from "./menu.js";
import * as naming from "./naming.js";
import {chosen, offerOptions} from "./options.js";
import * as people from "./people.js";
import {Store} from "./store.js";

const [HISTORY, FURTHER] = [100, 500];  // messages that are asked for: to read, to get to one
const LOOK_EVERY = 1000;
const MENTIONS = 100;

const {tcpPort, tls, maxText, commands, operators} = document.body.dataset;
const here = name => new URL(name, location);  // wherever a proxy puts the page

const store = new Store({tab, browser, title: document.title});
const connection = new Connection(here("ws").href.replace(/^http/u, "ws"), {hello, hear, failed, changed});
const send = event => connection.send(event);
const given = {
	store, send, askOlder, act, say, limit: Number(maxText), resized: log.settle, pick: composer.mention,
	commands: () => (store.isOperator ? `${commands} ${operators}` : commands).split(" "), names: () => store.company, opened: () => send({type: "who"}) && !store.here,
};
for (const part of [log, composer, naming, people]) part.start(given);
menuOf($("log"), actsOn);

// What is not known is undefined, and not sent.
function hello() {
	store.follow();
	return {
		type: "hello", name: naming.chosen() || undefined, password: visit.recall("password") || undefined,
		session: store.session || undefined, after: store.position || undefined,
	};
}

function hear(event) {
	if (event.code === "you-are-muted" && event.seconds) event.until = Date.now() + event.seconds * 1000;
	if (naming.refused(event)) return;
	// Another tab that came in without a session was quicker.
	if (event.type === "welcome" && !store.session && heed()) return;
	const unheard = store.end;
	store.apply(event);
	EFFECTS[event.type]?.(event, store.entries[unheard - store.offset]);
	draw();
}

const heed = () => store.follow() && connection.again();

function failed(error) {
	store.fault(error);
	draw();
}

let isGiven = false;  // of one that was kept nobody is told that it is wrong
function changed(status) {
	tell(status);
	if (status.phase !== "in") store.lost();
	if (status.reason !== "password") return;
	$("wrong").textContent = isGiven ? worded(store.lockedBy) : "";
	$("key").reset();
	$("lock").showModal();
}

let told;
let wasLive = false;  // at the last look: rows that come late are not read out
const EFFECTS = {
	__proto__: null,
	welcome({resumed}) {
		beat();
		readOut(false);
		attend();
		if (!resumed) {
			const seq = begin();
			seek(linked() || (seq < store.position.seq ? seq + 1 : null));
		} else if (sought !== null) reach();
		naming.entered();  // before what is said by that name
		store.toSend().forEach(transmit);
		told ??= forgetful.then(() => {
			store.note({kind: "forgetful"});
			draw();
		});
		people.ask();
	},
	message(event, entry) {
		if (entry && !entry.mine && !store.unread.isAttentive) attention.call(entry);
	},
	name: naming.granted,
	notice: answered,
	error: answered,
	page() {
		if (sought === null) log.extend();
		else reach();
	},
	presence: people.heard,
	who() {
		people.list();
		composer.refresh();
	},
};

function answered(event) {
	people.tell(worded(event));
	if (!store.asking) [sought, isLeaping] = [null, false];  // it can't be loaded
	if (!["op", "op-needed"].includes(event.code)) return;
	log.forget();
	people.ask();
}

function readOut(isLive) {
	set($("log"), {"aria-live": isLive && wasLive ? "polite" : "off"});
	wasLive = isLive;
}

function transmit({id, text, kind}) {
	if (send({type: "say", id, text, kind})) store.sent(id);
}

const linked = () => Number(/^#m(\d+)$/.exec(location.hash)?.[1]) || null;

let sought = null;  // until it is loaded
let isLeaping = false;  // unless the reader went elsewhere meanwhile
function seek(seq) {
	[sought, isLeaping] = [seq, seq !== null];
	reach();
}

function reach() {
	const seq = sought;
	const isFar = !store.entries.length || (seq && seq < store.firstSeq && !store.isFull);
	if (isFar && store.more) {
		askOlder();
		return;
	}
	sought = null;
	const isGone = seq && !store.entries.some(entry => entry.seq === seq);
	if (isGone) store.unread.see(seq);
	if (isGone && seq === linked()) composer.tell(t("gone"));
	else if (seq && isLeaping) log.goTo(seq, seq === linked());
	isLeaping = false;
	attend();
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

function keepRead() {
	const {by, position, unread} = store;
	if (!position || store.asking || sought !== null || !isSeen()) return;
	const read = lastRead();
	if (unread.isAttentive && !unread.count) Object.assign(read, {by, epoch: position.epoch, seq: Math.max(position.seq, read.seq ?? 0)});
	browser.keep("read", {...read, mentions: [...unread.mentions].slice(-MENTIONS)});
}

function beat(isCalled = true) {
	if (tab.beat(isCalled)) return;
	store.disown("old");
	composer.changed();
}

const HEARD = {
	session: heed,
	read() {
		if (!store.unread.isAttentive && lastRead().seq) begin();
		draw();
	},
	asked: () => naming.show(),
	call: beat,
};

// A secret does not stay in the address bar.
function takeSession() {
	const [, session] = /^#session=([\w-]{22})$/.exec(location.hash) ?? [];
	if (!session) return;
	history.replaceState(history.state, "", here(""));
	// Its maker is this person too: an operator, if it becomes one.
	if (isSecureContext && session !== browser.recall("session") && confirm(t("takeOver"))) {
		browser.set("name", "");  // another's
		browser.keep("session", session);
	}
	heed();
}

function askOlder() {
	store.asking = store.more && send({type: "history", before: store.firstSeq, limit: sought === null ? HISTORY : FURTHER});
}

function say(text) {
	const {isHeld, command, say: said, kind} = reading(text);
	if (isHeld) composer.tell(t("held"));
	if (/^.history\b/i.test(command)) {
		log.goUp();
		return true;
	}
	if (command) {
		const isDone = send({type: "command", text: wellFormed(command)});
		if (!isDone) composer.tell(t("notDone"));
		else if (/^\/who\b/i.test(command)) people.open();
		return isDone;
	}
	if (!said) return false;
	transmit(store.say(said, kind));
	if (["replaced", "left"].includes(connection.status.phase)) connection.open();  // who writes here wants to be here
	goOn();
	return true;
}

// What is not loaded yet nobody knows of.
function goOn() {
	if (sought === null) store.unread.skip();
	log.goToEnd();
}

function act(what, about) {
	if (what === "retry") transmit(store.retry(about));
	if (what === "edit") composer.add(writtenFor(store.waiting(about)));
	if (what === "edit" || what === "discard") store.forget(about);
	if (what === "moved") isLeaping = false;
	attend();
}

function actsOn(row) {
	const {from: name, by, seq, text, mine} = row.entry;
	const acts = {copy: () => copy(row.querySelector(".text"), text), link: () => copy(row, `${here("")}#m${seq}`)};
	if (!mine) acts.mention = () => composer.mention(name);
	if (!mine && store.isOperator) acts.moderate = () => people.moderate({name, by, seq});
	return acts;
}

const isSeen = () => document.hasFocus() && !document.hidden;

let looks = 0;
function attend() {
	if (!isSeen()) looks = 0;
	look();
	draw();
}

function look() {
	const isReading = isSeen() && !store.isBehind;  // else it flashes by
	const isNews = isReading && !isLeaping && log.see();
	store.unread.attend(isReading && log.atEnd());
	return isNews;
}

const draw = onceAFrame(() => {
	log.render();
	look();
	const {count, since, mentions} = store.unread;
	const title = store.title || t("title");
	$("title").textContent = title;
	for (const id of ["count", "people-title"]) $(id).textContent = t("members", store.members || "…");
	$("empty").hidden = store.isSaid || !store.position;
	$("newer").hidden = (log.atEnd() && !count) || !store.isSaid;
	$("newer").textContent = count ? t("newer", count, moment(since)) + (log.atEnd() ? " ↑" : "") : t("latest");
	$("mentioned").hidden = !mentions.size;
	$("mentioned").textContent = `@${mentions.size}`;
	// They hide nothing of the newest message.
	$("scroller").style.paddingBottom = count || mentions.size ? `calc(${$("jumps").offsetHeight}px + 1.4rem)` : "";
	attention.show(store.unread, title);
});

function showCommands() {
	const host = location.hostname.replace(/\[|\]/g, "");
	const nc = `${tls ? "ncat --ssl" : "nc"} ${host} ${tcpPort}`;
	const ways = [
		...(tcpPort ? [[nc], [`printf 'hello\\n/quit\\n' | ${nc}`]] : []),
		[`curl -d hello ${here("say")}`, "Windows, macOS"],
		[`irm ${here("say")} -Method Post -Body hello`, "PowerShell"],
		...(tls || !tcpPort ? [] : [[`telnet ${host} ${tcpPort}`]]),
	];
	for (const list of document.querySelectorAll(".ways")) {
		list.replaceChildren(...ways.map(([command, where = ""]) => {
			const code = make("code", command);
			return make("li", make("p", where), code, button("copy", () => copy(code)));
		}));
	}
}

function speak() {
	translate(chosen("language"), chosen("clock"));
	showCommands();
	log.forget();
	people.list();
	tell(connection.status);
	composer.changed();
	draw();
}

on($("banner-act"), "click", () => (connection.status.reason === "password" ? $("lock").showModal() : connection.open()));
on($("newer"), "click", () => (store.unread.isReached ? log.goToEnd() : seek(store.unread.divider)));
on($("scroller"), "scroll", () => look() && draw());
on($("mentioned"), "click", () => seek(Math.min(...store.unread.mentions)));
on($("log"), "click", ({target}) => {
	const {entry} = target.closest(".message:not(.mine) .who")?.closest(".message") ?? {};
	if (entry) composer.mention(entry.from);
});
on(document, "keydown", event => {
	const {key, target} = event;
	if (event.defaultPrevented || !isPlain(event) || document.querySelector("dialog[open]:not(.aside #people)")) return;
	if (key === "Escape") goOn();
	if (key === "Escape" || (isTyped(event) && !target.closest("input, textarea, select"))) $("text").focus();
	const page = {PageUp: -0.9, PageDown: 0.9}[key];
	if (page && target === $("text") && target.scrollHeight <= target.clientHeight) $("scroller").scrollBy(0, page * $("scroller").clientHeight);
});
submitted($("key"), () => {
	visit.keep("password", $("password").value);
	isGiven = true;
	$("lock").close();
	connection.open();
});
on($("options-open"), "click", () => show("options"));
// Who presses outside closes; the focus goes back.
for (const dialog of document.querySelectorAll("dialog")) {
	on(dialog, "mousedown", event => {
		const {offsetX, offsetY} = event;
		const inside = Math.min(offsetX, offsetY, dialog.offsetWidth - offsetX, dialog.offsetHeight - offsetY);
		if (event.target !== dialog || inside >= 0) return;
		event.preventDefault();
		dialog.close();
	});
	set(dialog, {"aria-labelledby": `${dialog.id}-title`});
	dialog.querySelector(".ends").prepend(button("close", () => dialog.close(), "button"));
}
if (isSecureContext) {
	const share = button("sessionLink", () => copy(share.parentElement, `${here("")}#session=${store.session}`));
	$("blocked").before(make("p", labelled("label", "phone"), share));
}
on(window, "hashchange", () => {
	takeSession();
	seek(linked());
});
on(window, "storage", ({key}) => HEARD[key?.slice(browser.prefix.length)]?.());
on(window, "beforeunload", event => {
	if (!store.isIn && store.unsettled.length) event.returnValue = "unsent";
});
on(window, "pagehide", () => {
	keepRead();
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
	keepRead();
	readOut(!store.isBehind && !store.asking);
	beat(false);
	const isLooking = isSeen() && looks++ % 10 < 2;  // twice: who does not answer is gone
	if (isLooking) store.offer(tab.left());
	if (store.judge() || isLooking) draw();
}, LOOK_EVERY);

attend();
offerOptions(speak, attention.problem);
takeSession();
connection.open();
if (matchMedia("(pointer: fine)").matches) $("text").focus();
$("unable")?.remove();
