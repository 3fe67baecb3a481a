// What is wrong with the connection, and what can be done.

import {$, write} from "./elements.js";
import {format, t} from "./i18n.js";

const AWAY = ["lost", "connecting"];
const REASONS = {password: "locked", kicked: "kicked", banned: "banned"};
const ACTIONS = {replaced: "here", left: "back"};

export function tell(status) {
	const {phase, trouble} = status;
	$("who").dataset.state = phase;
	$("banner").hidden = phase === "in";
	if (phase === "in") return;
	// What mends itself at once is no news: style.css shows that late.
	$("banner").classList.toggle("late", AWAY.includes(phase) && !trouble);
	write("banner-text", sentence(status));
	write("banner-act", t(status.reason === "password" ? "key" : ACTIONS[phase] ?? "now"));
}

// That it is offline is believed of a browser only without a connection: a room next door needs no internet.
function sentence({phase, since, reason, trouble, wasIn}) {
	if (phase === "refused") return t(REASONS[reason] ?? "refused", reason);
	if (!AWAY.includes(phase)) return t(phase);
	if (trouble) return t(trouble.kind, trouble.detail);
	const what = navigator.onLine ? (wasIn ? t("lost", format("time", since)) : t("unreached")) : t("offline");
	return what + t("kept");
}
