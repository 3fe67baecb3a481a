// What of a text is code: between backticks, or lines that look like it.

const FEWEST = 3;  // lines that are code without being called so
const SHARE = 0.6;  // of them
const START = 200;  // characters of a line
const PARTS = 100;  // parts

// A fence with the line of its language, and the line's ends around it; one that stays open; backticks within a line.
const codeUntil = end => new RegExp("\\n?```(?:[\\w+#.-]{0,20}\\n)?([\\s\\S]*?)\\n?" + end + "|```|`(?!\\s*`)([^`\\n]*)`", "g");
const [WHOLE, CUT] = ["```\\n?", "(?:```\\n?|$)"].map(codeUntil);
export const withoutCode = text => text.replace(WHOLE, (all, block, code) => ((block ?? code)?.trim() ? "\n" : all));
const filled = parts => parts.filter(({text}) => text !== "");

// {text}, {code} within a line, {block} of lines. Of what `isCut` the end is missing.
export function codeOf(text, isCut) {
	const found = [];
	let at = 0;
	for (const {0: all, 1: block, 2: code, index} of text.matchAll(isCut ? CUT : WHOLE)) {
		if (found.length >= PARTS) break;
		if (!(block ?? code)?.trim()) continue;
		found.push({text: text.slice(at, index)}, block ? {block} : {code});
		at = index + all.length;
	}
	return at ? filled([...found, {text: text.slice(at)}]) : guessed(text);
}

function guessed(text) {
	const lines = text.split("\n");
	if (lines.length < FEWEST) return [{text}];
	const looks = lines.map(line => SIGNS.some(sign => sign.test(line.slice(0, START).trimEnd())));
	const [first, last] = [looks.indexOf(true), looks.lastIndexOf(true) + 1];
	const count = looks.filter(Boolean).length;
	const written = lines.slice(first, last).filter(line => line.trim()).length;
	if (count < FEWEST || count < SHARE * written) return [{text}];
	const part = (...ends) => lines.slice(...ends).join("\n");
	return filled([{text: part(0, first)}, {block: part(first, last)}, {text: part(last)}]);
}

const SIGNS = [
	/^(\t| {2})\s*\S|[{};]$|^[}\])]/,
	/^(class|def|else|for|from|func|function|if|import|while|#include) .*[:({;'">)]$|^(SELECT|FROM|WHERE) /,
	/^(const |let )?[\w.]{1,80}( ?\+?= ?\S|\(.*\)$)/,
	/^[$#] ?\w|^(\+\+\+|---|@@|diff) /,
	/^\W?\d{4}-\d\d-\d\d[T ]\d|^\W?\d\d:\d\d:\d\d|^[A-Z][a-z]{2} +\d+ \d\d:\d\d:/,
	/^\W?(DEBUG|INFO|WARN|ERROR|FATAL)|^Traceback |^\w{1,80}(Error|Exception)\b/,
	/\|[^|]*\||\S\t|\S {3,9}\S/,
];
