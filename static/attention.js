// What calls while nobody looks. Some browsers throw.

import {$} from "./elements.js";
import {t} from "./i18n.js";
import {attempt} from "./memory.js";
import {chosen} from "./options.js";

const icon = $("icon");
const plain = icon.href;

export function show({count, mentions}, title) {
	const mark = mentions.size ? `(@${mentions.size}) ` : count ? `(${count}) ` : "";
	document.title = mark + title;
	icon.href = mark ? plain.replace(/\.svg$/, "-unread.svg") : plain;
}

export function call({from, text, mention, seq}) {
	const wanted = ["all", mention && "on"];
	if (wanted.includes(chosen("sound"))) attempt(beep);
	if (wanted.includes(chosen("notify"))) attempt(() => notify(from, text.slice(0, 200), seq));
}

let shown;
export const forget = seqs => seqs.includes(shown?.seq) && shown.notification.close();

// Android's throws: it shows service workers' alone.
function notify(title, body, seq) {
	const notification = new Notification(title, {body, tag: "mention", icon: plain});
	notification.onclick = () => window.focus();
	shown = {notification, seq};
	return true;
}

// The key of why that can't be.
export async function problem() {
	if (!isSecureContext) return "insecure";
	if (window.Notification && await Notification.requestPermission() !== "granted") return "blocked";
	return attempt(() => notify($("title").textContent, t("notify"))) ? "" : "unable";
}

let context;
function beep() {
	if (context?.state === "running") return;
	context = new AudioContext();
	const tone = new OscillatorNode(context, {frequency: 660});
	const volume = new GainNode(context, {gain: 0.1});
	const end = context.currentTime + 0.25;
	volume.gain.exponentialRampToValueAtTime(0.001, end);
	tone.connect(volume).connect(context.destination);
	tone.start();
	tone.stop(end);
	tone.onended = () => context.close();
}
