// What is copied.

import {$$, claim, on} from "./elements.js";

// If it can't, it is at least selected. navigator.clipboard is for secure contexts.
export function copy(element, text = element.textContent) {
	const fill = event => intoClipboard(event, text);
	document.addEventListener("copy", fill, true);
	getSelection().selectAllChildren(element);
	const isCopied = document.execCommand("copy");
	document.removeEventListener("copy", fill, true);
	if (isCopied) getSelection().empty();
	return isCopied && "copied";
}

export function copiesMessages(list) {
	on(document, "copy", event => {
		const selection = getSelection();
		if (!selection.rangeCount || event.target.closest?.("input, textarea")) return;
		const range = selection.getRangeAt(0);
		const rows = $$(".message:not(.deleted) > .text", list).filter(said => range.intersectsNode(said))
			.map(said => ({...said.parentElement.entry, text: partOf(range, said)})).filter(({text}) => text);
		if (rows.length > 1 || (rows.length && !list.contains(range.commonAncestorContainer))) intoClipboard(event, rows.map(lineOf).join("\n"));
	});
}

// What is marked of a text; as it was written, if that is all of it.
function partOf(whole, said) {
	const range = whole.cloneRange();
	if (!said.contains(range.startContainer)) range.setStart(said, 0);
	if (!said.contains(range.endContainer)) range.setEnd(said, said.childNodes.length);
	if (range.toString() === said.textContent) return said.parentElement.entry.text;
	const part = range.cloneContents();
	for (const each of $$("button, pre", part)) each.replaceWith("\n", each.matches("pre") ? each.textContent : "");
	return part.textContent.trim();
}

// `20:17 Ann: text`; what goes on in a further line is indented.
function lineOf({time, from, text, isAction}) {
	return `${new Date(time).toTimeString().slice(0, 5)} ${from}${isAction ? ` *${text}*` : `: ${text}`}`.replace(/\n/g, "\n  ");
}

function intoClipboard(event, text) {
	event.clipboardData.setData("text/plain", text);
	claim(event);
	event.stopPropagation();
}
