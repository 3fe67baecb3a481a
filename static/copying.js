// What is copied.

import {on} from "./elements.js";

// If it can't, it is at least selected. navigator.clipboard is for secure contexts.
export function copy(element, text = element.textContent) {
	const fill = event => put(event, text);
	document.addEventListener("copy", fill, true);
	getSelection().selectAllChildren(element);
	const isCopied = document.execCommand("copy");
	document.removeEventListener("copy", fill, true);
	if (isCopied) getSelection().empty();
	return isCopied && "copied";
}

export function copiesMessages(list) {
	on(list, "copy", event => {
		const range = getSelection().getRangeAt(0);
		const rows = [...list.querySelectorAll(".message:not(.deleted) > .text")].filter(said => range.intersectsNode(said)).map(said => said.parentElement.entry);
		if (rows.length > 1) put(event, rows.map(lineOf).join("\n"));
	});
}

// `20:17 Ann: text`; what goes on in a further line is indented.
function lineOf({time, from, text, isAction}) {
	return `${new Date(time).toTimeString().slice(0, 5)} ${from}${isAction ? ` *${text}*` : `: ${text}`}`.replace(/\n/g, "\n  ");
}

function put(event, text) {
	event.clipboardData.setData("text/plain", text);
	event.preventDefault();
	event.stopPropagation();
}
