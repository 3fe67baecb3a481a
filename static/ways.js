// The ways in: from a terminal, and by a link as the same person on another device.

import {copy} from "./copying.js";
import {$, $$, button, labelled, make} from "./elements.js";
import {t} from "./i18n.js";
import {browser} from "./memory.js";

export const here = name => new URL(name, location);  // wherever a proxy puts the page

// The message of this room that a link leads to.
export const seqOf = ({origin, pathname, hash}) =>
	origin + pathname === location.origin + location.pathname && Number(/^#m(\d+)$/.exec(hash)?.[1]) || null;

export function showWays() {
	const {tcpPort, tls} = document.body.dataset;
	const host = location.hostname.replace(/\[|\]/g, "");
	const nc = `${tls ? "ncat --ssl" : "nc"} ${host} ${tcpPort}`;
	const ways = [
		...(tcpPort ? [[nc], [`printf 'hello\\n/quit\\n' | ${nc}`]] : []),
		[`curl -d hello ${here("say")}`, "Windows, macOS"],
		[`irm ${here("say")} -Method Post -Body hello`, "PowerShell"],
		...(tls || !tcpPort ? [] : [[`telnet ${host} ${tcpPort}`]]),
	];
	for (const list of $$(".ways")) {
		list.replaceChildren(...ways.map(([command, where = ""]) => {
			const code = make("code", command);
			return make("li", make("p", where), code, button("copy", () => copy(code)));
		}));
	}
}

export function offerLink(store) {
	if (!isSecureContext) return;
	const share = button("sessionLink", () => copy(share.parentElement, `${here("")}#session=${store.session}`));
	$("blocked").before(make("p", labelled("label", "phone"), share));
}

export const leaveLink = () => history.replaceState(history.state, "", here(""));

// A secret does not stay in the address bar. Whether there was one.
export function takeLink() {
	const [, session] = /^#session=([\w-]{22})$/.exec(location.hash) ?? [];
	if (!session) return false;
	leaveLink();
	// Its maker is this person too: an operator, if it becomes one.
	if (isSecureContext && session !== browser.recall("session") && confirm(t("takeOver"))) {
		browser.set("name", "");  // of another
		browser.keep("session", session);
	}
	return true;
}
