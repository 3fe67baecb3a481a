// The list above the box: names behind an @ (by Tab without one too), commands behind a slash that begins the text.

import {claim, make, on, set} from "./elements.js";
import {folded, kindOf, plain} from "./mentions.js";

const MOST = 8;  // names
const LONGEST = 100;  // characters that are looked at

// {start, options} for the last word. What is written in full needs none.
export function completionsOf(text, {isAsked, ...known}) {
	const word = text.slice(-LONGEST).split(/\s/u).pop();
	const sought = word.search(/[@\uff20][^@\uff20]*$/u);
	// As in mentions.js: behind what is no letter, or one of a script without spaces.
	const begun = sought > 0 && kindOf(word[sought - 1]) !== "spaced" ? word.slice(sought) : word;
	const at = text.length - begun.length;
	const wanted = plain(begun);
	const sign = wanted[0] === "@" ? "@" : "";
	const isCommand = !at && wanted[0] === "/";
	const names = sign || (isAsked && begun) ? named(known.names, wanted.slice(sign.length)) : [];
	const found = isCommand ? known.commands.filter(each => each.startsWith(wanted)) : names.map(name => sign + name);
	return {start: at, options: found.includes(begun) ? [] : found.slice(0, isCommand ? Infinity : MOST)};
}

// Those that begin so, then those of which a further word does.
function named(names, wanted) {
	const places = names.map(name => ` ${plain(name).replace(/[^\p{L}\p{M}\p{N}]/gu, " ")}`.indexOf(` ${wanted}`));
	return [...names.filter((_, index) => !places[index]), ...names.filter((_, index) => places[index] > 0)];
}

let [options, chosen, begin] = [[], 0, 0];
let isOpen, isAsked;  // whether it is wanted, for a word without a sign too
let box, list, commands, names, opened, type;

export function start(given) {
	({box, list, commands, names, opened, type} = given);
	on(list, "pointerdown", claim);  // the box keeps the focus
	on(list, "click", ({target}) => pick([...list.children].indexOf(target)));
	on(box, "blur", close);
}

export function close() {
	isOpen = isAsked = false;
	show([]);
}

// Whether it may have more when there is an answer.
export function update(isByTab = false) {
	const wasOpen = isOpen;
	[isOpen, isAsked] = [true, isByTab];
	refresh();
	isOpen = options.length > 0 || (begin < box.selectionStart && (isAsked || folded(box.value[begin]) === "@"));
	return isOpen && !wasOpen && opened();
}

// More is known, of which some may be wanted; what was chosen stays.
export function refresh() {
	if (!isOpen) return;
	const {value, selectionStart} = box;
	const found = completionsOf(value.slice(0, selectionStart), {commands: commands(), names: names(), isAsked});
	const index = begin === found.start ? found.options.indexOf(options[chosen]) : 0;
	begin = found.start;
	show(found.options, Math.max(0, index));
}

function show(offered, index = 0) {
	[options, chosen] = [offered, index];
	list.hidden = !options.length;
	const item = (option, place) => set(make("li", option), {id: `option-${place}`, role: "option", "aria-selected": place === chosen});
	list.replaceChildren(...options.map(item));
	list.children[chosen]?.scrollIntoView({block: "nearest"});
	box.setAttribute("aria-activedescendant", options.length ? `option-${chosen}` : "");
}

const pick = index => type(`${options[index]} `, begin, box.selectionStart);

export function pressed({key, shiftKey}) {
	if (shiftKey) return false;
	if (key === "Tab" && !options.length) {
		const isWaiting = update(true);
		return options.length > 0 || isWaiting;  // who waits stays in the box, and leaves it by another Tab
	}
	const acts = {
		ArrowUp: () => show(options, (chosen || options.length) - 1), ArrowDown: () => show(options, (chosen + 1) % options.length),
		Enter: () => pick(chosen), Tab: () => pick(chosen), Escape: close,
	};
	const isMeant = options.length > 0 && key in acts;
	if (isMeant) acts[key]();
	return isMeant;
}
