// A window of rows that follows the end, or stays where the reader is.

import {copiesMessages} from "./copying.js";
import * as deleting from "./deleting.js";
import {$, $$, become, fill, on, write} from "./elements.js";
import {midnight, t} from "./i18n.js";
import {MAKERS} from "./makers.js";
import {chosen} from "./options.js";
import {store} from "./room.js";
import {rowsOf} from "./rows.js";

const STICK = 32;  // pixels from the end
const NEAR = 800;  // and from an edge of the window
const STEP = 300;  // entries
const MOST = 1500;
const FOLLOWED = 600;  // at the end: each message costs what there are rows

const [scroller, list] = [$("scroller"), $("log")];
let [from, to] = [0, 0];
let kept = null;  // the row that stays, by the window: the banner comes and goes above
let entrance;
let isPrinted, resumes;
const holds = new Set();  // nothing moves under a selection, a pressed pointer, one on the buttons of a row, or the keyboard
let height, settled;
let askOlder, bridge, act, jump, moved;
let isAtEnd = true;
export const atEnd = () => isAtEnd;

export function start(given) {
	({askOlder, bridge, act, jump, moved} = given);
	on(scroller, "scroll", scrolled);
	const sizes = new ResizeObserver(() => settle());
	for (const each of [scroller, list, $("jumps")]) sizes.observe(each);
	copiesMessages(list);
	on(window, "pointerdown pointerup pointercancel", ({type, target}) => hold("press", type === "pointerdown" && scroller.contains(target)));
	on(document, "selectionchange", () => {
		const {isCollapsed, anchorNode} = getSelection();
		hold("selection", !isCollapsed && list.contains(anchorNode));
	});
	// What comes to lie under a pointer that rests holds nothing: it was not pointed at.
	on(list, "pointermove pointerleave", ({target}) => hold("pointer", target.closest(".acts button")));
	on(list, "focusin focusout", ({type, target}) => hold("focus", type === "focusin" && target.closest(".acts button,#log :focus-visible")));
	on(window, "keydown", () => hold("pointer"));  // who types is done there
	on(window, "wheel touchmove pointerdown keydown", unmark);
	on(window, "beforeprint afterprint", ({type}) => {
		isPrinted = type === "beforeprint";
		if (isPrinted) [from, to] = [store.offset, store.end];
		render();
	});
}

// Who was at the end is there again afterwards.
function hold(what, isSo) {
	holds[isSo ? "add" : "delete"](what);
	if (resumes && !holds.size) goToEnd();
}

export function render() {
	if (isAtEnd && holds.size && store.end > to) {
		[isAtEnd, resumes, kept] = [false, true, anchor()];
		moved();
	}
	if (!isPrinted) place();
	// The reader may have scrolled since the last event told of it.
	if (!isAtEnd && (scroller.scrollTop !== settled || !kept?.element.isConnected)) kept = anchor();
	const {offset, end, more, isIn, isSaid, position, unread: {divider}} = store;
	const rows = rowsOf(store.entries.slice(from - offset, to - offset), to === end ? store.outbox.all : [], {
		divider, isIn, now: Date.now(), dayOf, leaving: deleting.leaving(),
		me: {from: store.name || "…", by: store.by, epoch: position?.epoch}, hides: chosen("joins") === "hidden",
	});
	keepFocus(() => fill(list, rows, make));
	rows.forEach(({isGrouped = false}, index) => list.children[index].classList.toggle("grouped", isGrouped));
	$("older").hidden = !isSaid || !position;
	write("older", t(more || from > offset ? "older" : "beginning"));
	enterAtLast();
	settle();
	if (scroller.scrollTop < NEAR && height && to - from < (isAtEnd ? STEP : MOST - STEP)) up();
	const hole = list.querySelector(".hole");
	if (hole && isNear(hole)) bridge(belowTop(hole) < 0 ? "before" : "after");
}

// One that was made anew keeps it; of one that is left behind the log has it: the body scrolls by no key.
function keepFocus(change) {
	const {entry} = document.activeElement?.closest("#log > *") ?? {};
	change();
	if (entry && !list.contains(document.activeElement)) (rowOf(entry) ?? scroller).focus({preventScroll: true});
}

// The keyboard's way in.
function enterAtLast() {
	let row = list.lastElementChild;
	while (row && !row.matches(".message")) row = row.previousElementSibling;
	if (row === entrance) return;
	entrance?.setAttribute("tabindex", -1);
	row?.setAttribute("tabindex", 0);
	entrance = row;
}

export function settle() {
	height = scroller.clientHeight;
	if (isAtEnd && store.isSaid) scroller.scrollTop = scroller.scrollHeight;
	const shift = !isAtEnd && kept?.element.isConnected && Math.round(topOf(kept.element) - kept.top);
	if (shift) scroller.scrollTop += shift;  // even by nothing it ends a scrolling that is under way
	settled = scroller.scrollTop;
}

const NOON = 129_600_000;  // of the next day, about, whatever clocks are set to in the night

// Asked for each row of each frame, of which nearly all are of one day.
let day = {};
function dayOf(time) {
	if (!(time >= day.begins && time < day.ends)) {
		const begins = midnight(time);
		day = {begins, ends: midnight(begins + NOON), name: new Date(time).toDateString()};
	}
	return day.name;
}

const unmark = () => list.querySelector(".linked")?.classList.remove("linked");
const rowOf = entry => [...list.children].find(row => row.entry === entry);
const topOf = element => element.getBoundingClientRect().top;
const belowTop = element => topOf(element) - topOf(scroller);

const isNear = (element, slack = NEAR) => belowTop(element) > -slack && belowTop(element) < scroller.clientHeight + slack;

// What is answered on the screen and not known, by the newest. What came meanwhile, by whichever page, is shown.
export function unknown() {
	const sought = [];
	for (const {dataset: {re}, parentElement} of $$("[data-re]", list).filter(each => isNear(each, 0))) {
		if (store.quoteOf(Number(re)) === undefined) sought.unshift(Number(re));
		else renew([parentElement]);
	}
	return sought;
}

function stayAt(element) {
	isAtEnd = false;
	kept = {element, top: topOf(element)};
	moved();
}

export function extend() {
	if (scroller.scrollTop < NEAR) move(-STEP);
}

// What is in them is made anew, and they stay where they are.
export function renew(rows = list.children) {
	for (const each of rows) {
		const made = make(each.row);
		keepFocus(() => each.replaceChildren(...made.childNodes));
		each.ariaLabel = made.ariaLabel;
	}
}

export function goToEnd() {
	[isAtEnd, resumes] = [true, false];
	holds.clear();  // who goes there follows
	render();
	moved();
}

// To the oldest that is loaded: what is older follows.
export function goUp() {
	scroller.scrollTop = 0;
	scrolled();
}

// To a message, or the next one if it is gone.
export function goTo(seq, isLinked) {
	const index = store.entries.findIndex(entry => entry.seq >= seq);
	const entry = store.entries[index];
	if (!entry) return;
	[isAtEnd, resumes, kept] = [false, false, null];
	from = store.offset + Math.max(0, index - STEP);
	to = from + MOST;
	render();
	const element = rowOf(entry);
	if (isLinked) {
		unmark();
		element.classList.add("linked");
		element.focus({preventScroll: true});
	}
	scroller.scrollTop += belowTop(element) - scroller.clientHeight / 4;
	stayAt(element);
	settled = scroller.scrollTop;
	scrolled();
}

// Whether anything of what is on the screen had to be seen.
export function see() {
	const {unread} = store;
	let [row, isNews] = [(unread.mentions.size || !unread.isReached) && anchor()?.element, false];
	for (; row && belowTop(row) < scroller.clientHeight; row = row.nextElementSibling) isNews = unread.see(row.entry?.seq) || isNews;
	return isNews;
}

function place() {
	if (isAtEnd) {
		to = store.end;
		from = Math.max(from, store.offset);
		if (to - from > FOLLOWED) from = to - STEP;
	} else {
		from = Math.max(store.offset, Math.min(from, store.end));
		to = Math.min(store.end, Math.max(to, from + MOST));
	}
}

function scrolled() {
	if (!store.isSaid) return;  // nobody follows an empty room
	const {scrollTop, scrollHeight, clientHeight} = scroller;
	const below = scrollHeight - scrollTop - clientHeight;
	const wasAtEnd = isAtEnd;
	// Not the reader moved: the window's size did, or a row's.
	if (wasAtEnd && (clientHeight !== height || (below >= STICK && scrollTop === settled))) {
		render();
		return;
	}
	// More may have come since the last frame.
	isAtEnd = below < STICK && (wasAtEnd || to === store.end);
	if (isAtEnd) kept = null;
	else if (scrollTop !== settled) [kept, resumes] = [anchor(), false];
	if (isAtEnd !== wasAtEnd) moved();
	if (scrollTop < NEAR) up();
	else if (below < NEAR && to < store.end) move(STEP);
	else if (list.querySelector(".hole")) render();
}

function up() {
	if (from > store.offset) move(-STEP);
	else if (store.more && !store.asking && store.position) askOlder();
}

function move(by) {
	from = Math.max(store.offset, by < 0 ? from + by : Math.min(from + by, store.end - MOST));
	if (!isAtEnd) to = Math.min(store.end, from + MOST);
	render();
}

function anchor() {
	const {scrollTop} = scroller;
	// Not a day's heading, which goes when older rows of that day come.
	const rows = $$(":scope > :not(.day)", list);
	const element = rows.find(row => row.offsetTop + row.offsetHeight > scrollTop) ?? list.lastElementChild;
	return element && {element, top: topOf(element)};
}

function make({kind, entry, version, time}, there) {
	let element;
	try {
		element = MAKERS[kind](entry ?? {time}, {act, jump, stayAt, quoteOf: store.quoteOf}, version);
	} catch (error) {
		console.error(error);
		element = MAKERS.fault();
	}
	return Object.assign(there ? become(there, element) : element, {entry});
}
