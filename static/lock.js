// The room's password. One that was given here the tab keeps; what another tab of this room tells, which is in, nobody does.

import {$, submitted, write} from "./elements.js";
import {t, worded} from "./i18n.js";
import {attempt, browser, visit} from "./memory.js";
import {connection, store} from "./room.js";

let password = visit.recall("password");
const tried = new Set([null]);  // each guess counts
let isGiven = false;  // of one that was kept, or let one in, nobody is told that it is wrong
let tabs;

export function start() {
	submitted($("key"), () => {
		const {value} = $("password");
		visit.keep("password", value);
		isGiven = true;
		take(value);
	});
	// By its path: not of another room of this origin. Some browsers that block cookies throw.
	attempt(() => {
		tabs = new BroadcastChannel(`${browser.prefix}password`);
		tabs.onmessage = ({data}) => (store.isIn ? data ?? tell() : tried.has(data) || take(data));
		tabs.postMessage(null);
	});
}

export function tell() {
	isGiven = false;
	if (password) tabs?.postMessage(password);
}

function take(given) {
	password = given;
	$("lock").close();
	if (connection.status.reason === "password") connection.open();
}

export function key() {
	tried.add(password);
	return password ?? undefined;
}

export function refused() {
	if (tried.has(password)) {
		write("wrong", isGiven ? worded(store.lockedBy) : t(connection.status.wasIn ? "changed" : ""));
		$("key").reset();
		$("lock").showModal();
		tabs?.postMessage(null);
	} else connection.open();
}
