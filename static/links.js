// The links of a text.

import {attempt} from "./memory.js";

// Scripts without spaces where others have them.
export const GLUED = "Han Hiragana Katakana Bopomofo Hangul Thai Lao Khmer Myanmar".split(" ").map(name => `\\p{scx=${name}}`).join("");

export const MOST_LINKS = 50;  // links of a message
const LONGEST = 2048;
const REFUSED = 4 * LONGEST;  // characters that turn out to be no link, and are looked through again, before no more are looked for
const TRIED = 100;  // as many of them a try costs

// A link ends before those and their punctuation; but a host may be of them, label by label, and so may what begins behind a slash,
// an equals sign or a hash, or goes on with a query.
const LABEL = `(?:[${GLUED}]+|[a-z0-9-]+)`;
const HOST = `(?=[${GLUED}])${LABEL}(?:\\.${LABEL})*(?::\\d+)?`;
const INNER = `[^${GLUED}\\u3000-\\u303f\\uff00-\\uffef\\s<>"'\`]`;
const TIED = `(?:(?=[${GLUED}])[\\p{L}\\p{M}\\p{N}]|\u30fb)`;
const PIECE = `(?:[/=#]@?${TIED}(?:${TIED}|[\\w(-])*|${TIED}{1,99}(?=[?&]\\w)|${INNER})`;
const mayHold = text => /https?:/iu.test(text);  // most texts do not, and the expression is dear to make
let made;
const links = () => made ??= new RegExp(`\\bhttps?://(?:${HOST}(?:(?=[/?#])${PIECE}{1,${LONGEST}})?|${INNER}${PIECE}{0,${LONGEST}})`, "giu");
const TRAILING = ".,;:!?)]}'\"*_~";

export const withoutLinks = text => (mayHold(text) ? text.replace(links(), "\n") : text);

// {text}, or {text, href} of a link.
export function parts(text, most = MOST_LINKS) {
	if (!mayHold(text)) return text ? [{text}] : [];
	const found = [];
	let [at, refused] = [0, 0];
	const search = new RegExp(links());
	for (let match; most > 0 && refused < REFUSED && (match = search.exec(text));) {
		const link = linkOf(match[0]);
		if (!link) {
			refused += TRIED;
			if (match[0].length > LONGEST) continue;
			refused += match[0].length;
			search.lastIndex = match.index + 1;
			continue;
		}
		if (match.index > at) found.push({text: text.slice(at, match.index)});
		found.push({text: link, href: link});
		at = search.lastIndex = match.index + link.length;
		most--;
	}
	if (at < text.length) found.push({text: text.slice(at)});
	return found;
}

function linkOf(match) {
	const link = trimmed(match);
	return match.length <= LONGEST && attempt(() => new URL(link).href && link);
}

// A link does not end in the sentence's punctuation; but in a bracket that it opens.
function trimmed(match) {
	let end = match.length;
	while (TRAILING.includes(match[end - 1])) end--;
	const link = match.slice(0, end);
	const [opened, closed] = ["(", ")"].map(each => link.split(each).length);
	return match[end] === ")" && opened > closed ? `${link})` : link;
}
