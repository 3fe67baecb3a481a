// Whether a text speaks to a name: @name, in any case and without its accents; or a word of its own, as written, or so before a colon. Scripts
// without spaces have words by the segmenter; Korean particles may follow. Code, links, paths and addresses speak to nobody.
// tests/corpus/mentions.json has the cases.

import {withoutCode} from "./code.js";
import {GLUED, withoutLinks} from "./links.js";

const MOST = 200;  // places that are looked at
const MOST_WORDS = 20;  // where the segmenter is asked: each time costs some 20 µs
const NEAR = 40;
const PILE = /([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]+/gu;  // to bring so many in order takes seconds, and of no more it matters what they are

const PARTICLES = /^(?:님|씨|아|야|이|가|은|는|을|를|의|에게?|께서?|도|만|와|과|랑|하고|한테|부터|까지|보다|처럼|라고|요)+(?!\p{sc=Hangul})/u;
const KATAKANA = /^[\p{sc=Katakana}\u30fc]{2}$/u;
const KINDS = {hangul: /\p{sc=Hangul}/u, glued: new RegExp(`[${GLUED}]`, "u"), spaced: /[\p{L}\p{M}\p{N}_]/u};
let segmenter;  // to make it takes 10 ms

// As names are compared, each letter in its place: in lower case this one has two.
const composed = text => text.normalize("NFKC").replace(/\u0130/g, "I");
export const folded = text => composed(text).toLowerCase();

// As one types it whose keyboard has no accents.
const LETTERS = {æ: "ae", œ: "oe", ø: "o", ß: "ss", đ: "d", ð: "d", þ: "th", ł: "l", ı: "i"};
export const plain = text => folded(text).normalize("NFD").replace(/[\u0300-\u036f]/g, "").normalize("NFC").replace(/[^\0-\x7f]/gu, each => LETTERS[each] ?? each);

// What one is called, if not by the server.
export const properName = name => (name.startsWith("guest-") ? "" : name);

// What the server finds in each text that speaks to a name, with its accents or without them.
export const wordsOf = name => name.normalize("NFKC").replace(/./gu, each => (plain(each) === each.toLowerCase() ? each : " ")).trim() || name;

export function mentions(written, name, known = []) {
	if (!properName(name)) return false;
	const said = withoutLinks(withoutCode(written)).replace(PILE, "$1");
	const [text, low] = [composed(said), folded(said)];
	let words = MOST_WORDS;
	const isBetween = at => words-- > 0 && isBetweenWords(text, at, name);
	const isThere = (own, fold) => {
		let isLonger;
		for (let left = MOST, at = -1; left && (at = low.indexOf(own, at + 1)) >= 0; left--) {
			if (!isMeant(text, name, at, at + own.length, isBetween)) continue;
			isLonger ??= longer(own, known, fold);
			if (!isLonger(low, at)) return true;
		}
		return false;
	};
	const [own, bare] = [folded(name), plain(name)];
	return isThere(own, folded) || (bare !== own && isThere(bare, plain) && ![...known].some(each => folded(each) === bare));
}

// By looking each length up, however many names there are.
function longer(own, known, fold) {
	const names = new Set([...known].map(fold).filter(each => each.startsWith(own) && each !== own));
	const lengths = [...new Set([...names].map(({length}) => length))];
	return (text, at) => lengths.some(length => names.has(text.slice(at, at + length)));
}

function isMeant(text, name, start, end, isBetween) {
	const [before, first, last, after] = [lastOf(text, start), firstOf(text, start), lastOf(text, end), firstOf(text, end)];
	if (joined(last, after) === "spaced") return false;
	if (before === "@") return kindOf(lastOf(text, start - 1)) !== "spaced";
	if ((after !== ":" && text.slice(start, end) !== composed(name)) || /[/\\@=]/.test(before) || /[/\\@]/.test(after)) return false;
	const isEdge = (at, kind) => kind === "" || (kind === "glued" && isBetween(at));
	const isAdded = joined(last, after) === "hangul" && PARTICLES.test(text.slice(end, end + NEAR));
	return isEdge(start, joined(before, first)) && (isAdded || isEdge(end, joined(last, after)));
}

function isBetweenWords(text, at, name) {
	segmenter ??= Intl.Segmenter && new Intl.Segmenter(undefined, {granularity: "word"});
	if (!segmenter) return [...name].length > 1 && !KATAKANA.test(text.slice(at - 1, at + 1));
	const from = Math.max(0, at - NEAR);
	return segmenter.segment(text.slice(from, at + NEAR)).containing(at - from).index === at - from;
}

// The kind of both letters, if they may be of one word.
const joined = (one, other) => (kindOf(one) === kindOf(other) ? kindOf(one) : "");
export const kindOf = character => Object.keys(KINDS).find(kind => KINDS[kind].test(character) && KINDS.spaced.test(character)) ?? "";
const firstOf = (text, at) => [...text.slice(at, at + 2)][0] ?? "";
const lastOf = (text, at) => [...text.slice(Math.max(0, at - 2), Math.max(0, at))].pop() ?? "";
