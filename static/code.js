// What of a text is code: what stands between backticks; without any, lines that look like code, a log, a table.

const FENCE = "```";
const FEWEST = 3;  // lines that are code without being called so
const SHARE = 0.6;  // of them look like it
const LOOKED_AT = 200;  // characters of a line
const MOST = 100;  // parts

// {text}, {code} within a line, {block} of lines. Of what `isCut` the end is missing.
export function codeOf(text, isCut) {
	const found = [];
	let [at, from] = [0, 0];
	const add = part => { if (part.text !== "") found.push(part); };
	for (let open; found.length < MOST && (open = text.indexOf("`", from)) >= 0;) {
		const [part, end] = text.startsWith(FENCE, open) ? fenced(text, open, isCut) : inline(text, open);
		from = end;
		if (!part) continue;
		// A block begins and ends a line by itself.
		add({text: text.slice(at, part.block && text[open - 1] === "\n" ? open - 1 : open)});
		found.push(part);
		at = from = part.block && text[end] === "\n" ? end + 1 : end;
	}
	if (!at) return guessed(text);
	add({text: text.slice(at)});
	return found;
}

// What begins there, or null; and where to go on.
function fenced(text, open, isCut) {
	const start = open + FENCE.length;
	const close = text.indexOf(FENCE, start);
	if (close < 0 && !isCut) return [null, start];
	const end = close < 0 ? text.length : close;
	const block = text.slice(start, end).replace(/^[\w+#.-]{0,20}\n/, "").replace(/\n$/, "");
	return [block.trim() ? {block} : null, end + FENCE.length];
}

function inline(text, open) {
	const close = text.indexOf("`", open + 1);
	const code = text.slice(open + 1, Math.max(open, close));
	return code.trim() && !code.includes("\n") ? [{code}, close + 1] : [null, close < 0 ? text.length : close];
}

function guessed(text) {
	const lines = text.split("\n");
	if (lines.length < FEWEST) return [{text}];
	const looks = lines.map(line => SIGNS.some(sign => sign.test(line.slice(0, LOOKED_AT).trimEnd())));
	const [first, last] = [looks.indexOf(true), looks.lastIndexOf(true) + 1];
	const count = looks.filter(each => each).length;
	const written = lines.slice(first, last).filter(line => line.trim()).length;
	if (count < FEWEST || count < SHARE * written) return [{text}];
	const part = (...ends) => lines.slice(...ends).join("\n");
	return [{text: part(0, first)}, {block: part(first, last)}, {text: part(last)}].filter(each => each.text !== "");
}

const SIGNS = [
	/^(\t| {2})\s*\S|[{};]$|^[}\])]/,
	/^(class|def|else|for|from|func|function|if|import|while|#include) .*[:({;'">)]$|^(SELECT|FROM|WHERE) /,
	/^(const |let )?[\w.]{1,80}( ?\+?= ?\S|\(.*\)$)/,  // an assignment, a call
	/^[$#] ?\w|^(\+\+\+|---|@@|diff) /,  // a shell, a difference
	/^\W?\d{4}-\d\d-\d\d[T ]\d|^\W?\d\d:\d\d:\d\d|^[A-Z][a-z]{2} +\d+ \d\d:\d\d:/,
	/^\W?(DEBUG|INFO|WARN|ERROR|FATAL)|^Traceback |^\w{1,80}(Error|Exception)\b/,
	/\|[^|]*\||\S\t|\S {3,9}\S/,  // a table
];
