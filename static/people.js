// Who is here, and what operators do: to a person or a message, not to a name, which others may have.

import {doubting} from "./asking.js";
import {$, badge, button, fill, isTyped, make, on, onceAFrame, person, show, submitted, write} from "./elements.js";
import {moment, quantity, t} from "./i18n.js";
import {browser} from "./memory.js";
import {plain} from "./mentions.js";
import {send, store} from "./room.js";

const DEFAULTS = {mute: 600, unmute: "", kick: "", ban: 0, unban: ""};  // seconds; 0 is for ever, and what does not last has none
const DURATIONS = {600: [10, "minute"], 3600: [1, "hour"], 86_400: [1, "day"], 604_800: [1, "week"]};

const wide = matchMedia("(min-width: 75rem)");
const panel = $("people");
let target;  // a person {name, by} or a message {name, by, seq}
let pick;

export function start(given) {
	({pick} = given);
	on($("who"), "click", toggle);
	on($("search"), "input", list);
	on(wide, "change", arrange);
	on($("act"), "change", chose);
	submitted($("sentence"), act);
	on(panel, "keydown", event => isTyped(event) && !wide.matches && $("search").focus());
	arrange();
}

function arrange() {
	const isAside = wide.matches && browser.get("people") !== "closed";
	panel.close();
	panel.open = isAside;  // show() would take the focus
	document.body.classList.toggle("aside", isAside);
	ask();
}

function toggle() {
	if (wide.matches) {
		browser.set("people", panel.open ? "closed" : "open");
		arrange();
	} else {
		show("people");
		ask();
	}
}

export function open() {
	if (!panel.open) toggle();
}

export function ask() {
	list();
	if (panel.open) send({type: "who"});
}

const doubt = doubting(() => !document.hidden && panel.open && store.isDoubtful && ask());

const listSoon = onceAFrame(list);
export function heard() {
	listSoon();
	if (panel.open && store.isDoubtful) doubt(store.members, store.isOperator);
}

export function list() {
	if (!panel.open) return;
	const wanted = plain($("search").value.trim());
	const [{lang}, {isOperator}] = [document.documentElement, store];
	const {compare} = new Intl.Collator(lang, {numeric: true});
	const found = [...store.here?.values() ?? []].filter(({name}) => plain(name).includes(wanted));
	found.sort((one, other) => compare(one.name, other.name));
	const rows = found.map(each => ({each, key: JSON.stringify([each, store.isMe(each), isOperator, lang])}));
	if (store.areMoreHere) rows.push({key: t("more")});
	else if (wanted && !rows.length) rows.push({key: t("nobody")});
	fill($("names"), rows, rowOf);
}

function rowOf({each, key}) {
	if (!each) return make("li.notice", key);
	const isMe = store.isMe(each);
	const about = make("span", person(each), isMe ? make("span.me", ` ${t("me")}`) : "", detailOf(each));
	const picked = make("button.plain", badge(each), about);
	on(picked, "click", () => {
		if (!wide.matches) panel.close();
		pick(each.name);
	});
	return make("li", picked, store.isOperator && !isMe ? button("moderate", () => moderate(each)) : "");
}

export function moderate(about) {
	target = about;
	write("moderation-title", t("moderate", target.name));
	$("act").replaceChildren(...Object.keys(DEFAULTS).map(each => new Option(t(each), each)));
	const options = Object.entries(DURATIONS).map(([seconds, lasting]) => new Option(quantity(...lasting), seconds));
	$("duration").replaceChildren(...options, new Option(t("forever"), 0));
	tell("");
	chose();
	$("moderation").showModal();
}

function chose() {
	const {value} = $("act");
	$("duration").value = DEFAULTS[value];
	$("lasting").hidden = DEFAULTS[value] === "";
	write("do", t(value));
	$("do").hidden = false;
}

function act() {
	const {by, seq} = target;
	const [verb, seconds] = [$("act").value, Number($("duration").value)];
	const isSent = send({type: "moderate", act: verb, seq, member: seq ? undefined : by, seconds});
	$("do").hidden = isSent;
	tell(isSent ? "" : t("unreached"));
	ask();
}

// The log behind the dialog says it too.
export const tell = text => write("told", text);

function detailOf({host, since}) {
	if (!host) return "";
	const time = Date.parse(since);
	return make("span.detail", time ? `${host} · ${t("since")} ${moment(time)}` : host);
}
