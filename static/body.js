// A text on the screen: links, code; of a long one the beginning.

import {codeOf} from "./code.js";
import {copy} from "./copying.js";
import {button, make} from "./elements.js";
import {beginning} from "./fold.js";
import {MOST, nodes, parts} from "./links.js";

export function body(text, log) {
	const start = beginning(text);
	const said = make("div.text", ...shown(text, start));
	said.dir = "auto";
	if (start.isWhole) return [said];
	let isFolded = true;
	return [said, button("whole", () => {
		isFolded = !isFolded;
		log.stayAt(said.parentElement);
		said.replaceChildren(...shown(text, isFolded ? start : {text, isWhole: true}));
		if (isFolded) said.parentElement.scrollIntoView({block: "nearest"});
		return isFolded ? "whole" : "part";
	}, "button.small.more")];
}

// Of a block whose end is folded all is copied.
function shown(whole, {text, isWhole}) {
	let links = MOST;
	return codeOf(text, !isWhole).flatMap(({text: plain, code, block}, index, all) => {
		if (block) return [blockOf(block, () => codeOf(whole)[index]?.block ?? block)];
		if (code) return [make("code", code)];
		const found = parts(plain, links);
		links -= found.filter(({href}) => href).length;
		if (!isWhole && index === all.length - 1) delete found[found.length - 1].href;  // half a link leads elsewhere
		return nodes(found);
	});
}

function blockOf(block, whole) {
	const pre = Object.assign(make("pre", block), {tabIndex: 0, dir: "ltr"});
	return make("div.block", pre, button("copy", () => copy(pre, whole())));
}
