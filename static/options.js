// What one has chosen is taken at once, in other tabs too.

import {$, labelled, make, on, set, write} from "./elements.js";
import {LANGUAGES, t} from "./i18n.js";
import {browser} from "./memory.js";

const CALLS = ["off", "on", "all"];
// By the keys of their texts. The first is the default, or the browser's language.
const CHOICES = {
	theme: ["system", "light", "dark"],
	clock: ["system", "h12", "h23"],
	language: LANGUAGES,
	notify: CALLS,
	sound: CALLS,
	joins: ["shown", "hidden"],
};

export function chosen(name) {
	const values = CHOICES[name];
	return [browser.get(name), navigator.language.slice(0, 2)].find(each => values.includes(each)) ?? values[0];
}

// `problem()` gives the key of why nobody can be notified here.
export function offerOptions(taken, problem) {
	let before = "";
	const take = () => {
		const values = Object.keys(CHOICES).map(name => ($(name).value = chosen(name))).join();
		if (values === before) return;
		before = values;
		window.paint(chosen("theme"));
		taken();
	};
	for (const [name, values] of Object.entries(CHOICES)) {
		const options = values.map(each => labelled("option", each, {value: each}));
		const select = set(make("select", ...options), {id: name});
		$("choices").append(make("p", set(make("label"), {for: name}), select));
		on(select, "change", async () => {
			const {value} = select;
			const why = name === "notify" && value !== "off" && await problem();
			write("blocked", t(why));
			if (!why) browser.set(name, value);
			take();
		});
	}
	on(window, "storage", take);
	take();
}
