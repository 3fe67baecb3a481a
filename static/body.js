// A text on the screen; of a long one the beginning.

import {codeOf} from "./code.js";
import {copy} from "./copying.js";
import {button, make, set} from "./elements.js";
import {MOST_LINKS, parts} from "./links.js";

// What is built is the reader's cost.
const LINES = 20;
const CHARACTERS = 2_000;
const SLACK = 1.25;  // so much more is not worth a button

export function body(text, log) {
	const start = beginning(text);
	const first = make("div.text", ...shown(text, start));
	first.dir = "auto";
	if (start.isWhole) return [first];
	let isFolded = true;
	return [first, button("whole", ({previousSibling: said}) => {
		isFolded = !isFolded;
		log.stayAt(said.parentElement);
		said.replaceChildren(...shown(text, isFolded ? start : {text, isWhole: true}));
		if (isFolded) said.parentElement.scrollIntoView({block: "nearest"});
		return isFolded ? "whole" : "part";
	}, "button.small.more")];
}

// Of a block whose end is folded all is copied.
function shown(whole, {text, isWhole}) {
	let links = MOST_LINKS;
	return codeOf(text, !isWhole).flatMap(({text: plain, code, block}, index, all) => {
		if (block) return [blockOf(block, () => codeOf(whole)[index]?.block ?? block)];
		if (code) return [make("code", code)];
		// The direction is of what is said, not of the name that it begins with.
		const [greeting] = /^@\S{1,99}\s|^/.exec(index ? "" : plain);
		const found = parts(plain.slice(greeting.length), links);
		links -= found.filter(({href}) => href).length;
		if (!isWhole && index === all.length - 1) delete found[found.length - 1].href;  // half a link leads elsewhere
		return [...(greeting && [make("bdi", greeting)]), ...found.map(linked)];
	});
}

export const linked = ({text, href}) => (href ? set(make("a", text), {href, target: "_blank", rel: "noreferrer", dir: "ltr"}) : text);

function blockOf(block, whole) {
	const pre = set(make("pre", block), {tabindex: -1, dir: "ltr"});
	return make("div.block", pre, button("copyCode", () => copy(pre, whole())));
}

export function beginning(text) {
	if (text.length <= CHARACTERS * SLACK && afterLines(text, LINES * SLACK) >= text.length) return {text, isWhole: true};
	const start = text.slice(0, Math.min(CHARACTERS, afterLines(text, LINES) - 1));
	return {text: start.replace(/[\ud800-\udbff]$/, "")};  // half a character is none
}

const afterLines = (text, lines) => text.split("\n", lines).join().length + 1;
