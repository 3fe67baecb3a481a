// Long texts are shown in part until more is asked for: what is built is the reader's cost.

const LINES = 20;
const CHARACTERS = 2_000;
const SLACK = 1.25;  // so much more is not worth a button

export function beginning(text) {
	if (text.length <= CHARACTERS * SLACK && afterLines(text, LINES * SLACK) >= text.length) return {text, isWhole: true};
	const start = text.slice(0, Math.min(CHARACTERS, afterLines(text, LINES) - 1));
	return {text: start.replace(/[\ud800-\udbff]$/, ""), isWhole: false};  // half a character is none
}

// Past its end if it has no more.
function afterLines(text, lines) {
	let at = 0;
	for (let line = 0; line < lines; line++) {
		at = text.indexOf("\n", at) + 1;
		if (!at) return text.length + 1;
	}
	return at;
}
